"""The calendar table and its import."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from common.models import CalendarDay
from common.queries import working_calendar

pytestmark = pytest.mark.django_db


def load() -> str:
    out = StringIO()
    call_command("load_calendar", stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _empty_table() -> None:
    CalendarDay.objects.all().delete()


def test_import_covers_the_published_years() -> None:
    load()
    calendar = working_calendar()
    assert calendar.known_years == frozenset(range(2004, 2027))
    assert not calendar.is_working(date(2026, 10, 1))
    assert CalendarDay.objects.get(day=date(2025, 10, 11)).name.endswith("调休上班")
    assert calendar.is_working(date(2025, 10, 11))  # a Saturday


def test_import_is_idempotent_and_keeps_what_people_entered() -> None:
    load()
    count = CalendarDay.objects.count()
    CalendarDay.objects.filter(day=date(2025, 10, 11)).update(is_working=False, source="演示通知")
    CalendarDay.objects.filter(day=date(2025, 10, 1)).update(name="改错的名称")
    CalendarDay.objects.filter(day=date(2024, 10, 1)).delete()
    answer = load()
    assert "新增 1 天，更新 1 天，保留管理员维护的 1 天" in answer
    assert CalendarDay.objects.count() == count
    assert not working_calendar().is_working(date(2025, 10, 11))
    assert CalendarDay.objects.get(day=date(2025, 10, 1)).name.startswith("国庆节")


def test_a_single_day_does_not_make_a_year_known() -> None:
    CalendarDay.objects.create(day=date(2031, 1, 1), is_working=False, name="元旦", source="演示")
    calendar = working_calendar()
    assert 2031 not in calendar.known_years
    assert not calendar.is_working(date(2031, 1, 1))


def test_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    load()
    with django_assert_num_queries(1):
        working_calendar()


def test_one_row_per_day() -> None:
    CalendarDay.objects.create(day=date(2031, 1, 1), is_working=False, name="元旦", source="演示")
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDay.objects.create(day=date(2031, 1, 1), is_working=True, name="元旦", source="演示")
