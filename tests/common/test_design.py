"""The frame and every component in a real browser: accessible, within the policy for scripts, usable without them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from common import money

CHROMIUM = shutil.which("chromium")  # None: Playwright's own, and a failure where there is none either
AXE = (Path(settings.BASE_DIR) / "tests" / "vendor" / "axe-core" / "axe.min.js").read_text()

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.urls("tests.common.urls_design"),
]


@pytest.fixture(scope="module")
def chromium(playwright):
    arguments = ["--disable-background-networking", "--disable-quic"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    # Without the live_server fixture, which would ask for the database: these pages must not need one.
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def faults() -> list[str]:
    return []


def open_page(chromium, url: str, faults: list[str], *, width: int = 1280, **options):
    page = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", **options).new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    return page


@pytest.mark.parametrize("width", [1280, 640, 375])  # 640 is 1280 at 200 % zoom
@pytest.mark.parametrize("path", ["/?call=1", "/styleguide/", "/styleguide/?faults=1", "/error/404/"])
def test_axe_finds_nothing_and_nothing_overflows(chromium, site, faults, path: str, width: int) -> None:
    page = open_page(chromium, site + path, faults, width=width, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document)")["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_pages_obey_the_content_security_policy(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults)
    policy = page.request.get(site + "/styleguide/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    page.reload()
    assert faults == []
    page.context.close()


def test_error_summary_has_the_focus_and_leads_to_the_field(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/?faults=1", faults)
    assert page.title().startswith("错误：")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    page.click("[data-error-summary] a[href='#id_project']")
    assert page.evaluate("document.activeElement.id") == "id_project"
    page.context.close()


def test_dialog_opens_closes_and_returns_the_focus(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults)
    opener = page.locator("[data-dialog-open='confirm-submit']")
    assert not page.locator("#confirm-submit").is_visible()
    opener.focus()
    page.keyboard.press("Space")
    expect(page.locator("#confirm-submit")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm-submit")).not_to_be_visible()
    assert page.evaluate("document.activeElement.dataset.dialogOpen") == "confirm-submit"
    page.context.close()


def test_without_javascript_forms_and_dialogs_are_all_there(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults, java_script_enabled=False)
    assert page.locator("#confirm-submit button[type=submit]").is_visible()
    assert page.locator("button[name=add_row]").is_visible()
    assert page.locator("[data-rows-delete]").first.is_visible()
    assert not page.locator("[data-rows-toggle]").first.is_visible()
    assert not page.locator("[data-dialog-close]").first.is_visible()
    page.context.close()


def test_menu_on_a_narrow_screen_opens_without_javascript(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/", faults, width=375, java_script_enabled=False)
    assert not page.locator(".nav-wide").is_visible()
    link = page.locator(".nav-menu a", has_text="政策库")
    assert not link.is_visible()
    page.click(".nav-menu summary")
    expect(link).to_be_visible()
    link.click()
    page.wait_for_url("**/policies/")
    assert page.locator(".nav-menu a[aria-current=page]").text_content() == "政策库"
    page.context.close()


def test_rows_come_go_and_come_back(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults)
    page.click("[data-rows-add]")
    rows = page.locator("[data-rows-body] [data-rows-row]")
    assert rows.count() == 3
    assert page.locator("input[name='loans-TOTAL_FORMS']").input_value() == "3"
    assert page.evaluate("document.activeElement.name") == "loans-2-bank"
    page.fill("[name='loans-2-bank']", "演示银行")
    toggle = rows.nth(2).locator("[data-rows-toggle]")
    toggle.click()
    assert page.evaluate("document.querySelector('[name=\"loans-2-DELETE\"]').checked")
    toggle.click()
    assert not page.evaluate("document.querySelector('[name=\"loans-2-DELETE\"]').checked")
    assert page.input_value("[name='loans-2-bank']") == "演示银行"
    assert faults == []
    page.context.close()


def test_capitals_follow_the_typing(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults)
    line = page.locator("[data-money-capitals='id_revenue']")
    assert line.text_content() == "人民币叁亿贰仟万元整（320,000,000.00 元）"
    page.fill("#id_revenue", "１．５")
    assert line.text_content() == "人民币壹万伍仟元整（15,000.00 元）"
    page.fill("#id_revenue", "三亿")
    assert "请填写数字" in line.text_content()
    page.fill("#id_revenue", "")
    assert line.text_content() == ""
    page.context.close()


@pytest.fixture(scope="module")
def money_js(chromium):
    page = chromium.new_page()
    page.add_script_tag(path=Path(settings.BASE_DIR) / "static" / "js" / "money.js")
    yield page
    page.close()


AMOUNTS = st.one_of(
    st.integers(0, money.MAX_FEN),
    st.integers(0, 10**7),
    st.builds(lambda digits: int("".join(digits)), st.lists(st.sampled_from("00001"), min_size=1, max_size=15)),
)


@given(amounts=st.lists(AMOUNTS, min_size=50, max_size=50))
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_browser_and_server_write_the_same_amounts(money_js, amounts: list[int]) -> None:
    both = money_js.evaluate(
        "all => all.map(fen => [money.capitals(BigInt(fen)), money.grouped(BigInt(fen))])",
        [str(fen) for fen in amounts],
    )
    assert both == [[money.capitals(fen), money.grouped(fen)] for fen in amounts]


def read(text: str, unit: str) -> str | None:
    try:
        return str(money.parse_entry(text, unit))
    except money.MoneyError:
        return None


@given(
    texts=st.lists(
        st.text(alphabet="0123456789,.，．１０ ¥￥万元-亿", max_size=12)
        | st.builds(lambda fen: money.grouped(fen), st.integers(0, 10**13)),
        min_size=50,
        max_size=50,
    ),
    unit=st.sampled_from(["元", "万元"]),
)
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_browser_and_server_read_the_same_entries(money_js, texts: list[str], unit: str) -> None:
    seen = money_js.evaluate(
        "([texts, unit]) => texts.map(text => money.parse(text, unit)?.toString() ?? null)",
        [texts, unit],
    )
    assert seen == [read(text, unit) for text in texts]


def test_keys_walk_the_list_and_stay_quiet_while_typing(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("[data-keys-item].is-active").text_content().strip().startswith("申2026-00044")
    page.keyboard.press("k")
    assert page.locator("[data-keys-item].is-active").text_content().strip().startswith("申2026-00031")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("jk?o/")
    assert page.input_value("[name=q]") == "jk?o/"
    assert not page.locator("#keys-help").is_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    page.context.close()


def test_keys_leave_letters_to_the_input_method(chromium, site, faults) -> None:
    page = open_page(chromium, site + "/styleguide/", faults)
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    assert page.locator("[data-keys-item].is-active").count() == 0
    page.context.close()


def autosaving(chromium, site, faults, answer):
    page = open_page(chromium, "about:blank", faults)
    sent: list[str] = []

    def handle(route) -> None:
        sent.append(route.request.post_data or "")
        answer(route, len(sent))

    page.route("**/save/", handle)
    page.goto(site + "/styleguide/")
    page.evaluate("document.querySelector('form[data-autosave-url]').dataset.autosaveUrl = '/save/'")
    return page, sent


def test_autosave_says_when_it_saved(chromium, site, faults) -> None:
    page, sent = autosaving(
        chromium, site, faults, lambda route, _: route.fulfill(json={"saved_at": "2026-11-05T07:21:00+00:00"})
    )
    page.fill("#id_project", "演示产线")
    page.locator("[data-autosave-status]", has_text="已保存 15:21").wait_for()
    page.wait_for_function("document.querySelector('[data-autosave-status]').dataset.state === 'saved'")
    assert "演示产线" in sent[-1]
    assert "filename" not in sent[-1]
    page.context.close()


def test_autosave_never_claims_what_was_not_saved(chromium, site, faults) -> None:
    page, _ = autosaving(chromium, site, faults, lambda route, _: route.fulfill(status=403, body=""))
    page.fill("#id_project", "演示产线")
    page.locator("[data-autosave-status]", has_text="登录已失效").wait_for()
    assert page.get_attribute("[data-autosave-status]", "data-state") == "failed"
    assert page.input_value("#id_project") == "演示产线"
    page.context.close()


def test_a_press_of_the_button_after_the_session_ended_loses_nothing(chromium, site, faults) -> None:
    page, sent = autosaving(chromium, site, faults, lambda route, _: route.fulfill(status=401, body=""))
    address = page.url
    page.fill("#id_project", "演示产线")
    page.locator("form[data-autosave-url] > .form-actions button[type=submit]").click()
    page.locator("[data-autosave-status]", has_text="未提交：登录已失效").wait_for()
    assert page.url == address
    assert page.input_value("#id_project") == "演示产线"
    assert sent
    page.context.close()


def test_autosave_goes_on_after_signing_in_elsewhere(chromium, site, faults) -> None:
    def answer(route, count: int) -> None:
        if count == 1:
            route.fulfill(status=403, body="")
        else:
            route.fulfill(json={"saved_at": "2026-11-05T07:21:00+00:00"})

    page, sent = autosaving(chromium, site, faults, answer)
    fields = page.evaluate(
        "document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((f) => { f.value = 'x'.repeat(64); }),"
        "document.querySelectorAll('[name=csrfmiddlewaretoken]').length"
    )
    page.fill("#id_project", "演示产线")
    page.locator("[data-autosave-status]", has_text="已保存 15:21").wait_for()
    assert len(sent) == 2
    assert fields
    assert "x" * 64 in sent[0]
    assert "x" * 64 not in sent[1]
    page.context.close()


def test_upload_shows_the_page_that_was_answered(chromium, site, faults, tmp_path) -> None:
    page = open_page(chromium, "about:blank", faults)
    body = (
        "<title>错误：上传</title><main id='main'><div role='alert' tabindex='-1' data-error-summary>"
        "文件不是 PDF<script>window.hacked = 1</script></div></main>"
    )
    page.route("**/up/", lambda route: route.fulfill(status=422, content_type="text/html; charset=utf-8", body=body))
    page.goto(site + "/styleguide/")
    page.evaluate("document.querySelector('form[data-upload]').action = '/up/'")
    file = tmp_path / "合同.pdf"
    file.write_bytes(b"no pdf")
    page.set_input_files("form[data-upload] input[type=file]", file)
    page.click("form[data-upload] button[type=submit]")
    page.locator("text=文件不是 PDF").wait_for()
    assert page.title() == "错误：上传"
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    assert page.evaluate("window.hacked") is None
    page.context.close()
