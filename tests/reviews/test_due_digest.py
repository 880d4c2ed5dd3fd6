"""What a daily digest says of due work: late first, then what ends within two working days, to who can act on it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.notices import owe_digests
from accounts.enums import UnitRole
from accounts.models import Absence, UnitMember
from common.outbox.actions import run_owed
from reviews.models import Case, Recusal, Stage, Task
from reviews.queries.digest import due_sections, people_with_due_tasks
from tests.factories.accounts import AuditorFactory, UserFactory
from tests.factories.applications import make_company
from tests.factories.reviews import approver, make_case, officer, running, task_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def case(company) -> Case:
    return make_case(company)


def due_on(case: Case):
    return running(case).due_on


def titles(user, day) -> dict[str, int]:
    return {section.title: section.count for section in due_sections(user, day)}


def before(case: Case, working_days: int):
    """The day on which so many working days are left; no holidays lie around the fixture's dates."""
    day = due_on(case)
    while working_days:
        day -= timedelta(days=1)
        working_days -= day.weekday() < 5
    return day


@pytest.mark.parametrize(
    ("left", "expected"),
    [(3, {}), (2, {"两个工作日内到期的待办": 1}), (0, {"两个工作日内到期的待办": 1})],
)
def test_from_two_working_days_on(case, left, expected):
    user = officer("高新区")
    day = before(case, left)
    assert titles(user, day) == expected
    assert (user.pk in set(people_with_due_tasks(day))) == bool(expected)


def test_late_ones_stand_first_with_the_days_and_the_way_there(case):
    day = due_on(case) + timedelta(days=1)
    other = make_case(make_company(), "3.3.1")
    Stage.objects.filter(pk=running(other).pk).update(due_on=day)
    late, soon = due_sections(officer("高新区"), day)
    assert (late.title, late.brief, late.url) == ("已逾期的待办", "1 件已逾期", "/reviews/?tab=mine&due=overdue")
    assert (soon.title, soon.url) == ("两个工作日内到期的待办", "/reviews/?tab=mine&due=2days")
    application = case.application
    assert late.lines[0].text == (f"{application.number} {application.enterprise.name} · 3.4.5 初审，已逾期 1 个工作日")
    assert late.lines[0].url == f"/reviews/tasks/{task_of(case).pk}/"
    assert soon.lines[0].text.endswith("初审，今日到期")


def test_a_paused_clock_presses_nobody(case):
    Stage.objects.filter(pk=running(case).pk).update(state="paused")
    assert titles(officer("高新区"), due_on(case)) == {}


def test_only_those_who_can_act(case):
    day = due_on(case)
    holder, second, recused = officer("高新区"), UserFactory(), UserFactory()
    unit = task_of(case).unit
    for user in (second, recused):
        UnitMember.objects.create(unit=unit, user=user, role=UnitRole.HANDLER)
    Recusal.objects.create(case=case, user=recused, reason="回避", at=case.opened_at)
    assert titles(second, day)
    assert not titles(recused, day)
    Task.objects.filter(pk=task_of(case).pk).update(handler=holder)
    assert titles(holder, day)
    assert not titles(second, day)
    for user in (officer("市工信局"), AuditorFactory(), officer("高新区", UnitRole.FINANCE)):
        assert not titles(user, day)


def test_whoever_stands_in_is_told(case):
    day = due_on(case)
    holder, deputy = officer("高新区"), UserFactory()
    task = task_of(case)
    UnitMember.objects.create(unit=task.unit, user=deputy, role=UnitRole.HANDLER)
    Task.objects.filter(pk=task.pk).update(handler=holder)
    assert not titles(deputy, day)
    Absence.objects.create(
        unit=task.unit,
        user=holder,
        deputy=deputy,
        first_day=day,
        last_day=day,
        entered_by=deputy,
        entered_at=case.opened_at,
    )
    assert titles(deputy, day)
    assert deputy.pk in set(people_with_due_tasks(day))


def test_a_morning_from_the_beat_to_the_mail(case):
    approver("高新区")
    user = officer("高新区")
    at = datetime.combine(due_on(case), datetime.min.time(), tzinfo=SHANGHAI) + timedelta(hours=8, minutes=10)
    run_owed(at=at)
    mail.outbox.clear()
    owe_digests(at=at)
    run_owed(at=at)
    (sent,) = [message for message in mail.outbox if message.to == [user.email]]
    assert "1 件即将到期" in sent.subject
    assert f"{case.application.number} {case.application.enterprise.name}" in sent.body
    assert "初审，今日到期" in sent.body


def test_as_many_questions_for_many_tasks_as_for_one(case):
    user, day = officer("高新区"), due_on(case)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            due_sections(user, day)
        return len(captured)

    few = count()
    for _ in range(5):
        make_case(make_company())
    assert titles(user, day) == {"两个工作日内到期的待办": 6}
    assert count() == few
