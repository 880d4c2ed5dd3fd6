"""The library's search in a real browser: documents, clauses and places, paged, accessible at every width."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.applications import _policies_of_package, policies_loaded
from tests.factories.policies import second_policy
from tests.reviews.test_browser import check, chromium

__all__ = ["_policies_of_package", "chromium", "policies_loaded", "second_policy"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_search_is_accessible_paged_and_finds_a_document_by_its_number(chromium, live_server, second_policy):
    page = chromium.new_context(locale="zh-CN").new_page()
    address = live_server.url + reverse("policies:search")
    for asked in ("?q=企业", "?q=企业&in=text", "?q=洪府发2023 30号", "?q=没有这样的词"):
        check(page, address + asked)
    page.goto(address)
    page.get_by_label("关键词").fill("企业")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("heading", level=2, name="条款")).to_be_visible()
    page.get_by_role("link", name="查看原文全部").click()
    expect(page.get_by_role("heading", level=2, name="条款")).to_have_count(0)
    expect(page.locator("mark").first).to_have_text("企业")
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_role("navigation", name="分页")).to_contain_text("第 41–")
    page.get_by_role("link", name="返回条款").click()
    expect(page.get_by_role("heading", level=2, name="条款")).to_be_visible()
    page.get_by_label("关键词").fill("演示府发【2026】9号")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="后续办法").click()
    expect(page).to_have_url(live_server.url + reverse("policies:document", args=["later"]))
