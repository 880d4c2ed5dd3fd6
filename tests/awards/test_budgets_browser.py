"""Budgets and batches in a real browser: accessible, nothing overflows, the hint follows what is typed, and a batch
goes its way with and without scripts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.batches import start_batch
from awards.actions.budgets import adjust_envelope, set_ratio
from awards.enums import Share
from awards.models import SettlementBatch
from common.outbox.actions import run_owed
from reviews.enums import StageKind
from tests.awards.simulation.test_browser import check
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import make_call, make_company
from tests.factories.awards import fund, make_candidate, payer, settle
from tests.factories.reviews import LATER, advance_to, approver, make_case, officer, task_of
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
]
FAR = datetime(2100, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
LEAD = "市工信局"


@pytest.fixture
def settled(policies_loaded):
    """A settled award, three that wait, and budgets that do not suffice for both."""
    first = make_candidate(make_company())
    budgets = fund(first, first.candidate_fen)
    settle(first.account)
    for _ in range(3):
        make_candidate(make_company())
    for envelope in budgets.values():
        envelope.refresh_from_db()
    adjust_envelope(envelope=budgets[Share.CITY], fen=1, reason="尾差", by=payer(), at=LATER)
    return budgets


def test_pages_are_accessible_and_fit(settled, chromium, live_server):
    city = settled[Share.CITY]
    set_ratio(
        document=city.clause.document,
        clause=city.clause,
        valid_from=LATER.date() + timedelta(days=1),
        city_share=60,
        reason="洪财预〔2026〕3号",
        by=AdministratorFactory(),
        at=LATER,
    )
    case = make_case(make_company(), "3.4.5")
    advance_to(case, StageKind.LEAD)
    batch = start_batch(call=make_call(), unit=city.unit, by=officer(LEAD), at=LATER)
    people = {
        payer(): [
            reverse("awards:envelopes"),
            reverse("awards:envelope", args=[city.pk]),
            reverse("awards:envelope_new"),
            reverse("awards:envelope_adjust", args=[city.pk]),
        ],
        payer(UnitRole.LEADER): [reverse("awards:ratios")],
        officer(LEAD): [
            reverse("awards:batches"),
            reverse("awards:batch_new"),
            reverse("awards:batch", args=[batch.pk]),
            reverse("awards:budget_hint", args=[case.pk]) + "?amount=90000000",
            reverse("reviews:task", args=[task_of(case).pk]),
        ],
    }
    for person, addresses in people.items():
        page = signed_in(chromium, live_server, person)
        for address in addresses:
            check(page, live_server.url + address)
        assert page.faults == []
        page.context.close()
    run_owed(at=FAR)
    page = signed_in(chromium, live_server, approver(LEAD))
    for name in ("awards:batch", "awards:batch_confirm"):
        check(page, live_server.url + reverse(name, args=[batch.pk]))
    page.context.close()


def test_the_hint_follows_the_amount_as_it_is_typed(policies_loaded, chromium, live_server):
    case = make_case(make_company(), "3.1.1")
    advance_to(case, StageKind.LEAD)
    fund(make_candidate(make_company(), "3.1.1"), 600_000_000_00)
    page = signed_in(chromium, live_server, officer(LEAD), viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("reviews:task", args=[task_of(case).pk]))
    hint = page.locator(".budget-hint").first
    hint.get_by_text("尚无金额").wait_for()
    page.locator("#id_amount").press_sequentially("8,000,000")
    hint.get_by_text("8,000,000.00").first.wait_for()
    assert "余额不足" not in hint.inner_text()
    page.locator("#id_amount").fill("2,000,000,000")
    hint.get_by_text("余额不足").first.wait_for()
    assert "差 400,000,000.00 元" in hint.inner_text()
    page.locator("#id_amount").fill("abc")
    hint.get_by_text("不是有效的金额").wait_for()
    assert page.faults == []
    page.context.close()


def test_a_batch_from_start_to_result(settled, chromium, live_server):
    page = signed_in(chromium, live_server, officer(LEAD), java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:batches"))
    page.get_by_role("link", name="新的一批").first.click()
    page.get_by_role("button", name="开始试算").click()
    expect(page.locator("main")).to_contain_text("正在试算")
    page.context.close()
    run_owed(at=FAR)

    batch = SettlementBatch.objects.get()
    page = signed_in(chromium, live_server, approver(LEAD), viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("awards:batch", args=[batch.pk]))
    page.get_by_role("link", name="审核确认").click()
    expect(page.locator("main")).to_contain_text("不足")
    page.get_by_label("本次不核定").first.check()
    page.get_by_role("button", name="确认并核定").click()
    page.get_by_text("正在核定").first.wait_for()
    run_owed(at=FAR)
    page.get_by_text("有企业未核定").wait_for()  # without a gesture: the page asks until the worker is through
    told = page.locator("main").inner_text()
    assert "预算余额 0.01 元" in told
    assert "未选入本批" in told
    assert page.faults == []
    page.context.close()


def test_a_budget_is_entered_without_scripts(policies_loaded, chromium, live_server):
    page = signed_in(chromium, live_server, payer(), java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:envelope_new"))
    page.get_by_label("单位", exact=True).select_option(label=Unit.objects.get(name=LEAD).name)
    page.get_by_label("市级", exact=True).check()
    page.get_by_label("条款").select_option(index=1)
    page.get_by_label("政策年度").fill("2024")
    page.get_by_label("下达金额").fill("2,000")
    page.get_by_label("依据").fill("洪财预〔2026〕1号")
    page.get_by_role("button", name="录入").click()
    expect(page.locator("main")).to_contain_text("20,000,000.00")
    page.context.close()
