"""Evidence, exports and overview in a real browser: accessible, nothing overflows, pages turn by key and by link."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.enums import UnitRole
from reviews.actions.exports import ask_for_list, write_export
from reviews.enums import ListPage
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company
from tests.factories.exports import filed_with, pdf_of, picture
from tests.factories.reviews import LATER, case_of, officer
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(policies_loaded):
    documents = {
        "invoice": ("jpg", picture(size=(900, 1300))),
        "contract": ("pdf", pdf_of("合同第一页", "合同第二页", "合同第三页")),
    }
    return case_of(filed_with(make_company(), documents))


def attachment(case, key: str) -> int:
    return next(item["attachment"] for item in case.application.revisions.get().evidence if item["key"] == key)


def test_the_viewer_turns_pages_with_and_without_the_mouse(chromium, live_server, case):
    page = signed_in(chromium, live_server, officer("高新区"), viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("reviews:case", args=[case.pk]))
    # In one step: the viewer takes its own place as soon as it is seen.
    page.evaluate("document.getElementById('evidence-view').scrollIntoView()")
    page.locator(".evidence-page").wait_for()  # the first file comes when the viewer comes into view
    contract = attachment(case, "contract")
    page.click(f"#evidence-{contract}")
    title = page.locator(".evidence-title")
    page.locator("#evidence-next").click()
    expect(title).to_contain_text("第 2 页")
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("第 3 页")
    # On the last page there is no next one: the focus stays inside, so that the other arrow still works.
    expect(page.locator("#evidence-view :focus")).to_be_visible()
    page.locator("#evidence-previous").focus()
    page.keyboard.press("ArrowLeft")
    expect(title).to_contain_text("第 2 页")
    assert title.inner_text().startswith("合同")
    assert page.locator(".evidence-paper img").evaluate("image => image.naturalWidth") == 1000
    assert page.faults == []


def test_the_viewer_works_without_scripts(chromium, live_server, case):
    page = signed_in(chromium, live_server, officer("高新区"), java_script_enabled=False)
    page.goto(live_server.url + reverse("reviews:case", args=[case.pk]))
    page.locator(f"#evidence-{attachment(case, 'contract')}").click()
    page.locator("#evidence-next").click()
    expect(page.locator(".evidence-title")).to_contain_text("第 2 页，共 3 页")


def test_pages_are_accessible_and_fit(chromium, live_server, case):
    handler = officer("高新区")
    export = ask_for_list(page=ListPage.CASES, query="", by=handler, at=LATER)
    write_export(export_id=export.pk, at=LATER)
    page = signed_in(chromium, live_server, handler)
    url = reverse("reviews:case", args=[case.pk])
    check(page, f"{live_server.url}{url}?evidence={attachment(case, 'contract')}&page=2")
    check(page, live_server.url + reverse("reviews:exports"))
    assert page.faults == []
    for leader in (officer("高新区", UnitRole.LEADER), AuditorFactory()):
        page = signed_in(chromium, live_server, leader)
        check(page, live_server.url + reverse("reviews:overview"))
        assert page.faults == []
