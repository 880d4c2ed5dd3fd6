"""Whole reviews at the level of actions: who is asked next, what is told, what an ending leaves behind."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Notification
from applications.actions import PointInput
from applications.enums import State
from common.audit.models import AuditEvent
from common.audit.queries import history
from common.errors import Conflict, Invalid
from common.outbox.models import OutboxMessage
from letters.enums import LetterKind
from letters.models import Letter
from reviews.actions import (
    cancel_correction,
    return_draft,
    return_for_correction,
)
from reviews.enums import CaseState, Outcome, StageKind, StageState, TaskState
from reviews.queries.progress import enterprise_steps
from tests.factories.applications import file, make_filled
from tests.factories.reviews import (
    LATER,
    advance_to,
    approver,
    case_of,
    confirm,
    decide,
    draft,
    make_case,
    officer,
    running,
    task_of,
)

P, C, L, F = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD, StageKind.CONFIRMATION


def events(subject) -> list[str]:
    return [event.event for event in history(subject)]


def states(case) -> list[tuple[str, str]]:
    return list(case.stages.order_by("order").values_list("kind", "state"))


class TestApproval:
    def test_without_consultation_the_lead_follows_the_district(self, company):
        case = make_case(company, "3.4.5")
        decide(task_of(case))
        assert states(case) == [(P, StageState.DONE), (L, StageState.OPEN)]
        lead = draft(task_of(case))
        assert lead.amount_fen == 9_000_000_00  # 800万×50% = 400万, 1200万×50% = 600万 → 500万
        assert lead.confirmed_at is None
        assert task_of(case).state == TaskState.DRAFTED
        confirm(task_of(case))
        case.refresh_from_db()
        assert (case.state, case.closed_at) == (CaseState.APPROVED, LATER)
        assert case.application.state == State.APPROVED
        owed = OutboxMessage.objects.get(key=f"reviews.approved:{case.pk}")
        assert owed.payload == {"application": case.application_id, "case": case.pk}

    def test_two_leads_after_two_consulted_side_by_side(self, company):
        case = make_case(company, "3.2.3")
        decide(task_of(case))
        decide(task_of(case, "市税务局"))
        assert running(case).kind == C
        decide(task_of(case, "市财政局"))
        assert running(case).kind == L
        decide(task_of(case, "市工信局"))
        case.refresh_from_db()
        assert case.state == CaseState.OPEN
        decision = decide(task_of(case, "市商务局"))
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED
        assert decision.amount_fen == 10_000_000_00  # 20亿 × 0.5%

    def test_the_district_leads_and_the_city_confirms(self, company):
        case = make_case(company, "3.2.1")
        decide(task_of(case, "高新区"), amount_fen=2_000_000_00)
        assert running(case).kind == F
        decide(task_of(case, "市工信局"))
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED

    def test_the_city_may_decline_to_confirm(self, company):
        case = make_case(company, "3.2.1")
        decide(task_of(case, "高新区"), amount_fen=2_000_000_00)
        decide(task_of(case, "市工信局"), outcome=Outcome.REFUSE, reasons="配套资金没有着落。")
        case.refresh_from_db()
        assert case.state == CaseState.REFUSED

    def test_each_step_leaves_its_event_and_the_chain_holds(self, company):
        case = advance_to(make_case(company, "3.3.2"), None)
        assert events(case) == [
            "case.opened",
            "decision.drafted",
            "decision.confirmed",
            "case.stage_opened",
            "decision.drafted",
            "decision.confirmed",
            "case.stage_opened",
            "decision.drafted",
            "decision.confirmed",
            "case.approved",
        ]
        assert "applications.approved" in events(case.application)
        lead = AuditEvent.objects.filter(event="decision.confirmed").latest("pk")
        assert lead.data["amount_fen"] == 3_800_000_00  # (3000万 + 800万) × 10%
        assert lead.data["unit"] == "市工信局"
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the chain links at commit, which this test never does
        call_command("audit_verify")

    def test_units_are_told_when_their_stage_opens_and_the_enterprise_at_the_end(self, company):
        district, lead = officer("高新区"), officer("市工信局")
        case = make_case(company)
        assert Notification.objects.filter(user=district, url=f"/reviews/tasks/{task_of(case).pk}/").exists()
        assert not Notification.objects.filter(user=lead).exists()
        advance_to(case, L)
        assert Notification.objects.filter(user=lead, url=f"/reviews/tasks/{task_of(case).pk}/").exists()
        before = set(Notification.objects.filter(user=company.legal).values_list("title", flat=True))
        assert not any("审核" in title for title in before)
        advance_to(case, None)
        assert Notification.objects.filter(user=company.legal, title__startswith="审核通过").exists()

    def test_a_unit_may_ask_for_two_people_at_every_stage(self, company):
        case = make_case(company)
        unit = task_of(case).unit
        unit.two_person = True
        unit.save(update_fields=["two_person"])
        draft(task_of(case))
        assert running(case).kind == P
        confirm(task_of(case))
        assert running(case).kind == L


class TestRefusal:
    def test_at_the_first_stage_nobody_else_is_troubled(self, company):
        case = make_case(company, "3.2.3")
        decide(task_of(case), outcome=Outcome.REFUSE, reasons="企业不在本区。")
        case.refresh_from_db()
        assert case.state == CaseState.REFUSED
        assert case.application.state == State.REFUSED
        assert states(case) == [(P, StageState.DONE), (C, StageState.CANCELLED), (L, StageState.CANCELLED)]
        letter = Letter.objects.get(kind=LetterKind.REFUSAL)
        text = str(letter.context)
        assert "企业不在本区。" in text
        assert "60日" in text
        assert "6个月" in text
        assert "3.2.3" in text
        assert not OutboxMessage.objects.filter(kind="reviews.approved").exists()

    def test_needs_reasons(self, company):
        with pytest.raises(Invalid) as caught:
            decide(task_of(make_case(company)), outcome=Outcome.REFUSE, reasons="  ")
        assert list(caught.value.errors) == ["reasons"]

    def test_by_two_leads_tells_both_reasons_at_once(self, company):
        case = advance_to(make_case(company, "3.2.3"), L)
        decide(task_of(case, "市商务局"), outcome=Outcome.REFUSE, reasons="榜单证明不符。")
        decide(task_of(case, "市工信局"), outcome=Outcome.REFUSE, reasons="结算业务不属电子信息产品。")
        text = str(Letter.objects.get(kind=LetterKind.REFUSAL).context)
        assert text.index("榜单证明不符。") < text.index("结算业务不属电子信息产品。")


class TestLeadsDiffer:
    def test_both_tasks_open_again_and_the_history_stays(self, company):
        case = advance_to(make_case(company, "3.2.3"), L)
        decide(task_of(case, "市商务局"))
        decide(task_of(case, "市工信局"), outcome=Outcome.REFUSE, reasons="不同意。")
        stage = running(case)
        assert stage.state == StageState.OPEN
        assert {task.state for task in stage.tasks.all()} == {TaskState.OPEN}
        kept = [d for task in stage.tasks.all() for d in task.decisions.all()]
        assert len(kept) == 2
        assert all(d.superseded_at == LATER for d in kept)
        assert "case.leads_differ" in events(case)
        decide(task_of(case, "市商务局"))
        decide(task_of(case, "市工信局"))
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED


class TestOpinions:
    def test_disagreement_must_be_reconciled_in_writing(self, company):
        case = advance_to(make_case(company, "3.2.3"), C)
        decide(task_of(case, "市财政局"))
        decide(task_of(case, "市税务局"), outcome=Outcome.DISAGREE, reasons="销售收入与申报表不符。")
        with pytest.raises(Invalid) as caught:
            draft(task_of(case, "市商务局"))
        assert list(caught.value.errors) == ["reconciliation"]
        decision = draft(task_of(case, "市商务局"), reconciliation="已核对更正申报表，数据一致。")
        assert decision.reconciliation == "已核对更正申报表，数据一致。"

    @pytest.mark.parametrize("outcome", [Outcome.DISAGREE, Outcome.REMARKS])
    def test_remarks_and_disagreement_need_words(self, company, outcome):
        case = advance_to(make_case(company, "3.2.3"), C)
        with pytest.raises(Invalid) as caught:
            draft(task_of(case), outcome=outcome, reasons="")
        assert list(caught.value.errors) == ["reasons"]

    def test_remarks_hold_nothing_up(self, company):
        case = advance_to(make_case(company, "3.3.2"), C)
        decide(task_of(case), outcome=Outcome.REMARKS, reasons="请关注发票。")
        assert draft(task_of(case)).outcome == Outcome.APPROVE


class TestAmounts:
    def test_a_formula_is_agreed_to_not_set(self, company):
        case = advance_to(make_case(company), L)
        with pytest.raises(Invalid) as caught:
            draft(task_of(case), amount_fen=8_999_999_99)
        assert caught.value.errors == {
            "amount": ["该条款按公式计算，金额为 9,000,000.00 元，不能另定；数据有误请退回补正。"]
        }
        assert draft(task_of(case), amount_fen=9_000_000_00).amount_fen == 9_000_000_00

    @pytest.mark.parametrize(
        ("amount", "sentence"),
        [
            (None, "请填写核定金额。"),
            (0, "核定金额须大于 0 元"),
            (10_000_000_01, "核定金额不得超过 10,000,000.00 元。"),
        ],
    )
    def test_a_discretionary_amount_stays_within_its_bounds(self, company, amount, sentence):
        case = advance_to(make_case(company, "3.1.3a"), L)
        with pytest.raises(Invalid) as caught:
            draft(task_of(case), amount_fen=amount)
        assert sentence in caught.value.errors["amount"][0]

    def test_the_ceiling_itself_is_allowed(self, company):
        case = advance_to(make_case(company, "3.1.3a"), L)
        assert draft(task_of(case), amount_fen=10_000_000_00).amount_fen == 10_000_000_00

    def test_a_discretionary_amount_needs_reasons_and_every_fault_is_told_at_once(self, company):
        case = advance_to(make_case(company, "3.1.3a"), L)
        with pytest.raises(Invalid) as caught:
            draft(task_of(case), reasons="", amount_fen=None)
        assert set(caught.value.errors) == {"amount", "reasons"}

    def test_what_does_not_meet_the_conditions_cannot_be_approved(self, company):
        application = make_filled(company, "3.4.1")
        figures = company.enterprise.yearly_figures.get()
        figures.values |= {"rd_expense": "19999999.99"}
        figures.save(update_fields=["values"])
        case = advance_to(case_of(file(application, company)), L)
        with pytest.raises(Invalid) as caught:
            draft(task_of(case))
        assert "不符合条款条件" in caught.value.errors["outcome"][0]
        assert draft(task_of(case), outcome=Outcome.REFUSE, reasons="研发费用不足。").amount_fen is None

    @pytest.mark.parametrize(
        ("kind", "outcome"),
        [(P, Outcome.APPROVE), (P, Outcome.AGREE), (C, Outcome.REFUSE), (L, Outcome.ACCEPT), (L, Outcome.DISAGREE)],
    )
    def test_an_outcome_belongs_to_its_stage(self, company, kind, outcome):
        case = advance_to(make_case(company, "3.3.2"), kind)
        with pytest.raises(Invalid) as caught:
            draft(task_of(case), outcome=outcome)
        assert "outcome" in caught.value.errors


class TestDrafts:
    def test_the_approver_returns_a_draft_and_it_is_kept(self, company):
        case = advance_to(make_case(company), L)
        first = draft(task_of(case))
        task = task_of(case)
        boss = approver(task.unit)
        with pytest.raises(Invalid, match="请写明退回原因"):
            return_draft(task=task, expected_version=task.version, note=" ", by=boss, at=LATER)
        return_draft(task=task, expected_version=task.version, note="金额依据不足。", by=boss, at=LATER)
        first.refresh_from_db()
        assert (first.returned_by, first.return_note, first.confirmed_at) == (boss, "金额依据不足。", None)
        assert task_of(case).state == TaskState.OPEN
        assert Notification.objects.filter(user=first.drafted_by, body="金额依据不足。").exists()
        second = draft(task_of(case))
        confirm(task_of(case))
        assert first.pk != second.pk
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED

    def test_a_second_draft_waits_for_the_first(self, company):
        case = advance_to(make_case(company), L)
        draft(task_of(case))
        with pytest.raises(Conflict, match="已有一份待审核的决定"):
            draft(task_of(case))

    def test_a_stale_version_is_told_who_changed_what(self, company):
        case = advance_to(make_case(company), L)
        seen = task_of(case).version
        made = draft(task_of(case))
        with pytest.raises(Conflict) as caught:
            draft(task_of(case), expected_version=seen)
        assert caught.value.changed_by == str(made.drafted_by)
        assert caught.value.what == "同意支持"

    def test_every_gesture_asks_for_the_version_that_was_seen(self, company):
        case = make_case(company)
        task = task_of(case)
        stale = {"task": task, "expected_version": task.version - 1, "by": officer(task.unit), "at": LATER}
        for call in (
            lambda: draft(task, expected_version=task.version - 1),
            lambda: return_draft(note="x", **stale),
            lambda: return_for_correction(points=[PointInput("general", "", "请补充。")], **stale),
            lambda: cancel_correction(reason="x", **stale),
        ):
            with pytest.raises(Conflict, match="已有变化"):
                call()


def test_the_enterprise_reads_stages_and_days_but_no_opinion(company):
    case = advance_to(make_case(company, "3.2.3"), C)
    decide(task_of(case, "市税务局"), outcome=Outcome.DISAGREE, reasons="内部意见，不外传")
    steps = enterprise_steps(case.application)
    assert [(step["label"], step["unit"], step["state"]) for step in steps] == [
        ("初审", "高新区", "done"),
        ("会审", "市财政局、市税务局", "current"),
        ("牵头审核", "市商务局、市工信局", "todo"),
    ]
    assert "内部意见" not in str(steps)
    assert "不同意" not in str(steps)
