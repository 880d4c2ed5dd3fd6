"""Versions in a real browser: a draft whose case fails until it is corrected, submitted, published by another
administrator; every page accessible and within its width; cases are entered without scripts, too."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from policies.actions.cases import add_case
from policies.actions.drafts import draft_from, save_draft
from policies.actions.publication import submit_publication
from policies.drafts import ClauseContent
from policies.models import ClauseVersion, Document, VersionCase
from tests.awards.simulation.test_browser import check
from tests.factories.accounts import AdministratorFactory, AuditorFactory
from tests.factories.policies import AT, NUMBER, clause_of
from tests.policies.editing.conftest import FROM, expected, one_project
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
WIDE = {"width": 1280, "height": 900}


@pytest.fixture
def author(loaded):
    return AdministratorFactory(name="李起草")


@pytest.fixture
def uncapped(author):
    """A draft of 3.4.5 from 2025 on without the limit per project: 1200万元 give 600万元, no longer 500万元."""
    version = draft_from(clause_of("3.4.5").versions.get(), valid_from=FROM, by=author, at=AT)
    content = ClauseContent.of(version)
    definition = copy.deepcopy(content.definition)
    definition["award"]["row_cap"] = None
    definition["untranslated"] = ["单个项目最高不超过500万元"]
    changed = replace(content, definition=definition)
    return save_draft(version, content=changed, expected_edit=1, by=author, at=AT, note="取消单个项目上限")


def enter_case(page, amount):
    page.get_by_label("算例名称").fill("一个大项目")
    page.get_by_label("软硬件、设备投入").fill("1200")
    page.get_by_label("项目名称").fill("演示一线")
    page.get_by_label("符合", exact=True).check()
    page.get_by_label("应得金额").fill(amount)
    page.get_by_role("button", name="保存算例").click()


def test_from_a_failing_case_to_the_new_version(uncapped, author, chromium, live_server):
    second = AdministratorFactory(name="王复核")
    publications = live_server.url + reverse("editing:publications", args=["hongfufa-2023-30"])
    page = signed_in(chromium, live_server, author, viewport=WIDE)
    page.goto(live_server.url + reverse("editing:cases", args=[uncapped.pk]))
    page.get_by_role("link", name="新增算例").first.click()
    enter_case(page, "5,000,000")
    expect(page.locator("main")).to_contain_text("不一致")
    expect(page.locator("main")).to_contain_text("符合，6,000,000.00 元")

    page.goto(publications)
    page.get_by_label("3.4.5").check()
    page.get_by_label("理由").fill("按市政府常务会议纪要调整")
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("main")).to_contain_text("应为符合，5,000,000.00 元，实际为符合，6,000,000.00 元")
    expect(page.get_by_label("理由")).to_have_value("按市政府常务会议纪要调整")

    page.get_by_role("link", name="3.4.5 算例 1").click()
    page.get_by_label("应得金额").fill("6,000,000")
    page.get_by_role("button", name="保存算例").click()
    expect(page.get_by_text("一致", exact=True)).to_be_visible()

    page.goto(publications)
    page.get_by_label("3.4.5").check()
    page.get_by_label("理由").fill("按市政府常务会议纪要调整")
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("main")).to_contain_text("本次发布由您提交，须由另一位管理员核对后发布")
    expect(page.get_by_role("link", name="发布", exact=True).and_(page.locator(".btn"))).to_have_count(0)
    address = page.url
    assert page.faults == [f for f in page.faults if "422" in f]
    page.context.close()

    page = signed_in(chromium, live_server, second, viewport=WIDE)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("单项上限")
    expect(page.locator("main")).to_contain_text("有效期改为到2024年12月31日")
    page.locator("a[data-dialog-open=publish]").click()
    page.get_by_role("button", name="确认发布").click()
    expect(page.locator("main")).to_contain_text("发布时的核对")
    page.goto(live_server.url + reverse("editing:clause_history", args=[uncapped.pk]))
    expect(page.locator("main")).to_contain_text("提前终止，有效期至2024年12月31日")
    assert page.faults == []
    page.context.close()
    old, new = clause_of("3.4.5").versions.order_by("number")
    assert (old.valid_to, new.state, new.published_by) == (dt.date(2024, 12, 31), "published", second)


def test_a_case_is_entered_and_computed_without_scripts(uncapped, author, chromium, live_server):
    page = signed_in(chromium, live_server, author, java_script_enabled=False)
    page.goto(live_server.url + reverse("editing:case_new", args=[uncapped.pk]))
    page.get_by_label("软硬件、设备投入").fill("1200")
    page.get_by_label("项目名称").fill("演示一线")
    page.get_by_role("button", name="添加一条").click()
    expect(page.get_by_label("项目名称")).to_have_count(2)
    page.get_by_label("项目名称").nth(1).fill("演示二线")
    page.get_by_label("软硬件、设备投入").nth(1).fill("100")
    page.get_by_role("button", name="按草稿算出结果").click()
    expect(page.locator("main")).to_contain_text("由系统算出，请核对")
    expect(page.get_by_label("应得金额")).to_have_value("6500000")
    page.get_by_label("算例名称").fill("两个项目")
    page.get_by_role("button", name="保存算例").click()
    expect(page.locator("main")).to_contain_text("符合，6,500,000.00 元")
    page.context.close()
    assert len(VersionCase.objects.get().document["claims"][0]["facts"]["projects"]) == 2


def test_a_save_is_restored_and_a_draft_put_aside(uncapped, author, chromium, live_server):
    page = signed_in(chromium, live_server, author, viewport=WIDE)
    page.goto(live_server.url + reverse("editing:clause_history", args=[uncapped.pk]))
    page.get_by_role("button", name="恢复到这次").click()
    expect(page.locator("main")).to_contain_text("恢复到第 1 次修改")
    page.locator("[data-dialog-open=discard]").click()
    page.get_by_label("原因").fill("暂缓")
    page.get_by_role("button", name="搁置", exact=True).click()
    expect(page.locator("main")).to_contain_text("搁置：暂缓")
    assert page.faults == []
    page.context.close()
    assert ClauseVersion.objects.get(pk=uncapped.pk).state == "discarded"


def test_pages_are_accessible_and_fit(uncapped, author, chromium, live_server):
    case = add_case(
        uncapped,
        title="一个项目",
        document=one_project("12000000.00"),
        expected=expected("6000000.00"),
        by=author,
        at=AT,
    )
    rules = Document.objects.get(number=NUMBER).rules.get()
    before = [
        reverse("editing:cases", args=[uncapped.pk]),
        reverse("editing:case_new", args=[uncapped.pk]),
        reverse("editing:case", args=[case.pk]),
        reverse("editing:clause_history", args=[uncapped.pk]),
        reverse("editing:rules_history", args=[rules.pk]),
        reverse("editing:clause_compare", args=[uncapped.pk]),
        reverse("editing:rules_compare", args=[rules.pk]),
        reverse("editing:publications", args=["hongfufa-2023-30"]),
    ]
    page = signed_in(chromium, live_server, author)
    for address in before:
        check(page, live_server.url + address)
    assert page.faults == []
    page.context.close()
    publication = submit_publication(uncapped.clause.document, versions=[uncapped], reason="演示", by=author, at=AT)
    for person in (author, AdministratorFactory(), AuditorFactory()):
        page = signed_in(chromium, live_server, person)
        check(page, live_server.url + reverse("editing:publication", args=[publication.pk]))
        assert page.faults == []
        page.context.close()
