"""What administrators do in 政策维护, step by step, in the words of the pages."""

import re

from playwright.sync_api import Page, expect


def operate(page: Page, operation: str) -> None:
    """Press a button of the block form that changes its shape, and wait for the form that comes back."""
    form = page.locator("#blocks-form")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url == page.url):
        form.locator(f"button[value='{operation}']").click()
    page.wait_for_load_state("networkidle")


def add(page: Page, part: str, kind: str = "") -> None:
    """Add an entry or a part, of a kind where several are possible."""
    if kind:
        page.locator(f"[name='new:{part}']").select_option(kind)
    operate(page, f"add:{part}")


def fill(page: Page, **values: str) -> None:
    """Fill fields by their paths, dots written as `__`; a select is chosen from."""
    for name, value in values.items():
        field = page.locator(f"[name='{name.replace('__', '.')}']").first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.wait_for_load_state("networkidle")


def mark(page: Page, path: str, words: str) -> None:
    """Mark a quotation by choosing its phrase in the printed text with the keyboard."""
    page.locator(f"[data-mark='{path}']").click()
    page.locator("[data-text-pane] .phrase").filter(has_text=words).first.press("Enter")
    expect(page.locator("[data-mark-status]")).to_contain_text(words)


def save(page: Page) -> None:
    """Save the draft; the checks must have nothing against it."""
    expect(page.locator("#blocks-check")).to_contain_text("没有发现错误")
    page.get_by_role("button", name="保存草稿", exact=True).last.click()
    expect(page.locator("main")).to_contain_text(re.compile(r"已保存第 \d+ 次修改"))
