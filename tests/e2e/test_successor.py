"""The policy expires and its successor is entered by administrators alone, from its text to the first award.

The text is invented. Two people publish it; an enterprise files under it and gets what it promises, while a file of
2025 goes on under the old policy.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import editing, steps
from tests.e2e.conftest import People
from tests.e2e.site import FIGURES

pytestmark = pytest.mark.e2e

NUMBER, SLUG = "演示府发〔2026〕1号", "yanshi-2026-1"
DISTRICTS = "各县区（开发区、湾里管理局）"
TEXT = f"""演示府发〔2026〕1号
关于支持电子信息产业发展的若干措施（演示）
为支持我市电子信息产业发展，制定本措施。
一、支持措施
（一）技术改造。
1．对当年技术改造设备投入达到500万元以上的企业，按设备投入给予10%补助，每家企业每年最高不超过300万元。\
[牵头单位：市工信局、市财政局；责任单位：{DISTRICTS}]
2．对更新生产设备的企业，按设备更新投入给予8%补助，每家企业每年最高不超过250万元。\
[牵头单位：市工信局；责任单位：{DISTRICTS}]
（二）研发投入。对年度研发费用达到1000万元以上的企业，按研发费用给予5%补助，每家企业每年最高不超过200万元。\
[牵头单位：市科技局；责任单位：{DISTRICTS}]
二、附则
（一）企业符合技术改造和设备更新两项支持的，属于同类型政策，按就高不就低原则享受其中一项。
（二）每家企业每年累计奖补金额不超过其当年销售收入（不含税）的3%。
（三）本措施自2026年1月1日起施行，有效期至2027年12月31日。
"""
CLAUSES = {"1.1.1": "技术改造补助", "1.1.2": "设备更新补助", "1.2.1": "研发投入补助"}
#: The new cap binds: 3% of 8,000万 are 240万, the clause alone would give 300万.
SMALL = FIGURES | {"sales_ex_tax": "8000", "newly_introduced": "false"}


@pytest.fixture(scope="module")
def enterprise(people: People) -> tuple[str, str]:
    """An enterprise of 高新区, registered in the browser and verified by its district: (username, name)."""
    code = steps.new_code()
    username, name = f"s{code[-8:].lower()}", f"演示后续电子{code[-6:]}有限公司"
    steps.register(people.anonymous(), username=username, name=name, code=code, district="高新区", role="legal")
    steps.verify_enterprise(people("gaoxin.jingban"), name)
    people(username, steps.PASSWORD)
    return username, name


@pytest.fixture(scope="module")
def earlier(people: People, enterprise: tuple[str, str]) -> tuple[str, str]:
    """A file of 2025 under the old policy, filed before the new one is there: (address, number)."""
    page = people(enterprise[0])
    application = begin(page, "“5G+智慧工厂”建设补助", 2025)
    steps.fill_figures(page, application, FIGURES)
    steps.fill_row(page, "projects", 0, {"name": "柔性产线", "investment": "600", "accepted_on": "2025-06-28"})
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    steps.upload_all(page, application)
    return application, steps.file_application(page, application)


def begin(page: Page, title: str, year: int) -> str:
    steps.begin(page, clause_title=title, year=year)
    found = re.search(r"(/applications/\d+/)", page.url)
    assert found
    return found.group(1)


def enter_text(page: Page) -> None:
    """A new document with the rules of the old one, its text cut, its three clauses marked out."""
    page.goto("/editing/documents/new/")
    page.get_by_role("link", name=re.compile("^复制 洪府发〔2023〕30号")).click()
    page.evaluate("document.querySelectorAll('[name=clauses]').forEach(box => { box.checked = false })")
    for name, value in {
        "number": NUMBER,
        "title": "关于支持电子信息产业发展的若干措施（演示）",
        "issuer": "南昌市人民政府（演示）",
        "issued_on": "2026-01-01",
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "replaces": "洪府发〔2023〕30号",
        "slug": SLUG,
    }.items():
        page.locator(f"main form [name={name}]").fill(value)
    page.get_by_role("button", name="新建文件").click()
    expect(page).to_have_url(re.compile(f"/{SLUG}/text/"))
    page.locator("textarea[name=text]").fill(TEXT)
    page.get_by_role("button", name="切分并预览").click()
    expect(page.get_by_text("各处依次相连与所给正文逐字相同")).to_be_visible()
    page.get_by_role("button", name="保存为正文").click()
    expect(page.get_by_text("已保存正文")).to_be_visible()
    page.goto(f"/editing/documents/{SLUG}/clauses/new/")
    for number, title in enumerate(CLAUSES.values()):
        page.locator(f"[name=s{number}-take]").check()
        page.locator(f"[name=s{number}-title]").fill(title)
    page.get_by_role("button", name="划出勾选的条款").click()
    expect(page.get_by_text("已划出 3 个条款")).to_be_visible()


def open_draft(page: Page, clause_id: str) -> None:
    """Open the editor of a clause's first version."""
    page.goto(f"/editing/documents/{SLUG}/")
    row = page.locator("li.clause-row").filter(has=page.get_by_role("heading", name=re.compile(f"^{clause_id} ")))
    row.get_by_role("link", name="第 1 版").click()
    expect(page.locator("#blocks-form")).to_be_visible()


