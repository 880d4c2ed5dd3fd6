"""A city's volume in seconds: enterprises, files, routes, tasks and decisions of years, written with COPY.

200 officers in 25 units; most files are closed, one unit (the usual lead) has the most open ones. Nothing of it went
through actions: it is what they would have left, for speed and for pages that sum up. The same seed, the same city.
"""

import io
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction

from accounts.enums import UnitKind, UnitRole
from accounts.models import Enterprise, Unit, UnitMember, User
from applications.models import Application, Revision
from common.queries import working_calendar
from policies.models import Clause
from reviews.models import Case, Decision, Participation, Pause, Stage, Task
from reviews.queries.routes import bracket_of, procedure_settings
from reviews.queries.search import document
from reviews.routing import RouteStage, route_for
from tests.factories.accounts import UserFactory, make_uscc
from tests.factories.applications import AT, FACTS, FIGURES, SHANGHAI, load_policies, make_call

TODAY = AT.date()
YEARS = (2023, 2024, 2025)
UNITS = 25
#: People of each unit: 200 in all.
ROLES = [UnitRole.HANDLER] * 5 + [UnitRole.APPROVER] * 2 + [UnitRole.LEADER]
HEAVY_UNIT = "市工信局"
#: Of all files so many are open; so many of them wait for the heavy unit, but not more than it could ever have.
OPEN_SHARE, HEAVY_SHARE, HEAVY_MOST = 0.15, 0.06, 5_000
#: Files whose rows are gathered before they are written.
PIECE = 5_000

_SIGNS = "晨光华宏兴瑞鑫泰恒盛联创智芯微视电科润金元安达鸿博远东方正天海龙翔凯迪思源力维诺康佳伟业众合"
_TRADES = ("光电科技", "电子信息", "智能制造", "半导体", "通信技术", "显示器件", "精密电子", "软件", "新材料")
_OUTCOMES = {
    "preliminary": "accept",
    "consultation": "agree",
    "expert": "recommend",
    "audit": "verified",
    "lead": "approve",
    "confirmation": "approve",
}


@dataclass(frozen=True)
class City:
    """What was made: the units, their people by unit and role, and the unit with the most open files."""

    units: tuple[Unit, ...]
    people: dict[int, dict[str, list[User]]]
    heavy: Unit
    cases: int

    def officer(self, unit: Unit | None = None, role: str = UnitRole.HANDLER, number: int = 0) -> User:
        """A person of a unit (of the heavy one where none is named)."""
        return self.people[(unit or self.heavy).pk][role][number]


