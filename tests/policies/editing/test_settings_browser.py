"""Open points, rates and the calendar in a real browser: accessible, previewed, refused in words, without scripts."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from common.models import CalendarDay
from policies.models import PolicySetting, SeriesValue
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import _policies_of_package, policies_loaded
from tests.policies.editing.test_calendar import NOTICES, NUMBER
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["_policies_of_package", "chromium", "policies_loaded"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SLUG = "hongfufa-2023-30"


@pytest.fixture
def administrator(policies_loaded):
    call_command("load_calendar", verbosity=0)
    return AdministratorFactory(name="周敏")


def test_pages_are_accessible_and_fit(chromium, live_server, administrator):
    page = signed_in(chromium, live_server, administrator)
    points = ("stage_days", "day_count", "opinion_points", "expert_panel", "audit_sampling", "governing_day")
    for place in (
        reverse("editing:settings", args=[SLUG]),
        *(reverse("editing:setting", args=[SLUG, key]) for key in points),
        reverse("editing:series"),
        reverse("editing:series_one", args=["lpr_1y"]),
        reverse("editing:series_new"),
        reverse("editing:calendar") + "?year=2026",
        reverse("editing:calendar_import"),
    ):
        check(page, live_server.url + place)
    assert page.faults == []
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_days_of_stages_are_changed_and_a_point_is_confirmed(chromium, live_server, administrator, scripts):
    page = signed_in(chromium, live_server, administrator, java_script_enabled=scripts)
    page.goto(live_server.url + reverse("editing:settings", args=[SLUG]))
    page.get_by_role("link", name="各环节办理时限").click()
    page.get_by_label("牵头审核（工作日）").fill("15")
    page.get_by_label("自何日起").fill((timezone.localdate() + dt.timedelta(days=7)).isoformat())
    page.get_by_label("修改理由").fill("洪工信字〔2026〕1号")
    page.get_by_role("button", name="预览").click()
    expect(page.locator("#preview")).to_contain_text("牵头审核15")
    page.get_by_role("button", name="保存新取值").click()
    expect(page.locator("main")).to_contain_text("待生效")
    assert PolicySetting.objects.filter(key="stage_days").latest("number").value["lead"] == 15

    page.goto(live_server.url + reverse("editing:setting", args=[SLUG, "day_count"]))
    page.get_by_role("button", name="确认该取值").click()
    expect(page.locator("#day_count")).to_contain_text("默认值，已确认")
    expect(page.locator("#day_count")).to_contain_text("周敏")
    assert page.faults == []
    page.context.close()


def test_a_notice_with_a_wrong_weekday_is_refused_and_the_right_one_stored(chromium, live_server, administrator):
    page = signed_in(chromium, live_server, administrator)
    page.goto(live_server.url + reverse("editing:calendar_import") + "?year=2026")
    page.get_by_label("通知正文").fill(NOTICES[2026].replace("5月9日（周六）", "5月9日（周日）"))
    page.get_by_label("文号").fill(NUMBER)
    page.get_by_role("button", name="检查并预览").click()
    expect(page.locator(".error-summary")).to_contain_text("2026年5月9日是周六，通知写的是周日")
    expect(page.get_by_label("通知正文")).to_have_value(NOTICES[2026].replace("5月9日（周六）", "5月9日（周日）"))
    page.get_by_label("通知正文").fill(NOTICES[2026])
    page.get_by_role("button", name="检查并预览").click()
    expect(page.locator("#preview")).to_contain_text("工作日没有变化")
    page.get_by_role("button", name="保存到工作日历").click()
    expect(page.locator("main")).to_contain_text(f"已按{NUMBER}更新 2026 年的工作日历")
    assert CalendarDay.objects.get(day=dt.date(2026, 5, 9)).source == NUMBER
    page.context.close()


def test_rates_are_pasted_mended_and_taken_in(chromium, live_server, administrator):
    today = timezone.localdate()
    page = signed_in(chromium, live_server, administrator)
    page.goto(live_server.url + reverse("editing:series_one", args=["lpr_1y"]))
    page.get_by_label("日期和利率").fill(f"{today.isoformat()}, 2.955")
    page.get_by_role("button", name="检查并预览").click()
    expect(page.locator(".error-summary")).to_contain_text("第 1 行")
    page.get_by_label("日期和利率").fill(f"{today.isoformat()}, 2.95")
    page.get_by_role("button", name="检查并预览").click()
    expect(page.locator("#preview")).to_contain_text("2.95%")
    page.get_by_role("button", name="全部录入").click()
    expect(page.locator("main")).to_contain_text("已录入 1 个利率")
    assert str(SeriesValue.objects.latest("on").value) == "2.95"
    page.context.close()
