"""A joint-lead file with a disagreement, a correction with differences, a recusal, and an overdue escalation."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import People

pytestmark = pytest.mark.e2e

LARGE, MATERIALS = "演示芯屏科技（南昌）有限公司", "演示晶源材料（南昌）有限公司"


def number_of(page: Page, enterprise: str, clause: str) -> str:
    """The number of the demonstration's file, found as an officer finds it: a word inside the name, and the clause."""
    page.goto(f"/reviews/cases/?q={enterprise[2:6]}&clause={clause}")
    link = page.locator("main tbody tr").filter(has_text=enterprise).get_by_role("link").first
    expect(link).to_be_visible()
    found = re.search(r"DZ\d{4}-\d{4}", link.inner_text())
    assert found, link.inner_text()
    return found.group(0)


def open_own_file(page: Page, number: str) -> str:
    """Open a file in the enterprise's list; answers its address."""
    page.goto("/applications/")
    page.locator(".file-card").filter(has_text=number).locator("h2 a").click()
    expect(page).to_have_url(re.compile(r"/applications/\d+/$"))
    found = re.search(r"(/applications/\d+/)", page.url)
    assert found
    return found.group(1)


def opinions(page: Page, point: str) -> str:
    """The row of one point in the table that shows the units side by side."""
    row = page.locator(".table-opinions tbody tr").filter(has=page.locator("th", has_text=point))
    return row.first.inner_text()


def test_a_joint_lead_file_with_a_disagreement_a_correction_and_a_recusal(people: People) -> None:
    keeper = people("shangwu.jingban")
    number = number_of(keeper, LARGE, "3.2.3")

    # The tax bureau disagreed, the finance bureau agreed: side by side, on the same point.
    steps.open_task(keeper, number)
    expect(keeper.locator(".table-opinions")).to_contain_text("市税务局")
    assert "不同意" in opinions(keeper, "年度数据")
    assert "同意" in opinions(keeper, "金额")

    # Without the written handling of the difference nothing is decided, and what was typed stays.
    keeper.get_by_label("同意支持", exact=True).check()
    keeper.locator("[name=reasons]").fill("结算收入真实。")
    keeper.locator("#panel form[data-panel-form] button[type=submit]:not([name])").click()
    expect(keeper.locator(".error-summary").first).to_be_visible()
    expect(keeper.locator("[name=reasons]")).to_have_value("结算收入真实。")

    # 补正: a field and a document, told at once.
    steps.open_task(keeper, number)
    keeper.locator("summary", has_text="退回补正").click()
    place = keeper.locator("[name='points-0-place']")
    place.select_option(value="field:settlement_sales_ex_tax")
    keeper.locator("[name='points-0-text']").fill("请按增值税申报表口径更正结算销售收入。")
    keeper.locator("#correction").get_by_role("button", name=re.compile("添加一")).click()
    keeper.locator("[name='points-1-place']").select_option(value="evidence:settlement_contract")
    keeper.locator("[name='points-1-text']").fill("请补充结算合同的补充协议。")
    keeper.get_by_role("button", name="发出补正通知").click()
    expect(keeper.locator("#main")).to_contain_text("已退回补正")
    steps.open_task_anywhere(keeper, number)
    expect(keeper.locator("#panel")).to_contain_text("等待企业补正")

    # The enterprise sees each point beside its field, changes both and files again.
    agent, legal = people("qiye.jingban"), people("qiye.faren")
    application = open_own_file(agent, number)
    steps.open_section(agent, application, "facts")
    expect(agent.locator("main")).to_contain_text("请按增值税申报表口径更正结算销售收入。")
    agent.locator("[name=settlement_sales_ex_tax]").fill("124800")
    agent.get_by_role("button", name="保存并继续").click()
    expect(agent).to_have_url(re.compile("/evidence/"))
    expect(agent.locator("#evidence-settlement_contract")).to_contain_text("请补充结算合同的补充协议。")
    agent.locator("#evidence-settlement_contract input[type=file]").set_input_files(
        {"name": "补充协议.pdf", "mimeType": "application/pdf", "buffer": steps.pdf("supplement")}
    )
    agent.locator("#evidence-settlement_contract").get_by_role("button", name="上传", exact=True).click()
    expect(agent.locator("#evidence-settlement_contract")).to_contain_text("补充协议.pdf")
    steps.open_section(legal, application, "check")
    legal.get_by_label("我是法定代表人").check()
    legal.get_by_role("button", name=re.compile("提交")).first.click()
    expect(legal.locator(".filed-number .code")).to_have_text(number)

    # Only the amount rests on what changed: the finance bureau is asked again, the tax bureau's opinion stands.
    finance = people("caizheng.jingban")
    steps.open_task(finance, number)
    expect(finance.locator("#panel")).to_contain_text("金额")
    expect(finance.locator(".table-changes")).to_contain_text("按要求修改")
    assert "失效" in opinions(finance, "金额")
    steps.open_task_anywhere(keeper, number)
    expect(keeper.locator("#panel")).to_contain_text("等待会审单位重新提出意见")
    steps.say(finance, number, "同意")

    # 回避: the person steps back, the unit's other 经办 goes on; who stepped back is told why nothing can be done.
    steps.open_task(keeper, number)
    expect(keeper.locator(".table-changes").first).to_contain_text("按要求修改")
    keeper.locator("summary", has_text="申请回避").click()
    keeper.locator("[name=reason]").last.fill("与申报企业的法定代表人有亲属关系。")
    keeper.get_by_role("button", name="登记回避").click()
    expect(keeper.locator("#main")).to_contain_text("已登记回避")
    steps.open_task_anywhere(keeper, number)
    expect(keeper.locator("#panel")).to_contain_text("您已回避本案卷")

    second = people("shangwu.jingban2")
    steps.open_task(second, number)
    assert "不同意" in opinions(second, "年度数据")
    second.get_by_label("同意支持", exact=True).check()
    second.locator("[name=reasons]").fill("补正后口径一致，同意支持。")
    for field in second.locator("#panel form[data-panel-form] textarea").all():
        if not field.input_value():
            field.fill("税务局所指差额已由企业按增值税申报表更正，采纳其意见。")
    second.locator("#panel form[data-panel-form] button[type=submit]:not([name])").click()
    expect(second.locator("#main")).to_contain_text("等待本单位审核人员确认")
    steps.confirm(people("shangwu.shenhe"), number)

    other = people("gongxin.jingban")
    steps.open_task(other, number)
    expect(other.locator("#panel")).to_contain_text("市商务局")
    expect(other.locator("#panel")).to_contain_text("已作出决定：同意支持")
    other.get_by_label("同意支持", exact=True).check()
    for field in other.locator("#panel form[data-panel-form] textarea").all():
        if not field.input_value():
            field.fill("与主办单位意见一致。")
    other.locator("#panel form[data-panel-form] button[type=submit]:not([name])").click()
    expect(other.locator("#main")).to_contain_text("等待本单位审核人员确认")
    steps.confirm(people("gongxin.shenhe"), number)

    # 0.5 % of 124,800万 = 624万; the history says in sentences what happened, the enterprise reads no opinion.
    auditor = people("shenji")
    auditor.goto(f"/reviews/cases/?q={number}")
    auditor.locator("main tbody tr").filter(has_text=number).get_by_role("link").first.click()
    expect(auditor).to_have_url(re.compile(r"/reviews/cases/\d+/"))
    history = auditor.locator("section[aria-labelledby=history-title]")
    for words in ("退回补正", "回避", "重新征求市财政局意见", "审核通过"):
        expect(history).to_contain_text(words)
    legal.goto(application)
    expect(legal.locator("body")).not_to_contain_text("采纳其意见")
    # The first 经办 stepped back from the file, and so from its money.
    steps.settle(people, "shangwu", LARGE, "6,240,000.00", handler="jingban2")
    legal.goto("/awards/")
    expect(legal.locator("main")).to_contain_text("6,240,000.00")


