"""Pages of panels in a real browser: accessible, nothing overflows, on paper everything is there."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from reviews.actions.conclusion import Verdict
from reviews.actions.panel_members import leave_panel
from reviews.enums import StageKind
from reviews.models import Panel
from tests.factories.applications import make_company
from tests.factories.panels import PROPOSED, conclude, convene, expert, panel_stage, scoring, seats, submit, submit_all
from tests.factories.reviews import LATER, advance_to, make_case, officer, task_of
from tests.factories.routes import set_policy
from tests.reviews.test_browser import check, chromium, signed_in

__all__ = ["chromium"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
UNIT = "市科技局"


def at_experts(name: str, district: str = "高新区"):
    return advance_to(make_case(make_company(name=name, district=district), "3.4.4"), StageKind.EXPERT)


@pytest.fixture
def files(policies_loaded):
    """Three files of the competition."""
    return [
        at_experts("演示芯屏科技（南昌）有限公司"),
        at_experts("南昌硅衬底光电股份有限公司", "经开区"),
        at_experts("江西演示射频器件研究院有限责任公司", "红谷滩区"),
    ]


@pytest.fixture
def scored(files):
    """A panel whose first member has judged two files, the second one of them."""
    panel = scoring(files[0], title="2024年度科技重大专项专家评审", members=people())
    first, second, _ = seats(panel)
    submit(first, panel_stage(files[0]), "55.5", "36", remarks="技术路线清晰，产业化条件较好。")
    submit(second, panel_stage(files[0]), "50", "30.5")
    submit(first, panel_stage(files[1]), "40", "28")
    return SimpleNamespace(panel=panel, files=files)


def people():
    return [expert(UNIT, name) for name in ("专家张", "专家欧阳", "专家李")]


@pytest.fixture
def signed(chromium, live_server):
    def open_as(user, **options):
        page = signed_in(chromium, live_server, user, **({"bypass_csp": True} | options))
        return page, lambda name, *args: live_server.url + reverse(f"reviews:{name}", args=args)

    return open_as


def test_convening_and_the_panel_are_accessible(files, signed):
    people()
    page, address = signed(officer(UNIT))
    check(page, address("task", task_of(files[0]).pk))
    check(page, address("convene", task_of(files[0]).pk))
    panel = convene(files[0])
    check(page, address("panel", panel.pk))
    check(page, address("panels"))


def test_scoring_is_accessible(scored, signed):
    page, address = signed(officer(UNIT))
    check(page, address("panel", scored.panel.pk))
    page, address = signed(seats(scored.panel)[0].user)
    check(page, address("expert_desk"))
    check(page, address("expert_conclude", scored.panel.pk))
    for file in (scored.files[0], scored.files[2]):
        check(page, address("expert_file", scored.panel.pk, panel_stage(file).pk))


def test_conclusion_and_result_are_accessible(files, signed):
    panel = scoring(files[0], members=people())
    submit_all(panel)
    chair = seats(panel)[0]
    page, address = signed(chair.user)
    check(page, address("expert_conclude", panel.pk))
    conclude(panel, said={panel_stage(files[1]).pk: Verdict(favourable=False, reasons="产业化条件不足。")})
    check(page, address("panel", panel.pk))
    page, address = signed(officer(UNIT))
    check(page, address("panel", panel.pk))
    check(page, address("task", task_of(files[0]).pk))


def test_an_audit_is_accessible(policies_loaded, signed):
    set_policy("audit_sampling", {"per_mille": 1000, "clauses": []})
    case = advance_to(make_case(make_company(), "3.4.5"), StageKind.AUDIT)
    panel = scoring(case, size=2)
    (chair, second), stage = seats(panel), panel_stage(case)
    page, address = signed(chair.user)
    check(page, address("expert_file", panel.pk, stage.pk))
    for member in (chair, second):
        submit(member, stage, verified_fen=8_000_000_00, remarks="剔除不合规发票。")
    check(page, address("expert_conclude", panel.pk))
    conclude(panel, said={stage.pk: Verdict(favourable=False, amount_fen=8_000_000_00, reasons="剔除。")})
    page, address = signed(officer("市工信局"))
    check(page, address("panel", panel.pk))
    check(page, address("task", task_of(case).pk))


def test_a_sheet_is_filled_in_and_the_panel_concluded_without_scripts(files, signed):
    panel = scoring(files[0], members=people())
    chair, second, third = seats(panel)
    for member in (second, third):
        leave_panel(
            member=member,
            expected_version=Panel.objects.get(pk=panel.pk).version,
            reason="出差",
            by=officer(UNIT),
            at=LATER,
        )
    page, address = signed(chair.user, java_script_enabled=False)
    page.goto(address("expert_desk"))
    for case in files:
        page.goto(address("expert_file", panel.pk, panel_stage(case).pk))
        page.get_by_role("button", name="提交评分表").click()
        assert "请填写“技术先进性”的分数。" in page.inner_text("main")
        page.get_by_label("技术先进性").fill("５５．５")
        page.get_by_label("产业化前景").fill("30")
        page.get_by_role("button", name="提交评分表").click()
        assert "评分表已提交" in page.inner_text("main")
    page.get_by_role("link", name="汇总并结束评审").click()
    for block in page.locator("fieldset.verdict").all():
        block.get_by_label("建议支持", exact=True).check()
        block.get_by_label("建议金额").fill("150")
    page.get_by_label("评审组综合意见").fill("同意推荐。")
    page.get_by_role("button", name="提交结论并结束评审").click()
    assert "评审已结束" in page.inner_text("main")
    panel.refresh_from_db()
    assert [(line["score"], line["rank"], line["amount_fen"]) for line in panel.result] == [("85.50", 1, PROPOSED)] * 3


def test_on_paper_every_mark_is_there_and_no_control(scored, signed):
    page, address = signed(officer(UNIT))
    page.goto(address("panel", scored.panel.pk))
    page.emulate_media(media="print")
    for table in page.locator(".score-table").all():
        assert table.is_visible()
    for control in page.locator("main .btn, main .member-actions, main input:not([type=hidden])").all():
        assert not control.is_visible()
