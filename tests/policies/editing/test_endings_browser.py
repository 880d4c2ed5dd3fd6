"""A clause leaves force in a real browser: proposed from its history with what it means, carried out by another
administrator, told to the public; every page accessible and within its width."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from policies.actions.publication import submit_publication
from policies.queries.publications import Ending
from tests.awards.simulation.test_browser import check
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT, clause_of
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
WIDE = {"width": 1280, "height": 900}
PUBLICATIONS = ["hongfufa-2023-30"]


@pytest.fixture
def author(loaded):
    return AdministratorFactory(name="李起草")


def test_a_clause_is_ended_by_two_people(author, chromium, live_server):
    second = AdministratorFactory(name="王复核")
    version, other = clause_of("3.4.5").versions.get(), clause_of("3.4.4").versions.get()
    page = signed_in(chromium, live_server, author, viewport=WIDE)
    page.goto(live_server.url + reverse("editing:clause_history", args=[version.pk]))
    page.get_by_role("link", name="停用或提前终止这个版本").click()
    page.get_by_label("已发布的版本").select_option(f"clause-{other.pk}")
    page.get_by_role("button", name="增加").click()
    expect(page.locator(".ending-row")).to_have_count(2)
    first = page.locator(".ending-row").filter(has_text="3.4.5")
    first.get_by_label("提前终止").check()
    page.locator(".ending-row").filter(has_text="3.4.4").get_by_label("停用").check()
    page.get_by_label("理由").fill("财政资金到期")
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("3.4.5")
    expect(page.locator("[data-error-summary]")).to_contain_text("请填写终止日期")
    first = page.locator(".ending-row").filter(has_text="3.4.5")
    first.get_by_label("终止日期").fill("2024-12-31")
    page.get_by_role("button", name=re.compile("去掉.*3.4.4")).click()
    expect(page.locator(".ending-row")).to_have_count(1)
    page.get_by_role("button", name="先核对").click()
    expect(page.locator("main")).to_contain_text("2025 年度，不能再申报")
    expect(page.get_by_label("理由")).to_have_value("财政资金到期")
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("main")).to_contain_text("本次发布由您提交，须由另一位管理员核对后发布")
    address = page.url
    assert page.faults == [fault for fault in page.faults if "422" in fault]
    page.context.close()

    page = signed_in(chromium, live_server, second, viewport=WIDE)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("改为至2024年12月31日")
    page.locator("a[data-dialog-open=publish]").click()
    expect(page.locator("#publish")).to_contain_text("提前终止，到2024年12月31日为止。以后不能再延长。")
    page.get_by_role("button", name="确认发布").click()
    expect(page.locator("main")).to_contain_text("发布时的核对")
    page.goto(live_server.url + reverse("editing:clause_history", args=[version.pk]))
    expect(page.locator("main")).to_contain_text("由李起草提出，王复核发布：财政资金到期")
    page.goto(live_server.url + reverse("policies:clause", args=["hongfufa-2023-30", "3.4.5"]))
    expect(page.locator("main")).to_contain_text("本条款的有效期已于2024年12月31日届满")
    assert page.faults == []
    page.context.close()
    version.refresh_from_db()
    other.refresh_from_db()
    assert (version.valid_to, other.state) == (dt.date(2024, 12, 31), "published")


def test_pages_are_accessible_and_fit(author, chromium, live_server):
    version, other = clause_of("3.4.5").versions.get(), clause_of("3.4.4").versions.get()
    listed = reverse("editing:publications", args=PUBLICATIONS)
    page = signed_in(chromium, live_server, author)
    check(page, f"{live_server.url}{listed}?end=clause-{version.pk}&end=clause-{other.pk}")
    check(page, live_server.url + reverse("editing:clause_history", args=[version.pk]))
    check(page, live_server.url + reverse("policies:clause", args=["hongfufa-2023-30", "3.4.5"]))
    assert page.faults == []
    page.context.close()
    publication = submit_publication(
        version.clause.document,
        versions=[],
        endings=[Ending(version, dt.date(2024, 12, 31)), Ending(other, None)],
        reason="演示",
        by=author,
        at=AT,
    )
    for person in (author, AdministratorFactory(), AuditorFactory()):
        page = signed_in(chromium, live_server, person)
        check(page, live_server.url + reverse("editing:publication", args=[publication.pk]))
        assert page.faults == []
        page.context.close()
