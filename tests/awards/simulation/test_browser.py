"""A simulation in a real browser: a rate is lowered, the answer comes by itself, every page is accessible and fits."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from awards.models import Simulation
from common.outbox.actions import run_owed
from tests.awards.simulation.conftest import LARGE, SmallYear
from tests.awards.simulation.test_pages import choice
from tests.factories.reviews import LATER
from tests.reviews.test_browser import AXE, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
]


def check(page, address: str) -> None:
    """At both widths axe finds nothing and nothing runs over the edge, with every section open."""
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.goto(address).status == 200
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document)")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], (address, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


def test_a_rate_is_lowered_and_the_answer_comes(small_year: SmallYear, administrator, chromium, live_server):
    page = signed_in(chromium, live_server, administrator, viewport={"width": 1280, "height": 900})
    page.goto(live_server.url + reverse("awards:simulations"))
    page.get_by_role("link", name="新的模拟").first.click()
    page.locator("[name=choice]").first.select_option(choice(small_year))
    page.get_by_role("button", name="选定").click()
    section = page.locator("details", has_text="3.4.5 ").first
    section.locator("summary").click()
    section.get_by_label("补贴比例").fill("40")
    page.get_by_label("说明").fill("下调到 40%")
    page.get_by_role("button", name="开始模拟", exact=True).click()
    page.get_by_text("等待计算").first.wait_for()
    run_owed(at=LATER.replace(year=2100))
    page.get_by_text("变更后合计").wait_for()  # without a gesture: the page asks until it is done
    text = page.locator("main").inner_text()
    for shown in ("36,800,000.00", "35,000,000.00", "减少 1,800,000.00", LARGE):
        assert shown in text
    assert page.faults == []
    page.context.close()


def test_it_works_without_scripts(small_year: SmallYear, administrator, chromium, live_server):
    page = signed_in(chromium, live_server, administrator, java_script_enabled=False)
    page.goto(f"{live_server.url}{reverse('awards:simulation_new')}?choice={choice(small_year)}")
    section = page.locator("details", has_text="3.4.5 ").first
    section.locator("summary").click()
    section.get_by_label("补贴比例").fill("40%")
    page.get_by_role("button", name="开始模拟", exact=True).click()
    run_owed(at=LATER.replace(year=2100))
    page.get_by_role("link", name="刷新").click()
    expect(page.get_by_text("减少 1,800,000.00").first).to_be_visible()
    page.context.close()


def test_pages_are_accessible_and_fit(small_year: SmallYear, administrator, chromium, live_server):
    from awards.actions import start_simulation
    from tests.awards.simulation.conftest import LOWER
    from tests.factories.applications import AT, YEAR

    def start() -> Simulation:
        return start_simulation(document=small_year.document, policy_year=YEAR, change=LOWER, by=administrator, at=AT)

    done = start()
    run_owed(at=LATER.replace(year=2100))
    waiting, failed = start(), start()
    Simulation.objects.filter(pk=failed.pk).update(state="failed", error="计算出错。", finished_at=LATER)
    page = signed_in(chromium, live_server, administrator, bypass_csp=True)
    new = reverse("awards:simulation_new")
    for path in (
        reverse("awards:simulations"),
        new,
        f"{new}?from={done.pk}",
        *(reverse("awards:simulation", args=[one.pk]) for one in (done, waiting, failed)),
    ):
        check(page, live_server.url + path)
    assert page.faults == []
    page.context.close()
