"""Pictures of 政策维护: a new policy cut and marked, a new version tried and submitted, points, people, calls.

Every chapter needs only the demonstration. Nothing is published: what the chapters submit they take back, so that they
can be run again on the same site.
"""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from scripts.pictures import WIDTH, Walk, shot, store
from tests.e2e import editing, steps

POLICY, CLAUSE = "hongfufa-2023-30", "3.4.5"
TITLE = "关于支持电子信息产业发展的若干措施（演示）"
TEXT = """{number}
关于支持电子信息产业发展的若干措施（演示）
为支持我市电子信息产业发展，制定本措施。
一、支持措施
（一）技术改造。
1．对当年技术改造设备投入达到500万元以上的企业，按设备投入给予10%补助，每家企业每年最高不超过300万元。\
[牵头单位：市工信局、市财政局；责任单位：各县区（开发区、湾里管理局）]
（二）研发投入。对年度研发费用达到1000万元以上的企业，按研发费用给予5%补助，每家企业每年最高不超过200万元。\
[牵头单位：市科技局；责任单位：各县区（开发区、湾里管理局）]
二、附则
（一）本措施自2026年1月1日起施行，有效期至2027年12月31日。
"""


def house(walk: Walk) -> None:
    """People and units, a call with windows of its own."""
    page = walk.people("admin")
    page.goto("/people/?kind=unit")
    shot(page, "people", tallest=900)
    page.goto("/units/")
    page.get_by_role("link", name="市工信局", exact=True).click()
    expect(page.locator("h1")).to_have_text("市工信局")
    page.get_by_role("link", name="更名").click()
    shot(page, "unit-rename", tallest=1000)

    page.goto("/editing/calls/")
    page.get_by_role("link", name=re.compile("2024年度")).first.click()
    if not page.get_by_role("rowheader", name=re.compile(CLAUSE)).count():
        today = dt.datetime.now(tz=ZoneInfo("Asia/Shanghai")).date()
        page.get_by_role("link", name="增加").click()
        page.get_by_label(re.compile(f"^{re.escape(CLAUSE)} ")).check()
        page.get_by_label("高新区", exact=True).check()
        page.get_by_label("截止日期").fill((today + dt.timedelta(days=90)).isoformat())
        page.get_by_label("理由").fill("高新区系统切换，延长受理（演示）")
        page.get_by_role("button", name="规定").click()
    expect(page.get_by_role("rowheader", name=re.compile(CLAUSE)).first).to_be_visible()
    shot(page, "call-windows", tallest=900)


def successor(walk: Walk) -> None:
    """A new document: its text cut, a clause marked out and written."""
    page = walk.people("admin")
    serial = steps.new_code()[-6:]
    number = f"演示府发〔2026〕{int(serial, 36) % 900 + 100}号"
    page.goto("/editing/documents/new/")
    for name, value in {
        "number": number,
        "title": TITLE,
        "issuer": "南昌市人民政府（演示）",
        "issued_on": "2026-01-01",
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "slug": f"yanshi-{serial.lower()}",
    }.items():
        page.locator(f"main form [name={name}]").fill(value)
    page.get_by_role("button", name="新建文件").click()
    expect(page.locator("textarea[name=text]")).to_be_visible()
    page.locator("textarea[name=text]").fill(TEXT.format(number=number))
    page.get_by_role("button", name="切分并预览").click()
    expect(page.get_by_text("各处依次相连与所给正文逐字相同")).to_be_visible()
    shot(page, "cut-preview", tallest=1250)
    page.get_by_role("button", name="保存为正文").click()
    expect(page.get_by_text("已保存正文")).to_be_visible()
    page.goto(f"/editing/documents/yanshi-{serial.lower()}/clauses/new/")
    for row, title in enumerate(("技术改造补助", "研发投入补助")):
        page.locator(f"[name=s{row}-take]").check()
        page.locator(f"[name=s{row}-title]").fill(title)
    shot(page, "clauses-marked", tallest=1250)
    page.get_by_role("button", name="划出勾选的条款").click()
    expect(page.get_by_text("已划出 2 个条款")).to_be_visible()
    page.locator("li.clause-row").filter(has_text="1.1.1").get_by_role("link", name="第 1 版").click()
    editing.add(page, "facts")
    editing.fill(page, facts__0__key="equipment", facts__0__label="技术改造设备投入", facts__0__entry_unit="万元")
    editing.add(page, "conditions")
    editing.fill(
        page,
        conditions__0__label="当年技术改造设备投入达到500万元以上",
        conditions__0__fact="equipment",
        conditions__0__value__type="money",
    )
    editing.mark(page, "conditions.0.value", "500万元")
    editing.add(page, "cap")
    editing.mark(page, "cap.amount", "300万元")
    editing.add(page, "award", "rate")
    editing.fill(page, award__of="equipment")
    editing.mark(page, "award.rate", "10%")
    expect(page.locator("#blocks-check")).to_contain_text("没有发现错误")
    # The printed text stays beside the part that is written.
    page.set_viewport_size({"width": WIDTH, "height": 1150})
    page.locator("#section-conditions").evaluate("heading => heading.scrollIntoView()")
    page.wait_for_load_state("networkidle")
    store("clause-editor", page.screenshot(animations="disabled"))
    page.set_viewport_size({"width": WIDTH, "height": 720})
    page.goto("/editing/")
    shot(page, "editing", tallest=890)


