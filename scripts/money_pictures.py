"""Pictures of the way from the approval to the money: settlement, budgets, publicity, payment, claiming back, data.

Every chapter needs only the demonstration, or what the chapters before it in CHAPTERS left there.
"""

import io
import re
from collections.abc import Mapping

from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from scripts.pictures import Walk, shot, until

LARGE, PAID, RETURNED = "qiye.faren", "cailiao.faren", "zhongduan.faren"
LARGE_NAME = "演示芯屏科技"
#: Who settles the two awards of one group that wait in the demonstration; who keeps the file objected to.
LEAD, OBJECTED_LEAD = "keji", "gongxin"
CONTACT = "电子信息处，0791-83986888，南昌市红谷滩区世贸路演示楼"


def titled(key: str) -> str:
    """The selector of the section whose heading has this id."""
    return f"section[aria-labelledby={key}-title]"


def follow(page: Page, link: Locator) -> None:
    """Click and wait for the page behind it, so that the picture is not of the page before."""
    with page.expect_navigation():
        link.click()


def first_account(page: Page, name: str) -> None:
    """Open the account of an enterprise as an officer finds it."""
    page.goto(f"/awards/accounts/?q={name}&year=2024")
    follow(page, page.locator("main tbody").get_by_role("link", name=re.compile(name)).first)
    expect(page.locator("h1")).to_contain_text(name)


def settlement(walk: Walk) -> None:
    """The enterprise chooses; the lead tries a whole call, then settles the account."""
    enterprise = walk.people(LARGE)
    enterprise.goto("/awards/accounts/")
    follow(enterprise, enterprise.locator("main tbody").get_by_role("link").first)
    shot(enterprise, "account-own", tallest=1340)

    officer, second = walk.people(f"{LEAD}.jingban"), walk.people(f"{LEAD}.shenhe")
    officer.goto("/awards/batches/new/")
    officer.locator("[name=choice]:not([disabled])").first.check()
    follow(officer, officer.get_by_role("button", name="开始试算"))
    until(officer, lambda: officer.get_by_text("试算已完成").count() > 0)
    second.goto(officer.url)
    follow(second, second.get_by_role("link", name="审核确认"))
    shot(second, "batch-confirm", tallest=1000)
    officer.get_by_role("button", name="撤回这一批").click()
    expect(officer.get_by_role("button", name="撤回这一批")).to_have_count(0)

    first_account(officer, LARGE_NAME)
    shot(officer, "account", tallest=1530)
    address = officer.url
    officer.get_by_role("button", name=re.compile("^提出核算")).click()
    expect(officer.get_by_role("heading", name="待确认的核算")).to_be_visible()
    second.goto(address)
    second.locator("summary", has_text="退回或撤回这份核算").click()
    shot(second, "account-confirm", titled("gesture"))
    head = walk.people("gongxin.fuzeren")
    head.goto(address)
    head.locator("summary", has_text="批准突破上限").click()
    shot(head, "override", titled("cap"))
    second.get_by_role("button", name=re.compile("^确认核定")).click()
    expect(second.get_by_role("heading", name="待确认的核算")).to_have_count(0)


def budgets(walk: Walk) -> None:
    """All budgets, one of them, the ratio."""
    page = walk.people("caizheng.caiwu")
    page.goto("/awards/budgets/?year=2024&share=city")
    unit = page.locator("[name=unit] option", has_text="市工信局").first.get_attribute("value")
    page.goto(f"/awards/budgets/?year=2024&share=city&unit={unit}")
    shot(page, "budgets", tallest=1060)
    follow(page, page.locator("main tbody tr").filter(has_text="3.4.5").get_by_role("link").first)
    shot(page, "budget", tallest=860)


