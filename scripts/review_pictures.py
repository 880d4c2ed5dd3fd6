"""Pictures of the officers' pages: lists, a unit's inside, a joint-lead file, a competition, figures for leaders."""

import re

from playwright.sync_api import Page, expect

from scripts.pictures import Walk, phone, shot, until
from tests.e2e import steps

LARGE = "演示芯屏科技（南昌）有限公司"
COMPETITION = "科技重大专项项目支持"
#: Marks of the last expert, in the order of the criteria; the other two have scored in the demonstration.
MARKS = ("26", "22.5", "18", "17")


def number_of(page: Page, clause: str) -> str:
    """The number of the large enterprise's demonstration file of a clause."""
    page.goto(f"/reviews/cases/?q={LARGE[2:6]}&clause={clause}")
    text = page.locator("main tbody tr").filter(has_text=LARGE).get_by_role("link").first.inner_text()
    found = re.search(r"DZ\d{4}-\d{4}", text)
    assert found, text
    return found.group(0)


def own_file(page: Page, number: str) -> str:
    """Open a file in the enterprise's list; answers its address."""
    page.goto("/applications/")
    page.locator(".file-card").filter(has_text=number).locator("h2 a").click()
    found = re.search(r"/applications/\d+/", page.url)
    assert found, page.url
    return found.group(0)


def titled(key: str) -> str:
    """The selector of the section of a case page whose heading has this id."""
    return f"section[aria-labelledby={key}-title]"


def lists(walk: Walk) -> None:
    """Filters, views, columns, keys, bulk steps, exports."""
    page = walk.people("keji.shenhe")
    page.goto("/reviews/?tab=unit&stage=expert&policy_year=2024")
    shot(page, "queue-filters", ".filters-list")
    page.locator("summary", has_text="保存为视图").click()
    page.locator("[name=name]").fill("待评审的重大专项")
    page.locator("details.list-tool select[name=unit]").select_option(index=1)
    shot(page, "queue-view", ".list-tools")
    page.get_by_role("button", name="保存", exact=True).first.click()
    expect(page.locator(".saved-views")).to_be_visible()
    page.goto("/reviews/?tab=unit")
    page.locator("summary", has_text="选择列").click()
    shot(page, "queue-columns", ".list-tools")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    shot(page, "keys", "#keys-help")
    page.goto("/reviews/?tab=unit")
    page.locator("[data-list-all]").check()
    page.locator("#bulk-to").select_option(label="演示杨经办")
    page.get_by_role("button", name="交办", exact=True).click()
    shot(page, "bulk-preview", tallest=1000)
    page.goto("/reviews/cases/")
    page.get_by_role("button", name="导出全部").click()
    expect(page.locator("#exports")).to_be_visible()
    page.goto("/reviews/cases/")
    page.locator("main tbody tr").get_by_role("link").first.click()
    page.get_by_role("button", name="打印整卷（PDF）").click()
    expect(page.locator("#exports")).to_be_visible()
    until(page, lambda: page.get_by_role("link", name="下载").count() >= 2)
    shot(page, "exports", tallest=700)
    shot(_late(walk), "queue-late", ".table-list")
    shot(phone(_late(walk)), "queue-phone", tallest=1500)


def _late(walk: Walk) -> Page:
    page = walk.people("qingshanhu.fuzeren")
    page.goto("/reviews/?tab=unit")
    return page


def inside_a_unit(walk: Walk) -> None:
    """Who has what, rules, absences."""
    page = walk.people("keji.shenhe")
    page.goto("/reviews/unit/")
    shot(page, "unit", tallest=1330)
    page.goto("/reviews/unit/rules/")
    shot(page, "rules", tallest=1100)
    page.goto("/reviews/unit/absences/")
    shot(page, "absences", tallest=1100)


