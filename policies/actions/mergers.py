"""A district's duties go to another: the days that a call gave its enterprises go with them.

Registered with accounts.mergers and called in the transaction of the merger (docs/adr/0015-units-by-date.md).
"""

import datetime as dt
from collections.abc import Sequence

from accounts.mergers import Moved
from accounts.models import Unit, User
from common.audit.actions import record
from common.workdays import local_day
from policies.actions.calls import Days, locked_call, tell_moved
from policies.actions.windows import ADDED, CHANGED, ENDED, place_of
from policies.models import Call, CallWindow, Clause
from policies.queries.calls import clauses_of
from policies.queries.windows import Window, row_for, window_in


class CallMover:
    """The part of policies in a merger: windows by district that are not over."""

    def obstacles(self, unit: Unit, successor: Unit) -> list[str]:
        """None: days can always be given to the successor."""
        return []

    def move(self, unit: Unit, successor: Unit, *, by: User | None, at: dt.datetime) -> Sequence[Moved]:
        """Give the successor windows in which neither its own nor the unit's enterprises lose a day."""
        count = 0
        calls = Call.objects.filter(windows__district__in=[unit, successor]).distinct()
        for call in calls.order_by("pk"):
            count += _Carrying(locked_call(call), unit, successor, by=by, at=at).carry()
        return [Moved("分项受理时间", count, "项")]


class _Carrying:
    """One call, under its lock. Windows that are over stay as they are, for the record."""

    def __init__(self, call: Call, unit: Unit, successor: Unit, *, by: User | None, at: dt.datetime) -> None:
        self.call, self.unit, self.successor, self.by, self.at = call, unit, successor, by, at
        self.today = local_day(at)
        self.reason = f"{unit.name}的职责由{successor.name}承接"
        self.changed: set[int] = set()

    def carry(self) -> int:
        """Returns how many windows of the successor were made or moved."""
        clauses = clauses_of(self.call)
        promised = [(clause, self._running(clause)) for clause in clauses]
        rows = self.call.windows.select_related("clause", "district")
        for row in rows.filter(district=self.unit, closes_on__gte=self.today).order_by("pk"):
            self._give(row.clause, Days.of(row))
            data = {"window": row.pk, **place_of(row), "before": Days.of(row).as_json(), "reason": self.reason}
            row.delete()
            record(ENDED, subject=self.call, by=self.by, at=self.at, data=data)
        # A broader window of the one may have stood before a narrower one of the other.
        for clause, windows in promised:
            for window in windows:
                self._give(clause, Days.of(window), unless=window_in(self._fresh(), clause, self.successor))
        return len(self.changed)

    def _running(self, clause: Clause) -> list[Window]:
        """What both have in a clause before the merger, without what is over."""
        both = [window_in(self.call, clause, one) for one in (self.unit, self.successor)]
        return [window for window in both if window.closes_on >= self.today]

    def _fresh(self) -> Call:
        return Call.objects.prefetch_related("windows").get(pk=self.call.pk)

    def _give(self, clause: Clause | None, days: Days, *, unless: Window | None = None) -> None:
        """Let the successor's window for a clause, or for all (None), hold these days, besides those it has already.

        unless: nothing is done where this window holds them.
        """
        if unless is not None and unless.opens_on <= days.opens_on and days.closes_on <= unless.closes_on:
            return
        found = row_for(self.call.windows.all(), clause.pk if clause else 0, self.successor.pk)
        had = Days.of(found or self.call)
        if had.closes_on >= self.today:
            days = Days(min(days.opens_on, had.opens_on), max(days.closes_on, had.closes_on))
        row = self.call.windows.filter(clause=clause, district=self.successor).first()
        data: dict[str, object] = {"after": days.as_json(), "reason": self.reason}
        if row is None:
            row = CallWindow(call=self.call, clause=clause, district=self.successor)
            event = ADDED
        elif Days.of(row) == days:
            return
        else:
            data["before"], event = Days.of(row).as_json(), CHANGED
        row.opens_on, row.closes_on = days.opens_on, days.closes_on
        row.save()
        self.changed.add(row.pk)
        data |= {"window": row.pk, **place_of(row)}
        tell_moved(self.call, event, data, clause=clause, district=self.successor, by=self.by, at=self.at)
