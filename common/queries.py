"""Reading the calendar table."""

from common.models import CalendarDay
from common.workdays import WorkingCalendar


def working_calendar() -> WorkingCalendar:
    """The whole calendar as a value, in one query.

    A year counts as published when its 1 October stands in the table: every published arrangement has that day off,
    while a single day that an administrator enters ahead of time does not make its year known.
    """
    days = dict(CalendarDay.objects.values_list("day", "is_working"))
    known = frozenset(day.year for day in days if (day.month, day.day) == (10, 1))
    return WorkingCalendar(days=days, known_years=known)