def joint_file(walk: Walk) -> None:
    """Two leads: the route, what stands beside what, a correction that voids opinions."""
    keeper, head = walk.people("shangwu.jingban"), walk.people("shangwu.shenhe")
    number = number_of(keeper, "3.2.3")
    steps.open_task(keeper, number)
    shot(keeper, "route", ".case-route")
    shot(keeper, "decide-reconcile", "#panel")
    shot(keeper, "opinions-side", titled("opinions"))
    shot(keeper, "notes-messages", "#notes", "#messages")
    shot(keeper, "history", titled("history"))
    keeper.locator(".evidence-files a").nth(1).click()
    expect(keeper.locator(".evidence-paper img")).to_be_visible()
    shot(keeper, "evidence-preview", ".evidence-columns", tallest=1200)
    steps.open_task_anywhere(head, number)
    shot(head, "assignment", "#panel-title", ".presence", ".assignment")
    shot(phone(head), "case-phone", tallest=1600)

    steps.open_task(keeper, number)
    keeper.locator("summary", has_text="退回补正").click()
    keeper.locator("[name='points-0-place']").select_option(value="field:settlement_sales_ex_tax")
    keeper.locator("[name='points-0-text']").fill("请按增值税申报表口径更正结算销售收入。")
    keeper.locator("#correction").get_by_role("button", name=re.compile("添加一")).click()
    keeper.locator("[name='points-1-place']").select_option(value="evidence:settlement_contract")
    keeper.locator("[name='points-1-text']").fill("请补充结算合同的补充协议。")
    keeper.get_by_role("button", name="发出补正通知").click()
    expect(keeper.locator("#main")).to_contain_text("已退回补正")

    agent, legal = walk.people("qiye.jingban"), walk.people("qiye.faren")
    address = own_file(agent, number)
    shot(agent, "talk-enterprise", "#messages")
    shot(phone(agent), "correction-phone", tallest=1600)
    agent = walk.people("qiye.jingban")
    agent.goto(f"{address}facts/")
    agent.locator("[name=settlement_sales_ex_tax]").fill("124800")
    agent.get_by_role("button", name="保存并继续").click()
    section = agent.locator("#evidence-settlement_contract")
    section.locator("input[type=file]").set_input_files(
        {"name": "补充协议.pdf", "mimeType": "application/pdf", "buffer": steps.pdf("补充协议")}
    )
    section.get_by_role("button", name="上传", exact=True).click()
    expect(section).to_contain_text("补充协议.pdf")
    legal.goto(f"{address}check/")
    legal.get_by_label("我是法定代表人").check()
    legal.get_by_role("button", name="提交补正").click()
    expect(legal.locator(".filed-number .code")).to_have_text(number)

    finance = walk.people("caizheng.jingban")
    steps.open_task(finance, number)
    shot(finance, "asked-again", "#panel")
    shot(finance, "changes-fields", titled("changes"))
    steps.say(finance, number, "同意")


def second_lead(walk: Walk) -> None:
    """Who has stepped back is told so; a colleague decides, and the other lead sees it."""
    keeper, head = walk.people("shangwu.jingban"), walk.people("shangwu.shenhe")
    number = number_of(keeper, "3.2.3")
    steps.open_task(keeper, number)
    keeper.locator("summary", has_text="申请回避").click()
    keeper.locator("[name=reason]").last.fill("与申报企业的法定代表人有亲属关系。")
    keeper.get_by_role("button", name="登记回避").click()
    expect(keeper.locator("#main")).to_contain_text("已登记回避")
    steps.open_task_anywhere(keeper, number)
    shot(keeper, "barred", "#panel")
    _lead_approves(walk.people("shangwu.jingban2"), number, "采纳税务局意见，企业已按增值税申报表更正。")
    steps.confirm(head, number)
    other = walk.people("gongxin.jingban")
    steps.open_task(other, number)
    shot(other, "two-leads", "#panel", tallest=1200)


def _lead_approves(page: Page, number: str, words: str) -> None:
    steps.open_task(page, number)
    page.get_by_label("同意支持", exact=True).check()
    for field in page.locator("#panel form[data-panel-form] textarea").all():
        if not field.input_value():
            field.fill(words)
    page.locator("#panel form[data-panel-form] button[type=submit]:not([name])").click()
    expect(page.locator("#main")).to_contain_text("等待本单位审核人员确认")


