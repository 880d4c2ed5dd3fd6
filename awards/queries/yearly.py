"""The yearly report: what a policy year's published awards add up to, for everybody.

Counted by the database in a number of queries that never grows. Only awards that are published (from the 批复 on, as in
the open data) count; of one of them name, clause and amount are public, so that a sum over a single enterprise tells
nothing new. What is not public of a single file – that it was refused or withdrawn, how long it took, what it lost to
the cap, that money is claimed back – is told from three on (`SMALLEST`), and the total of files is left out where it
would give such a number away.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, Final

from django.db.models import BigIntegerField, Count, F, Min, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from awards.enums import AwardState, PaymentState, RecoveryState
from awards.models import Award, Envelope, Payment, Recovery, RecoveryReceipt
from awards.queries.open_data import PUBLISHED
from common.queries import working_calendar
from common.workdays import WorkingCalendar
from reviews.enums import CaseState
from reviews.models import Case

#: Fewer enterprises or files than these are not told where the single one is not public.
SMALLEST: Final = 3
SHOWN_TO_ALL = (AwardState.PUBLIC, AwardState.OBJECTED)
DEMANDED = (RecoveryState.DEMANDED, RecoveryState.CLOSED)


@dataclass(frozen=True)
class Group:
    """Published awards of a clause, a district or a unit: how many, of how many enterprises, and 分."""

    pk: int
    key: str
    name: str
    awards: int
    enterprises: int
    settled_fen: int
    paid_fen: int
    #: The number of a clause's document: two documents may count their clauses alike.
    document: str = ""


@dataclass(frozen=True)
class Budget:
    """The budgets of a clause, city and districts together (分). `approved_fen`: what published awards take of it."""

    key: str
    name: str
    amount_fen: int
    approved_fen: int
    paid_fen: int
    #: As in `Group`.
    document: str = ""


@dataclass(frozen=True)
class Quartiles:
    """So many days at most for a quarter, half and three quarters of the files (nearest rank)."""

    first: int
    median: int
    third: int


@dataclass(frozen=True)
class Days:
    """How long files took from their first filing. None: too few to tell."""

    files: int
    calendar: Quartiles | None
    working: Quartiles | None


@dataclass(frozen=True)
class Cap:
    """What the yearly cap took from published awards (分)."""

    awards: int
    enterprises: int
    candidate_fen: int
    settled_fen: int

    @property
    def told(self) -> bool:
        """Whether it may be told: the clause amount of a single award is not public."""
        return self.enterprises == 0 or self.enterprises >= SMALLEST

    @property
    def cut_fen(self) -> int:
        return self.candidate_fen - self.settled_fen


@dataclass(frozen=True)
class Recoveries:
    """Repayment that was demanded, and what came back or was set off (分)."""

    count: int
    demanded_fen: int
    returned_fen: int

    @property
    def told(self) -> bool:
        return self.count == 0 or self.count >= SMALLEST


@dataclass(frozen=True)
class YearlyReport:
    """Every figure of the report of one policy year; money in 分."""

    year: int
    whole: Group
    public: Group
    clauses: list[Group] = field(default_factory=list)
    districts: list[Group] = field(default_factory=list)
    units: list[Group] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    to_approval: Days = field(default_factory=lambda: Days(0, None, None))
    to_payment: Days = field(default_factory=lambda: Days(0, None, None))
    cap: Cap = field(default_factory=lambda: Cap(0, 0, 0, 0))
    #: CaseState → files that ended so; None: one or two.
    ended: dict[str, int | None] = field(default_factory=dict)
    #: Files that were accepted for review; None: left out, since it would tell a number that is not told.
    accepted: int | None = None
    recoveries: Recoveries = field(default_factory=lambda: Recoveries(0, 0, 0))


def report_years() -> list[int]:
    """The policy years with published awards, newest first."""
    found = Award.objects.filter(state__in=PUBLISHED).order_by("-account__policy_year")
    return list(found.values_list("account__policy_year", flat=True).distinct())


def yearly_report(year: int) -> YearlyReport:
    """The report of one policy year as it stands."""
    published = Award.objects.filter(state__in=PUBLISHED, account__policy_year=year).order_by()
    clauses = _groups(
        published,
        "application__clause",
        "clause_id",
        "title",
        "document__order",
        "document__number",
        "order",
        document="document__number",
    )
    ended = dict(
        Case.objects.filter(application__policy_year=year)
        .order_by()
        .values_list("state")
        .annotate(count=Count("pk"))
        .values_list("state", "count")
    )
    told = {
        str(state): _told(ended.get(state, 0)) for state in (CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.LAPSED)
    }
    calendar = working_calendar()
    return YearlyReport(
        year=year,
        whole=_whole(published),
        public=_whole(Award.objects.filter(state__in=SHOWN_TO_ALL, account__policy_year=year).order_by()),
        clauses=clauses,
        districts=_groups(published, "application__enterprise__district", "code", "name", "order"),
        units=_groups(published, "unit", "code", "name", "kind", "order"),
        budgets=_budgets(year, clauses),
        to_approval=_days(published, "approved_at", calendar),
        to_payment=_days(published.filter(state=AwardState.PAID), "paid_at", calendar),
        cap=_cap(published),
        ended=told,
        accepted=None if None in told.values() else sum(ended.values()),
        recoveries=_recoveries(year),
    )


def _told(count: int) -> int | None:
    return None if 0 < count < SMALLEST else count


def _sum(name: str) -> Coalesce:
    return Coalesce(Sum(name), 0, output_field=BigIntegerField())


def _paid(awards: QuerySet[Award]) -> QuerySet[Payment]:
    return Payment.objects.filter(award__in=awards, state=PaymentState.PAID).order_by()


def _whole(awards: QuerySet[Award]) -> Group:
    sums = awards.aggregate(
        awards=Count("pk"), enterprises=Count("account__enterprise", distinct=True), fen=_sum("settled_fen")
    )
    paid = _paid(awards).aggregate(fen=_sum("amount_fen"))["fen"]
    return Group(0, "", "合计", sums["awards"], sums["enterprises"], sums["fen"], paid)


def _groups(awards: QuerySet[Award], path: str, key: str, name: str, *order: str, document: str = "") -> list[Group]:
    """The awards by what `path` leads to, in its own order; two queries. `document`: where a clause's document is."""
    named = {"group_document": F(f"{path}__{document}")} if document else {}
    paid = dict(
        _paid(awards).values_list(f"award__{path}").annotate(fen=Sum("amount_fen")).values_list(f"award__{path}", "fen")
    )
    rows = (
        awards.values(path)
        .annotate(
            group_key=F(f"{path}__{key}"),
            group_name=F(f"{path}__{name}"),
            count=Count("pk"),
            enterprises=Count("account__enterprise", distinct=True),
            fen=_sum("settled_fen"),
            **named,
            **{f"place{at}": Min(f"{path}__{column}") for at, column in enumerate(order)},
        )
        .order_by(*[f"place{at}" for at in range(len(order))], "group_key")
    )
    return [
        Group(
            row[path],
            row["group_key"],
            row["group_name"],
            row["count"],
            row["enterprises"],
            row["fen"],
            paid.get(row[path], 0),
            row.get("group_document", ""),
        )
        for row in rows
    ]


