"""Working days, due days, publicity."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.workdays import WorkingCalendar, end_of_day, is_late, local_day

# National Day 2025: 1–8 October off, 28 September and 11 October (weekends) worked.
AUTUMN_2025 = WorkingCalendar(
    days={
        **{date(2025, 10, day): False for day in range(1, 9)},
        date(2025, 9, 28): True,
        date(2025, 10, 11): True,
    },
    known_years=frozenset({2025}),
)


def test_holidays_and_worked_weekends() -> None:
    assert AUTUMN_2025.is_working(date(2025, 9, 28))  # a Sunday, worked
    assert not AUTUMN_2025.is_working(date(2025, 10, 1))  # a Wednesday, off
    assert AUTUMN_2025.is_working(date(2025, 10, 9))
    assert not AUTUMN_2025.is_working(date(2025, 10, 12))


def test_adding_passes_over_the_holiday() -> None:
    assert AUTUMN_2025.add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert AUTUMN_2025.add_working_days(date(2025, 9, 30), 3) == date(2025, 10, 11)
    assert AUTUMN_2025.add_working_days(date(2025, 9, 30), 4) == date(2025, 10, 13)
    assert AUTUMN_2025.add_working_days(date(2025, 10, 3), 0) == date(2025, 10, 3)
    with pytest.raises(ValueError, match="negative"):
        AUTUMN_2025.add_working_days(date(2025, 10, 3), -1)


def test_days_left() -> None:
    due = date(2025, 10, 10)
    assert AUTUMN_2025.working_days_left(date(2025, 9, 30), due) == 2
    assert AUTUMN_2025.working_days_left(date(2025, 10, 10), due) == 0
    assert AUTUMN_2025.working_days_left(date(2025, 10, 11), due) == -1
    assert AUTUMN_2025.working_days_left(date(2025, 10, 13), due) == -2


def test_late_over_a_weekend_is_late() -> None:
    calendar = WorkingCalendar()
    assert calendar.working_days_left(date(2025, 11, 8), date(2025, 11, 7)) == -1


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    n=st.integers(1, 60),
    off=st.sets(st.integers(1, 120), max_size=30),
)
def test_left_undoes_added(start: date, n: int, off: set[int]) -> None:
    calendar = WorkingCalendar(days={start + timedelta(days=day): False for day in off})
    due = calendar.add_working_days(start, n)
    assert calendar.is_working(due)
    assert calendar.working_days_left(start, due) == n
    assert calendar.working_days_left(due, due) == 0
    assert calendar.working_days_left(due + timedelta(days=1), due) == -1


def test_publicity() -> None:
    # The first day does not count: 7 days from Monday the 1st end on Monday the 8th.
    assert WorkingCalendar().publicity_last_day(date(2025, 12, 1), 7) == date(2025, 12, 8)
    # A last day on a day off moves on: 24 September + 7 = 1 October, a holiday until the 8th.
    assert AUTUMN_2025.publicity_last_day(date(2025, 9, 24), 7) == date(2025, 10, 9)
    assert AUTUMN_2025.publicity_last_day(date(2025, 9, 24), 7, working=True) == date(2025, 10, 10)
    with pytest.raises(ValueError, match="a day or longer"):
        AUTUMN_2025.publicity_last_day(date(2025, 9, 24), 0)


def test_a_due_day_ends_at_midnight_in_shanghai() -> None:
    end = end_of_day(date(2025, 11, 5))
    assert end == datetime(2025, 11, 5, 16, 0, tzinfo=UTC)
    assert not is_late(end - timedelta(microseconds=1), date(2025, 11, 5))
    assert is_late(end, date(2025, 11, 5))
    assert local_day(end) == date(2025, 11, 6)
    assert local_day(end - timedelta(microseconds=1)) == date(2025, 11, 5)
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2025, 11, 5))


def test_unpublished_years_are_provisional() -> None:
    assert not AUTUMN_2025.is_provisional(date(2025, 1, 1), date(2025, 12, 31))
    assert AUTUMN_2025.is_provisional(date(2025, 12, 20), date(2026, 1, 5))
