"""The calendar of a year as its page shows it, and what a notice would change in it."""

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from common.calendar_notice import Notice, NoticeDay
from common.models import CalendarDay
from common.queries import working_calendar

#: The next year's New Year may begin in the last days of December: such rows belong to that notice.
_NEXT_NOTICE = (12, 25)


@dataclass(frozen=True)
class Day:
    """One day in a month's table. state: "off" or "work" where the calendar says so, "weekend" or ""."""

    day: dt.date
    state: str
    name: str


@dataclass(frozen=True)
class Month:
    """A month as weeks from Monday to Sunday; None for days of other months."""

    number: int
    weeks: list[list[Day | None]]


@dataclass(frozen=True)
class Arrangement:
    """What the calendar says of consecutive days of one name."""

    first: dt.date
    last: dt.date
    is_working: bool
    name: str
    source: str


@dataclass(frozen=True)
class CalendarPage:
    """A year. provisional: no notice is stored, Monday to Friday hold meanwhile."""

    year: int
    months: list[Month]
    arrangements: list[Arrangement]
    provisional: bool
    years: list[int]


@dataclass(frozen=True)
class CalendarChange:
    """One day that a notice changes; before and after in words."""

    day: dt.date
    before: str
    after: str


@dataclass(frozen=True)
class Span:
    """Consecutive days of which a preview says the same: `words` are (name,) of an arrangement or (before, after)."""

    first: dt.date
    last: dt.date
    words: tuple[str, ...]
    is_working: bool = False

    @property
    def days(self) -> int:
        """How many days, both ends counted."""
        return (self.last - self.first).days + 1


def spans_of_notice(days: Iterable[NoticeDay]) -> list[Span]:
    """What a notice says as it prints it: from a day to a day, in the order of the year."""
    return _spans((one.day, (one.name,), one.is_working) for one in days)


def spans_of_changes(changes: Iterable[CalendarChange]) -> list[Span]:
    """Days that count otherwise, neighbours in one line where they change alike."""
    return _spans((one.day, (one.before, one.after), False) for one in changes)


def _spans(rows: Iterable[tuple[dt.date, tuple[str, ...], bool]]) -> list[Span]:
    numbered = [(row[0].toordinal() - place, row) for place, row in enumerate(sorted(rows))]
    found = []
    for _, group in groupby(numbered, key=lambda one: (one[0], *one[1][1:])):
        run = [row for _, row in group]
        found.append(Span(run[0][0], run[-1][0], run[0][1], run[0][2]))
    return found


@dataclass(frozen=True)
class CalendarPlan:
    """What storing a notice would change: days that count otherwise, rows to write, rows to take out, rows of the end
    of December that the next notice may have brought and that stay."""

    changes: list[CalendarChange]
    written: list[NoticeDay]
    removed: list[CalendarDay]
    kept: list[CalendarDay]


def calendar_page(year: int) -> CalendarPage:
    """A year's twelve months and its arrangements."""
    rows = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    known = working_calendar().known_years
    months = [
        Month(number, [[_day(day, rows, number) for day in week] for week in _weeks(year, number)])
        for number in range(1, 13)
    ]
    return CalendarPage(
        year=year,
        months=months,
        arrangements=_arrangements(rows.values()),
        provisional=year not in known,
        years=sorted(known | {year}),
    )


def _weeks(year: int, month: int) -> list[list[dt.date]]:
    return calendar.Calendar().monthdatescalendar(year, month)


def _day(day: dt.date, rows: dict[dt.date, CalendarDay], month: int) -> Day | None:
    if day.month != month:
        return None
    row = rows.get(day)
    if row is not None:
        return Day(day, "work" if row.is_working else "off", row.name)
    return Day(day, "weekend" if day.weekday() >= 5 else "", "")


def _arrangements(rows: Iterable[CalendarDay]) -> list[Arrangement]:
    ordered = sorted(rows, key=lambda row: row.day)
    numbered = [(row.day.toordinal() - place, row) for place, row in enumerate(ordered)]
    found = []
    for _, group in groupby(numbered, key=lambda one: (one[0], one[1].is_working, one[1].name, one[1].source)):
        run = [row for _, row in group]
        first = run[0]
        found.append(Arrangement(first.day, run[-1].day, first.is_working, first.name, first.source))
    return found


def plan_notice(notice: Notice, *, source: str, whole: bool) -> CalendarPlan:
    """What a notice without faults would change; a notice of the whole year takes the place of all that is stored."""
    wanted = {one.day: one for one in notice.days}
    stored = {row.day: row for row in CalendarDay.objects.filter(day__in=wanted)}
    others = list(CalendarDay.objects.filter(day__year=notice.year).exclude(day__in=wanted)) if whole else []
    kept = [row for row in others if (row.day.month, row.day.day) >= _NEXT_NOTICE]
    removed = [row for row in others if row not in kept]
    written = [
        one
        for one in notice.days
        if (row := stored.get(one.day)) is None
        or (row.is_working, row.name, row.source) != (one.is_working, one.name, source)
    ]
    after = {day: one.is_working for day, one in wanted.items()} | {row.day: row.day.weekday() < 5 for row in removed}
    before = {row.day: row.is_working for row in (*stored.values(), *removed)}
    changes = [
        CalendarChange(day, _said(day, before.get(day)), _said(day, is_working if day in wanted else None))
        for day, is_working in sorted(after.items())
        if before.get(day, day.weekday() < 5) != is_working
    ]
    return CalendarPlan(changes, written, removed, kept)


def _said(day: dt.date, is_working: bool | None) -> str:
    if is_working is None:
        return "周末" if day.weekday() >= 5 else "工作日"
    return "上班" if is_working else "放假"
