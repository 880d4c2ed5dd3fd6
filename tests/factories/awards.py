"""Awards for tests, at every stage, through real actions: computed, with budgets, settled by two people of the lead.

`forward` takes the steps of the table that a test does not care about (publicity, approval), without rounds or letters.
"""

from datetime import datetime

from django.db import transaction

from accounts.enums import UnitRole
from accounts.models import Unit, User
from awards.actions import compute_award, confirm_settlement, propose_settlement
from awards.actions.entries import write_entry
from awards.enums import AwardState, EntryKind, Share
from awards.models import Award, Envelope, Settlement, YearAccount
from awards.queries.shares import paying_unit
from awards.workflow import AWARDS
from tests.factories.accounts import UserFactory
from tests.factories.applications import Company
from tests.factories.reviews import LATER, approver, make_approved, officer

#: 分; enough for every award of a test.
AMPLE = 10_000_000_000_00


def make_candidate(company: Company, clause_id: str = "3.4.5", *, at: datetime = LATER) -> Award:
    """The award of an approved application as the worker computes it; nothing is settled yet."""
    return compute_award(application_id=make_approved(company, clause_id).pk, at=at)


def fund(award: Award, fen: int = AMPLE, *, at: datetime = LATER) -> dict[str, Envelope]:
    """The envelopes of both budgets of an award, each with so much money once."""
    found = {}
    for share in Share:
        envelope, made = Envelope.objects.get_or_create(
            unit=paying_unit(award, share),
            share=share,
            clause=award.application.clause,
            policy_year=award.application.policy_year,
        )
        if made:
            write_entry(envelope, EntryKind.GRANT, fen, reason="测试下达", by=None, at=at)
        found[str(share)] = envelope
    return found


def settle(account: YearAccount, *, unit: Unit | None = None, at: datetime = LATER) -> Settlement:
    """Settle an account as its lead would (经办, then 审核); budgets are made where none are."""
    awards = list(account.awards.exclude(state=AwardState.RETURNED).order_by("-pk"))
    for award in awards:
        fund(award, at=at)
    unit = unit or next((award.unit for award in awards if award.state == AwardState.CANDIDATE), awards[0].unit)
    proposal = propose_settlement(account=account, unit=unit, by=officer(unit), at=at)
    return confirm_settlement(proposal=proposal, expected_version=proposal.version, by=approver(unit), at=at)


def make_award(company: Company, clause_id: str = "3.4.5", *, at: datetime = LATER) -> Award:
    """A settled award: approved, computed, settled with everything else that is open on its account."""
    award = make_candidate(company, clause_id, at=at)
    settle(award.account, at=at)
    return Award.objects.get(pk=award.pk)


def forward(award: Award, state: str, *, at: datetime = LATER) -> Award:
    """Take a settled award along the table to 公示中 or 已批复, without a round and without letters."""
    steps = {AwardState.PUBLIC: ["publish"], AwardState.APPROVED: ["publish", "approve"]}[AwardState(state)]
    award = Award.objects.get(pk=award.pk)
    with transaction.atomic():
        for step in steps:
            AWARDS.apply(award, step, changes={"approved_at": at} if step == "approve" else {})
    return Award.objects.get(pk=award.pk)


def make_approved_award(company: Company, clause_id: str = "3.4.5", *, at: datetime = LATER) -> Award:
    """An award that may be paid."""
    return forward(make_award(company, clause_id, at=at), AwardState.APPROVED, at=at)


def payer(role: str = UnitRole.FINANCE, *, another: bool = False) -> User:
    """The finance person of the paying unit, or (another) a second one."""
    unit = Unit.objects.get(is_finance=True)
    first = officer(unit, role)
    if not another:
        return first
    others = [m.user for m in unit.members.filter(role=role, is_active=True).exclude(user=first).select_related("user")]
    if others:
        return others[0]
    user = UserFactory(name=f"{unit.name}第二人")
    unit.members.create(user=user, role=role)
    return user
