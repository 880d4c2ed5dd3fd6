"""The pages of reviews and awards in a real browser: accessible, nothing overflows, usable without scripts."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from reviews.enums import Outcome, StageKind
from reviews.models import Decision
from tests.factories.applications import make_company
from tests.factories.awards import make_award
from tests.factories.reviews import advance_to, approver, decide, draft, make_case, officer, task_of

CHROMIUM = shutil.which("chromium")  # None: Playwright's own, and a failure where there is none either
AXE = (Path(settings.BASE_DIR) / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text()
WIDTHS = (1280, 640, 375)  # 640 is 1280 at 200 % zoom

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def chromium(playwright):
    """A browser of this module's own."""
    arguments = ["--disable-background-networking", "--disable-quic"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield browser
    browser.close()


def signed_in(chromium, live_server, user, **options):
    """A page of this person, signed in by the session's cookie; `faults` gathers what the console complains of."""
    client = Client()
    client.force_login(user)
    context = chromium.new_context(locale="zh-CN", **options)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    return page


def check(page, address: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.goto(address).status == 200
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document)")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], (address, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


def test_pages_are_accessible_and_fit(policies_loaded, chromium, live_server):
    case = make_case(make_company(), "3.2.3")
    advance_to(case, StageKind.CONSULTATION)
    decide(task_of(case, "市财政局"), outcome=Outcome.DISAGREE, reasons="请复核资金来源。")
    advance_to(case, StageKind.LEAD)
    draft(task_of(case, "市商务局"), reconciliation="已复核。")
    award = make_award(make_company(district="经开区"), "3.4.5")
    pages = {
        officer("市工信局"): [
            reverse("reviews:queue"),
            reverse("reviews:cases"),
            reverse("reviews:task", args=[task_of(case, "市工信局").pk]),
            reverse("awards:award", args=[award.pk]),
        ],
        approver("市商务局"): [reverse("reviews:task", args=[task_of(case, "市商务局").pk])],
        officer("经开区"): [reverse("awards:list")],
    }
    for user, paths in pages.items():
        page = signed_in(chromium, live_server, user, bypass_csp=True)
        for path in paths:
            check(page, live_server.url + path)
        assert page.faults == []
        page.context.close()


def test_a_decision_is_made_and_confirmed_without_scripts(policies_loaded, chromium, live_server):
    case = advance_to(make_case(make_company()), StageKind.LEAD)
    task = task_of(case)
    address = live_server.url + reverse("reviews:task", args=[task.pk])
    page = signed_in(chromium, live_server, officer("市工信局"), java_script_enabled=False)
    page.goto(address)
    page.check("input[name=outcome][value=approve]")
    page.fill("textarea[name=reasons]", "材料齐全，同意支持。")
    page.click("text=提交审核")
    expect(page.locator("text=等待本单位另一名审核人员确认")).to_have_count(1)
    page.context.close()
    page = signed_in(chromium, live_server, approver("市工信局"), java_script_enabled=False)
    page.goto(address)
    page.click("#panel button:has-text('确认') >> nth=0")
    expect(page.locator("text=本单位已办结")).to_have_count(1)
    assert page.faults == []
    page.context.close()
    assert Decision.objects.get(task=task).confirmed_by == approver("市工信局")


def test_keys_walk_the_queue(policies_loaded, chromium, live_server):
    case = make_case(make_company())
    page = signed_in(chromium, live_server, officer("高新区"))
    page.goto(live_server.url + reverse("reviews:queue"))
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(f"**{reverse('reviews:task', args=[task_of(case).pk])}")
    assert page.faults == []
    page.context.close()


def test_what_was_typed_survives_the_end_of_the_session(policies_loaded, chromium, live_server):
    case = advance_to(make_case(make_company()), StageKind.LEAD)
    task, person = task_of(case), officer("市工信局")
    page = signed_in(chromium, live_server, person, viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("reviews:task", args=[task.pk]))
    page.get_by_label("同意支持").check()
    page.get_by_label("理由或意见").fill("写了很久的意见")
    # In one step: the viewer takes its own place as soon as it is seen.
    page.evaluate("document.getElementById('evidence-view').scrollIntoView()")
    page.locator("#evidence-view:not([hx-get])").wait_for()  # it fetches itself: not after the session is gone
    page.context.clear_cookies()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("没有提交：登录已失效").wait_for()
    assert page.get_by_label("理由或意见").input_value() == "写了很久的意见"
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("已提交“同意支持”").wait_for()
    assert Decision.objects.get(task=task).reasons == "写了很久的意见"
    assert page.faults == []