def make_city(cases: int, *, today: date = TODAY, decisions: bool = True, seed: int = 30) -> City:
    """A city with so many cases, as of `today`; without `decisions` nothing is drafted and nobody signed."""
    load_policies()
    with transaction.atomic():
        units, people = _officers()
        city = City(units, people, next(unit for unit in units if unit.name == HEAVY_UNIT), cases)
        _Files(city, today, decisions, random.Random(seed)).write(_enterprises(max(cases * 2 // 5, 1), units, seed))
    _analyze()
    return city


def _officers() -> tuple[tuple[Unit, ...], dict[int, dict[str, list[User]]]]:
    named = list(Unit.objects.filter(is_active=True).order_by("kind", "order", "pk"))
    units = tuple(sorted(named, key=lambda unit: unit.name != HEAVY_UNIT)[:UNITS])
    password = make_password(None)
    made = User.objects.bulk_create(
        User(username=f"volume-{unit.code}-{at}", name=f"{unit.name}{role.label}{at + 1}", password=password)
        for unit in units
        for at, role in enumerate(ROLES)
    )
    members = UnitMember.objects.bulk_create(
        UnitMember(unit=unit, user=made[place * len(ROLES) + at], role=role)
        for place, unit in enumerate(units)
        for at, role in enumerate(ROLES)
    )
    people: dict[int, dict[str, list[User]]] = {}
    for member in members:
        people.setdefault(member.unit_id, {}).setdefault(member.role, []).append(member.user)
    return units, people


def name_of(number: int) -> str:
    """A different name for every number below a hundred thousand, made as names of enterprises are."""
    rest, first = divmod(number, len(_SIGNS))
    third, second = divmod(rest, len(_SIGNS))
    brand = _SIGNS[first] + _SIGNS[second] + (_SIGNS[third] if third else "")
    form = ("有限公司", "股份有限公司", "（集团）有限公司")[number % 3]
    return f"{'南昌' if number % 4 else '江西'}{brand}{_TRADES[(number * 7 + rest) % len(_TRADES)]}{form}"


def _enterprises(count: int, units: Sequence[Unit], seed: int) -> list[tuple[int, str, str, Unit]]:
    """Enterprises as (id, name, code, district)."""
    districts = [unit for unit in units if unit.kind == UnitKind.DISTRICT]
    first, verifier = _next(Enterprise), User.objects.order_by("pk")[0].pk
    made = [
        (first + at, name_of(at), make_uscc(seed * 100_000 + at), districts[at % len(districts)]) for at in range(count)
    ]
    empty = dict.fromkeys(
        ("address", "industry_code", "rejection_reason", "bank_account_name", "bank_name", "bank_code", "bank_account"),
        "",
    )
    person = {"legal_representative": "张三", "contact_name": "李四", "contact_phone": "0791-88888888"}
    checked = {"status": "verified", "verified_at": AT, "verified_by_id": verifier, "registered_at": AT, "version": 1}
    _copy(
        Enterprise,
        (
            {"id": pk, "name": name, "uscc": code, "kind": "enterprise", "district_id": unit.pk}
            | person
            | checked
            | empty
            for pk, name, code, unit in made
        ),
    )
    return made


class _Files:
    """Writes the files of a city."""

    def __init__(self, city: City, today: date, decided: bool, chance: random.Random) -> None:
        self.city, self.today, self.decided, self.chance = city, today, decided, chance
        self.units = {unit.name: unit for unit in city.units}
        self.clauses = list(Clause.objects.filter(clause_id__in=FACTS).order_by("order").select_related("document"))
        self.versions = {clause.pk: clause.versions.order_by("-number")[0] for clause in self.clauses}
        self.calls = {year: make_call(year) for year in YEARS}
        self.filer = UserFactory(name="批量填报人")
        self.routes: dict[tuple[int, int], tuple[tuple[RouteStage, ...], str]] = {}
        self.heavy_left = min(int(city.cases * HEAVY_SHARE) + 1, HEAVY_MOST)
        self.rows: dict[type[models.Model], list[dict[str, Any]]] = {
            model: [] for model in (Application, Revision, Case, Stage, Task, Participation, Decision, Pause)
        }
        self.ids = {model: _next(model) for model in self.rows}
        self.calendar = working_calendar()
        self.due: dict[tuple[date, int], date] = {}

    def write(self, enterprises: Sequence[tuple[int, str, str, Unit]]) -> None:
        """Gather the rows of some files, write them, and so on."""
        with _without_index("case_search"):
            first, size = 0, 500
            while first < self.city.cases:
                last = min(first + size, self.city.cases)
                for at in range(first, last):
                    self._file(at, enterprises[at % len(enterprises)], at // len(enterprises))
                for model, rows in self.rows.items():
                    _copy(model, rows)
                    rows.clear()
                if first < 4 * PIECE:
                    _analyze()
                first, size = last, min(size * 2, PIECE)

    def _add(self, model: type[models.Model], **values: Any) -> int:
        pk = self.ids[model]
        self.ids[model] += 1
        self.rows[model].append({"id": pk, **values})
        return pk

    def _route(self, clause: Clause, district: Unit) -> tuple[tuple[RouteStage, ...], str]:
        key = (clause.pk, district.pk)
        if key not in self.routes:
            bracket, groups = bracket_of(self.versions[clause.pk])
            setting = procedure_settings(clause.document)
            route = route_for(
                bracket,
                district=district.name,
                groups=groups,
                days=setting.days,
                confirming_unit=setting.confirming_unit,
            )
            staffed = tuple(stage for stage in route.stages if stage.units and set(stage.units) <= set(self.units))
            self.routes[key] = staffed, json.dumps(route.as_data(), ensure_ascii=False)
        return self.routes[key]

    def _file(self, at: int, enterprise: tuple[int, str, str, Unit], lap: int) -> None:
        pk, name, code, district = enterprise
        clause = self.clauses[(at + lap * 5) % len(self.clauses)]
        version = self.versions[clause.pk].pk
        year = YEARS[at * len(YEARS) // self.city.cases]
        is_open = at >= self.city.cases * (1 - OPEN_SHARE)
        stages, route = self._route(clause, district)
        age = self.chance.randint(20, 40) if is_open else 100 + (self.city.cases - at) % 1500
        filed = datetime.combine(self.today - timedelta(days=age), time(9, at % 60, at % 59), tzinfo=SHANGHAI)
        ended = None if is_open else filed + timedelta(days=45)
        state = "open" if is_open else "withdrawn" if at % 12 == 0 else "approved"
        number = f"V{year}-{self.ids[Application]:07d}"
        fen = None if at % 9 == 0 else self.chance.randint(5, 900) * 1_000_000
        application = self._add(
            Application,
            enterprise_id=pk,
            clause_id=clause.pk,
            policy_year=year,
            call_id=self.calls[year].pk,
            clause_version_id=version,
            number=number,
            state="under_review" if is_open else state,
            version=3,
            draft="{}",
            draft_version=1,
            created_at=filed,
            created_by_id=self.filer.pk,
            filed_at=filed,
            ended_at=ended,
        )
        amount = None if fen is None else f"{fen // 100}.00"
        revision = self._add(
            Revision,
            application_id=application,
            number=1,
            clause_version_id=version,
            facts=json.dumps(FACTS[clause.clause_id]),
            figures=json.dumps({"kind": "enterprise", **FIGURES}),
            evidence="[]",
            estimate=json.dumps({"clause": clause.clause_id, "status": "eligible", "amount": amount}),
            statement="所填内容真实。",
            sha256="0" * 64,
            idempotency_key=f"volume-{application}",
            prepared_by_id=self.filer.pk,
            filed_by_id=self.filer.pk,
            filed_at=filed,
        )
        text, tokens = document([name, code, number, clause.clause_id, clause.title])
        case = self._add(
            Case,
            application_id=application,
            route=route,
            state=state,
            version=2,
            opened_at=filed,
            closed_at=ended,
            sampled=False,
            search_text=text,
            search_tokens="{" + ",".join(map(_quoted, tokens)) + "}",
            estimate_fen=fen,
        )
        self._stages(at, case, revision, stages, filed, state)

    def _stages(
        self, at: int, case: int, revision: int, stages: Sequence[RouteStage], filed: datetime, state: str
    ) -> None:
        reached = self._reached(stages) if state == "open" else len(stages)
        opened = filed
        for place, planned in enumerate(stages):
            closed = opened + timedelta(days=3 + at % 5) if place < reached else None
            stage_state = "waiting" if place > reached else "done" if closed else "paused" if at % 20 == 0 else "open"
            if stage_state in {"open", "paused"}:
                begun = self.today - timedelta(days=self.chance.randint(0, 16))
                opened = datetime.combine(begun, filed.timetz())
            started = None if stage_state == "waiting" else opened
            stage = self._add(
                Stage,
                case_id=case,
                order=place + 1,
                kind=planned.kind,
                state=stage_state,
                version=2,
                days=planned.days,
                opened_at=started,
                due_on=self._due(started.date(), planned.days) if started else None,
                closed_at=closed,
                open_group=False,
            )
            if stage_state == "paused":
                self._add(Pause, stage_id=stage, kind="consultation", started_at=opened)
            for position, name in enumerate(planned.units):
                kept = planned.kind == "lead" and position == 0
                task_state = {"paused": "open"}.get(stage_state, stage_state)
                if task_state == "open" and stage_state == "open" and at % 8 == 0 and self.decided:
                    task_state = "drafted"
                self._task(
                    at + place, case, revision, stage, planned, self.units[name], kept, task_state, opened, closed
                )
            opened = closed or opened

    def _task(
        self,
        turn: int,
        case: int,
        revision: int,
        stage: int,
        planned: RouteStage,
        unit: Unit,
        kept: bool,
        state: str,
        opened: datetime,
        closed: datetime | None,
    ) -> None:
        handlers, approvers = (self.city.people[unit.pk][role] for role in (UnitRole.HANDLER, UnitRole.APPROVER))
        handler, approver = handlers[turn % len(handlers)].pk, approvers[turn % len(approvers)].pk
        taken = state in {"done", "drafted"} or (state == "open" and turn % 10 < 7)
        task = self._add(
            Task,
            stage_id=stage,
            unit_id=unit.pk,
            is_keeper=kept,
            state=state,
            version=2,
            handler_id=handler if taken else None,
            assigned_at=opened if taken else None,
            closed_at=closed,
        )
        if not self.decided or state not in {"done", "drafted"}:
            return
        for person in (handler, approver) if closed else (handler,):
            self._add(Participation, case_id=case, user_id=person, stage_id=stage, first_at=opened)
        self._add(
            Decision,
            task_id=task,
            revision_id=revision,
            outcome=_OUTCOMES[planned.kind],
            reasons="材料齐全。",
            reconciliation="",
            two_person=True,
            drafted_by_id=handler,
            drafted_at=opened,
            confirmed_by_id=approver if closed else None,
            confirmed_at=closed,
            return_note="",
        )

    def _reached(self, stages: Sequence[RouteStage]) -> int:
        """At which stage an open file stands: at the heavy unit's while there are some left for it, else before."""
        lead = next((place for place, stage in enumerate(stages) if stage.kind == "lead"), len(stages) - 1)
        if stages[lead].units[0] == HEAVY_UNIT and self.heavy_left:
            self.heavy_left -= 1
            return lead
        return self.chance.randint(0, max(lead - 1, 0))

    def _due(self, start: date, days: int) -> date:
        key = (start, days)
        if key not in self.due:
            self.due[key] = self.calendar.add_working_days(start, days)
        return self.due[key]


def _analyze() -> None:
    """Let the database count: else triggers look up by plans made for empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _next(model: type[models.Model]) -> int:
    newest = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    return (newest or 0) + 1


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return value.isoformat() if isinstance(value, date) else str(value)


def _copy(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows with COPY, all of the same columns, and move the sequence behind them."""
    written = list(rows)
    if not written:
        return
    table, columns = model._meta.db_table, ", ".join(f'"{name}"' for name in written[0])
    text = "".join("\t".join(map(_written, row.values())) + "\n" for row in written)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f'COPY "{table}" ({columns}) FROM STDIN', io.StringIO(text))
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM \"{table}\"))")


@contextmanager
def _without_index(name: str) -> Iterator[None]:
    """Leave an index out while rows are written and build it behind them: GIN is many times as fast that way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
        definition = cursor.fetchone()[0]
        # Checks that wait for the commit (foreign keys) would forbid changing the table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f'DROP INDEX "{name}"')
        yield
        cursor.execute(definition)