def _budgets(year: int, clauses: Iterable[Group]) -> list[Budget]:
    """The budgets by clause. What is settled and not shown yet is taken of them too, but is nobody's to know: only what
    published awards take is told beside the whole."""
    known = {group.pk: group for group in clauses}
    rows: Any = (
        Envelope.objects.filter(policy_year=year)
        .order_by()
        .values("clause", "clause__clause_id", "clause__title", "clause__document__number")
        .annotate(amount=_sum("amount_fen"), place=Min("clause__document__order"), second=Min("clause__order"))
        .order_by("place", "clause__document__number", "second", "clause__clause_id")
    )
    found = []
    for row in rows:
        group = known.get(row["clause"])
        found.append(
            Budget(
                row["clause__clause_id"],
                row["clause__title"],
                row["amount"],
                group.settled_fen if group else 0,
                group.paid_fen if group else 0,
                row["clause__document__number"],
            )
        )
    return [budget for budget in found if budget.amount_fen]


def _cap(awards: QuerySet[Award]) -> Cap:
    sums = awards.filter(reason="cap").aggregate(
        awards=Count("pk"),
        enterprises=Count("account__enterprise", distinct=True),
        candidate=_sum("candidate_fen"),
        settled=_sum("settled_fen"),
    )
    return Cap(sums["awards"], sums["enterprises"], sums["candidate"], sums["settled"])


def _recoveries(year: int) -> Recoveries:
    claims = Recovery.objects.filter(award__account__policy_year=year, state__in=DEMANDED).order_by()
    sums = claims.aggregate(count=Count("pk"), fen=_sum("amount_fen"))
    back = RecoveryReceipt.objects.filter(recovery__in=claims).order_by().aggregate(fen=_sum("amount_fen"))
    return Recoveries(sums["count"], sums["fen"], back["fen"])


# --------------------------------------------------------------------------------------------------- days


def _days(awards: QuerySet[Award], end: str, calendar: WorkingCalendar) -> Days:
    """From the first filing to `end`. The database groups by first and last day; the calendar is summed up once."""
    spans: list[tuple[date, date, int]] = list(
        awards.filter(**{f"{end}__isnull": False})
        .annotate(first=TruncDate("application__filed_at"), last=TruncDate(end))
        .values("first", "last")
        .annotate(times=Count("pk"))
        .values_list("first", "last", "times")
    )
    files = sum(times for _, _, times in spans)
    if files < SMALLEST:
        return Days(files, None, None)
    start = min(first for first, _, _ in spans)
    length = (max(last for _, last, _ in spans) - start).days + 1
    sums = list(accumulate(calendar.is_working(start + timedelta(days=step)) for step in range(length)))
    working = [(sums[(last - start).days] - sums[(first - start).days], times) for first, last, times in spans]
    return Days(
        files,
        quartiles([((last - first).days, times) for first, last, times in spans]),
        quartiles(working),
    )


def quartiles(values: Iterable[tuple[int, int]]) -> Quartiles:
    """The quartiles (nearest rank) of values with how often each occurs. Raises ValueError for none."""
    ordered = sorted(values)
    total = sum(times for _, times in ordered)
    if not total:
        raise ValueError("no values")

    def at(quarter: int) -> int:
        rank, seen = -(-total * quarter // 4), 0
        for value, times in ordered:
            seen += times
            if seen >= rank:
                return value
        raise AssertionError("the ranks end before the total")

    return Quartiles(at(1), at(2), at(3))


__all__ = ["SMALLEST", "Budget", "Days", "Group", "Quartiles", "YearlyReport", "report_years", "yearly_report"]
