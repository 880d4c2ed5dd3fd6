"""核算: what people enter, what a settlement gives, who may, and what stays."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from accounts.enums import UnitRole
from accounts.models import Notification, Unit
from awards.actions import (
    choose_in_group,
    compute_award,
    confirm_settlement,
    enter_checked_figure,
    enter_external_award,
    override_cap,
    propose_settlement,
    return_award,
    withdraw_external_award,
    withdraw_override,
    withdraw_proposal,
)
from awards.documents import StoredDocument
from awards.enums import AwardState, EntryKind, ProposalState
from awards.explain import Explainer
from awards.letters import request_award_letter
from awards.models import Award, Envelope, Settlement, SettlementProposal, YearAccount
from awards.queries.caps import cap_of
from awards.queries.preview import prepare_settlement
from common import storage
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from letters.models import Letter
from policies.models import Clause
from reviews.enums import CaseState
from tests.awards.test_compute import held_award, with_sales
from tests.factories.accounts import UserFactory
from tests.factories.applications import make_company
from tests.factories.awards import forward, fund, make_award, make_candidate, settle
from tests.factories.reviews import LATER, approver, decide, make_approved, officer, task_of

CAP = 10_000_000_00
SALES = "200000000.00"  # its cap is 1000万


def paper(content: bytes = b"%PDF-demo") -> StoredDocument:
    """A stored document."""
    return StoredDocument("批件.pdf", "pdf", "application/pdf", len(content), storage.put(content))


def clause(clause_id: str) -> Clause:
    return Clause.objects.get(clause_id=clause_id)


def unit(name: str = "市工信局") -> Unit:
    return Unit.objects.get(name=name)


def leader() -> object:
    """The 负责人 of the unit that decides on the cap."""
    return officer("市工信局", UnitRole.LEADER)


def colleague(role: UnitRole, name: str = "市工信局"):
    """A person of the unit who has done nothing yet."""
    user = UserFactory(name=f"{name}另一名{role.label}")
    unit(name).members.create(user=user, role=role)
    return user


def sales(account: YearAccount, value: str, **values):
    """The sales as 市工信局 checked them."""
    given = {"unit": unit(), "by": officer("市工信局"), "source": "纳税申报表", "at": LATER} | values
    return enter_checked_figure(account=account, key="sales_ex_tax", value=value, **given)


def external(account: YearAccount, fen: int = 500_000_00, **values):
    given = {"group": "研发投入", "source": "洪科字〔2025〕8号", "document": paper(), "unit": unit("市科技局")}
    return enter_external_award(
        account=account, amount_fen=fen, **given | {"by": officer("市科技局"), "at": LATER} | values
    )


def fresh(award: Award) -> Award:
    return Award.objects.get(pk=award.pk)


def why_of(award: Award, *, inside: bool = False) -> str:
    explainer = Explainer.of_settlement(fresh(award).settled_in, inside=inside)
    return explainer.why(next(line for line in explainer.lines if line.award.pk == award.pk))


@pytest.fixture
def capped(policies_loaded):
    """Two candidates, 900万 (3.4.5) and 380万 (3.3.2), under a cap of 1000万; both led by 市工信局, nothing settled."""
    company = with_sales(SALES)
    awards = [make_candidate(company, clause_id) for clause_id in ("3.4.5", "3.3.2")]
    return company, awards[0].account, *awards


@pytest.fixture
def grouped_awards(company):
    """Two candidates of one type, 3.4.2 (2000万) and 3.4.1 (300万), both led by 市科技局."""
    first, second = (make_candidate(company, clause_id) for clause_id in ("3.4.2", "3.4.1"))
    return first.account, first, second


class TestGroupChoice:
    def choose(self, account, by, clause_id="3.4.1", group="研发投入"):
        return choose_in_group(account=account, group=group, clause=clause(clause_id), by=by, at=LATER)

    def test_without_a_choice_the_highest_stands(self, grouped_awards):
        account, first, second = grouped_awards
        settle(account)
        assert (fresh(first).settled_fen, fresh(second).state) == (20_000_000_00, AwardState.NOTHING)
        assert "就高取 3.4.2" in why_of(second)

    def test_the_choice_counts_with_name_and_time(self, grouped_awards, company):
        account, first, second = grouped_awards
        choice = self.choose(account, company.agent)
        assert (choice.chosen_by, choice.chosen_at, choice.recommended.clause_id) == (company.agent, LATER, "3.4.2")
        assert history(account)[-1].event == "account.clause_chosen"
        assert Notification.objects.filter(user=officer("市科技局"), title__contains="同类型选择").exists()
        settle(account)
        assert (fresh(first).state, fresh(second).settled_fen) == (AwardState.NOTHING, 3_000_000_00)
        told = why_of(first)
        assert "由经办乙选择 3.4.1" in told
        assert "2026年3月3日" in told
        letter = Letter.objects.get(request_key__startswith=f"award:{first.pk}:")
        assert "由经办乙选择 3.4.1" in str(letter.context)

    def test_the_newest_choice_counts_and_the_same_again_is_the_one_that_stands(self, grouped_awards, company):
        account, first, _ = grouped_awards
        self.choose(account, company.agent)
        newest = self.choose(account, company.legal, "3.4.2")
        assert self.choose(account, company.legal, "3.4.2") == newest
        assert account.choices.count() == 2
        settle(account)
        assert fresh(first).settled_fen == 20_000_000_00

    def test_only_the_enterprise_chooses(self, grouped_awards, stranger):
        account, *_ = grouped_awards
        for by in (stranger.legal, officer("市科技局"), leader()):
            with pytest.raises(NotFound):
                self.choose(account, by)
        assert not account.choices.exists()

    def test_only_among_what_stands_to_be_chosen(self, grouped_awards, company):
        account, *_ = grouped_awards
        with pytest.raises(Invalid, match="可核算的条款"):
            self.choose(account, company.legal, "3.3.1")
        with pytest.raises(Invalid, match="没有这一类型"):
            self.choose(account, company.legal, group="别的类型")

    def test_with_one_clause_there_is_nothing_to_choose(self, company):
        award = make_candidate(company, "3.4.2")
        with pytest.raises(Invalid, match="无需选择"):
            self.choose(award.account, company.legal, "3.4.2")

    def test_once_one_is_public_it_is_too_late(self, grouped_awards, company):
        account, first, second = grouped_awards
        settle(account)
        forward(first, AwardState.PUBLIC)
        with pytest.raises(Conflict, match="不能再改选"):
            self.choose(account, company.legal)
        assert prepare_settlement(account, at=LATER).faults == ()

    def test_a_choice_from_before_does_not_block_what_stands(self, grouped_awards, company):
        """The chosen file went back to its lead, the other one became public: the account can still be settled."""
        account, first, second = grouped_awards
        self.choose(account, company.legal)
        settle(account)
        back = fresh(second)
        return_award(award=back, reason="复核", expected_version=back.version, by=approver("市科技局"), at=LATER)
        settle(account)
        forward(first, AwardState.PUBLIC)
        decide(task_of(back.application.case))
        again = compute_award(application_id=back.application_id, at=LATER)
        settle(account)
        assert (fresh(first).settled_fen, fresh(again).state) == (20_000_000_00, AwardState.NOTHING)

    def test_the_enterprise_is_asked_once_there_are_two(self, grouped_awards, company):
        assert Notification.objects.filter(user=company.agent, title__contains="请选择“研发投入”").count() == 1


class TestCap:
    def test_the_figures_of_the_cap(self, capped):
        _, account, *_ = capped
        cap = cap_of(account)
        assert (cap.base_fen, cap.by_rule_fen, cap.now_fen) == (200_000_000_00, CAP, CAP)
        assert cap.formula == "销售收入（不含税） 200,000,000.00 元 × 5% = 10,000,000.00 元（不足一分的舍去）"

    def test_the_cut_is_told_to_the_fen(self, capped):
        _, account, first, second = capped
        settle(account)
        assert fresh(first).settled_fen + fresh(second).settled_fen == CAP
        told = why_of(second)
        for words in ("上限 10,000,000.00 元", "合计 12,800,000.00 元", "本件 3,800,000.00 元核减为 2,968,750.00 元"):
            assert words in told

    def test_a_checked_figure_moves_the_cap_and_no_clause_amount(self, capped):
        _, account, first, second = capped
        sales(account, "100000000.00")
        cap = cap_of(account)
        assert (cap.by_rule_fen, cap.checked.unit.name) == (5_000_000_00, "市工信局")
        settlement = settle(account)
        assert settlement.cap_fen == 5_000_000_00
        assert settlement.document["applicant"]["sales_ex_tax"] == "100000000.00"
        assert {fresh(first).candidate_fen, fresh(second).candidate_fen} == {9_000_000_00, 3_800_000_00}
        assert fresh(first).settled_fen + fresh(second).settled_fen == 5_000_000_00

    def test_sales_of_zero_leave_nothing_and_say_so(self, capped):
        _, account, first, second = capped
        sales(account, "0.00")
        assert cap_of(account).consequence == "销售收入（不含税）为 0 元，上限为 0 元：计入上限的奖补将全部核定为零。"
        settle(account)
        assert {fresh(award).state for award in (first, second)} == {AwardState.NOTHING}
        assert "没有可安排的额度" in why_of(first)

    def test_outside_the_cap_it_does_not_matter(self, policies_loaded):
        company = with_sales(SALES)
        award = make_candidate(company, "3.1.1")
        sales(award.account, "0.00", by=officer("市工信局"))
        settle(award.account)
        assert fresh(award).settled_fen == 1_000_000_00

    def test_newly_introduced_there_is_none(self, capped):
        _, account, first, second = capped
        enter_checked_figure(
            account=account,
            key="newly_introduced",
            value=True,
            source="县区核实",
            unit=unit("高新区"),
            by=officer("高新区"),
            at=LATER,
        )
        assert (cap_of(account).by_rule_fen, cap_of(account).why_none) == (None, "新引入企业，不适用年度累计上限。")
        settlement = settle(account)
        assert settlement.cap_fen is None
        assert (fresh(first).settled_fen, fresh(second).settled_fen) == (9_000_000_00, 3_800_000_00)

    def test_an_association_has_none(self, policies_loaded):
        award = make_award(make_company(kind="association"), "3.8.2")
        assert (award.settled_in.cap_fen, award.settled_fen) == (None, 750_000_00)
        assert "不是企业" in cap_of(award.account).why_none

    def test_a_missing_figure_is_told_and_nothing_is_settled(self, capped, monkeypatch):
        _, account, *_ = capped
        real = prepare_settlement.__globals__["evaluation_document"]

        def without(revision):
            document = real(revision)
            return document | {"applicant": {**document["applicant"], "sales_ex_tax": None}}

        monkeypatch.setitem(prepare_settlement.__globals__, "evaluation_document", without)
        prepared = prepare_settlement(account, at=LATER)
        assert [fault for fault in prepared.faults if "缺少“销售收入（不含税）”" in fault]
        with pytest.raises(Invalid, match="销售收入"):
            propose_settlement(account=account, unit=unit(), by=officer("市工信局"), at=LATER)
        sales(account, SALES)  # a bureau's figure takes its place
        assert prepare_settlement(account, at=LATER).faults == ()

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("-1.00", "不能为负数"),
            ("1.005", "两位小数"),
            (5, "字符串"),
            ("", "请填写"),
            (None, "请填写"),
            ("1e9", "金额"),
        ],
        ids=["negative", "three-decimals", "number", "empty", "null", "exponent"],
    )
    def test_a_wrong_figure_is_refused(self, capped, value, words):
        _, account, *_ = capped
        with pytest.raises(Invalid, match=words):
            sales(account, value)
        assert not account.checked_figures.exists()

    def test_a_figure_needs_its_source_and_its_key(self, capped):
        _, account, *_ = capped
        with pytest.raises(Invalid) as caught:
            sales(account, "-5.00", source="  ")
        assert set(caught.value.errors) == {"value", "source"}
        with pytest.raises(Invalid, match="没有这一数据项"):
            enter_checked_figure(
                account=account, key="rumour", value="1.00", source="x", unit=unit(), by=officer("市工信局"), at=LATER
            )

    def test_the_same_figure_twice_is_one_row(self, capped):
        _, account, *_ = capped
        assert sales(account, "100.00") == sales(account, "100.0")
        assert account.checked_figures.count() == 1

    def test_who_enters(self, capped):
        """经办 or 审核 of a unit that reads a file of this account, and nobody of the enterprise."""
        company, account, *_ = capped
        foreign = officer("市金融办")
        for values in (
            {"by": foreign, "unit": unit("市金融办")},
            {"by": foreign},
            {"by": officer("市工信局", UnitRole.LEADER)},
            {"by": company.legal},
        ):
            with pytest.raises(NotAllowed):
                sales(account, "1.00", **values)
        unit().members.create(user=company.legal, role=UnitRole.HANDLER)
        with pytest.raises(NotAllowed, match="该企业的成员"):
            sales(account, "1.00", by=company.legal)


class TestOverride:
    def override(self, account, **values):
        given = {"lift": False, "cap_fen": 12_000_000_00, "reason": "重点支持领域", "document": paper()}
        return override_cap(account=account, **given | {"by": leader(), "at": LATER} | values)

    def test_raised_the_record_shows_before_and_after(self, capped):
        _, account, first, second = capped
        row = self.override(account)
        assert row.cap_before_fen == CAP
        settlement = settle(account)
        assert (settlement.cap_fen, settlement.cap_by_rule_fen, settlement.override) == (12_000_000_00, CAP, row)
        assert fresh(first).settled_fen + fresh(second).settled_fen == 12_000_000_00
        told = " ".join(Explainer.of_settlement(settlement, inside=False).cap())
        assert "突破前 10,000,000.00 元，突破后 12,000,000.00 元" in told
        assert leader().name not in told
        assert leader().name in " ".join(Explainer.of_settlement(settlement, inside=True).cap())
        assert history(account)[0].event == "account.cap_overridden"

    def test_lifted_there_is_no_cap(self, capped):
        _, account, first, second = capped
        self.override(account, lift=True, cap_fen=None)
        settlement = settle(account)
        assert (settlement.cap_fen, settlement.cap_by_rule_fen) == (None, CAP)
        assert fresh(first).settled_fen + fresh(second).settled_fen == 12_800_000_00

    @pytest.mark.parametrize("fen", [CAP, CAP - 1, 0, None], ids=["same", "lower", "zero", "none"])
    def test_it_raises(self, capped, fen):
        _, account, *_ = capped
        with pytest.raises(Invalid):
            self.override(account, cap_fen=fen)
        assert not account.overrides.exists()

    def test_only_the_leader_of_the_unit_of_the_setting(self, capped):
        company, account, *_ = capped
        for by in (
            officer("市工信局"),
            approver("市工信局"),
            officer("市财政局", UnitRole.LEADER),
            officer("高新区", UnitRole.LEADER),
            company.legal,
        ):
            with pytest.raises(NotAllowed, match="市工信局的负责人"):
                self.override(account, by=by)

    def test_where_no_cap_applies_there_is_nothing_to_lift(self, policies_loaded):
        award = make_candidate(make_company(kind="association"), "3.8.2")
        with pytest.raises(Invalid, match="不适用年度累计上限"):
            self.override(award.account)

    def test_one_at_a_time_and_withdrawn_it_counts_no_more(self, capped):
        _, account, *_ = capped
        row = self.override(account)
        with pytest.raises(Conflict, match="请先撤销"):
            self.override(account)
        with pytest.raises(Invalid, match="撤销原因"):
            withdraw_override(override=row, reason=" ", by=leader(), at=LATER)
        withdraw_override(override=row, reason="改为按规定", by=leader(), at=LATER)
        with pytest.raises(Conflict):
            withdraw_override(override=row, reason="再一次", by=leader(), at=LATER)
        assert settle(account).cap_fen == CAP

    def test_whoever_decided_it_does_not_confirm_the_settlement(self, capped):
        _, account, first, second = capped
        by = leader()
        unit().members.create(user=by, role=UnitRole.APPROVER)
        self.override(account, by=by)
        for award in (first, second):
            fund(award)
        proposal = propose_settlement(account=account, unit=unit(), by=officer("市工信局"), at=LATER)
        with pytest.raises(NotAllowed, match="批准了突破上限"):
            confirm_settlement(proposal=proposal, expected_version=1, by=by, at=LATER)

    def test_figures_that_overtake_it_are_told(self, capped):
        """The cap by rule rose above what was approved: the approval would lower it."""
        _, account, *_ = capped
        self.override(account)
        sales(account, "400000000.00")
        (fault,) = prepare_settlement(account, at=LATER).faults
        assert "12,000,000.00" in fault
        assert "20,000,000.00" in fault


class TestExternal:
    def test_it_blocks_the_group_and_is_told_with_its_name(self, grouped_awards):
        account, first, second = grouped_awards
        external(account)
        settle(account)
        assert {fresh(award).state for award in (first, second)} == {AwardState.NOTHING}
        assert "洪科字〔2025〕8号 500,000.00 元" in why_of(first)
        assert "市科技局录入" not in why_of(first)
        assert "市科技局录入" in why_of(first, inside=True)

    def test_withdrawn_it_counts_no_more_and_the_record_keeps_what_it_said(self, grouped_awards):
        account, first, second = grouped_awards
        row = external(account)
        settle(account)
        later = LATER + timedelta(hours=1)
        withdraw_external_award(external=row, reason="录错企业", by=officer("市科技局"), at=later)
        assert "洪科字〔2025〕8号" in why_of(first)  # as it was then
        settle(account, at=later)
        assert (fresh(first).settled_fen, fresh(second).state) == (20_000_000_00, AwardState.NOTHING)

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"group": "别的"}, "group"),
            ({"fen": 0}, "amount"),
            ({"fen": -1}, "amount"),
            ({"fen": 10**17}, "amount"),
            ({"source": " "}, "source"),
            ({"source": "长" * 201}, "source"),
        ],
        ids=["group", "zero", "negative", "huge", "no-source", "long-source"],
    )
    def test_a_wrong_entry_is_refused(self, grouped_awards, values, field):
        account, *_ = grouped_awards
        with pytest.raises(Invalid) as caught:
            external(account, **values)
        assert set(caught.value.errors) == {field}
        assert not account.external_awards.exists()

    def test_twice_is_a_conflict(self, grouped_awards):
        account, *_ = grouped_awards
        external(account)
        with pytest.raises(Conflict, match="已经录入"):
            external(account)

    def test_another_unit_does_not_withdraw_it(self, grouped_awards):
        account, *_ = grouped_awards
        row = external(account)
        with pytest.raises(NotAllowed):
            withdraw_external_award(external=row, reason="x", by=officer("高新区"), at=LATER)


class TestTwoPeople:
    def proposed(self, account, **values) -> SettlementProposal:
        for award in account.awards.all():
            fund(award)
        return propose_settlement(account=account, **{"unit": unit(), "by": officer("市工信局"), "at": LATER} | values)

    def test_the_roles(self, capped):
        _, account, *_ = capped
        for by in (approver("市工信局"), officer("市科技局"), leader()):
            with pytest.raises(NotAllowed):
                self.proposed(account, by=by)
        with pytest.raises(NotAllowed, match="没有主办"):
            self.proposed(account, unit=unit("市科技局"), by=officer("市科技局"))
        proposal = self.proposed(account)
        for by in (officer("市工信局"), approver("市财政局"), leader()):
            with pytest.raises(NotAllowed):
                confirm_settlement(proposal=proposal, expected_version=1, by=by, at=LATER)

    def test_not_the_same_person_with_two_roles(self, capped):
        _, account, *_ = capped
        proposal = self.proposed(account)
        unit().members.create(user=officer("市工信局"), role=UnitRole.APPROVER)
        with pytest.raises(NotAllowed, match="不同的人"):
            confirm_settlement(proposal=proposal, expected_version=1, by=officer("市工信局"), at=LATER)

    def test_whoever_reviewed_it_elsewhere_keeps_away(self, capped):
        _, account, *_ = capped
        district = officer("高新区")  # accepted the file in its first stage
        unit().members.create(user=district, role=UnitRole.HANDLER)
        with pytest.raises(NotAllowed, match="初审"):
            self.proposed(account, by=district)

    def test_one_at_a_time_and_none_without_need(self, capped):
        _, account, *_ = capped
        proposal = self.proposed(account)
        with pytest.raises(Conflict, match="已有一份"):
            self.proposed(account)
        confirm_settlement(proposal=proposal, expected_version=1, by=approver("市工信局"), at=LATER)
        with pytest.raises(Conflict, match="无需再次核算"):
            self.proposed(account)
        with pytest.raises(Conflict):
            confirm_settlement(proposal=proposal, expected_version=1, by=approver("市工信局"), at=LATER)

    @pytest.mark.parametrize("what", ["figure", "approval", "return"])
    def test_a_stale_proposal_is_a_conflict(self, capped, what):
        company, account, first, _ = capped
        proposal = self.proposed(account)
        if what == "figure":
            sales(account, "300000000.00")
        elif what == "approval":
            fund(make_candidate(company, "3.2.3"))
        else:
            return_award(award=first, reason="复核", expected_version=1, by=approver("市工信局"), at=LATER)
        with pytest.raises(Conflict, match="有变化"):
            confirm_settlement(proposal=proposal, expected_version=1, by=approver("市工信局"), at=LATER)
        assert not Settlement.objects.exists()
        withdraw_proposal(proposal=proposal, expected_version=1, note="过时", by=approver("市工信局"), at=LATER)
        settle(account)

    def test_what_changed_under_the_open_page_is_told(self, capped):
        _, account, *_ = capped
        seen = prepare_settlement(account, at=LATER).digest
        sales(account, "300000000.00")
        with pytest.raises(Conflict, match="页面打开之后"):
            self.proposed(account, seen=seen)

    def test_sent_back_with_a_note_or_taken_back(self, capped):
        _, account, *_ = capped
        proposal = self.proposed(account)
        with pytest.raises(Invalid, match="退回原因"):
            withdraw_proposal(proposal=proposal, expected_version=1, by=approver("市工信局"), at=LATER)
        with pytest.raises(NotAllowed):
            withdraw_proposal(proposal=proposal, expected_version=1, note="x", by=officer("市科技局"), at=LATER)
        withdraw_proposal(proposal=proposal, expected_version=1, by=officer("市工信局"), at=LATER)
        assert SettlementProposal.objects.get().state == ProposalState.WITHDRAWN

    def test_a_held_file_stands_against_nothing_else(self, company, monkeypatch):
        held = held_award(company, monkeypatch)
        assert prepare_settlement(held.account, at=LATER).faults == ("该账户没有可以核算的奖补。",)

    def test_without_enough_money_nothing_happens(self, capped):
        _, account, first, second = capped
        fund(first, 1_000_00)
        fund(second)
        proposal = propose_settlement(account=account, unit=unit(), by=officer("市工信局"), at=LATER)
        with pytest.raises(Invalid, match="预算余额 1,000.00 元") as caught:
            confirm_settlement(proposal=proposal, expected_version=1, by=approver("市工信局"), at=LATER)
        assert len(caught.value.errors["budget"]) == 2  # both shares of 3.4.5
        assert fresh(second).state == AwardState.CANDIDATE
        assert Envelope.objects.aggregate(sum=Sum("committed_fen"))["sum"] == 0
        assert SettlementProposal.objects.get().state == ProposalState.OPEN


class TestSettledAgain:
    def test_an_approved_award_that_changes_is_shown_again_and_its_letter_replaced(self, policies_loaded):
        company = with_sales(SALES)
        first = forward(make_award(company, "3.4.5"), AwardState.APPROVED)
        old = request_award_letter(award=first, by=None, at=LATER)
        Letter.objects.filter(pk=old.pk).update(state="requested")
        second = make_award(company, "3.3.2")
        first = fresh(first)
        assert (first.state, first.settled_fen, first.approved_at) == (AwardState.SETTLED, 7_031_250_00, None)
        assert second.settled_fen == 2_968_750_00
        new = request_award_letter(award=forward(first, AwardState.APPROVED), by=None, at=LATER)
        assert new.request_key != old.request_key
        assert new.context["amount_fen"] == "7031250.00"

    def test_one_that_keeps_its_amount_stays_approved(self, company):
        first = forward(make_award(company, "3.4.5"), AwardState.APPROVED)
        make_award(company, "3.3.2")
        again = fresh(first)
        assert (again.state, again.approved_at, again.version) == (AwardState.APPROVED, LATER, first.version)
        assert again.settled_in.number == 2

    def test_paid_stays_whatever_comes(self, policies_loaded):
        company = with_sales(SALES)
        first = forward(make_award(company, "3.4.5"), AwardState.APPROVED)
        Award.objects.filter(pk=first.pk).update(state=AwardState.PAID, paid_at=LATER)
        account = first.account
        sales(account, "100000000.00")  # now the paid one alone exceeds the cap
        second = make_award(company, "3.3.2")
        assert (fresh(first).settled_fen, fresh(first).state) == (9_000_000_00, AwardState.PAID)
        assert (second.state, second.settled_in.total_fen) == (AwardState.NOTHING, 9_000_000_00)
        assert "没有可安排的额度" in why_of(second)

    def test_a_paid_item_alone_cannot_be_settled_again(self, company):
        first = forward(make_award(company, "3.4.5"), AwardState.APPROVED)
        Award.objects.filter(pk=first.pk).update(state=AwardState.PAID, paid_at=LATER)
        with pytest.raises((NotAllowed, Conflict)):
            propose_settlement(account=first.account, unit=unit(), by=officer("市工信局"), at=LATER)

    def test_the_other_lead_is_told_that_its_amount_changed(self, policies_loaded):
        company = with_sales(SALES)
        first = make_award(company, "3.3.1")  # 市科技局
        make_award(company, "3.4.5")
        assert fresh(first).settled_fen < first.settled_fen
        told = Notification.objects.get(user=officer("市科技局"), title__startswith="核定金额有变化")
        assert "由 2,469,135.78 元变为" in told.body

    def test_figures_that_would_change_a_clause_amount_send_the_file_back(self, company, monkeypatch):
        """The newest revision states other figures: 3.4.2 reads them, so that its file goes back to its lead."""
        award = make_candidate(company, "3.4.2")
        Award.objects.filter(pk=award.pk)
        real = prepare_settlement.__globals__["evaluation_document"]

        def other(revision):
            document = real(revision)
            return document | {"applicant": {**document["applicant"], "rd_expense": "120000000.00"}}

        monkeypatch.setitem(prepare_settlement.__globals__, "evaluation_document", other)
        (fault,) = prepare_settlement(award.account, at=LATER).faults
        for words in (award.application.number, "18,000,000.00", "20,000,000.00", "退回"):
            assert words in fault
        with pytest.raises(Invalid):
            propose_settlement(account=award.account, unit=unit("市科技局"), by=officer("市科技局"), at=LATER)


class TestReturn:
    def back(self, award, **values):
        award = fresh(award)
        given = {"reason": "发现材料有误", "expected_version": award.version, "by": approver(award.unit), "at": LATER}
        return return_award(award=award, **given | values)

    @pytest.mark.parametrize("state", ["candidate", "settled", "approved"])
    def test_the_budget_is_released_and_the_lead_decides_anew(self, company, state):
        award = make_candidate(company)
        if state != "candidate":
            settle(award.account)
        if state == "approved":
            forward(award, AwardState.APPROVED)
        envelopes = list(fund(award).values())
        self.back(award)
        assert sum(Envelope.objects.get(pk=row.pk).committed_fen for row in envelopes) == 0
        again = fresh(award)
        assert (again.state, again.returned_by, again.return_reason) == (
            AwardState.RETURNED,
            approver("市工信局"),
            "发现材料有误",
        )
        assert again.application.case.state == CaseState.OPEN
        decide(task_of(again.application.case))
        new = compute_award(application_id=award.application_id, at=LATER)
        assert (new.pk != award.pk, new.state) == (True, AwardState.CANDIDATE)
        settle(award.account)
        assert fresh(new).settled_fen == 9_000_000_00

    def test_held_it_goes_back(self, company, monkeypatch):
        self.back(held_award(company, monkeypatch))
        assert Award.objects.get().state == AwardState.RETURNED

    @pytest.mark.parametrize("state", ["public", "paying", "paid"])
    def test_what_is_public_or_on_its_way_does_not(self, company, state):
        award = forward(make_award(company), AwardState.PUBLIC if state == "public" else AwardState.APPROVED)
        if state != "public":
            Award.objects.filter(pk=award.pk).update(state=state, paid_at=LATER if state == "paid" else None)
        with pytest.raises(Conflict, match="公示|拨付"):
            self.back(award)

    def test_an_objection_returns_what_is_objected_to_and_nothing_else_does(self, company):
        award = forward(make_award(company), AwardState.PUBLIC)
        Award.objects.filter(pk=award.pk).update(state=AwardState.OBJECTED)
        with pytest.raises(Conflict, match="异议"):
            self.back(award)
        self.back(award, upheld=True)
        assert fresh(award).state == AwardState.RETURNED
        other = make_award(make_company())
        with pytest.raises(Conflict, match="没有正在处理的异议"):
            self.back(other, upheld=True)

    def test_who_and_with_what(self, company):
        award = make_award(company)
        for by in (officer("市工信局"), approver("市科技局"), leader(), company.legal):
            with pytest.raises(NotAllowed):
                self.back(award, by=by)
        with pytest.raises(Invalid, match="退回原因"):
            self.back(award, reason=" \n ")
        with pytest.raises(Conflict, match="有变化"):
            self.back(award, expected_version=award.version - 1)
        assert fresh(award).state == AwardState.SETTLED

    def test_the_others_are_settled_anew_and_get_what_it_leaves(self, policies_loaded):
        company = with_sales(SALES)
        first = make_award(company, "3.4.5")
        second = make_award(company, "3.3.2")
        self.back(first)
        settle(second.account)
        assert (fresh(second).settled_fen, fresh(second).reason) == (3_800_000_00, "")


def test_an_entry_of_a_budget_for_every_share(capped):
    _, account, first, second = capped
    settlement = settle(account)
    entries = [
        (row.award_id, row.envelope.share, row.fen)
        for envelope in Envelope.objects.all()
        for row in envelope.entries.filter(kind=EntryKind.COMMIT)
    ]
    lines = list(settlement.lines.all())
    assert sorted(entries) == sorted(
        [(line.award_id, "city", line.city_fen) for line in lines]
        + [(line.award_id, "district", line.district_fen) for line in lines]
    )


def test_the_approval_alone_gives_no_amount(company):
    award = compute_award(application_id=make_approved(company).pk, at=LATER)
    assert (award.state, award.settled_fen, award.settlement, award.receipt) == (AwardState.CANDIDATE, 0, None, {})
