"""政策维护 with the keyboard alone, on a phone and for a screen reader: the focus goes where the work goes on, every
tab is in view, a page without faults does not say that it has some, names and ids are told once."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DOUBLED = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
}"""


def press(page, operation):
    """A button of the block form, pressed with the Enter key."""
    button = page.locator(f"#blocks-form button[value='{operation}']")
    button.focus()
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url == page.url):
        page.keyboard.press("Enter")


def test_the_focus_follows_what_is_added_moved_and_taken_away(draft, writer, chromium, live_server):
    page = signed_in(chromium, live_server, writer, viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("editing:clause", args=[draft.pk]))
    press(page, "add:facts")
    expect(page.locator("[name='facts.1.key']")).to_be_focused()
    press(page, "up:facts.1")
    expect(page.locator("[name='facts.0.key']")).to_be_focused()
    expect(page.locator("[name='facts.0.key']")).to_be_in_viewport()
    press(page, "remove:facts.0")
    expect(page.locator("[id='id_facts.0'] > summary")).to_be_focused()
    expect(page.locator("[id='id_facts.0'] > summary")).to_be_in_viewport()
    press(page, "add:conditions")
    expect(page.locator("[name='conditions.0.label']")).to_be_focused()
    press(page, "remove:conditions.0")
    expect(page.locator("button[value='add:conditions']")).to_be_focused()
    press(page, "add:cap")
    expect(page.locator("[name='cap.scope']")).to_be_focused()
    press(page, "remove:cap")
    expect(page.locator("button[value='add:cap']")).to_be_focused()
    press(page, "bracket")
    expect(page.locator("button[value='bracket']")).to_be_focused()
    assert page.faults == []
    page.context.close()


def test_a_phone_shows_every_tab(draft, writer, chromium, live_server):
    page = signed_in(chromium, live_server, writer, viewport={"width": 375, "height": 812})
    for address in (reverse("editing:home"), reverse("editing:document", args=["hongfufa-2023-30"])):
        page.goto(live_server.url + address)
        edges = page.locator(".tabs a").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
        assert len(edges) > 4
        assert max(edges) <= 375, address
    page.context.close()


def test_titles_and_ids_are_told_once_and_truly(ready, writer, chromium, live_server):
    before = ready.based_on
    pages = [
        reverse("editing:document", args=["hongfufa-2023-30"]),
        reverse("editing:clause", args=[ready.pk]),
        reverse("editing:clause", args=[before.pk]),
        reverse("editing:clause_history", args=[ready.pk]),
        reverse("editing:clause_compare", args=[ready.pk]),
        reverse("editing:cases", args=[ready.pk]),
        reverse("editing:case_new", args=[ready.pk]),
        reverse("editing:case", args=[ready.cases.get().pk]),
        reverse("editing:publications", args=["hongfufa-2023-30"]),
    ]
    page = signed_in(chromium, live_server, writer)
    for address in pages:
        page.goto(live_server.url + address)
        assert not page.title().startswith("错误"), address
        assert page.evaluate(DOUBLED) == [], address
        assert "None" not in page.locator("main").inner_text(), address
    # Which of several versions a page is about is said in words.
    page.goto(live_server.url + pages[1])
    expect(page.locator("header, .page-header").get_by_text("（本页）")).to_have_count(1)
    assert page.faults == []
    page.context.close()
