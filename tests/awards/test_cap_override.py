"""突破上限: who may, with what, and what the record shows before and after."""

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import UnitRole
from awards.actions import (
    confirm_settlement,
    override_cap,
    propose_settlement,
    withdraw_override,
)
from awards.explain import Explainer
from awards.models import CapOverride
from awards.queries.caps import cap_of
from awards.queries.preview import prepare_settlement
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from tests.awards.entries import fresh, leader, paper, sales, unit
from tests.factories.applications import make_company
from tests.factories.awards import fund, make_candidate, settle
from tests.factories.reviews import LATER, approver, officer

CAP = 10_000_000_00
SALES = "200000000.00"  # its cap is 1000万


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

    def test_a_base_of_zero_is_no_warning_where_the_cap_was_decided(self, capped):
        _, account, *_ = capped
        sales(account, "0.00")
        assert cap_of(account).consequence
        self.override(account)
        assert not cap_of(account).consequence

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

    def test_the_database_keeps_who_withdrew_when_and_why_together(self, capped):
        _, account, *_ = capped
        row = self.override(account)
        for halves in (
            {"withdrawn_at": LATER},
            {"withdrawn_by": leader()},
            {"withdrawn_reason": "改为按规定"},
            {"withdrawn_at": LATER, "withdrawn_by": leader()},
            {"withdrawn_at": LATER, "withdrawn_reason": "改为按规定"},
        ):
            with pytest.raises(IntegrityError, match="cap_override_withdrawn_pair"), transaction.atomic():
                CapOverride.objects.filter(pk=row.pk).update(**halves)

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