def publicity(walk: Walk) -> None:
    """What was settled is shown to everybody; somebody objects; the lead answers."""
    officer, second = walk.people(f"{LEAD}.jingban"), walk.people(f"{LEAD}.shenhe")
    officer.goto("/awards/publicity/new/")
    officer.get_by_label("公示标题").fill("2024年度电子信息产业奖补资金公示（演示第三批）")
    officer.get_by_label("异议受理联系方式").fill(CONTACT)
    for box in officer.locator("main tbody [name=awards]").all():
        box.check()
    shot(officer, "round-new", tallest=980)
    officer.get_by_role("button", name="提交审核人员发布").click()
    expect(officer.get_by_text("等待发布")).to_be_visible()
    second.goto(officer.url)
    # Scripts make the link a button.
    second.locator("[data-dialog-open=publish]").click()
    second.locator("#publish").get_by_role("button", name="发布", exact=True).click()
    expect(second.locator("main")).to_contain_text("公示中")
    until(second, lambda: second.get_by_role("link", name=re.compile("公示文书")).count() > 0)
    shot(second, "round", tallest=920)

    public = walk.people.anonymous()
    public.goto(str(second.get_by_role("link", name="公开页面").get_attribute("href")))
    shot(public, "public-round", tallest=790)
    follow(public, public.get_by_role("link", name=re.compile("提出异议")).first)
    public.get_by_label("姓名或单位名称").fill("演示江晓明")
    public.get_by_label("联系电话").fill("13900000007")
    public.get_by_label("异议内容和事实依据").fill(
        "演示：该企业所列的部分设备购置于上一年度，附购置合同，请核查是否计入本年度。"
    )
    shot(public, "public-object", tallest=1600)
    public.get_by_role("button", name="提交异议").click()
    expect(public.get_by_role("heading", name="查询码")).to_be_visible()
    until(public, lambda: public.get_by_role("link", name=re.compile("PDF")).count() > 0)
    shot(public, "public-objection", tallest=1000)


def objection(walk: Walk) -> None:
    """The lead checks the objection of the demonstration and drafts its answer."""
    officer = walk.people(f"{OBJECTED_LEAD}.jingban")
    officer.goto("/awards/publicity/objections/")
    follow(officer, officer.locator("main tbody").get_by_role("link").first)
    officer.get_by_role("button", name="查看异议人身份").click()
    expect(officer.get_by_text("本次查看已记录")).to_be_visible()
    officer.get_by_text("异议不成立", exact=True).first.click()
    officer.get_by_label("答复内容").fill(
        "经核查，该企业二期项目的设备合同均签订于本年度，合同、发票和付款凭证一致，您反映的情况不成立。"
    )
    shot(officer, "objection", titled("text"), titled("draft"))


def payments(walk: Walk) -> None:
    """A list of what the bank returned: made, checked, answered; how the enterprises see it."""
    payer, second = walk.people("caizheng.caiwu"), walk.people("caizheng.caiwu2")
    enterprise = walk.people(RETURNED)
    enterprise.goto("/awards/")
    follow(enterprise, enterprise.locator("main tbody").get_by_role("link").first)
    shot(enterprise, "award-returned", "#payments")
    payer.goto("/awards/payments/")
    shot(payer, "payments", tallest=540)
    follow(payer, payer.get_by_role("link", name=re.compile("编制清单")).first)
    shot(payer, "payment-new", tallest=690)
    payer.locator("[name=selected]").first.check()
    payer.get_by_role("button", name="列入所选").click()
    expect(payer.get_by_text("等待审核")).to_be_visible()
    second.goto(payer.url)
    second.locator("[data-dialog-open=send]").click()
    shot(second, "payment-draft", tallest=720)
    second.get_by_role("button", name="确认送拨付").click()
    expect(second.locator("main")).to_contain_text("已送拨付")
    until(payer, lambda: payer.get_by_role("link", name=re.compile("xlsx")).count() > 0)
    payer.locator("[id$=-kind]").first.select_option("returned")
    payer.locator("[id$=-reason]").first.fill("账号与户名不符")
    shot(payer, "payment-results", tallest=1290)

    enterprise = walk.people(PAID)
    enterprise.goto("/awards/")
    shot(enterprise, "my-awards", tallest=700)
    follow(enterprise, enterprise.locator("main tbody").get_by_role("link").first)
    shot(enterprise, "award-paid", tallest=1000)
    enterprise.goto("/letters/")
    shot(enterprise, "letters", tallest=930)
    approval = enterprise.locator("tbody tr").filter(has_text="批复").get_by_role("link", name=re.compile("核验"))
    follow(enterprise, approval.first)
    shot(enterprise, "verify-letter", tallest=1000)
    enterprise.goto("/verify/")
    shot(enterprise, "verify", tallest=900)


