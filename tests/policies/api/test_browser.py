"""The page /api/ in a real browser: accessible, nothing overflows, whole without scripts."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

CHROMIUM = shutil.which("chromium")  # None: Playwright's own, and a failure where there is none either
AXE = (Path(settings.BASE_DIR) / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text()

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium(playwright):
    """A browser of this module's own."""
    arguments = ["--disable-background-networking", "--disable-quic"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield browser
    browser.close()


@pytest.mark.parametrize("width", [1280, 640, 375])  # 640 is 1280 at 200 % zoom
def test_axe_finds_nothing_and_nothing_overflows(chromium, live_server, width):
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", bypass_csp=True)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    assert page.goto(f"{live_server.url}/api/").status == 200
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document)")["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    context.close()


def test_whole_without_scripts(chromium, live_server):
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/policies/")
    page.get_by_role("main").get_by_role("link", name="开放接口").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("开放接口")
    assert "curl -sS -X POST" in page.get_by_label("试算请求示例").inner_text()
    with page.expect_navigation():
        page.get_by_role("link", name="openapi.json").click()
    assert '"openapi": "3.1.0"' in page.content()
    context.close()
