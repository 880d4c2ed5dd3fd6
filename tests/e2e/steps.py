"""What people do on the pages, step by step, in the words of the pages."""

import io
import random
import re
from collections.abc import Mapping
from pathlib import Path

import pikepdf
from playwright.sync_api import Page, expect
from stdnum.cn import uscc

from tests.e2e.conftest import People

PASSWORD = "Nanchang-Test-2026"


def new_code() -> str:
    """An invented 统一社会信用代码 with a right check character."""
    body = "91360106MA" + "".join(random.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=7))
    return body + str(uscc.calc_check_digit(body))


def pdf(text: str) -> bytes:
    """A small PDF that differs for every text."""
    document = pikepdf.new()
    document.add_blank_page()
    document.docinfo["/Title"] = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def register(page: Page, *, username: str, name: str, code: str, district: str, role: str) -> None:
    """Register an enterprise with its first person."""
    page.goto("/accounts/signup/")
    page.get_by_label("名称", exact=False).first.fill(name)
    page.locator("[name=uscc]").fill(code)
    page.locator("[name=kind]").first.select_option("enterprise")
    page.locator("[name=district]").select_option(label=district)
    page.locator("[name=legal_representative]").fill("测试法人")
    page.locator("[name=contact_name]").fill("测试联系人")
    page.locator("[name=contact_phone]").fill("0791-88001234")
    page.locator("[name=username]").fill(username)
    page.locator("[name=person_name]").fill("测试法人")
    page.locator("[name=mobile]").fill("13900001234")
    page.locator("[name=email]").fill(f"{username}@example.invalid")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    choice = page.locator("[name=role]")
    if choice.first.evaluate("e => e.tagName") == "SELECT":
        choice.select_option(role)
    else:
        page.locator(f"[name=role][value={role}]").check()
    page.get_by_role("button", name="提交注册").click()


def verify_enterprise(page: Page, name: str) -> None:
    """The district's officer checks the registration."""
    page.goto("/verification/")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="核实通过").click()
    expect(page.get_by_role("button", name="核实通过")).to_have_count(0)


def begin(page: Page, *, clause_title: str, year: int) -> None:
    """Begin an application for a clause and a policy year."""
    page.goto(f"/applications/start/?year={year}")
    page.locator("li.offer").filter(has_text=clause_title).get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/applications/\d+/"))


def open_section(page: Page, application: str, section: str) -> None:
    """Open one of the sections of the application."""
    page.goto(f"{application}{section}/")


def fill_figures(page: Page, application: str, values: dict[str, str]) -> None:
    """State the figures of the year; money in 万元 as people type it."""
    open_section(page, application, "figures")
    for key, value in values.items():
        field = page.locator(f"[name={key}]").first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        elif field.get_attribute("type") in {"radio", "checkbox"}:
            page.locator(f"[name={key}][value='{value}']").check()
        else:
            field.fill(value)
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile(r"/facts/"))


def fill_row(page: Page, table: str, number: int, values: dict[str, str]) -> None:
    """Fill one row of a table fact, adding it where it does not stand yet; rows count from 0."""
    first = page.locator(f"[name='{table}-{number}-{next(iter(values))}']")
    if not first.count():
        page.get_by_role("button", name=re.compile("添加一")).click()
    for column, value in values.items():
        page.locator(f"[name='{table}-{number}-{column}']").fill(value)


def upload_all(page: Page, application: str) -> None:
    """Upload a document for everything that is still asked for."""
    open_section(page, application, "evidence")
    forms = page.locator("section.evidence")
    for number in range(forms.count()):
        section = page.locator("section.evidence").nth(number)
        if "已上传" in section.inner_text():
            continue
        key = (section.get_attribute("id") or "").removeprefix("evidence-")
        content = pdf(f"{application} {key}")
        section.locator("input[type=file]").set_input_files(
            {"name": f"{key}.pdf", "mimeType": "application/pdf", "buffer": content}
        )
        section.get_by_role("button", name="上传", exact=True).click()
        expect(page.locator(f"#evidence-{key}").get_by_text("已上传").first).to_be_visible()


def file_application(page: Page, application: str) -> str:
    """The legal representative promises and files; answers the number."""
    open_section(page, application, "check")
    page.get_by_label("我是法定代表人").check()
    page.get_by_role("button", name="提交申报").click()
    number = page.locator(".filed-number .code").inner_text()
    assert re.fullmatch(r"DZ\d{4}-\d{4}", number)
    return number


def open_task(page: Page, number: str) -> None:
    """Open the task of an application from the queue."""
    page.goto("/reviews/")
    page.get_by_role("link", name=number).click()
    expect(page.locator("#panel")).to_be_visible()


def open_task_anywhere(page: Page, number: str) -> None:
    """Open a task of the unit that may not be this person's to work on now: from whichever tab holds it."""
    for tab in ("mine", "unit", "paused", "done"):
        page.goto(f"/reviews/?tab={tab}&q={number}")
        link = page.locator("main tbody tr").get_by_role("link", name=number)
        if link.count():
            link.first.click()
            expect(page.locator("#panel")).to_be_visible()
            return
    raise AssertionError(f"no task of {number} in any tab")


