"""The lists in a real browser: keys in both, off while somebody composes; ticks; presence; all of it on a phone."""

import os

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from reviews.actions.presence import be_present
from reviews.actions.views import save_view
from reviews.enums import ListPage
from reviews.models import Presence, Task
from tests.factories.lists import waiting
from tests.factories.reviews import LATER, approver, officer
from tests.factories.units import fresh, join
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

COMPOSING = """key => document.body.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, isComposing: true}))"""
CHOSEN = "document.querySelectorAll('tr.is-active').length"


def shot(page, name: str) -> None:
    """A picture where somebody wants to look (PICTURES names a folder)."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_keys_work_in_both_lists_and_not_while_composing(policies_loaded, chromium, live_server):
    task = waiting()
    page = signed_in(chromium, live_server, officer("高新区"))
    for name, target in (
        ("queue", reverse("reviews:task", args=[task.pk])),
        ("cases", reverse("reviews:case", args=[task.stage.case_id])),
    ):
        page.goto(live_server.url + reverse(f"reviews:{name}"))
        page.evaluate(COMPOSING, "j")
        assert page.evaluate(CHOSEN) == 0
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("jo?")
        assert page.evaluate("document.activeElement.value") == "jo?"
        assert page.evaluate(CHOSEN) == 0
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("?")
        expect(page.locator("#keys-help[open]")).to_have_count(1)
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("o")
        page.wait_for_url(f"**{target}")
    assert page.faults == []
    page.context.close()


def test_lists_are_accessible_and_fit(policies_loaded, chromium, live_server):
    me = officer("高新区")
    tasks = [
        waiting(due_in=days, name=name)
        for days, name in ((-2, "南昌晨光（集团）光电科技股份有限公司"), (1, "江西瑞芯"), (9, "南昌"))
    ]
    Task.objects.filter(pk=tasks[1].pk).update(handler=me)
    be_present(task=tasks[0], by=join("高新区", name="张某"), at=timezone.now())
    unit = me.unit_memberships.get().unit_id
    save_view(page=ListPage.QUEUE, name="逾期未办", query="due=overdue&tab=unit", unit_id=unit, by=me, at=LATER)
    page = signed_in(chromium, live_server, me, bypass_csp=True)
    addresses = {
        "queue": reverse("reviews:queue"),
        "filtered": reverse("reviews:queue") + "?tab=unit&due=overdue&amount_from=1&district=x",
        "empty": reverse("reviews:queue") + "?q=没有这家",
        "done": reverse("reviews:queue") + "?tab=done",
        "cases": reverse("reviews:cases"),
        "views": reverse("reviews:views", args=["queue"]),
        "task": reverse("reviews:task", args=[tasks[0].pk]),
    }
    for name, address in addresses.items():
        check(page, live_server.url + address)
        shot(page, f"{name}-375-open")
        for width in (375, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live_server.url + address)
            shot(page, f"{name}-{width}")
    assert page.faults == []
    page.context.close()


def test_ticks_lead_by_way_of_the_preview_to_a_result(policies_loaded, chromium, live_server):
    tasks = [waiting(due_in=days) for days in (3, 5)]
    page = signed_in(chromium, live_server, officer("高新区"), viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("reviews:queue"))
    page.get_by_label("全选本页").check()
    page.get_by_text("已选 2 件：").wait_for()
    page.get_by_role("button", name="领取", exact=True).click()
    page.get_by_text("还没有作任何改动").wait_for()
    shot(page, "bulk-preview")
    page.get_by_role("button", name="领取 2 件").click()
    page.get_by_text("已领取 2 件").wait_for()
    shot(page, "bulk-result")
    assert {fresh(task).handler for task in tasks} == {officer("高新区")}
    assert page.faults == []
    page.context.close()


def test_giving_works_without_scripts(policies_loaded, chromium, live_server):
    task = waiting()
    officer("高新区")
    to = join("高新区", name="王经办")
    page = signed_in(chromium, live_server, approver("高新区"), java_script_enabled=False)
    page.goto(live_server.url + reverse("reviews:queue") + "?tab=unit")
    page.locator("input[name=selected]").check()
    page.get_by_label("交办给").select_option(label="王经办")
    page.get_by_role("button", name="交办", exact=True).click()
    page.get_by_role("button", name="交办 1 件").click()
    assert fresh(task).handler == to
    page.context.close()


def test_leaving_the_page_ends_the_presence(policies_loaded, chromium, live_server):
    task = waiting()
    page = signed_in(chromium, live_server, officer("高新区"))
    page.goto(live_server.url + reverse("reviews:task", args=[task.pk]))
    assert Presence.objects.filter(task=task).count() == 1
    page.goto(live_server.url + reverse("reviews:cases"))
    page.wait_for_timeout(500)
    assert not Presence.objects.exists()
    assert page.faults == []
    page.context.close()
