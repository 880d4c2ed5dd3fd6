"""Opinions by point: what is asked, what fits the outcome, the lead's handling, and what a revision makes void."""

import pytest
from django.db import DatabaseError, transaction

from common.audit.queries import history
from common.errors import Invalid
from reviews.actions.opinions import PointOpinion
from reviews.enums import CaseState, Outcome, StageKind, StageState, Stance, TaskState
from reviews.models import DecisionPoint
from reviews.queries.opinions import asked_points
from tests.factories.applications import FACTS, PointInput, put_file
from tests.factories.opinions import agrees, objects, refile, remarks, said, send_back, set_procedure, void_of
from tests.factories.reviews import LATER, advance_to, decide, draft, make_case, running, task_of

P, C, L = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD
TAX, FINANCE, COMMERCE, INDUSTRY = "市税务局", "市财政局", "市商务局", "市工信局"


@pytest.fixture
def case(company):
    """3.2.3 before the tax bureau and the finance bureau."""
    return advance_to(make_case(company, "3.2.3"), C)


def faults(call) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.errors


class TestStating:
    def test_each_unit_is_asked_for_its_own_points(self, case):
        revision = case.application.revisions.get()
        asked = {
            unit: [item.point.key for item in asked_points(task_of(case, unit), revision) if item.required]
            for unit in (TAX, FINANCE)
        }
        assert asked == {TAX: ["figures"], FINANCE: ["amount"]}

    def test_a_unit_without_a_setting_is_asked_for_all(self, case):
        set_procedure(case, "opinion_points", {"shuiwu": ["figures"]})
        items = asked_points(task_of(case, FINANCE), case.application.revisions.get())
        assert all(item.required for item in items)
        assert {"condition:1", "figures", "facts", "evidence:shared", "amount"} <= {item.point.key for item in items}

    def test_points_are_kept_with_label_and_words(self, case):
        points = [objects("figures"), remarks("condition:1", "榜单请再核。")]
        decision = decide(task_of(case, TAX), outcome=Outcome.DISAGREE, reasons="", points=points)
        assert said(decision) == {
            "condition:1": ("remarks", "榜单请再核。"),
            "figures": ("disagree", "与申报表不符。"),
        }
        assert decision.points.get(key="figures").label == "年度数据"
        assert decision.reasons == (
            "世界500强、中国电子信息100强或电子信息类上市公司：榜单请再核。\n年度数据：与申报表不符。"
        )

    def test_without_points_the_own_ones_stand_as_the_outcome_says(self, case):
        agreed = decide(task_of(case, FINANCE))
        against = decide(task_of(case, TAX), outcome=Outcome.DISAGREE, reasons="收入与申报表不符。")
        assert said(agreed) == {"amount": ("agree", "")}
        assert said(against) == {"figures": ("disagree", "收入与申报表不符。")}

    def test_every_own_point_is_asked_for(self, case):
        found = faults(lambda: draft(task_of(case, TAX), points=[agrees("amount")]))
        assert found == {"point-figures-stance": ["请就“年度数据”表明意见。"]}

    @pytest.mark.parametrize("stance", [Stance.REMARKS, Stance.DISAGREE])
    def test_what_is_more_than_agreement_needs_words(self, case, stance):
        points = [PointOpinion("figures", stance, "  ")]
        found = faults(lambda: draft(task_of(case, TAX), outcome=Outcome.DISAGREE, points=points))
        assert found == {"point-figures-text": [f"“年度数据”为“{stance.label}”时须写明意见内容。"]}

    @pytest.mark.parametrize(
        ("outcome", "points", "sentence"),
        [
            (Outcome.AGREE, [objects("figures")], "“年度数据”为不同意，结论须为“不同意”。"),
            (Outcome.REMARKS, [objects("figures")], "“年度数据”为不同意，结论须为“不同意”。"),
            (
                Outcome.AGREE,
                [remarks("figures")],
                "“年度数据”附有意见，结论须为“同意（附意见）”或“不同意”。",
            ),
            (Outcome.DISAGREE, [agrees("figures")], "结论为“不同意”，须至少对一个事项表明不同意"),
            (Outcome.DISAGREE, [remarks("figures")], "结论为“不同意”，须至少对一个事项表明不同意"),
        ],
    )
    def test_the_outcome_must_fit(self, case, outcome, points, sentence):
        found = faults(lambda: draft(task_of(case, TAX), outcome=outcome, points=points))
        assert list(found) == ["outcome"]
        assert found["outcome"][0].startswith(sentence)

    @pytest.mark.parametrize(
        ("outcome", "points"),
        [
            (Outcome.AGREE, [agrees("figures")]),
            (Outcome.REMARKS, [agrees("figures")]),
            (Outcome.REMARKS, [remarks("figures")]),
            (Outcome.DISAGREE, [agrees("figures"), objects("amount")]),
        ],
    )
    def test_what_fits(self, case, outcome, points):
        assert draft(task_of(case, TAX), outcome=outcome, points=points).outcome == outcome

    @pytest.mark.parametrize(
        ("points", "field"),
        [
            ([agrees("figures"), agrees("nothing")], "points"),
            ([agrees("figures"), objects("figures")], "points"),
            ([PointOpinion("figures", Stance.RECONCILED, "x")], "point-figures-stance"),
        ],
    )
    def test_spoilt_points_are_refused(self, case, points, field):
        assert field in faults(lambda: draft(task_of(case, TAX), points=points))

    def test_other_stages_have_no_points(self, company):
        case = make_case(company, "3.2.3")
        assert "points" in faults(lambda: draft(task_of(case), points=[agrees("figures")]))

    def test_the_database_keeps_them_as_they_are(self, case):
        point = decide(task_of(case, TAX)).points.get()
        for change in ({"text": "另一说法"}, {"stance": Stance.REMARKS, "text": "x"}, {"label": "另一事项"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                DecisionPoint.objects.filter(pk=point.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            point.delete()


class TestReconciling:
    @pytest.fixture
    def against(self, case):
        decide(task_of(case, FINANCE), outcome=Outcome.DISAGREE, points=[objects("amount", "资金不足。")])
        decide(task_of(case, TAX), outcome=Outcome.DISAGREE, points=[objects("figures")])
        return case

    def handled(self, *keys):
        return [PointOpinion(key, Stance.RECONCILED, f"已处理：{key}") for key in keys]

    def test_each_differing_point_is_handled_in_writing(self, against):
        lead = task_of(against, COMMERCE)
        found = faults(lambda: draft(lead, reconciliation="已协商。", points=self.handled("amount")))
        assert found == {"point-figures-text": ["请写明对“年度数据”不同意见的处理。"]}
        decision = draft(lead, reconciliation="已协商。", points=self.handled("amount", "figures"))
        assert said(decision) == {
            "figures": ("reconciled", "已处理：figures"),
            "amount": ("reconciled", "已处理：amount"),
        }

    def test_the_overall_text_is_asked_for_too(self, against):
        points = self.handled("amount", "figures")
        assert list(faults(lambda: draft(task_of(against, COMMERCE), points=points))) == ["reconciliation"]

    def test_without_points_the_overall_text_handles_each(self, against):
        decision = draft(task_of(against, COMMERCE), reconciliation="均已协商一致。")
        assert {text for _, text in said(decision).values()} == {"均已协商一致。"}
        assert len(said(decision)) == 2

    def test_a_point_on_which_nobody_disagreed_is_refused(self, against):
        points = self.handled("amount", "figures", "facts")
        found = faults(lambda: draft(task_of(against, COMMERCE), reconciliation="已协商。", points=points))
        assert list(found) == ["points"]


class TestVoiding:
    """3.2.3: the tax bureau answers for the year's figures, the finance bureau for the amount."""

    @pytest.fixture
    def at_lead(self, case):
        tax, finance = decide(task_of(case, TAX)), decide(task_of(case, FINANCE))
        assert running(case).kind == L
        return case, tax, finance

    def test_a_changed_figure_voids_the_figures_and_not_the_amount(self, at_lead, company):
        case, tax, finance = at_lead
        send_back(case, COMMERCE)
        revision = refile(case, company, figures={"rd_expense": "149000000.00"})
        assert (void_of(tax), void_of(finance)) == (["figures"], [])
        point = tax.points.get()
        assert (point.voided_by, point.voided_at) == (revision, LATER)
        finance.refresh_from_db()
        assert finance.superseded_at is None
        assert task_of_consultation(case, TAX).state == TaskState.OPEN
        assert task_of_consultation(case, FINANCE).state == TaskState.DONE
        assert case.stages.get(kind=L).state == StageState.PAUSED

    def test_a_changed_basis_of_the_award_voids_the_amount_and_not_the_figures(self, at_lead, company):
        case, tax, finance = at_lead
        send_back(case, COMMERCE)
        refile(case, company, settlement_sales_ex_tax="1900000000.00")
        assert (void_of(tax), void_of(finance)) == ([], ["amount"])

    def test_another_fact_voids_neither(self, at_lead, company):
        case, tax, finance = at_lead
        send_back(case, COMMERCE)
        refile(case, company, list_year=2023)
        assert (void_of(tax), void_of(finance)) == ([], [])
        assert case.stages.get(kind=L).state == StageState.OPEN
        assert "case.opinions_voided" not in [event.event for event in history(case)]

    def test_a_document_voids_what_was_said_of_it(self, company, case):
        points = [agrees(key) for key in ("figures", "evidence:shared", "evidence:settlement_contract")]
        tax = decide(task_of(case, TAX), points=points)
        decide(task_of(case, FINANCE))
        send_back(case, COMMERCE, PointInput("evidence", "settlement_contract", "请补全。"))
        put_file(case.application, "settlement_contract", shared=False, by=company.agent, content=b"%PDF-more")
        refile(case, company)
        assert void_of(tax) == ["evidence:settlement_contract"]

    def test_the_same_content_again_asks_nobody(self, at_lead, company):
        case, tax, finance = at_lead
        send_back(case, COMMERCE)
        refile(case, company)
        assert (void_of(tax), void_of(finance)) == ([], [])
        assert running(case).kind == L

    def test_only_the_void_points_are_asked_again_and_the_others_stand(self, company, case):
        decide(task_of(case, TAX), outcome=Outcome.REMARKS, points=[agrees("figures"), remarks("condition:1")])
        decide(task_of(case, FINANCE))
        send_back(case, COMMERCE)
        revision = refile(case, company, figures={"rd_expense": "149000000.00"})
        items = {item.point.key: item for item in asked_points(task_of_consultation(case, TAX), revision)}
        assert [key for key, item in items.items() if item.required] == ["figures"]
        assert items["figures"].voided is not None
        assert items["condition:1"].standing is not None
        task = task_of_consultation(case, TAX)
        assert list(faults(lambda: decide(task, points=[agrees("figures")]))) == ["outcome"]  # a remark still stands
        again = decide(task, outcome=Outcome.REMARKS, points=[agrees("figures")])
        assert said(again) == {"condition:1": ("remarks", "请关注后续。"), "figures": ("agree", "")}
        assert again.revision == revision

    def test_a_standing_point_can_be_taken_back(self, company, case):
        decide(task_of(case, TAX), outcome=Outcome.REMARKS, points=[agrees("figures"), remarks("condition:1")])
        decide(task_of(case, FINANCE))
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        again = decide(task_of_consultation(case, TAX), points=[agrees("figures"), agrees("condition:1")])
        assert said(again)["condition:1"] == ("agree", "")

    def test_the_lead_goes_on_when_the_asked_have_answered(self, at_lead, company):
        case, _, _ = at_lead
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        decide(task_of_consultation(case, TAX))
        assert running(case).kind == L
        decide(task_of(case, COMMERCE))
        decide(task_of(case, INDUSTRY))
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED

    def test_a_second_correction_voids_what_was_said_after_the_first(self, at_lead, company):
        case, tax, _ = at_lead
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        second = decide(task_of_consultation(case, TAX))
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "148000000.00"})
        assert void_of(second) == ["figures"]
        assert tax.points.get().voided_by.number == 2

    def test_the_preliminary_acceptance_stands(self, at_lead, company):
        case, _, _ = at_lead
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        stage = case.stages.get(kind=P)
        assert stage.state == StageState.DONE
        assert stage.tasks.get().decisions.get().superseded_at is None

    def test_a_correction_before_the_consultation_voids_nothing(self, company):
        case = make_case(company, "3.2.3")
        send_back(case)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        assert not DecisionPoint.objects.exists()
        assert running(case).kind == P

    def test_an_inserted_row_voids_the_amount_but_not_a_condition_elsewhere(self, company):
        case = advance_to(make_case(company, "3.3.2"), C)
        finance = decide(task_of(case, FINANCE), points=[agrees("amount"), agrees("figures")])
        send_back(case)
        rows = [*FACTS["3.3.2"]["product_sales"], {"category": "mo_source", "sales_ex_tax": "1000.00"}]
        refile(case, company, product_sales=rows)
        assert void_of(finance) == ["amount"]

    def test_the_record_says_what_became_void(self, at_lead, company):
        case, _, _ = at_lead
        send_back(case, COMMERCE)
        refile(case, company, figures={"rd_expense": "149000000.00"})
        event = next(event for event in history(case) if event.event == "case.opinions_voided")
        assert event.data == {"revision": 2, "voided": {TAX: ["年度数据"]}}


def task_of_consultation(case, unit):
    """The unit's task at the consultation, fresh; open again where a revision made its opinion void."""
    stage = case.stages.get(kind=C)
    return stage.tasks.select_related("unit", "stage__case__application").get(unit__name=unit)