def test_a_late_task_is_told_to_the_head_of_the_unit_and_seen_by_both_sides(people: People) -> None:
    head = people("qingshanhu.fuzeren")
    number = number_of(head, MATERIALS, "3.4.5")
    head.goto("/me/messages/")
    expect(head.locator("main")).to_contain_text(re.compile(f"逾期.*{number}|{number}.*逾期"))
    handler = people("qingshanhu.jingban")
    handler.goto("/reviews/?due=overdue")
    row = handler.locator("main tbody tr").filter(has_text=number)
    expect(row).to_contain_text(re.compile("逾期"))
    legal = people("cailiao.faren")
    open_own_file(legal, number)
    expect(legal.locator("main")).to_contain_text(re.compile("逾期|超过"))
    # The leader gives it to somebody; the days do not begin anew.
    due = row.inner_text()
    steps.open_task_anywhere(head, number)
    people_of_unit = head.locator("#panel select[name=to]")
    people_of_unit.select_option(value=people_of_unit.locator("option", has_text="经办").first.get_attribute("value"))
    head.locator("#panel").get_by_role("button", name="交办", exact=True).click()
    expect(head.locator("#panel")).to_contain_text("交办")
    handler.goto("/reviews/?due=overdue")
    again = handler.locator("main tbody tr").filter(has_text=number).inner_text()
    overdue = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
    assert overdue.findall(again)[:1] == overdue.findall(due)[:1]