def draft_of(page: Page) -> None:
    """A new version of a clause in force, which an enterprise gets only once a year."""
    page.goto(f"/editing/documents/{POLICY}/")
    row = page.locator("li.clause-row").filter(has=page.get_by_role("heading", name=re.compile(f"^{CLAUSE} ")))
    row.get_by_role("link", name="第 1 版").click()
    page.locator("[name=valid_from]").first.fill("2025-01-01")
    page.get_by_role("button", name="起草新版本").click()
    expect(page.get_by_text("发布前不影响现行版本")).to_be_visible()
    editing.add(page, "cap")
    editing.mark(page, "cap.amount", "500万元")
    editing.save(page)


def versions(walk: Walk) -> None:
    """A new version: its case, its differences, its way to publication and what it would have changed."""
    page = walk.people("admin")
    draft_of(page)
    draft = page.url
    page.goto(f"{draft}cases/new/")
    page.get_by_label("算例名称").fill("两个项目，合计以一个上限为限")
    page.get_by_role("button", name="添加一条").click()
    for row, (name, investment) in enumerate((("一期柔性产线", "860"), ("二期智能仓储", "1320"))):
        page.get_by_label("项目名称").nth(row).fill(name)
        page.get_by_label("软硬件、设备投入").nth(row).fill(investment)
    page.get_by_label("符合", exact=True).check()
    page.get_by_label("应得金额").fill("5000000")
    page.get_by_role("button", name="保存算例").click()
    expect(page.get_by_text("算例已保存")).to_be_visible()
    page.goto(f"{draft}cases/")
    page.locator("details summary", has_text="计算过程").first.click()
    shot(page, "clause-cases", tallest=1200)
    page.goto(f"{draft}compare/")
    shot(page, "clause-compare", tallest=1200)

    page.goto(f"/editing/documents/{POLICY}/publications/")
    page.get_by_label(re.compile(f"^{re.escape(CLAUSE)} ")).check()
    page.locator("[name=reason]").fill("演示：市政府专题会议纪要，按企业合计以一个项目为限")
    page.get_by_role("button", name="提交发布").click()
    expect(page.locator("main")).to_contain_text("须由另一位管理员核对后发布")
    second = walk.people("admin2")
    second.goto(page.url)
    second.get_by_role("link", name="对过去年度的影响").click()
    second.get_by_role("button", name="开始测算").click()
    expect(second.get_by_role("heading", name="结论")).to_be_visible()
    shot(second, "impact", tallest=1300)
    second.goto(page.url)
    expect(second.locator("[data-dialog-open=publish]")).to_be_visible()
    shot(second, "publication", tallest=1400)
    page.get_by_role("button", name="撤回", exact=True).click()
    expect(page.get_by_text("已撤回，草稿可以继续修改。")).to_be_visible()
    page.goto(f"{draft}history/")
    page.locator("[data-dialog-open=discard]").click()
    page.get_by_label("原因").fill("演示")
    page.get_by_role("button", name="搁置", exact=True).click()
    expect(page.locator("main")).to_contain_text("已搁置")


def endings(walk: Walk) -> None:
    """A clause that is to end early, with whom that concerns; it is looked at and not submitted."""
    page = walk.people("admin")
    page.goto(f"/editing/documents/{POLICY}/")
    row = page.locator("li.clause-row").filter(has=page.get_by_role("heading", name=re.compile("^3.8.2 ")))
    row.locator("a[href$='/history/']").first.click()
    page.get_by_role("link", name="停用或提前终止这个版本").click()
    page.get_by_label("提前终止：").check()
    page.get_by_label("终止日期").fill("2024-12-31")
    page.locator("[name=reason]").fill("演示：市政府专题会议纪要，自2025年度起不再安排资金")
    page.get_by_role("button", name="先核对").click()
    expect(page.get_by_role("heading", name="停用和提前终止", exact=True)).to_be_visible()
    shot(page, "publication-endings", tallest=1350)


def points(walk: Walk) -> None:
    """An open point with the preview of another value."""
    page = walk.people("admin")
    page.goto(f"/editing/documents/{POLICY}/settings/day_count/")
    page.get_by_label("365").check()
    page.get_by_label("自何日起").fill("2025-01-01")
    page.get_by_label("修改理由").fill("演示：按贷款合同约定的计息天数")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("预览：还没有保存")).to_be_visible()
    shot(page, "open-point", tallest=1300)


CHAPTERS = (house, successor, versions, endings, points)
