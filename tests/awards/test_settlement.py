"""核算: two people, what is settled again and what stays."""

import pytest
from django.db.models import Sum

from accounts.enums import UnitRole
from accounts.models import Notification
from awards.actions import (
    compute_award,
    confirm_settlement,
    propose_settlement,
    return_award,
    withdraw_proposal,
)
from awards.enums import AwardState, EntryKind, ProposalState
from awards.letters import request_award_letter
from awards.models import Award, Envelope, Settlement, SettlementProposal
from awards.queries.preview import prepare_settlement
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import run_owed
from letters.enums import LetterState
from letters.models import Letter
from tests.awards.entries import external, fresh, leader, sales, unit, why_of
from tests.awards.test_compute import held_award, with_sales
from tests.factories.awards import forward, fund, make_award, make_candidate, settle
from tests.factories.reviews import LATER, approver, make_approved, officer

CAP = 10_000_000_00
SALES = "200000000.00"  # its cap is 1000万


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
        with pytest.raises(Invalid, match=r"预算余额 1,000\.00 元") as caught:
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
        run_owed(at=LATER)
        assert Letter.objects.get(pk=old.pk).state == LetterState.ISSUED
        second = make_award(company, "3.3.2")
        first = fresh(first)
        assert (first.state, first.settled_fen, first.approved_at) == (AwardState.SETTLED, 7_031_250_00, None)
        assert second.settled_fen == 2_968_750_00
        new = request_award_letter(award=forward(first, AwardState.APPROVED), by=None, at=LATER)
        assert (new.supersedes, new.request_key != old.request_key) == (old, True)
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

    def test_what_changes_no_amount_is_put_on_record_once(self, company):
        """Another award of a type in which this enterprise has nothing here."""
        award = make_award(company)
        account = award.account
        assert not prepare_settlement(account, at=LATER).is_needed
        external(account, unit=unit(), by=officer("市工信局"))
        prepared = prepare_settlement(account, at=LATER)
        assert (prepared.changes, prepared.is_needed) == (False, True)
        settlement = settle(account)
        assert settlement.document["external_awards"] == [{"group": "研发投入", "amount": "500000.00"}]
        assert (fresh(award).settled_fen, fresh(award).settled_in) == (9_000_000_00, settlement)
        assert not prepare_settlement(account, at=LATER).is_needed

    def test_figures_that_would_change_a_clause_amount_send_the_file_back(self, company, monkeypatch):
        """The newest revision states other figures: 3.4.2 reads them, so that its file goes back to its lead."""
        award = make_candidate(company, "3.4.2")
        Award.objects.filter(pk=award.pk)
        real = prepare_settlement.__globals__["evaluation_document"]

        def other(revision, policy=None):
            document = real(revision, policy)
            return document | {"applicant": {**document["applicant"], "rd_expense": "120000000.00"}}

        monkeypatch.setitem(prepare_settlement.__globals__, "evaluation_document", other)
        (fault,) = prepare_settlement(award.account, at=LATER).faults
        for words in (award.application.number, "18,000,000.00", "20,000,000.00", "退回"):
            assert words in fault
        with pytest.raises(Invalid):
            propose_settlement(account=award.account, unit=unit("市科技局"), by=officer("市科技局"), at=LATER)


def test_an_entry_of_a_budget_for_every_share(capped):
    _, account, _first, _second = capped
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
