"""Whatever is entered, settled, shown, paid and returned, in whatever order: sums stay within the cap and the budgets
hold exactly what awards in force hold."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import UnitRole
from awards.actions import (
    choose_in_group,
    override_cap,
    return_award,
    withdraw_external_award,
    withdraw_override,
)
from awards.enums import AwardState, Share
from awards.models import Award, Envelope, Settlement, YearAccount
from awards.queries.shares import paying_unit
from common.errors import DomainError
from common.money import yuan
from tests.awards.entries import clause, external, leader, paper, sales, unit
from tests.awards.test_compute import with_sales
from tests.factories.awards import forward, fund, make_candidate, settle
from tests.factories.reviews import LATER, approver, officer

CLAUSES = ("3.1.1", "3.3.1", "3.3.2", "3.4.1", "3.4.5")
GROUP = {"3.3.1", "3.4.1", "3.4.2"}
EXEMPT = {"3.1.1", "3.2.1"}

AWARD = st.sampled_from(CLAUSES)
STEPS = st.one_of(
    st.just(("settle", None)),
    st.tuples(st.just("sales"), st.integers(0, 600_000_000_00)),
    st.tuples(st.just("choose"), st.sampled_from(("3.3.1", "3.4.1"))),
    st.tuples(st.just("external"), st.integers(1, 5_000_000_00)),
    st.just(("no_external", None)),
    st.tuples(st.just("override"), st.one_of(st.none(), st.integers(1, 40_000_000_00))),
    st.just(("no_override", None)),
    st.tuples(st.just("publish"), AWARD),
    st.tuples(st.just("approve"), AWARD),
    st.tuples(st.just("pay"), AWARD),
    st.tuples(st.just("return"), AWARD),
)


@pytest.fixture
def account(policies_loaded) -> YearAccount:
    """Five candidates of one enterprise and year, of three leads, two of them of one type."""
    company = with_sales("200000000.00")
    for clause_id in CLAUSES:
        award = make_candidate(company, clause_id)
        fund(award)
    return award.account


def take(account: YearAccount, name: str, value, at) -> None:
    """One step, refused or not; what the product refuses changes nothing."""
    awards = account.awards.select_related("application__clause", "unit")
    award = awards.filter(application__clause__clause_id=value).order_by("-pk").first() if value in CLAUSES else None
    match name:
        case "settle":
            settle(account, at=at)
        case "sales":
            sales(account, yuan(value), at=at)
        case "choose":
            legal = account.enterprise.members.get(role="legal").user
            choose_in_group(account=account, group="研发投入", clause=clause(value), by=legal, at=at)
        case "external":
            external(account, value, at=at)
        case "no_external":
            for row in account.external_awards.filter(withdrawn_at=None):
                withdraw_external_award(external=row, reason="演示", by=officer("市科技局"), at=at)
        case "override":
            given = {"lift": value is None, "cap_fen": value, "reason": "演示", "document": paper()}
            override_cap(account=account, **given, by=leader(), at=at)
        case "no_override":
            for row in account.overrides.filter(withdrawn_at=None):
                withdraw_override(override=row, reason="演示", by=leader(), at=at)
        case "publish" | "approve" if award is not None and award.state == AwardState.SETTLED:
            forward(award, AwardState.PUBLIC if name == "publish" else AwardState.APPROVED, at=at)
        case "pay" if award is not None and award.state == AwardState.APPROVED:
            Award.objects.filter(pk=award.pk).update(state=AwardState.PAID, paid_at=at)
        case "return" if award is not None:
            by = approver(award.unit)
            return_award(award=award, reason="演示", expected_version=award.version, by=by, at=at)


def check(account: YearAccount) -> None:
    """The invariants, read from the rows."""
    awards = list(
        account.awards.select_related(
            "application__clause__document", "application__enterprise__district", "unit"
        ).exclude(state=AwardState.RETURNED)
    )
    held = {}
    for award in awards:
        assert award.city_fen + award.district_fen == award.settled_fen <= award.candidate_fen
        for share, fen in ((Share.CITY, award.city_fen), (Share.DISTRICT, award.district_fen)):
            key = (paying_unit(award, share).pk, str(share), award.application.clause_id)
            held[key] = held.get(key, 0) + fen
    for envelope in Envelope.objects.all():
        assert envelope.committed_fen == held.get((envelope.unit_id, envelope.share, envelope.clause_id), 0)
        assert 0 <= envelope.committed_fen <= envelope.amount_fen
    for settlement in Settlement.objects.filter(account=account).prefetch_related("lines"):
        lines = list(settlement.lines.all())
        assert sum(line.settled_fen for line in lines) == settlement.total_fen
        inside = [line for line in lines if line.clause_id_text not in EXEMPT]
        if settlement.cap_fen is not None:
            fixed = sum(line.settled_fen for line in inside if line.fixed)
            assert sum(line.settled_fen for line in inside) <= max(settlement.cap_fen, fixed)
        assert len([line for line in lines if line.clause_id_text in GROUP and line.settled_fen]) <= 1
        assert all(line.before_fen == line.settled_fen for line in lines if line.fixed)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_any_history_keeps_the_sums(account, steps):
    unit().members.get_or_create(user=leader(), role=UnitRole.LEADER)
    with transaction.atomic():
        for number, (name, value) in enumerate([("settle", None), *steps, ("settle", None)]):
            try:
                with transaction.atomic():
                    take(account, name, value, LATER + timedelta(minutes=number))
            except DomainError:
                pass  # refused: nothing may have changed
            check(account)
        transaction.set_rollback(True)
