"""Who may come to the pages of budgets."""

from accounts.enums import UnitRole
from awards.enums import Share
from awards.models import Envelope, SettlementBatch
from policies.models import Call
from tests.architecture.row import ADMINISTRATOR, AUDITOR, OFFICERS, Row, pk_of
from tests.architecture.world import Side
from tests.factories.reviews import LATER, officer

READERS = OFFICERS | AUDITOR
ENTERING = frozenset({"finance", "leader"})
BATCHES = frozenset({"handler", "approver", "leader"}) | AUDITOR


def _envelope(side: Side) -> int:
    """The budget of the side's district for the clause of its award."""
    found, _ = Envelope.objects.get_or_create(
        unit=side.company.enterprise.district,
        share=Share.DISTRICT,
        clause=side.award.application.clause,
        policy_year=side.award.application.policy_year,
    )
    return found.pk


def _batch(side: Side) -> int:
    """A batch of the side's district; made as the shape of one, for a district leads nothing in this world."""
    unit = side.company.enterprise.district
    found = SettlementBatch.objects.filter(unit=unit).first()
    if found is None:
        found = SettlementBatch.objects.create(
            call=Call.objects.get(pk=side.draft.call_id),
            unit=unit,
            proposed_by=officer(unit, UnitRole.HANDLER),
            proposed_at=LATER,
        )
    return found.pk


ENVELOPE = pk_of(_envelope)
BATCH = pk_of(_batch)

ROWS: dict[str, Row] = {
    "awards:envelopes": Row(READERS),
    "awards:envelopes_xlsx": Row(READERS),
    "awards:envelope": Row(READERS, **ENVELOPE),
    "awards:envelope_new": Row(ENTERING),
    "awards:envelope_adjust": Row(ENTERING, **ENVELOPE),
    "awards:envelope_subject": Row(ENTERING, **ENVELOPE),
    "awards:ratios": Row(READERS | ADMINISTRATOR),
    "awards:budget_hint": Row(
        READERS,
        own=lambda side: {"case": side.case.pk},
        missing=lambda side: {"case": 99_999_999},
    ),
    "awards:batches": Row(BATCHES),
    "awards:batch_new": Row(frozenset({"handler"})),
    "awards:batch": Row(BATCHES, **BATCH),
    "awards:batch_progress": Row(BATCHES, **BATCH),
    "awards:batch_confirm": Row(frozenset({"approver"}), **BATCH),
    "awards:batch_withdraw": Row(frozenset({"handler", "approver"}), **BATCH),
    "awards:batch_xlsx": Row(BATCHES, **BATCH),
}
