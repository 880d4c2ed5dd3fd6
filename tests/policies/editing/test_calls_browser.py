"""Calls in a real browser: accessible, nothing overflows; a window and a leave go their way without scripts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Unit
from policies.actions.windows import add_windows
from policies.models import CallWindow, LateFiling
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import (
    YEAR,
    _policies_of_package,
    clause,
    make_call,
    make_company,
    make_draft,
    policies_loaded,
)
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["_policies_of_package", "chromium", "policies_loaded"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor(db):
    return AdministratorFactory()


def test_pages_are_accessible_and_fit(policies_loaded, chromium, live_server, editor):
    today = timezone.localdate()
    call = make_call(YEAR, opens_on=today - timedelta(days=30), closes_on=today + timedelta(days=60))
    company = make_company()
    (row,) = add_windows(
        call,
        clauses=[clause("3.4.5")],
        districts=[Unit.objects.get(name="高新区")],
        opens_on=today - timedelta(days=30),
        closes_on=today + timedelta(days=90),
        reason="系统升级",
        by=editor,
        at=timezone.now(),
    )
    leave = LateFiling.objects.create(
        call=call,
        enterprise=company.enterprise,
        clause=clause("3.3.1"),
        closes_on=today + timedelta(days=90),
        reason="申报期内系统故障",
        granted_by=editor,
        granted_at=timezone.now(),
    )
    page = signed_in(chromium, live_server, editor)
    chosen = f"?document={policies_loaded.pk}&policy_year={YEAR}"
    for address in (
        reverse("editing:calls"),
        reverse("editing:call_new") + chosen,
        reverse("editing:call", args=[call.pk]),
        reverse("editing:window_new", args=[call.pk]),
        reverse("editing:window", args=[call.pk, row.pk]),
        reverse("editing:late_new", args=[call.pk]) + f"?enterprise={company.enterprise.pk}",
        reverse("editing:late_new", args=[call.pk]) + f"?q={company.enterprise.uscc}",
        reverse("editing:late_revoke", args=[call.pk, leave.pk]),
        call.url,
    ):
        check(page, live_server.url + address)
    assert page.faults == []
    page.context.close()
    draft = make_draft(company, at=timezone.now())
    page = signed_in(chromium, live_server, company.agent)
    for address in (reverse("applications:start"), reverse("applications:detail", args=[draft.pk])):
        check(page, live_server.url + address)
    expect(page.locator("main")).to_contain_text("本县区对本条款受理至")
    assert page.faults == []


def test_a_window_and_a_leave_without_scripts(policies_loaded, chromium, live_server, editor):
    today = timezone.localdate()
    call = make_call(YEAR, opens_on=today, closes_on=today + timedelta(days=10))
    company = make_company(name="南昌演示半导体有限公司")
    page = signed_in(chromium, live_server, editor, java_script_enabled=False)
    page.goto(live_server.url + reverse("editing:call", args=[call.pk]))
    page.get_by_role("link", name="增加").click()
    page.get_by_label("高新区").check()
    page.get_by_label("截止日期").fill((today + timedelta(days=20)).isoformat())
    page.get_by_label("理由").fill("系统升级")
    page.get_by_role("button", name="规定").click()
    expect(page.locator("main")).to_contain_text("单独规定受理时间 高新区")
    assert CallWindow.objects.get().closes_on == today + timedelta(days=20)

    page.get_by_role("link", name="准予一家企业").click()
    page.get_by_label("企业名称或统一社会信用代码").fill("演示半导体")
    page.get_by_role("button", name="查找企业").click()
    page.get_by_role("link", name=company.enterprise.name).click()
    page.get_by_label("条款").select_option(index=1)
    page.get_by_label("准予提交至").fill((today + timedelta(days=30)).isoformat())
    page.get_by_label("理由").fill("申报期内系统故障")
    page.get_by_role("button", name="准予").click()
    expect(page.locator("main")).to_contain_text("尚未截止，无需准予")
    expect(page.get_by_label("理由")).to_have_value("申报期内系统故障")
    page.context.close()
