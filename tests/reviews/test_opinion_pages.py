"""Who reads whose opinion, and how the page shows opinions: side by side, struck through, asked again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from reviews.actions import return_draft
from reviews.enums import Outcome, StageKind, Stance
from reviews.models import DecisionPoint
from reviews.queries.opinions import sight_of
from tests.factories.accounts import AuditorFactory
from tests.factories.opinions import agrees, objects, refile, remarks, send_back, set_procedure
from tests.factories.reviews import LATER, advance_to, approver, decide, draft, make_case, officer, task_of

P, C, L = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD
TAX, FINANCE, COMMERCE, INDUSTRY, DISTRICT = "市税务局", "市财政局", "市商务局", "市工信局", "高新区"
SECRET = "收入与申报表不符，疑点在第三季度"


@pytest.fixture
def case(company):
    """3.2.3 in consultation; the tax bureau disagrees on a point."""
    case = advance_to(make_case(company, "3.2.3"), C)
    decide(task_of(case, TAX), outcome=Outcome.DISAGREE, reasons="", points=[objects("figures", SECRET)])
    return case


def page(client, case, user) -> str:
    client.force_login(user)
    answer = client.get(reverse("reviews:case", args=[case.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


class TestSight:
    def test_a_consulted_unit_reads_the_others_once_it_has_stated_its_own(self, case, client):
        before = page(client, case, officer(FINANCE))
        assert SECRET not in before
        assert "家单位已提出意见" in before
        assert "本单位的意见确认后可查看" in before
        decide(task_of(case, FINANCE))
        assert SECRET in page(client, case, officer(FINANCE))

    def test_the_own_opinion_is_always_read(self, case, client):
        set_procedure(case, "opinion_visibility", {"opinions": "lead", "amounts": True})
        assert SECRET in page(client, case, officer(TAX))

    def test_always(self, case, client):
        set_procedure(case, "opinion_visibility", {"opinions": "always", "amounts": True})
        assert SECRET in page(client, case, officer(FINANCE))

    def test_the_lead_alone(self, case, client):
        set_procedure(case, "opinion_visibility", {"opinions": "lead", "amounts": True})
        decide(task_of(case, FINANCE))
        hidden = page(client, case, officer(FINANCE))
        assert SECRET not in hidden
        assert "内容仅牵头单位可见" in hidden
        for reader in (officer(COMMERCE), officer(INDUSTRY, UnitRole.LEADER), approver(INDUSTRY), AuditorFactory()):
            assert SECRET in page(client, case, reader)

    def test_the_district_reads_as_consulted_units_do(self, case, client):
        assert SECRET in page(client, case, officer(DISTRICT))  # it has accepted: its own opinion is stated
        set_procedure(case, "opinion_visibility", {"opinions": "lead", "amounts": True})
        assert SECRET not in page(client, case, officer(DISTRICT))

    def test_drafts_are_the_units_own(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), L)
        draft(task_of(case, COMMERCE), outcome=Outcome.REFUSE, reasons=SECRET)
        assert SECRET not in page(client, case, officer(INDUSTRY))
        assert SECRET in page(client, case, officer(COMMERCE))

    def test_the_history_tells_no_more_than_the_opinions(self, case, client):
        text = page(client, case, officer(FINANCE)).split('id="history-title"')[1]
        assert TAX in text
        assert "不同意" not in text

    def test_asked_again_the_others_are_closed_until_it_has_answered(self, case, company, client):
        decide(task_of(case, FINANCE))
        send_back(case, COMMERCE)
        refile(case, company, settlement_sales_ex_tax="1900000000.00")
        assert not sight_of(case, officer(FINANCE)).others
        assert sight_of(case, officer(TAX)).others

    def test_amounts_of_others_as_the_setting_says(self, company, client):
        case = advance_to(make_case(company, "3.1.3a"), L)
        for shown in (True, False):
            set_procedure(case, "opinion_visibility", {"opinions": "always", "amounts": shown})
            if shown:
                decide(task_of(case), amount_fen=1_234_567_00)
            district = page(client, case, officer(DISTRICT))
            assert ("1,234,567.00" in district) is shown
            assert "1,234,567.00" in page(client, case, AuditorFactory())


class TestEnterprise:
    def test_it_never_reads_an_opinion(self, case, company, client):
        decide(task_of(case, FINANCE), outcome=Outcome.REMARKS, points=[remarks("amount", SECRET)])
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        decide(
            case.stages.get(kind=C).tasks.get(unit__name=TAX),
            outcome=Outcome.DISAGREE,
            points=[objects("figures", SECRET)],
        )
        for unit in (COMMERCE, INDUSTRY):
            decide(task_of(case, unit), reasons=SECRET, reconciliation=f"已协商：{SECRET}")
        assert DecisionPoint.objects.filter(stance=Stance.RECONCILED).count() == 2
        client.force_login(company.legal)
        pk = case.application_id
        addresses = [
            reverse("applications:detail", args=[pk]),
            reverse("applications:revision", args=[pk, 1]),
            reverse("applications:revision", args=[pk, 2]),
            reverse("applications:list"),
            reverse("letters:list"),
            reverse("accounts:notifications"),
        ]
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, address
            text = answer.content.decode()
            assert SECRET not in text, address
            assert "不同意" not in text, address
        assert client.get(reverse("reviews:case", args=[case.pk])).status_code in {403, 404}


class TestSideBySide:
    def test_units_stand_beside_each_other_on_the_condition_with_its_quotation(self, case, client):
        decide(
            task_of(case, FINANCE),
            outcome=Outcome.REMARKS,
            points=[agrees("amount"), agrees("figures"), remarks("condition:1", "榜单请再核。")],
        )
        table = page(client, case, officer(COMMERCE)).split('class="table-data table-stack table-opinions"')[1]
        table = table.split("</table>")[0]
        assert table.index("世界500强、中国电子信息100强或电子信息类上市公司") < table.index("年度数据")
        assert "<q>鼓励世界500强、中国电子信息100强、电子信息类上市公司在南昌市进行电子信息产品业务结算</q>" in table
        figures = table.split("年度数据")[1].split("</tr>")[0]
        assert "意见不一致" in figures
        assert SECRET in figures
        assert f'data-label="{TAX}"' in figures
        assert f'data-label="{FINANCE}"' in figures

    def test_what_a_version_made_void_is_struck_through(self, case, company, client):
        decide(task_of(case, FINANCE))
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        decide(case.stages.get(kind=C).tasks.get(unit__name=TAX), points=[agrees("figures")])
        figures = (
            page(client, case, officer(COMMERCE)).split("table-opinions")[1].split("年度数据")[1].split("</tr>")[0]
        )
        assert f"<del>不同意：{SECRET}</del>" in figures
        assert "因第 2 版改动失效" in figures
        assert figures.index("</del>") < figures.rindex("同意")
        assert "意见不一致" not in figures

    def test_as_many_queries_for_many_points_as_for_few(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), C)
        set_procedure(case, "opinion_points", {})
        client.force_login(AuditorFactory())

        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse("reviews:case", args=[case.pk])).status_code == 200
            return len(queries)

        decide(task_of(case, TAX))
        one = asked()
        decide(task_of(case, FINANCE))
        assert asked() <= one + 1


class TestForm:
    def test_own_points_are_asked_one_by_one(self, case, client):
        task = task_of(case, FINANCE)
        client.force_login(officer(FINANCE))
        shown = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert shown.count('class="point point-asked"') == 1
        assert "其他事项（不属本单位，可以不填）" in shown
        address = reverse("reviews:decide", args=[task.pk])
        sent = {"expected_version": task.version, "outcome": "agree", "point-figures-text": "保留的内容"}
        refused = client.post(address, sent)
        assert refused.status_code == 422
        text = refused.content.decode()
        assert "请就“金额”表明意见。" in text
        assert "保留的内容" in text
        contradiction = sent | {"point-amount-stance": "disagree", "point-amount-text": "资金不足。"}
        refused = client.post(address, contradiction)
        assert refused.status_code == 422
        assert "“金额”为不同意，结论须为“不同意”。" in refused.content.decode()
        sent |= {"point-amount-stance": "agree", "point-figures-text": ""}
        assert client.post(address, sent).status_code == 302
        assert DecisionPoint.objects.filter(decision__task=task).values_list("key", "stance").get() == (
            "amount",
            "agree",
        )

    def test_asked_again_only_the_void_points_are_required(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), C)
        decide(task_of(case, TAX), outcome=Outcome.REMARKS, points=[agrees("figures"), remarks("condition:1")])
        decide(task_of(case, FINANCE))
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        task = case.stages.get(kind=C).tasks.get(unit__name=TAX)
        client.force_login(officer(TAX))
        shown = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert shown.count('class="point point-asked"') == 1
        assert shown.count('class="point point-standing"') == 1
        assert "因第 2 版改动失效" in shown
        assert "维持：同意（附意见）" in shown
        sent = {"expected_version": task.version, "outcome": "remarks", "point-figures-stance": "agree"}
        assert client.post(reverse("reviews:decide", args=[task.pk]), sent).status_code == 302
        waiting = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert "仍有效" not in waiting.split("table-opinions")[1].split("</table>")[0]

    def test_what_was_returned_stands_in_the_form_to_be_mended(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), L)
        draft(task_of(case, COMMERCE), reasons="写了很久的理由")
        task = task_of(case, COMMERCE)
        return_draft(task=task, expected_version=task.version, note="请补充。", by=approver(COMMERCE), at=LATER)
        client.force_login(officer(COMMERCE))
        assert "写了很久的理由" in client.get(reverse("reviews:task", args=[task.pk])).content.decode()

    def test_the_second_lead_reads_what_the_first_decided(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), L)
        decide(task_of(case, COMMERCE), reasons="榜单属实。")
        client.force_login(officer(INDUSTRY))
        shown = client.get(reverse("reviews:task", args=[task_of(case, INDUSTRY).pk])).content.decode()
        panel = shown.split('id="panel"')[1].split("</section>")[0]
        assert "（主办）已作出决定：同意支持" in " ".join(panel.split())
        assert "10,000,000.00" in panel
        assert "榜单属实。" in panel
        assert "结论和金额须一致" in panel

    def test_the_confirming_colleague_reads_the_points_of_the_draft(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), C)
        task = task_of(case, FINANCE)
        task.unit.two_person = True
        task.unit.save(update_fields=["two_person"])
        draft(task, outcome=Outcome.DISAGREE, points=[objects("amount", "资金不足。")])
        client.force_login(approver(FINANCE))
        panel = client.get(reverse("reviews:task", args=[task.pk])).content.decode().split('id="panel"')[1]
        assert "资金不足。" in panel.split("确认并处理下一件")[0]

    def test_a_stage_that_waits_for_opinions_says_so(self, company, client):
        case = advance_to(make_case(company, "3.2.3"), L)
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        client.force_login(officer(COMMERCE))
        task = case.stages.get(kind=L).tasks.get(unit__name=COMMERCE)
        shown = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert "等待会审单位重新提出意见" in shown
        assert "取消补正通知" not in shown
