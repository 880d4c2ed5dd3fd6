"""退回牵头审核: budgets are released, the lead decides anew, and what is public or on its way does not go back."""

import pytest

from accounts.models import Notification
from awards.actions import (
    compute_award,
    return_award,
)
from awards.actions.publicity import publish_round
from awards.enums import AwardState, RoundState
from awards.models import Award, Envelope, PublicityRound
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed
from reviews.enums import CaseState
from tests.awards.entries import fresh, leader
from tests.awards.test_compute import held_award, with_sales
from tests.factories.applications import make_company
from tests.factories.awards import forward, fund, make_award, make_candidate, settle
from tests.factories.publicity import make_draft_round
from tests.factories.reviews import LATER, approver, decide, officer, task_of

CAP = 10_000_000_00
SALES = "200000000.00"  # its cap is 1000万


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

    def test_it_leaves_a_draft_of_a_publicity_round_and_the_others_stay(self, policies_loaded):
        first, second, third = (
            make_award(make_company(name=f"南昌第{place}光电有限公司")) for place in ("一", "二", "三")
        )
        publicity = make_draft_round(first, second, third)
        seen = {item.award_id: (item.name, item.clause, item.amount_fen) for item in publicity.items.all()}
        self.back(second)
        after = PublicityRound.objects.get(pk=publicity.pk)
        assert {item.award_id: (item.name, item.clause, item.amount_fen) for item in after.items.all()} == {
            pk: words for pk, words in seen.items() if pk != second.pk
        }
        assert [item.order for item in after.items.all()] == [1, 2]
        assert (after.drafted_by, after.version > publicity.version) == (officer("市工信局"), True)
        told = AuditEvent.objects.filter(event="publicity.changed").get()
        assert (told.data["removed"], told.actor_id) == ([second.pk], approver("市工信局").pk)
        notice = Notification.objects.filter(user=officer("市工信局"), title__startswith="公示名单减少一项").get()
        assert second.application.number in notice.body
        # Whoever had the draft open must look again; then the rest is published.
        with pytest.raises(Conflict, match="已被修改"):
            publish_round(publicity=after, expected_version=publicity.version, by=approver("市工信局"), at=LATER)
        publish_round(publicity=after, expected_version=after.version, by=approver("市工信局"), at=LATER)
        assert {fresh(award).state for award in (first, third)} == {AwardState.PUBLIC}

    def test_a_draft_that_lists_nothing_else_is_empty_then_and_is_not_published(self, company):
        award = make_award(company)
        publicity = make_draft_round(award)
        self.back(award)
        after = PublicityRound.objects.get(pk=publicity.pk)
        assert (after.state, after.items.count()) == (RoundState.DRAFT, 0)
        with pytest.raises(Conflict, match="名单中没有奖补"):
            publish_round(publicity=after, expected_version=after.version, by=approver("市工信局"), at=LATER)

    def test_held_it_goes_back(self, company, monkeypatch):
        self.back(held_award(company, monkeypatch))
        assert Award.objects.get().state == AwardState.RETURNED

    @pytest.mark.parametrize("state", ["public", "paying", "paid"])
    def test_what_is_public_or_on_its_way_does_not(self, company, state):
        award = forward(make_award(company), AwardState.PUBLIC if state == "public" else AwardState.APPROVED)
        if state != "public":
            Award.objects.filter(pk=award.pk).update(state=state, paid_at=LATER if state == "paid" else None)
        with pytest.raises(Conflict, match=r"公示|拨付"):
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
