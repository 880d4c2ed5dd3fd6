"""文书用语 and 奖补公开 in a real browser: accessible, checked while one types, usable without scripts."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from letters.actions import set_letter_text
from letters.models import LetterText
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import _policies_of_package, make_company, policies_loaded
from tests.factories.awards import make_approved_award
from tests.letters.conftest import AT
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["_policies_of_package", "chromium", "policies_loaded"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def administrator(db):
    return AdministratorFactory()


def test_the_pages_of_wordings_are_accessible_and_check_while_one_types(chromium, live_server, administrator):
    for body in ("收悉，现批复如下：", "你单位提交的{政策年度}年度“{条款名称}”申报收悉，现批复如下："):
        set_letter_text(
            kind="approval", slot="opening", body=body, valid_from=AT.date(), note="文风调整", by=administrator, at=AT
        )
    page = signed_in(chromium, live_server, administrator)
    address = live_server.url + reverse("letters:text", args=["approval", "opening"])
    for place in (
        live_server.url + reverse("letters:texts"),
        address,
        live_server.url + reverse("letters:text_preview", args=["approval"]),
        live_server.url + reverse("letters:text_preview", args=["receipt"]),
    ):
        check(page, place)
    page.goto(address)
    page.locator("#id_body").fill("{密码}")
    page.locator("#id_body").press("End")
    expect(page.locator("#wording-check")).to_contain_text("没有这样的占位符：{密码}")
    page.locator("#id_body").fill("{企业名称}：")
    expect(page.locator("#wording-check")).to_contain_text("示例电子有限公司：")
    page.get_by_role("button", name="预览整份文书").click()
    expect(page.locator("article.paper mark")).to_contain_text("示例电子有限公司：")
    assert page.faults == []


def test_a_wording_is_changed_without_scripts(chromium, live_server, administrator):
    page = signed_in(chromium, live_server, administrator, java_script_enabled=False)
    page.goto(live_server.url + reverse("letters:text", args=["approval", "closing"]))
    page.locator("#id_body").fill("此复。")
    page.locator("#id_note").fill("文风调整")
    page.get_by_role("button", name="保存为新版本").click()
    expect(page.locator("main")).to_contain_text("使用新的用语")
    assert LetterText.objects.get().body == "此复。"


def test_open_data_is_accessible(chromium, live_server, policies_loaded):
    for district in ("高新区", "经开区"):
        make_approved_award(make_company(district=district))
    page = chromium.new_context(locale="zh-CN").new_page()
    address = live_server.url + reverse("awards:open_data")
    check(page, address)
    check(page, address + "?q=没有这一家")
    with page.expect_download() as sent:
        page.goto(address)
        page.get_by_role("link", name="下载 CSV").click()
    assert sent.value.suggested_filename.endswith(".csv")
    assert settings.SESSION_COOKIE_NAME not in {cookie["name"] for cookie in page.context.cookies()}