def say(
    page: Page,
    number: str,
    outcome: str,
    *,
    reasons: str = "材料齐全，数据与附件一致。",
    against: Mapping[str, str] | None = None,
) -> None:
    """Draft or give a unit's decision; a consulted unit agrees on every point that it is asked for, save `against`:
    label of the point → what is wrong there."""
    open_task(page, number)
    for point in page.locator("#panel .point-asked").all():
        label = point.locator("legend").inner_text()
        text = (against or {}).get(label)
        point.get_by_label("不同意" if text else "同意", exact=True).check()
        if text:
            point.locator("textarea").fill(text)
    page.locator(f"#panel [name=outcome] + label:text-is('{outcome}')").click()
    page.locator("[name=reasons]").fill(reasons)
    page.locator("#panel form[data-panel-form] button[type=submit]:not([name])").click()
    # Only the answer proves that it was taken; the next person must not look before.
    expect(page.locator("#main")).to_contain_text(re.compile("已办结：|等待本单位审核人员确认"))


def confirm(page: Page, number: str) -> None:
    """Confirm a drafted decision (审核)."""
    open_task(page, number)
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_role("button", name="确认", exact=True)).to_have_count(0)


def unit_decides(people: People, code: str, number: str, outcome: str, *, two: bool) -> None:
    """A unit's 经办 decides and, where two people are needed, its 审核 confirms."""
    say(people(f"{code}.jingban"), number, outcome)
    if two:
        confirm(people(f"{code}.shenhe"), number)


def download(page: Page, address: str, target: Path) -> bytes:
    """Download a file with the session of the page."""
    answer = page.context.request.get(address)
    assert answer.status == 200, answer.status
    assert "attachment" in answer.headers["content-disposition"]
    content = answer.body()
    target.write_bytes(content)
    return content


def settle(
    people: People, code: str, enterprise: str, amount: str, *, handler: str = "jingban", year: int | None = None
) -> None:
    """The lead settles the account (of a year, where there are several) in which this amount waits: its 经办 proposes,
    its 审核 confirms."""
    page = people(f"{code}.{handler}")
    asked = f"&year={year}" if year else ""
    for _ in range(60):  # the worker computes the award after the approval
        page.goto(f"/awards/accounts/?q={enterprise}{asked}")
        if page.get_by_role("link", name=enterprise).count():
            page.get_by_role("link", name=enterprise).first.click()
            if amount in page.locator("main").inner_text():
                break
        page.wait_for_timeout(1000)
    address = page.url
    page.get_by_role("button", name=re.compile("^提出核算")).click()
    expect(page.get_by_role("heading", name="待确认的核算")).to_be_visible()
    second = people(f"{code}.shenhe")
    second.goto(address)
    second.get_by_role("button", name=re.compile("^确认核定")).click()
    expect(second.get_by_role("heading", name="待确认的核算")).to_have_count(0)


def publish(people: People, code: str, enterprise: str, year: int) -> str:
    """The lead shows what it settled for an enterprise and policy year; answers the address that everybody may open."""
    page = people(f"{code}.jingban")
    page.goto("/awards/publicity/new/")
    option = page.locator("#id_choice option").filter(has_text=f" {year} 年度")
    if option.count():  # the page offers years only where awards of several wait
        page.goto(f"/awards/publicity/new/?choice={option.get_attribute('value')}")
    expect(page.locator("main tbody tr").filter(has_text=enterprise).first).to_be_visible()
    page.get_by_label("公示标题").fill(f"{enterprise}奖补资金公示")
    page.get_by_label("异议受理联系方式").fill("电子信息处，0791-83986888")
    for box in page.locator("main tbody tr").filter(has_text=enterprise).locator("[name=awards]").all():
        box.check()
    for box in page.locator("main tbody tr").filter(has_not_text=enterprise).locator("[name=awards]:checked").all():
        box.uncheck()
    page.get_by_role("button", name="提交审核人员发布").click()
    expect(page.get_by_text("等待发布")).to_be_visible()
    address = page.url
    second = people(f"{code}.shenhe")
    second.goto(address)
    second.locator("[data-dialog-open=publish]").click()
    second.locator("#publish").get_by_role("button", name="发布", exact=True).click()
    expect(second.locator("main")).to_contain_text("公示中")
    return str(second.get_by_role("link", name="公开页面").get_attribute("href"))


def public_letter(page: Page, address: str, target: Path) -> bytes:
    """Wait for the numbered 公示 of a round and download it as anybody."""
    for _ in range(60):
        page.goto(address)
        link = page.get_by_role("link", name=re.compile("公示文书"))
        if link.count():
            return download(page, str(link.get_attribute("href")), target)
        page.wait_for_timeout(1000)
    raise AssertionError(f"no 公示 at {address} after a minute")