def competition(walk: Walk) -> None:
    """The panel of 3.4.4: the unit's page, the expert's sheet, the conclusion, the ranking, what the lead sees."""
    officer, chair = walk.people("keji.jingban"), walk.people("keji.zhuanjia")
    chair.goto("/reviews/panels/mine/")
    shot(chair, "expert-desk", tallest=700)
    numbers = chair.locator("main tbody th a").all_inner_texts()
    for number in numbers:
        chair.goto("/reviews/panels/mine/")
        chair.get_by_role("link", name=number).click()
        # A list of elements is taken at once; the page has to be there.
        expect(chair.locator(".score-entry")).to_have_count(len(MARKS))
        for field, mark in zip(chair.locator(".score-entry").all(), MARKS, strict=True):
            field.fill(mark)
        chair.locator("[name=remarks]").fill("路线可行，团队基础好；预算中的设备费请在任务书中细化。")
        if number == numbers[0]:
            shot(chair, "expert-sheet", tallest=1300)
            shot(phone(chair), "expert-sheet-phone", ".sheet-aside .card-plain")
            chair.set_viewport_size({"width": 1280, "height": 720})
            officer.goto("/reviews/panels/")
            officer.locator("main tbody a").first.click()
            shot(officer, "panel", tallest=1500)
        chair.get_by_role("button", name="提交评分表").click()
        expect(chair.get_by_role("button", name="提交评分表")).to_have_count(0)
    chair.goto("/reviews/panels/mine/")
    chair.get_by_role("link", name="汇总并结束评审").click()
    expect(chair.locator("fieldset.verdict")).to_have_count(len(numbers))
    for place, block in enumerate(chair.locator("fieldset.verdict").all()):
        block.get_by_label("建议支持", exact=True).check()
        block.locator("[name$=-amount]").fill(str(180 - 30 * place))
        block.locator("[name$=-reasons]").fill("关键技术有自主知识产权，目标可以考核。")
    chair.locator("[name=remarks]").last.fill("三件均符合重大专项方向，按得分高低建议支持金额。")
    shot(chair, "expert-conclude", tallest=1600)
    chair.get_by_role("button", name="提交结论并结束评审").click()
    expect(chair.get_by_role("button", name="提交结论并结束评审")).to_have_count(0)
    officer.reload()
    shot(officer, "ranking", titled("remarks"), titled("ranking"))
    steps.open_task(officer, numbers[0])
    shot(officer, "panel-result", titled("panel-result"))


def convening(walk: Walk) -> None:
    """A file that reaches the competition after its panel has concluded: the unit convenes another one."""
    page = walk.people(walk.legal)
    steps.begin(page, clause_title=COMPETITION, year=2024)
    found = re.search(r"/applications/\d+/", page.url)
    assert found
    page.goto(f"{found.group(0)}facts/")
    page.locator("[name=project_name]").fill("演示：硅基光电集成关键技术")
    page.locator("[name=total_budget]").fill("1800")
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    steps.upload_all(page, found.group(0))
    number = steps.file_application(page, found.group(0))
    steps.say(walk.people("gaoxin.jingban"), number, "初审通过")
    for unit in ("gongxin", "caizheng"):
        steps.say(walk.people(f"{unit}.jingban"), number, "同意")
    officer = walk.people("keji.jingban")
    steps.open_task(officer, number)
    officer.get_by_role("link", name="组建评审组").click()
    expect(officer.locator("[name=members]").first).to_be_visible()
    for box in officer.locator("[name=members]").all()[:3]:
        box.check()
    officer.locator("[name=chair]").select_option(index=1)
    shot(officer, "convene", tallest=1500)


def leaders(walk: Walk) -> None:
    """Figures for leaders, and what reaches people as a notice."""
    page = walk.people("gongxin.fuzeren")
    page.goto("/reviews/overview/")
    shot(page, "overview", tallest=1600)
    head = walk.people("qingshanhu.fuzeren")
    head.goto("/me/messages/")
    shot(head, "inbox-late", tallest=800)
    head.goto("/me/profile/notices/")
    shot(head, "notice-choices", tallest=1100)


CHAPTERS = (lists, inside_a_unit, joint_file, second_lead, competition, convening, leaders)