def recovery(walk: Walk) -> None:
    """A claim as the lead, the paying bureau and the enterprise see it."""
    officer, enterprise = walk.people(f"{OBJECTED_LEAD}.jingban"), walk.people(PAID)
    officer.goto("/awards/recoveries/")
    follow(officer, officer.locator("main tbody").get_by_role("link").first)
    shot(officer, "recovery", tallest=1500)
    payer = walk.people("caizheng.caiwu")
    payer.goto(officer.url)
    shot(payer, "recovery-receipt", titled("receipt"))
    enterprise.goto("/awards/recoveries/")
    follow(enterprise, enterprise.locator("main tbody").get_by_role("link").first)
    shot(enterprise, "recovery-own", tallest=1090)


def filled(data: bytes, rows: Mapping[int, Mapping[str, str | int]]) -> bytes:
    """A template as somebody filled it in: row after the head (from 1) → title of the column → value."""
    book = load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    head, titles = next(
        (number, named)
        for number in range(1, 6)
        if len(named := {str(cell.value): cell.column for cell in sheet[number] if cell.value is not None}) > 3
    )
    for offset, cells in rows.items():
        for title, value in cells.items():
            sheet.cell(row=head + offset, column=titles[title]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def imports(walk: Walk) -> None:
    """A table of budgets with faults."""
    page = walk.people("caizheng.caiwu")
    page.goto("/awards/imports/new/budgets/")
    shot(page, "import-new", tallest=920)
    template = page.locator(".import-templates a").filter(has_text="2024").first
    about = page.locator("[name=about] option").filter(has_text="2024").first
    answer = page.context.request.get(str(template.get_attribute("href")))
    table = filled(
        answer.body(),
        {
            1: {"预算总额（元）": "五千万"},
            2: {"预算总额（元）": -100},
            3: {"预算总额（元）": 60_000_000},
            4: {"条款": "9.9.9"},
        },
    )
    page.locator("[name=about]").select_option(str(about.get_attribute("value")))
    page.locator("main input[type=file]").set_input_files(
        {
            "name": "2024年度预算调整.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": table,
        }
    )
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("有差错，不能导入")).to_be_visible()
    shot(page, "import-faults", tallest=850)


def wordings(walk: Walk) -> None:
    """The administrator changes the words of a letter and looks at the whole of it."""
    page = walk.people("admin")
    page.goto("/letters/texts/")
    section = page.locator("section[aria-labelledby=approval-title]")
    follow(page, section.get_by_role("link", name=re.compile("修改和记录")).last)
    body = page.locator("#id_body")
    body.fill(body.input_value() + "如有疑问，请与我局联系。")
    expect(page.locator("#wording-check")).to_contain_text("如有疑问")
    shot(page, "wording", tallest=1180)
    page.get_by_role("button", name="预览整份文书").click()
    expect(page.locator(".paper")).to_be_visible()
    shot(page, "wording-preview", tallest=1460)


def open_to_all(walk: Walk) -> None:
    """What anybody reads and downloads."""
    page = walk.people.anonymous()
    page.goto("/awards/public/data/")
    shot(page, "open-data", tallest=1100)
    page.goto("/awards/public/report/")
    shot(page, "yearly-report", tallest=1500)


CHAPTERS = (settlement, budgets, publicity, objection, payments, recovery, imports, wordings, open_to_all)
