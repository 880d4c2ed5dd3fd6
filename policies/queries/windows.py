"""Until when an enterprise may file a clause: the most particular window, and leave to file after it.

Of a call's windows the one for clause and district counts, then the one for the clause, then the one for the
enterprise's district, then the call's own. A window ends at 24:00 Asia/Shanghai of its last day.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Prefetch, Q

from accounts.models import Enterprise, Unit
from policies.models import Call, CallWindow, Clause, LateFiling


class Why(StrEnum):
    """Which rule gave a window its days."""

    CALL = "call"
    CLAUSE = "clause"
    DISTRICT = "district"
    BOTH = "both"
    LATE = "late"


@dataclass(frozen=True)
class Window:
    """The days on which a claim is taken, both whole; `late` is the leave that moved the last one.

    `by_district`: told to the public, some district has days of its own.
    """

    opens_on: dt.date
    closes_on: dt.date
    call: Call
    why: Why
    late: LateFiling | None = None
    by_district: bool = False

    def is_open_on(self, day: dt.date) -> bool:
        """Whether claims are taken on that day of Asia/Shanghai."""
        return self.opens_on <= day <= self.closes_on


def covers(call: Call, clause: Clause) -> bool:
    """Whether a call is for a clause: it names it, or names none and is for all that pay money in its document."""
    if not clause.is_monetary or call.document_id != clause.document_id:
        return False
    named = {item.pk for item in call.clauses.all()}
    return not named or clause.pk in named


def row_for(rows: Iterable[CallWindow], clause_id: int, district_id: int | None) -> CallWindow | None:
    """The most particular of a call's windows for a clause and a district (None: of no district); None: its own."""
    found = {(row.clause_id, row.district_id): row for row in rows}
    order = [(clause_id, district_id), (clause_id, None), (None, district_id)]
    return next((found[key] for key in order if key in found), None)


def _why(row: CallWindow | None) -> Why:
    if row is None:
        return Why.CALL
    if row.clause_id and row.district_id:
        return Why.BOTH
    return Why.CLAUSE if row.clause_id else Why.DISTRICT


def window_in(call: Call, clause: Clause, district: Unit | int | None, late: LateFiling | None = None) -> Window:
    """The window of one call for a clause, a district and a leave; the call's windows may be prefetched."""
    district_id = district.pk if isinstance(district, Unit) else district
    row = row_for(call.windows.all(), clause.pk, district_id)
    days = row or call
    if late is not None and late.closes_on > days.closes_on:
        return Window(days.opens_on, late.closes_on, call, Why.LATE, late)
    return Window(days.opens_on, days.closes_on, call, _why(row))


def best(windows: Iterable[Window], on: dt.date) -> Window | None:
    """Of several calls' windows the one that counts on a day: open and closing last, else next to open, else last."""
    found = sorted(windows, key=lambda one: (one.closes_on, one.call.pk), reverse=True)
    running = [one for one in found if one.is_open_on(on)]
    coming = sorted((one for one in found if one.opens_on > on), key=lambda one: (one.opens_on, one.call.pk))
    return next(iter([*running, *coming, *found]), None)


class Windows:
    """The windows of many claims, read with four queries: for a list, one of these instead of a question per row."""

    def __init__(self, *, policy_years: Iterable[int], enterprises: Iterable[Enterprise | int]) -> None:
        self._calls: dict[int, list[Call]] = {}
        calls = Call.objects.filter(policy_year__in=set(policy_years)).select_related("document")
        for call in calls.prefetch_related("clauses", Prefetch("windows", CallWindow.objects.order_by("pk"))):
            self._calls.setdefault(call.policy_year, []).append(call)
        leaves = LateFiling.objects.filter(
            call__policy_year__in=list(self._calls), enterprise__in=list(enterprises), revoked_at=None
        )
        self._late = {(late.call_id, late.enterprise_id, late.clause_id): late for late in leaves}

    def clauses(self, policy_year: int) -> list[Clause]:
        """The clauses that some call of the year is for, in the order of their documents; one query."""
        calls = self._calls.get(policy_year, [])
        named = {clause.pk for call in calls for clause in call.clauses.all()}
        whole = {call.document_id for call in calls if not call.clauses.all()}
        wanted = Clause.objects.filter(Q(pk__in=named) | Q(document__in=whole), is_monetary=True)
        return list(wanted.select_related("document").order_by("document", "order"))

    def window(self, clause: Clause, policy_year: int, *, enterprise: Enterprise, on: dt.date) -> Window | None:
        """As `window_for`."""
        return best(
            (
                window_in(call, clause, enterprise.district_id, self._late.get((call.pk, enterprise.pk, clause.pk)))
                for call in self._calls.get(policy_year, ())
                if covers(call, clause)
            ),
            on,
        )


def window_for(clause: Clause, policy_year: int, *, enterprise: Enterprise, on: dt.date) -> Window | None:
    """Until when an enterprise may file a clause for a policy year, as it stands on a day of Asia/Shanghai.

    None where no call is for it. Where several calls are, the open one that closes last counts, else the next to open.
    """
    return Windows(policy_years=[policy_year], enterprises=[enterprise]).window(
        clause, policy_year, enterprise=enterprise, on=on
    )


def years_with_calls(on: dt.date) -> list[int]:
    """Policy years in which something is open for somebody on the day, the newest first."""
    open_now = Call.objects.open_on(on).values_list("policy_year", flat=True)
    late = LateFiling.objects.filter(revoked_at=None, closes_on__gte=on).values_list("call__policy_year", flat=True)
    return sorted({*open_now, *late}, reverse=True)


def clause_windows(clause: Clause, on: dt.date) -> list[Window]:
    """What the public is told of a clause: the window of each call in which it is open on the day for somebody.

    The days are those that hold without a district; districts with windows of their own stand on the call's page.
    """
    calls = (
        Call.objects.open_on(on)
        .filter(document_id=clause.document_id)
        .prefetch_related("clauses", "windows")
        .order_by("-policy_year", "closes_on", "pk")
    )
    return [
        replace(
            window_in(call, clause, None),
            by_district=any(row.district_id and row.clause_id in {None, clause.pk} for row in call.windows.all()),
        )
        for call in calls
        if covers(call, clause) and open_for_somebody(call, clause, on)
    ]


def open_for_somebody(call: Call, clause: Clause, on: dt.date) -> bool:
    """Whether a call takes a clause on the day at least from one district, leaves apart."""
    districts = {row.district_id for row in call.windows.all()} | {None}
    return any(window_in(call, clause, district).is_open_on(on) for district in districts)
