"""Working days, due days and the publicity period; pure, the calendar is a value.

The State Council publishes the days off (and the weekends worked instead) of a year late in the year before. Until then
Monday–Friday hold, and ``is_provisional`` says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_DAY = timedelta(days=1)


def local_day(instant: datetime) -> date:
    """The calendar day in Shanghai on which an aware instant falls."""
    if instant.tzinfo is None:
        raise ValueError("instants are aware")
    return instant.astimezone(SHANGHAI).date()


def end_of_day(due: date) -> datetime:
    """24:00 of ``due`` in Shanghai, as an aware instant: on time is what happens strictly before it."""
    return datetime.combine(due + _DAY, time.min, tzinfo=SHANGHAI)


def is_late(instant: datetime, due: date) -> bool:
    """Whether an aware instant is past the end of its due day."""
    return instant >= end_of_day(due)


@dataclass(frozen=True)
class WorkingCalendar:
    """days: the days that differ from the weekday rule, or confirm it; known_years: years that are published."""

    days: Mapping[date, bool] = field(default_factory=dict)
    known_years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether offices work on ``day``: the calendar first, else Monday–Friday."""
        return self.days.get(day, day.weekday() < 5)

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether the span touches a year whose calendar is not published: a computed due day may still move."""
        return any(year not in self.known_years for year in range(min(first, last).year, max(first, last).year + 1))

    def add_working_days(self, start: date, n: int) -> date:
        """The ``n``-th working day after ``start``; ``start`` itself does not count. n = 0 gives ``start``."""
        if n < 0:
            raise ValueError("a period has no negative length")
        day = start
        while n:
            day += _DAY
            n -= self.is_working(day)
        return day

    def working_days_left(self, today: date, due: date) -> int:
        """Working days after ``today`` up to and with ``due``: 0 on the last day, negative when overdue.

        Past the due day it is at most −1, also while only days off have passed: late is late.
        """
        if today > due:
            return min(-1, -self._count(due, today))
        return self._count(today, due)

    def _count(self, after: date, last: date) -> int:
        return sum(self.is_working(after + _DAY * step) for step in range(1, (last - after).days + 1))

    def next_working_day(self, day: date) -> date:
        """``day`` itself if it is a working day, else the first one after it."""
        while not self.is_working(day):
            day += _DAY
        return day

    def publicity_last_day(self, first: date, days: int, *, working: bool = False) -> date:
        """The last day of a publicity period that is opened on ``first``.

        The first day does not count; a last day on a day off moves to the next working day (procedure of 公示).
        days: calendar days, or working days with ``working=True``.
        """
        if days < 1:
            raise ValueError("a publicity period lasts a day or longer")
        if working:
            return self.add_working_days(first, days)
        return self.next_working_day(first + _DAY * days)