def money_fact(page: Page, key: str, label: str) -> None:
    """A sum that the clause asks for, in 万元, with its invoice."""
    editing.add(page, "facts")
    editing.fill(page, facts__0__key=key, facts__0__label=label, facts__0__entry_unit="万元")
    page.locator("[name='facts.0.evidence'][value=invoice]").check()


def at_least(page: Page, label: str, fact: str, words: str) -> None:
    """A threshold whose number is marked in the text."""
    editing.add(page, "conditions")
    editing.fill(page, conditions__0__label=label, conditions__0__fact=fact, conditions__0__value__type="money")
    editing.mark(page, "conditions.0.value", words)


def share_of(page: Page, base: str, rate: str, cap: str) -> None:
    """So many per cent of a sum, no more than a sum a year; both numbers are marked in the text."""
    editing.add(page, "award", "rate")
    editing.fill(page, award__of=base)
    editing.mark(page, "award.rate", rate)
    editing.add(page, "cap")
    editing.mark(page, "cap.amount", cap)
    editing.save(page)


def write_clauses(page: Page) -> None:
    open_draft(page, "1.1.1")
    money_fact(page, "equipment", "技术改造设备投入")
    at_least(page, "当年技术改造设备投入达到500万元以上", "equipment", "500万元")
    share_of(page, "equipment", "10%", "300万元")
    open_draft(page, "1.1.2")
    money_fact(page, "renewal", "设备更新投入")
    share_of(page, "renewal", "8%", "250万元")
    open_draft(page, "1.2.1")
    at_least(page, "年度研发费用达到1000万元以上", "Y.rd_expense", "1000万元")
    share_of(page, "Y.rd_expense", "5%", "200万元")


def write_rules(page: Page) -> None:
    """Another cap, lifted for nobody, and one group."""
    page.goto(f"/editing/documents/{SLUG}/")
    page.get_by_role("link", name="第 1 版").first.click()
    editing.mark(page, "total_cap.rate", "3%")
    editing.fill(
        page,
        total_cap__lifted_if="",
        total_cap__lifted_quote="",
        total_cap__rate__value="3%",
    )
    editing.add(page, "groups")
    editing.fill(page, groups__0__name="设备投入", groups__0__reason="正文写明两项属于同类型政策。")
    for clause_id in ("1.1.1", "1.1.2"):
        page.locator(f"[name='groups.0.clauses'][value='{clause_id}']").check()
    editing.mark(page, "groups.0", "就高不就低")
    editing.save(page)


def work_cases(page: Page) -> None:
    """One case of each clause, worked out by hand: 10% of 3,500万, 8% of 1,000万, 5% of 6,000万."""
    worked = (
        ("1.1.1", "投入三千五百万元，到上限", "f-equipment", "3500", "3000000"),
        ("1.1.2", "更新一千万元", "f-renewal", "1000", "800000"),
        ("1.2.1", "研发六千万元，到上限", "y-rd_expense", "6000", "2000000"),
    )
    for clause_id, title, field, value, amount in worked:
        open_draft(page, clause_id)
        page.goto(f"{page.url}cases/new/")
        page.locator("[name=title]").fill(title)
        page.locator(f"[name={field}]").fill(value)
        page.locator("[name=status][value=eligible]").check()
        page.locator("[name=amount]").fill(amount)
        page.get_by_role("button", name="保存算例").click()
        expect(page.get_by_text("算例已保存")).to_be_visible()


