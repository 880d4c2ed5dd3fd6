"""The impact of a publication in a real browser: started, counted, answered by itself; accessible and fitting."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from awards.actions.impact import start_impact
from awards.models import Simulation
from common.outbox.actions import run_owed
from policies.actions.publication import submit_publication
from tests.awards.impact.conftest import TOGETHER, clause_draft, publication_of, rules_draft
from tests.awards.simulation.conftest import LARGE
from tests.awards.simulation.test_browser import check
from tests.factories.applications import AT
from tests.factories.reviews import LATER
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

#: Where pictures go, for whoever wants to look at the pages.
PICTURES = os.environ.get("IMPACT_PICTURES", "")


@pytest.fixture
def grouped(small_year, administrator):
    draft = rules_draft(small_year.document, administrator, group=TOGETHER)
    return submit_publication(small_year.document, versions=[draft], reason="同类型", by=administrator, at=AT)


def test_it_is_started_and_the_answer_comes(grouped, administrator, chromium, live_server):
    page = signed_in(chromium, live_server, administrator, viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("awards:impact", args=[grouped.pk]))
    page.get_by_role("button", name="开始测算").click()
    expect(page.get_by_role("heading", name="正在测算")).to_be_visible()
    run_owed(at=LATER.replace(year=2100))
    # Without a gesture: the page asks until it is done.
    expect(page.get_by_role("heading", name="结论")).to_be_visible(timeout=30_000)
    expect(page.locator("main")).to_contain_text("减少 3,800,000.00 元")
    expect(page.locator("main")).to_contain_text(LARGE)
    assert page.faults == []
    page.context.close()


def test_it_works_without_scripts(grouped, administrator, chromium, live_server):
    page = signed_in(chromium, live_server, administrator, java_script_enabled=False)
    page.goto(live_server.url + reverse("awards:impact", args=[grouped.pk]))
    page.get_by_role("button", name="开始测算").click()
    run_owed(at=LATER.replace(year=2100))
    page.get_by_role("link", name="刷新").click()
    expect(page.get_by_role("heading", name="结论")).to_be_visible()
    page.context.close()


def test_pages_are_accessible_and_fit(grouped, small_year, administrator, chromium, live_server):
    page = signed_in(chromium, live_server, administrator, bypass_csp=True)

    def broken(definition):
        definition["award"]["each"]["of"] = "row.nothing"

    def drawn(name):
        if PICTURES:
            for width in (1280, 375):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)

    faulty = publication_of(small_year.document, [clause_draft("3.4.5", administrator, broken)], administrator)
    check(page, live_server.url + reverse("awards:impact", args=[grouped.pk]))
    drawn("before")
    for publication in (grouped, faulty):
        start_impact(publication=publication, by=administrator, at=AT)
    check(page, live_server.url + reverse("awards:impact", args=[grouped.pk]))
    drawn("running")
    run_owed(at=LATER.replace(year=2100))
    assert Simulation.objects.filter(state="done").count() == 1
    for name, publication in (("done", grouped), ("faulty", faulty)):
        check(page, live_server.url + reverse("awards:impact", args=[publication.pk]))
        drawn(name)
    version = small_year.document.clauses.get(clause_id="3.4.5").versions.get(number=1)
    check(page, live_server.url + reverse("applications:roll_forward", args=[version.pk]))
    drawn("roll-forward")
    assert page.faults == []
    page.context.close()
