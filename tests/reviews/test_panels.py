"""Panels of experts and auditors: who convenes, who judges, what is fixed when, what the conclusion does."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.enums import EnterpriseRole, UnitRole
from accounts.models import EnterpriseMember, Notification, UnitMember
from applications.actions import withdraw_application
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from reviews.actions import close_withdrawn_case, draft_decision
from reviews.actions.conclusion import Verdict
from reviews.actions.panel_members import add_member, appoint_chair, leave_panel
from reviews.actions.panels import set_criteria, start_scoring
from reviews.actions.scoring import recuse_expert, save_sheet
from reviews.enums import CaseState, Outcome, PanelState, StageKind, StageState, TaskState
from reviews.history import case_history
from reviews.models import Case, Decision, Panel, Participation, Recusal, Sheet, Stage, Task
from reviews.queries.panel_board import board_of
from reviews.queries.panels import panel_requirements, panel_results, quota_of
from tests.factories.accounts import UserFactory
from tests.factories.applications import make_company
from tests.factories.panels import (
    PROPOSED,
    conclude,
    convene,
    expert,
    panel_stage,
    scoring,
    seats,
    settle,
    submit,
    submit_all,
)
from tests.factories.reviews import LATER, advance_to, approver, decide, make_case, officer, task_of
from tests.factories.routes import set_policy

E, A, L = StageKind.EXPERT, StageKind.AUDIT, StageKind.LEAD
UNIT = "市科技局"


def at_experts(company) -> Case:
    return advance_to(make_case(company, "3.4.4"), E)


@pytest.fixture
def case(company) -> Case:
    """A file of the competition at its 专家评审."""
    return at_experts(company)


@pytest.fixture
def sampled(company) -> Case:
    """A file that was drawn for third-party audit, at its audit."""
    set_policy("audit_sampling", {"per_mille": 1000, "clauses": []})
    return advance_to(make_case(company, "3.4.5"), A)


def told_of(case: Case) -> list[str]:
    """The history of the case as the keeping unit reads it."""
    return [line.text for line in case_history(case, officer(UNIT))]


def told(user, word: str) -> bool:
    return any(word in row.title + row.body for row in Notification.objects.filter(user=user))


class TestConvening:
    def test_all_open_files_of_clause_and_year_come_before_one_panel(self, case):
        other = at_experts(make_company(district="经开区"))
        panel = convene(case)
        assert set(panel.stages.values_list("case", flat=True)) == {case.pk, other.pk}
        assert (panel.clause.clause_id, panel.policy_year, panel.state) == ("3.4.4", 2024, PanelState.PREPARING)
        assert [line.points for line in panel.criteria.all()] == [60, 40]
        for one in (case, other):
            assert any("组建评审组" in sentence for sentence in told_of(one))

    def test_a_file_that_comes_later_is_attached_and_the_members_hear_of_it(self, case):
        panel = scoring(case)
        late = at_experts(make_company(district="经开区"))
        assert panel_stage(late).panel == panel
        for member in seats(panel):
            assert told(member.user, late.application.number)

    def test_an_audit_has_a_panel_for_its_one_file_and_no_criteria(self, sampled, stranger):
        other = advance_to(make_case(stranger, "3.4.5"), A)
        panel = convene(sampled, size=1)
        assert list(panel.stages.values_list("case", flat=True)) == [sampled.pk]
        assert (panel.clause, panel.criteria.count()) == (None, 0)
        assert convene(other, size=1) != panel

    def test_faults_are_told_all_at_once(self, case):
        with pytest.raises(Invalid) as caught:
            convene(case, title=" ", members=[UserFactory(name="路人")], chair=None, criteria=[("甲", 10), ("甲", 0)])
        assert set(caught.value.errors) == {"title", "members", "chair", "criteria"}
        assert "不在市科技局的专家（第三方）名单中" in caught.value.errors["members"][0]
        assert not Panel.objects.exists()

    def test_only_the_unit_that_keeps_the_file_convenes(self, case):
        for person in (officer("高新区"), officer(UNIT, UnitRole.LEADER), expert(UNIT)):
            with pytest.raises(NotAllowed):
                convene(case, by=person)

    def test_one_panel_of_a_clause_runs_at_a_time(self, case):
        convene(case)
        with pytest.raises(Conflict, match="已有评审组"):
            convene(case)

    def test_whoever_has_to_do_with_a_file_is_no_member(self, case, company):
        relative, coworker = expert(UNIT), expert(UNIT)
        EnterpriseMember.objects.create(enterprise=company.enterprise, user=relative, role=EnterpriseRole.AGENT)
        UnitMember.objects.create(unit=officer_unit("市财政局"), user=coworker, role=UnitRole.HANDLER)
        with pytest.raises(Invalid) as caught:
            convene(case, members=[relative, coworker, company.legal])
        sentences = " ".join(caught.value.errors["members"])
        assert "是申报企业的成员" in sentences
        assert "是办理本申报其他环节的单位人员" in sentences

    def test_the_people_who_convene_decide_nothing_here(self, case):
        task = task_of(case)
        for person in (officer(UNIT), approver(UNIT)):
            with pytest.raises(NotAllowed):
                draft_decision(task=task, expected_version=task.version, outcome=Outcome.RECOMMEND, by=person, at=LATER)
        assert not Decision.objects.filter(task=task_of(case)).exists()


def officer_unit(name: str):
    return officer(name).unit_memberships.get().unit


class TestMembers:
    def test_scoring_needs_as_many_experts_as_the_settings_say(self, case):
        panel = convene(case, size=2)
        with pytest.raises(Invalid, match="至少需要 3 名"):
            start_scoring(panel=panel, expected_version=panel.version, by=officer(UNIT), at=LATER)
        add_member(panel=panel, expected_version=panel.version, user=expert(UNIT), by=officer(UNIT), at=LATER)
        panel.refresh_from_db()
        started = start_scoring(panel=panel, expected_version=panel.version, by=officer(UNIT), at=LATER)
        assert started.state == PanelState.SCORING
        assert all(told(member.user, "请评审") for member in seats(panel))

    def test_a_stale_page_is_told_who_changed_the_panel(self, case):
        panel = convene(case)
        seen = panel.version
        add_member(panel=panel, expected_version=seen, user=expert(UNIT), by=officer(UNIT), at=LATER)
        with pytest.raises(Conflict) as caught:
            start_scoring(panel=panel, expected_version=seen, by=officer(UNIT), at=LATER)
        assert officer(UNIT).username in caught.value.changed_by

    def test_criteria_are_fixed_once_scoring_has_started(self, case):
        panel = convene(case)
        changed = set_criteria(
            panel=panel, expected_version=panel.version, criteria=[("一项", 100)], by=officer(UNIT), at=LATER
        )
        started = start_scoring(panel=panel, expected_version=changed.version, by=officer(UNIT), at=LATER)
        with pytest.raises(Conflict, match="不能再改"):
            set_criteria(
                panel=panel, expected_version=started.version, criteria=[("二项", 9)], by=officer(UNIT), at=LATER
            )

    def test_leaving_during_scoring_needs_a_reason_and_the_unit_hears_that_too_few_are_left(self, case):
        panel = scoring(case)
        member = seats(panel)[1]
        with pytest.raises(Invalid, match="须写明原因"):
            leave_panel(member=member, expected_version=panel.version, reason=" ", by=member.user, at=LATER)
        leave_panel(member=member, expected_version=panel.version, reason="出差", by=member.user, at=LATER)
        assert told(officer(UNIT), "可评审的成员只有 2 名（需 3 名）")
        assert f"评审组一名成员退出：{member.user}：出差。" in told_of(case)

    def test_a_sheet_counts_also_when_its_author_left(self, case):
        panel = scoring(case)
        first, second, third = seats(panel)
        submit(second, panel_stage(case), "30", "20")
        panel.refresh_from_db()
        leave_panel(member=second, expected_version=panel.version, reason="退休", by=officer(UNIT), at=LATER)
        for member in (first, third):
            submit(member, panel_stage(case))
        board = board_of(panel)
        assert board.complete
        assert board.rows[0].score == "83.33"

    def test_the_chair_passes_on(self, case):
        panel = scoring(case)
        old, new, _ = seats(panel)
        appoint_chair(member=new, expected_version=panel.version, by=officer(UNIT), at=LATER)
        assert [member.user for member in seats(panel) if member.is_chair] == [new.user]
        with pytest.raises(NotAllowed, match="不是本评审组的组长"):
            conclude(panel, by=old.user)

    def test_an_officer_with_an_interest_leaves_the_panel_alone(self, case):
        panel = convene(case)
        Recusal.objects.create(case=case, user=officer(UNIT), reason="亲属", at=LATER)
        with pytest.raises(NotAllowed, match="已回避"):
            start_scoring(panel=panel, expected_version=panel.version, by=officer(UNIT), at=LATER)


class TestScoring:
    def test_a_draft_may_have_gaps_a_submitted_sheet_not(self, case):
        panel = scoring(case)
        member, stage = seats(panel)[0], panel_stage(case)
        one, two = panel.criteria.order_by("order")
        kept = save_sheet(member=member, stage=stage, seen=None, scores={one.pk: "55.5"}, by=member.user, at=LATER)
        assert kept.scores == {str(one.pk): "55.5"}
        with pytest.raises(Invalid) as caught:
            submit(member, stage, "61", "", seen=kept.saved_at)
        assert caught.value.errors == {
            f"criterion_{one.pk}": ["本项满分 60 分，不能填 61 分。"],
            f"criterion_{two.pk}": ["请填写“产业化前景”的分数。"],
        }

    def test_what_another_window_saved_is_not_overwritten(self, case):
        panel = scoring(case)
        member, stage = seats(panel)[0], panel_stage(case)
        save_sheet(member=member, stage=stage, seen=None, scores={}, by=member.user, at=LATER)
        with pytest.raises(Conflict, match="另一个窗口"):
            submit(member, stage)

    def test_a_submitted_sheet_never_changes(self, case):
        panel = scoring(case)
        member, stage = seats(panel)[0], panel_stage(case)
        sheet = submit(member, stage)
        with pytest.raises(Conflict, match="已经提交"):
            submit(member, stage, "1", "1", seen=sheet.saved_at)
        with pytest.raises(DatabaseError), transaction.atomic():
            Sheet.objects.filter(pk=sheet.pk).update(scores={})

    def test_whoever_judges_takes_part_in_this_stage_and_no_other(self, case):
        panel = scoring(case)
        member, stage = seats(panel)[0], panel_stage(case)
        submit(member, stage)
        assert Participation.objects.get(case=case, user=member.user).stage == stage
        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.create(case=case, user=member.user, stage=case.stages.get(kind=L), first_at=LATER)

    def test_nobody_scores_who_was_taken_off_the_list(self, case):
        panel = scoring(case)
        member = seats(panel)[0]
        UnitMember.objects.filter(user=member.user).update(is_active=False)
        with pytest.raises(NotAllowed, match="不在这个评审组"):
            submit(member, panel_stage(case))

    def test_nobody_writes_on_the_sheet_of_another(self, case):
        panel = scoring(case)
        one, other, _ = seats(panel)
        sheet = submit(one, panel_stage(case), by=other.user)
        assert sheet.member == other

    def test_a_recused_expert_has_no_sheet_and_the_others_suffice(self, case):
        panel = scoring(case)
        chair, second, third = seats(panel)
        stage = panel_stage(case)
        submit(third, stage, "0", "0")
        recuse_expert(member=third, stage=stage, reason="师生关系", by=third.user, at=LATER)
        assert told(officer(UNIT), "可评审的成员只有 2 名")
        for member in (chair, second):
            submit(member, stage, "50", "30")
        board = board_of(panel)
        assert (board.complete, board.rows[0].score) == (True, "80.00")
        with pytest.raises(NotAllowed, match="已回避"):
            submit(third, stage)
        assert told(chair.user, "评分表已齐")
        (sentence,) = [sentence for sentence in told_of(case) if "回避" in sentence]
        assert "师生关系" in sentence

    def test_a_chair_who_steps_back_from_a_file_does_not_conclude(self, case):
        panel = scoring(case)
        chair, second, third = seats(panel)
        recuse_expert(member=chair, stage=panel_stage(case), reason="合作项目", by=chair.user, at=LATER)
        assert told(officer(UNIT), "另定组长")
        submit(second, panel_stage(case))
        submit(third, panel_stage(case))
        with pytest.raises(NotAllowed, match="另定组长"):
            conclude(panel)
        panel.refresh_from_db()
        with pytest.raises(NotAllowed, match="不能担任组长"):
            appoint_chair(member=chair, expected_version=panel.version, by=officer(UNIT), at=LATER)


class TestConclusion:
    def test_every_file_gets_its_decision_and_moves_on(self, case):
        other = at_experts(make_company(district="经开区"))
        panel = scoring(case)
        first, second = panel_stage(case), panel_stage(other)
        submit_all(panel, [first])
        for member in seats(panel):
            submit(member, second, "30", "20.5")
        said = {second.pk: Verdict(favourable=False, reasons="产业化条件不足。")}
        concluded = conclude(panel, said=said)
        chair = seats(panel)[0].user
        assert (concluded.state, concluded.concluded_by) == (PanelState.CONCLUDED, chair)
        assert [(line["number"], line["score"], line["rank"], line["recommended"]) for line in concluded.result] == [
            (case.application.number, "100.00", 1, True),
            (other.application.number, "50.50", 2, False),
        ]
        decision = Decision.objects.get(task__stage=first)
        assert (decision.outcome, decision.amount_fen) == (Outcome.RECOMMEND, PROPOSED)
        assert (decision.drafted_by, decision.confirmed_by, decision.two_person) == (chair, chair, False)
        assert Decision.objects.get(task__stage=second).outcome == Outcome.NOT_RECOMMEND
        for stage in (first, second):
            stage.refresh_from_db()
            assert stage.state == StageState.DONE
            assert stage.tasks.get().state == TaskState.DONE
        for one in (case, other):
            assert task_of(one).stage.kind == L
            assert one.state == CaseState.OPEN
            assert [event.event for event in history(one)].count("panel.concluded") == 1

    def test_it_waits_for_every_sheet(self, case):
        panel = scoring(case)
        submit_all(panel)
        late = at_experts(make_company(district="经开区"))
        with pytest.raises(Conflict, match=f"{late.application.number} 的评分表还没有交齐"):
            conclude(panel)
        assert Decision.objects.filter(task__stage__kind=E).count() == 0

    def test_a_panel_that_was_left_by_all_has_nothing_to_conclude(self, case):
        panel = scoring(case)
        for member in seats(panel)[1:]:
            panel.refresh_from_db()
            leave_panel(member=member, expected_version=panel.version, reason="退出", by=officer(UNIT), at=LATER)
        with pytest.raises(Conflict, match="没有交齐"):
            conclude(panel)

    def test_a_withdrawn_file_drops_out(self, case, company):
        other = at_experts(make_company(district="经开区"))
        panel = scoring(case)
        submit_all(panel)
        gone = panel_stage(case)
        withdraw_application(application=case.application, reason="放弃", by=company.legal, at=LATER)
        close_withdrawn_case(application=case.application, at=LATER)
        with pytest.raises(Conflict, match="评审件在您打开之后已有变化"):
            conclude(panel, said={gone.pk: Verdict(favourable=True, amount_fen=PROPOSED)})
        assert [line["case"] for line in conclude(panel).result] == [other.pk]

    @pytest.mark.parametrize(
        ("verdict", "sentence"),
        [
            (Verdict(favourable=True), "请填写建议金额"),
            (Verdict(favourable=True, amount_fen=999_999_99), "不得低于 1,000,000.00"),
            (Verdict(favourable=True, amount_fen=2_000_000_01), "不得超过 2,000,000.00"),
            (Verdict(favourable=False, amount_fen=PROPOSED, reasons="否"), "不填写建议金额"),
            (Verdict(favourable=False), "须写明理由"),
            (Verdict(favourable=None), "请选择结论"),
        ],
    )
    def test_amounts_lie_between_floor_and_ceiling_and_a_refusal_has_reasons(self, case, verdict, sentence):
        panel = scoring(case)
        submit_all(panel)
        with pytest.raises(Invalid) as caught:
            conclude(panel, said={panel_stage(case).pk: verdict}, remarks="")
        assert "请填写评审组的综合意见。" in caught.value.errors["remarks"]
        assert any(sentence in text for texts in caught.value.errors.values() for text in texts)
        assert Panel.objects.get(pk=panel.pk).state == PanelState.SCORING

    @pytest.mark.parametrize("amount", [1_000_000_00, 2_000_000_00])
    def test_the_bounds_themselves_are_right(self, case, amount):
        panel = scoring(case)
        submit_all(panel)
        conclude(panel, said={panel_stage(case).pk: Verdict(favourable=True, amount_fen=amount)})
        assert Decision.objects.get(task__stage__kind=E).amount_fen == amount

    def test_sent_twice_it_happens_once_and_another_content_is_refused(self, case):
        panel = scoring(case)
        submit_all(panel)
        panel.refresh_from_db()
        stage = panel_stage(case)
        said = {stage.pk: Verdict(favourable=True, amount_fen=PROPOSED)}
        done = conclude(panel, said=said)
        again = conclude(panel, said=said, expected_version=panel.version)
        assert again.version == done.version
        with pytest.raises(Conflict, match="结果不能再改"):
            conclude(panel, said={stage.pk: Verdict(favourable=True, amount_fen=PROPOSED + 1)})
        assert Decision.objects.filter(task__stage=stage).count() == 1

    def test_a_stale_page_concludes_nothing(self, case):
        panel = scoring(case)
        seen = panel.version
        submit_all(panel)
        with pytest.raises(Conflict, match="已有变化"):
            conclude(panel, expected_version=seen)

    def test_files_after_the_conclusion_need_a_panel_of_their_own(self, case):
        first = settle(case)
        late = at_experts(make_company(district="经开区"))
        assert panel_stage(late).panel is None
        second = convene(late, title="补充评审")
        assert second.pk != first.pk
        assert list(second.stages.values_list("case", flat=True)) == [late.pk]

    def test_a_concluded_panel_takes_no_more_changes(self, case):
        panel = settle(case)
        member = panel.members.first()
        for gesture in (
            lambda: add_member(
                panel=panel, expected_version=panel.version, user=expert(UNIT), by=officer(UNIT), at=LATER
            ),
            lambda: leave_panel(member=member, expected_version=panel.version, reason="否", by=member.user, at=LATER),
            lambda: recuse_expert(member=member, stage=case.stages.get(kind=E), reason="否", by=member.user, at=LATER),
        ):
            with pytest.raises(Conflict, match="已经结束"):
                gesture()


class TestAudit:
    def test_the_verified_amount_stands_beside_the_computed_one(self, sampled):
        panel = scoring(sampled, size=2)
        for member in seats(panel):
            submit(member, panel_stage(sampled), verified_fen=8_000_000_00, remarks="剔除不合规发票。")
        said = {panel_stage(sampled).pk: Verdict(favourable=False, amount_fen=8_000_000_00, reasons="剔除不合规发票。")}
        concluded = conclude(panel, said=said)
        assert concluded.result[0]["score"] is None
        (result,) = panel_results(sampled)
        assert (result.decision.outcome, result.differs) == (Outcome.QUESTIONED, True)
        assert (result.decision.amount_fen, result.computed_fen) == (8_000_000_00, 9_000_000_00)

    def test_a_differing_amount_must_be_explained_by_auditor_chair_and_lead(self, sampled):
        panel = scoring(sampled, size=1)
        member, stage = seats(panel)[0], panel_stage(sampled)
        with pytest.raises(Invalid) as caught:
            submit(member, stage, verified_fen=8_000_000_00)
        assert "请写明依据" in caught.value.errors["remarks"][0]
        submit(member, stage, verified_fen=8_000_000_00, remarks="剔除。")
        with pytest.raises(Invalid) as caught:
            conclude(panel, said={stage.pk: Verdict(favourable=True, amount_fen=8_000_000_00)})
        assert "结论应为“审计有异议”" in str(caught.value.errors)
        conclude(panel, said={stage.pk: Verdict(favourable=False, amount_fen=8_000_000_00, reasons="剔除。")})
        asked = panel_requirements(task_of(sampled), Outcome.APPROVE, 9_000_000_00)
        assert "审定金额为 8,000,000.00 元" in asked["reasons"][0]
        with pytest.raises(Invalid) as caught:
            decide(task_of(sampled), reasons="")
        assert "审定金额" in caught.value.errors["reasons"][0]
        decide(task_of(sampled), reasons="发票已补正，按申报数计算。")
        sampled.refresh_from_db()
        assert sampled.state == CaseState.APPROVED

    def test_an_audit_without_objection_asks_nothing_of_the_lead(self, sampled):
        panel = scoring(sampled, size=1)
        submit(seats(panel)[0], panel_stage(sampled), verified_fen=9_000_000_00)
        conclude(panel, said={panel_stage(sampled).pk: Verdict(favourable=True, amount_fen=9_000_000_00)})
        assert panel_requirements(task_of(sampled), Outcome.APPROVE, 9_000_000_00) == {}


class TestLead:
    def test_the_lead_sees_score_rank_and_proposal(self, case):
        settle(case)
        (result,) = panel_results(case)
        assert (result.score, result.rank, result.of, result.decision.amount_fen) == ("100.00", 1, 1, PROPOSED)
        assert not result.outdated

    def test_going_against_the_experts_needs_reasons(self, case):
        stage = panel_stage(case)
        settle(case, said={stage.pk: Verdict(favourable=False, reasons="不成熟。")})
        assert "专家评审建议不予支持" in str(panel_requirements(task_of(case), Outcome.APPROVE, PROPOSED))
        assert panel_requirements(task_of(case), Outcome.REFUSE, None) == {}

    def test_the_quota_warns_beyond_and_never_blocks(self, case, monkeypatch):
        quota = quota_of(case.application)
        assert (quota.target, quota.printed, quota.approved, quota.warning) == (15, "15项左右", 0, "")
        settle(case)
        decide(task_of(case), amount_fen=PROPOSED)
        assert quota_of(case.application).approved == 1
        late = at_experts(make_company(district="经开区"))
        settle(late)
        for row in range(14):
            approved_elsewhere(late, row)
        sentence = "本年度已同意 15 项，原文为“15项左右”，超出不受限制但请说明。"
        assert sentence in panel_requirements(task_of(late), Outcome.APPROVE, PROPOSED)["reasons"]
        decide(task_of(late), amount_fen=PROPOSED, reasons="第 16 项，产业急需。")
        late.refresh_from_db()
        assert late.state == CaseState.APPROVED

    def test_two_people_of_the_lead_decide_after_the_panel(self, case):
        settle(case)
        decision = decide(task_of(case), amount_fen=PROPOSED)
        assert (decision.drafted_by, decision.confirmed_by) == (officer(UNIT), approver(UNIT))


def approved_elsewhere(like: Case, number: int) -> None:
    """One more approved file of the same clause and year, as bare rows."""
    company = make_company(district="经开区")
    application = like.application
    copy = type(application).objects.create(
        enterprise=company.enterprise,
        clause=application.clause,
        policy_year=application.policy_year,
        call=application.call,
        clause_version=application.clause_version,
        number=f"TEST-{number}",
        state="approved",
        created_at=LATER,
        created_by=company.agent,
        filed_at=LATER,
        ended_at=LATER,
    )
    Case.objects.create(application=copy, route=[], state=CaseState.APPROVED, opened_at=LATER, closed_at=LATER)


def test_history_tells_the_panel_in_sentences(case):
    settle(case, at=LATER + timedelta(hours=1))
    events = [event.event for event in history(case) if event.event.startswith("panel.")]
    assert events == ["panel.convened", "panel.started", *["panel.sheet_submitted"] * 3, "panel.concluded"]
    for what in ("组建评审组", "评审组开始", "提交评分表"):
        assert any(what in sentence for sentence in told_of(case))
    assert len([line for line in case_history(case, officer(UNIT)) if line.event in events]) == len(events)


def test_the_panel_of_a_stage_is_in_the_database_too(case):
    panel = convene(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stage.objects.filter(pk=case.stages.get(kind=L).pk).update(panel=panel)
    assert Task.objects.filter(stage__panel=panel).count() == 1
