"""The session ends while an administrator writes: nothing of the page is replaced, and after signing in it goes on."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests.policies.editing.test_clause_editor_browser import draft, editor, place
from tests.reviews.test_browser import chromium, signed_in

__all__ = ["chromium", "draft", "editor"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def back_in(page, live_server, person):
    """Signed in again in another window of the same browser."""
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])


def test_what_was_typed_in_the_editor_survives(chromium, live_server, editor, draft):
    page = signed_in(chromium, live_server, editor)
    page.goto(place(live_server, draft))
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("#id_title").fill("打了很久的名称")
    expect(page.locator("[data-connection]")).to_contain_text("登录可能已失效")
    add = page.locator("#blocks-form button[value='add:conditions']")
    add.click()
    expect(page.locator("#id_title")).to_have_value("打了很久的名称")
    expect(page.locator("[name=login]")).to_have_count(0)
    page.get_by_role("button", name="保存草稿", exact=True).last.click()
    expect(page.locator("[data-session-status]")).to_contain_text("没有提交：登录已失效")
    back_in(page, live_server, editor)
    add.click()
    expect(page.locator('[name="conditions.0.label"]')).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("打了很久的名称")
    page.locator("#blocks-form button[value='remove:conditions.0']").click()
    expect(page.locator('[name="conditions.0.label"]')).to_have_count(0)
    page.get_by_role("button", name="保存草稿", exact=True).last.click()
    expect(page.locator("main")).to_contain_text("已保存第 2 次修改")
    draft.refresh_from_db()
    assert draft.definition["title"] == "打了很久的名称"


def test_a_token_of_an_earlier_sign_in_is_renewed(chromium, live_server, editor, draft):
    page = signed_in(chromium, live_server, editor)
    page.goto(place(live_server, draft))
    page.locator("#id_title").fill("打了很久的名称")
    expect(page.locator("#blocks-check")).to_contain_text("没有发现错误")
    page.locator("#blocks-form [name=csrfmiddlewaretoken]").evaluate("field => { field.value = 'x'.repeat(64) }")
    add = page.locator("#blocks-form button[value='add:conditions']")
    add.click()
    expect(page.locator("[data-connection]")).to_contain_text("请再试一次")
    add.click()
    expect(page.locator('[name="conditions.0.label"]')).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("打了很久的名称")


def test_a_case_survives(chromium, live_server, editor, draft):
    page = signed_in(chromium, live_server, editor)
    page.goto(live_server.url + reverse("editing:case_new", args=[draft.pk]))
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.locator("[name=title]").fill("算了很久的算例")
    page.get_by_role("button", name="保存算例").click()
    expect(page.locator("[data-session-status]")).to_contain_text("没有提交：登录已失效")
    expect(page.locator("[name=title]")).to_have_value("算了很久的算例")
