"""What routing needs from the policy's data: the bracket of a version, its groups, and the procedure's settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, TypeVar

from django.utils import timezone

from accounts.models import Unit
from accounts.unit_names import standing_in
from common.errors import Invalid
from policies.enums import ClauseRole, GroupResolution
from policies.models import ClauseVersion, Document, PolicySetting
from reviews.models import Case, Task
from reviews.routing import OPEN_GROUP, Bracket, RouteDays

Value = TypeVar("Value")

#: Working days an enterprise has to correct, where the policy's settings are silent [S].
CORRECTION_DAYS = 5
#: The settings of a document that say something about its procedure.
KEYS = (
    "stage_days",
    "city_confirms_district_lead",
    "correction_days",
    "correction_lapse",
    "audit_sampling",
    "opinion_points",
    "opinion_visibility",
    "expert_panel",
    "cap_override_unit",
    "recovery_ban_years",
)


@dataclass(frozen=True)
class AfterReview:
    """Days of what follows the review [S]: publicity in calendar days, the others in working days."""

    publicity: int = 7
    objection: int = 10
    approval: int = 5
    payment: int = 10


@dataclass(frozen=True)
class ProcedureSettings:
    """Settings of the procedure of one policy: working days, who confirms where a district leads, and whether a file
    lapses when a correction is not answered in time."""

    days: RouteDays
    confirming_unit: str
    correction_days: int
    correction_lapses: bool
    #: How many of 1000 files are drawn for third-party audit, and of which clauses (empty: of all).
    audit_per_mille: int = 0
    audit_clauses: tuple[str, ...] = ()
    #: Codes of units → keys of the points that are theirs (reviews/points.py).
    opinion_points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: "always": a consulted unit reads the others at once; "after_own": once it has stated its own; "lead": never.
    opinions_visible: str = "after_own"
    #: Whether consulted units see amounts that others proposed.
    amounts_visible: bool = True
    #: (name, full marks) of the lines of a scoring sheet, as proposed when a panel is convened.
    criteria: tuple[tuple[str, int], ...] = ()
    #: How many experts a panel needs before scoring starts.
    panel_size: int = 3
    #: What follows the review: 公示 in calendar days, the others in working days.
    after: "AfterReview" = field(default_factory=lambda: AfterReview())
    #: The unit whose 负责人 may lift or raise the cap of one enterprise and year (原则上 … 重点支持领域可适当突破).
    cap_override_unit: str = ""
    #: For how many years an enterprise that must pay back may not apply, unless the decision says otherwise.
    ban_years: int = 3


def bracket_of(version: ClauseVersion) -> tuple[Bracket, Mapping[str, frozenset[str]]]:
    """The units of a clause version in printed order, and the districts of each group that it names.

    Where the duties of a unit went to another, that one stands in its place.
    """
    named: dict[str, list[str]] = {role: [] for role in ClauseRole.values}
    groups: dict[str, frozenset[str]] = {}
    for row in version.units.select_related("unit", "group").order_by("role", "order"):
        if row.unit is not None:
            named[row.role].append(standing_in(row.unit).name)
            continue
        assert row.group is not None  # constraint clauseunit_unit_or_group
        if row.group.resolution == GroupResolution.CHOSEN_BY_LEAD:
            named[row.role].append(OPEN_GROUP)
        else:
            named[row.role].append(row.group.code)
            groups[row.group.code] = frozenset(row.group.members.values_list("name", flat=True))
    bracket = Bracket(
        lead=tuple(named[ClauseRole.LEAD]),
        cooperating=tuple(named[ClauseRole.COOPERATING]),
        responsible=tuple(named[ClauseRole.RESPONSIBLE]),
    )
    return bracket, groups


def procedure_settings(document: Document, *, on: date | None = None) -> ProcedureSettings:
    """The settings of the document that hold on a day, today where none is named; what they do not name keeps its
    default.

    Raises Invalid for a value that cannot be used, naming the setting.
    """
    rows = PolicySetting.objects.filter(document=document, key__in=KEYS, valid_from__lte=on or timezone.localdate())
    found = {row.key: row for row in rows.order_by("number")}

    def read(key: str, default: Value, of: Callable[[Any], Value]) -> Value:
        row = found.get(key)
        if row is None or row.value is None:
            return default
        try:
            return of(row.value)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise Invalid(f"政策设置“{row.label}”的取值不能使用，请政策管理员更正。") from error

    confirming = read("city_confirms_district_lead", "", str)
    unit = Unit.objects.filter(code=confirming).first()
    if unit is None:
        raise Invalid("政策设置“县区牵头条款的市级确认单位”没有指向一个单位，请政策管理员更正。")
    per_mille, clauses = read("audit_sampling", _sampling({}), _sampling)
    opinions, amounts = read("opinion_visibility", _visibility({}), _visibility)
    criteria, size = read("expert_panel", _panel({}), _panel)
    return ProcedureSettings(
        days=read("stage_days", RouteDays(), _days),
        confirming_unit=standing_in(unit).name,
        correction_days=read("correction_days", CORRECTION_DAYS, int),
        correction_lapses=read("correction_lapse", True, bool),
        audit_per_mille=per_mille,
        audit_clauses=clauses,
        opinion_points=read("opinion_points", {}, lambda value: {code: tuple(keys) for code, keys in value.items()}),
        opinions_visible=opinions,
        amounts_visible=amounts,
        criteria=criteria,
        panel_size=size,
        after=read("stage_days", AfterReview(), _after),
        cap_override_unit=read("cap_override_unit", standing_in(unit).name, _unit_name),
        ban_years=read("recovery_ban_years", 3, int),
    )


def _days(value: Any) -> RouteDays:
    known = {item.name for item in fields(RouteDays)}
    days = {name: int(number) for name, number in value.items() if name in known}
    if any(number < 1 for number in days.values()):
        raise ValueError("a stage lasts a working day or longer")
    return RouteDays(**days)


def _after(value: Any) -> AfterReview:
    known = {item.name for item in fields(AfterReview)}
    days = {name: int(number) for name, number in value.items() if name in known}
    if any(number < 1 for number in days.values()):
        raise ValueError("a period lasts a day or longer")
    return AfterReview(**days)


def _unit_name(code: Any) -> str:
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise ValueError(code)
    return standing_in(unit).name


def _sampling(value: Any) -> tuple[int, tuple[str, ...]]:
    per_mille = int(value.get("per_mille", 0))
    if not 0 <= per_mille <= 1000:
        raise ValueError("per mille")
    return per_mille, tuple(value.get("clauses", ()))


def _visibility(value: Any) -> tuple[str, bool]:
    opinions = value.get("opinions", "after_own")
    if opinions not in {"always", "after_own", "lead"}:
        raise ValueError(opinions)
    return opinions, bool(value.get("amounts", True))


def _panel(value: Any) -> tuple[tuple[tuple[str, int], ...], int]:
    return tuple((line["name"], int(line["points"])) for line in value.get("criteria", ())), int(value.get("size", 3))


def keeper_task(case: Case) -> Task:
    """The lead task of the unit that keeps the file (主办); every case has exactly one."""
    return Task.objects.select_related("unit", "stage").get(stage__case=case, is_keeper=True)
