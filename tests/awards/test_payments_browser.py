"""The pages of 拨付 in a real browser: accessible, nothing overflows, results entered without scripts."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from awards.enums import PaymentState, ResultKind
from awards.models import Payment, PaymentList
from common.outbox.actions import run_owed
from tests.awards.payments import leader, payable, prepare, result, rows_of, send, tell
from tests.factories.applications import YEAR, make_company
from tests.factories.awards import payer
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
#: Where pictures of the pages go, for people who look at them.
PICTURES = os.environ.get("PAYMENT_PICTURES", "")


def picture(page, address, name):
    if PICTURES:
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


def test_pages_are_accessible_and_fit(policies_loaded, chromium, live_server):
    at = timezone.now() - timedelta(days=2)
    returned, paid, draft, waits = payable("3.4.5"), payable("3.3.2"), payable("3.4.5"), payable("3.4.5")
    third = payable("3.4.5", company=make_company(name="江西祥喆𬭎半导体照明工程技术研究中心有限公司"))
    listing = send(prepare(returned, paid, third, at=at), at=at)
    tell(
        listing,
        result(1, ResultKind.RETURNED, on=timezone.localdate()),
        result(3, on=timezone.localdate()),
        at=timezone.now(),
    )
    run_owed(at=timezone.now())
    made = prepare(draft, at=at)
    reversible = Payment.objects.get(list=listing, state=PaymentState.PAID)
    back = Payment.objects.get(list=listing, state=PaymentState.RETURNED)
    pages = {
        payer(): [
            ("lists", reverse("awards:payment_lists")),
            ("sent", reverse("awards:payment_lists") + "?tab=sent"),
            ("new", reverse("awards:payment_list_new") + f"?budget=city-{YEAR}"),
            ("list", reverse("awards:payment_list", args=[listing.pk])),
        ],
        leader(): [
            ("draft", reverse("awards:payment_list", args=[made.pk])),
            ("reverse", reverse("awards:payment_reverse", args=[listing.pk, reversible.row])),
        ],
        back.award.application.enterprise.members.first().user: [
            ("award", reverse("awards:award", args=[back.award_id])),
        ],
    }
    for user, places in pages.items():
        page = signed_in(chromium, live_server, user, bypass_csp=True)
        for name, path in places:
            picture(page, live_server.url + path, name)
            check(page, live_server.url + path)
        assert page.faults == []
        page.context.close()
    assert waits.state == "approved"


def test_a_list_is_made_sent_and_answered_without_scripts(policies_loaded, chromium, live_server):
    payable("3.4.5"), payable("3.3.2"), leader()
    page = signed_in(chromium, live_server, payer(), java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:payment_lists"))
    page.click("tr:has-text('市级') >> text=编制清单")
    page.click("button:has-text('列入全部 2 笔')")
    listing = PaymentList.objects.get()
    other = signed_in(chromium, live_server, leader(), java_script_enabled=False)
    other.goto(live_server.url + reverse("awards:payment_list", args=[listing.pk]))
    other.click("button:has-text('确认送拨付')")
    expect(other.locator("text=已送拨付，内容已锁定")).to_have_count(1)
    page.goto(live_server.url + reverse("awards:payment_list", args=[listing.pk]))
    page.select_option("#id_row1-kind", "paid")
    page.select_option("#id_row2-kind", "returned")
    page.click("button:has-text('录入所填结果')")
    expect(page.locator("text=第 2 笔：退回须写明原因。").first).to_be_visible()
    page.fill("#id_row2-reason", "账号不存在")
    page.click("button:has-text('录入所填结果')")
    expect(page.locator("text=已录入 2 笔结果")).to_have_count(1)
    assert [row.state for row in rows_of(listing)] == [PaymentState.PAID, PaymentState.RETURNED]
    page.context.close(), other.context.close()