def publish(people: People) -> None:
    """Submitted by the one who wrote it, who cannot publish it; published by another administrator."""
    page = people("admin")
    page.goto(f"/editing/documents/{SLUG}/publications/")
    for box in page.locator("[name=versions]").all():
        box.check()
    page.locator("[name=reason]").fill("演示：原政策2025年底到期，由本文件接续。")
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("main")).to_contain_text("本次发布由您提交，须由另一位管理员核对后发布。")
    second = people("admin2")
    second.goto(page.url)
    expect(second.locator("main")).to_contain_text("算例全部一致")
    second.locator("[data-dialog-open=publish]").click()
    second.locator("#publish").get_by_role("button", name="确认发布").click()
    expect(second.locator("main")).to_contain_text("已发布")


def open_call(page: Page) -> None:
    page.goto("/editing/calls/new/")
    document = page.locator("[name=document] option").filter(has_text=NUMBER)
    page.locator("[name=document]").select_option(value=document.get_attribute("value"))
    page.locator("[name=policy_year]").fill("2026")
    page.get_by_role("button", name="下一步").click()
    page.locator("[name=closes_on]").fill("2099-12-31")
    page.locator("[name=text]").fill("演示通知，不构成申报依据。")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.locator("main")).to_contain_text("正在受理")


def give_budget(page: Page, share: str, amount: str) -> None:
    """Finance enters the budget of the new clause."""
    page.goto("/awards/budgets/new/")
    page.get_by_label("单位", exact=True).select_option(label="市工信局" if share == "市级" else "高新区")
    page.get_by_label(share, exact=True).check()
    option = page.get_by_label("条款").locator("option").filter(has_text="技术改造补助")
    page.get_by_label("条款").select_option(value=option.get_attribute("value"))
    page.get_by_label("政策年度").fill("2026")
    page.get_by_label("下达金额").fill(amount)
    page.get_by_label("依据").fill("演示预算文号")
    page.get_by_role("button", name="录入").click()
    expect(page.locator("main")).to_contain_text("技术改造补助")


def test_a_successor_is_entered_published_and_pays_the_right_amount(
    people: People, enterprise: tuple[str, str], earlier: tuple[str, str]
) -> None:
    username, name = enterprise
    admin = people("admin")
    enter_text(admin)
    write_clauses(admin)
    write_rules(admin)
    work_cases(admin)
    nobody = people.anonymous()
    nobody.goto(f"/policies/{SLUG}/")
    expect(nobody.locator("body")).not_to_contain_text("技术改造")
    publish(people)
    nobody.goto(f"/policies/{SLUG}/1.1.1/")
    expect(nobody.locator("main")).to_contain_text("每家企业每个政策年度最高 300万元")
    open_call(admin)
    give_budget(people("caizheng.caiwu"), "市级", "1000")
    give_budget(people("gaoxin.fuzeren"), "县区级", "1000")

    page = people(username)
    application = begin(page, "技术改造补助", 2026)
    steps.fill_figures(page, application, SMALL)
    page.locator("[name=equipment]").fill("3500")
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    steps.open_section(page, application, "facts")
    expect(page.locator("aside")).to_contain_text("3,000,000.00")
    steps.upload_all(page, application)
    number = steps.file_application(page, application)
    steps.unit_decides(people, "gaoxin", number, "初审通过", two=False)
    steps.unit_decides(people, "caizheng", number, "同意支持", two=True)
    steps.unit_decides(people, "gongxin", number, "同意支持", two=True)
    steps.settle(people, "gongxin", name, "2,400,000.00", year=2026)
    page.goto("/awards/")
    expect(page.locator("main")).to_contain_text("2,400,000.00")

    # The file of 2025 goes on under the policy under which it was filed.
    address, old_number = earlier
    steps.unit_decides(people, "gaoxin", old_number, "初审通过", two=False)
    steps.unit_decides(people, "gongxin", old_number, "同意支持", two=True)
    steps.settle(people, "gongxin", name, "3,000,000.00", year=2025)
    page.goto("/awards/")
    for words in ("2,400,000.00", "3,000,000.00"):
        expect(page.locator("main")).to_contain_text(words)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("5G+智慧工厂")
