"""The pages of a unit's inside in a real browser: accessible, nothing overflows, usable without scripts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from reviews.actions import recuse
from reviews.enums import StageKind
from reviews.models import Decision, Stage
from tests.factories.applications import make_company
from tests.factories.reviews import advance_to, approver, make_case, officer, task_of
from tests.factories.units import assign, away, claim, join, leave, make_rule
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
L = StageKind.LEAD


@pytest.fixture
def cases(policies_loaded):
    """Four cases at 市工信局: late and held by somebody away, held by somebody who left, with a recusal, free."""
    unit, now, today = "市工信局", timezone.now(), timezone.localdate()
    person, deputy, gone = officer(unit), join(unit, name="李代办"), join(unit, name="赵离职")
    made = [advance_to(make_case(make_company()), L) for _ in range(4)]
    assign(task_of(made[0]), person, approver(unit), at=now)
    Stage.objects.filter(case=made[0], kind=L).update(due_on=today - timedelta(days=3))
    claim(task_of(made[1]), gone, at=now)
    leave(unit, gone)
    away(unit, person, deputy, today, today + timedelta(days=4))
    make_rule(unit, gone)
    make_rule(unit, is_active=False)
    recuse(task=task_of(made[2]), reason="亲属任职", by=join(unit, name="孙回避"), at=now)
    return made


def address(case) -> str:
    return reverse("reviews:task", args=[task_of(case).pk])


def test_pages_are_accessible_and_fit(cases, chromium, live_server):
    boss = approver("市工信局")
    page = signed_in(chromium, live_server, boss)
    places = [reverse(f"reviews:{name}") for name in ("unit", "rules", "absences")]
    for path in [*places, address(cases[0])]:
        check(page, live_server.url + path)
    assert page.faults == []
    page.context.close()
    for name, path in (("李代办", address(cases[0])), ("孙回避", address(cases[2]))):
        user = task_of(cases[0]).unit.members.get(user__name=name).user
        page = signed_in(chromium, live_server, user)
        check(page, live_server.url + path)
        assert page.faults == []
        page.context.close()


def test_without_scripts_a_task_is_given_taken_over_and_decided(cases, chromium, live_server):
    boss, colleague = approver("市工信局"), join("市工信局", name="钱接手")
    page = signed_in(chromium, live_server, boss, java_script_enabled=False)
    number = cases[3].application.number
    page.goto(live_server.url + reverse("reviews:unit"))
    row = page.get_by_role("row").filter(has_text=number)
    row.get_by_label(f"将 {number} 交办给").select_option(label="李代办")
    row.get_by_role("button", name="交办").click()
    expect(page.get_by_text(f"{number} 已交李代办办理。")).to_be_visible()
    page.context.close()
    page = signed_in(chromium, live_server, colleague, java_script_enabled=False)
    page.goto(live_server.url + address(cases[3]))
    assert page.get_by_text("本件由李代办承办，需由您办理时请先接手。").is_visible()
    assert page.get_by_role("button", name="提交审核").count() == 0
    page.get_by_role("button", name="接手").click()
    page.get_by_label("同意支持", exact=True).check()
    page.get_by_label("理由或意见").fill("材料齐全，同意。")
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("等待本单位审核人员确认").first.wait_for()
    assert Decision.objects.get(task=task_of(cases[3])).drafted_by == colleague
    page.context.close()
