"""Opinions by point and corrections in a real browser: accessible at every width, stated and handled in the form."""

import pytest
from django.urls import reverse

from reviews.enums import Outcome, StageKind
from tests.factories.applications import PointInput, make_company
from tests.factories.opinions import agrees, objects, refile, remarks, said, send_back
from tests.factories.reviews import advance_to, decide, make_case, officer, task_of
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
C, L = StageKind.CONSULTATION, StageKind.LEAD
TAX, FINANCE, COMMERCE, INDUSTRY = "市税务局", "市财政局", "市商务局", "市工信局"


def test_a_disagreement_from_the_form_to_the_second_lead(policies_loaded, chromium, live_server):
    company = make_company()
    case = advance_to(make_case(company, "3.2.3"), C)
    page = signed_in(chromium, live_server, officer(TAX))
    address = live_server.url + reverse("reviews:task", args=[task_of(case, TAX).pk])
    check(page, address)
    point = page.locator("#panel .point-asked")
    point.get_by_label("不同意").check()
    point.locator("textarea").fill("收入与申报表不符。")
    outcome = page.locator("#div_id_outcome")
    outcome.get_by_label("同意", exact=True).check()
    page.get_by_role("button", name="提交意见").click()
    page.locator("#panel").get_by_text("“年度数据”为不同意，结论须为“不同意”。").first.wait_for()
    assert page.locator("#panel .point-asked textarea").input_value() == "收入与申报表不符。"
    page.locator("#div_id_outcome").get_by_label("不同意", exact=True).check()
    page.get_by_role("button", name="提交意见").click()
    page.get_by_text("已办结：不同意。").wait_for()
    page.context.close()
    decide(task_of(case, FINANCE), outcome=Outcome.REMARKS, points=[remarks("amount"), agrees("figures")])

    page = signed_in(chromium, live_server, officer(COMMERCE))
    address = live_server.url + reverse("reviews:task", args=[task_of(case, COMMERCE).pk])
    check(page, address)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(address)
    assert "意见不一致" in page.locator(".table-opinions .is-differing").inner_text()
    page.get_by_label("同意支持").check()
    page.get_by_label("对不同意见的处理", exact=True).fill("已核对更正申报表。")
    page.get_by_label("处理意见（年度数据）").fill("差额为跨年确认收入。")
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("等待本单位审核人员确认。").first.wait_for()
    page.context.close()
    assert said(task_of(case, COMMERCE).decisions.get()) == {"figures": ("reconciled", "差额为跨年确认收入。")}


def test_pages_after_a_correction_with_differences(policies_loaded, chromium, live_server):
    company = make_company()
    case = advance_to(make_case(company, "3.2.3"), C)
    tax = task_of(case, TAX)
    decide(tax, outcome=Outcome.DISAGREE, points=[objects("figures"), remarks("condition:1")])
    decide(task_of(case, FINANCE))
    send_back(
        case,
        COMMERCE,
        PointInput("field", "Y.rd_expense", "请核对。"),
        PointInput("evidence", "vat_return", "请补全。"),
    )
    lead = case.stages.get(kind=L).tasks.get(unit__name=COMMERCE)
    page = signed_in(chromium, live_server, officer(COMMERCE))
    check(page, live_server.url + reverse("reviews:task", args=[lead.pk]))
    page.context.close()
    refile(case, company, figures={"rd_expense": "149000000.00", "rd_staff": 181})
    for user, address in (
        (officer(TAX), reverse("reviews:task", args=[tax.pk])),
        (company.legal, reverse("applications:revision", args=[case.application_id, 2])),
    ):
        page = signed_in(chromium, live_server, user)
        check(page, live_server.url + address)
        page.context.close()
    decide(tax, outcome=Outcome.REMARKS, points=[agrees("figures")])
    decide(task_of(case, COMMERCE))
    page = signed_in(chromium, live_server, officer(INDUSTRY))
    check(page, live_server.url + reverse("reviews:task", args=[task_of(case, INDUSTRY).pk]))
    assert "已作出决定" in page.locator("#panel").inner_text()
    page.context.close()
