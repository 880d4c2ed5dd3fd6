"""Who may come to the pages of settlement: the enterprise its own account, officers those with a file of theirs."""

from typing import Any

from tests.architecture.row import AUDITOR, ENTERPRISE, NONE, OFFICERS, Row, pk_of
from tests.architecture.world import Side

READERS = ENTERPRISE | OFFICERS | AUDITOR
ACCOUNT = pk_of(lambda side: side.award.account_id)
AWARD = pk_of(lambda side: side.award.pk)


def _document() -> dict[str, Any]:
    from common import storage

    sha256 = storage.put(b"%PDF-demo")
    return {"name": "批件.pdf", "kind": "pdf", "content_type": "application/pdf", "size": 9, "sha256": sha256}


def _external(side: Side) -> int:
    """An award of another policy on the side's account."""
    from awards.models import ExternalAward

    return ExternalAward.objects.create(
        account=side.award.account,
        group="研发投入",
        amount_fen=1,
        source="演示",
        unit=side.task.unit,
        entered_by=side.company.agent,
        entered_at=side.case.opened_at,
        **_document(),
    ).pk


def _override(side: Side) -> int:
    """A decision on the cap of the side's account."""
    from awards.models import CapOverride

    return CapOverride.objects.create(
        account=side.award.account,
        lift=True,
        cap_before_fen=1,
        reason="演示",
        unit=side.task.unit,
        decided_by=side.company.agent,
        decided_at=side.case.opened_at,
        **_document(),
    ).pk


def _row_of(make: Any) -> Any:
    return {
        "own": lambda side: {"pk": side.award.account_id, "row": make(side)},
        "missing": lambda side: {"pk": side.award.account_id, "row": NONE},
    }


ROWS: dict[str, Row] = {
    "awards:accounts": Row(READERS),
    "awards:account": Row(READERS, **ACCOUNT),
    "awards:account_choose": Row(ENTERPRISE, **ACCOUNT),
    "awards:account_propose": Row(OFFICERS, **ACCOUNT),
    "awards:account_confirm": Row(OFFICERS, **ACCOUNT),
    "awards:account_withdraw": Row(OFFICERS, **ACCOUNT),
    "awards:account_figure": Row(OFFICERS, **ACCOUNT),
    "awards:account_override": Row(OFFICERS, **ACCOUNT),
    "awards:account_override_withdraw": Row(OFFICERS, **_row_of(_override), leads=True),
    "awards:account_override_file": Row(OFFICERS | AUDITOR, **_row_of(_override)),
    "awards:account_external": Row(OFFICERS, **ACCOUNT),
    "awards:account_external_withdraw": Row(OFFICERS, **_row_of(_external), leads=True),
    "awards:account_external_file": Row(OFFICERS | AUDITOR, **_row_of(_external)),
    "awards:award_return": Row(OFFICERS, **AWARD),
}
