"""Who may come to the pages of 追回."""

from typing import Any

from tests.architecture.row import AUDITOR, ENTERPRISE, NONE, OFFICERS, Row, pk_of
from tests.architecture.world import Side
from tests.factories.exports import pdf_of
from tests.factories.recoveries import make_demanded, pay
from tests.factories.reviews import LATER


def _demanded(side: Side) -> Any:
    """The demanded recovery of the side's award, which is settled, approved and paid for it."""
    from awards.models import Award, Recovery
    from tests.factories.awards import forward, settle

    found = Recovery.objects.filter(award=side.award).first()
    if found is None:
        settle(side.award.account, at=LATER)
        award = pay(forward(Award.objects.get(pk=side.award.pk), "approved"))
        found = make_demanded(award, 500)
    return found


def _file(side: Side) -> int:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from applications.actions.messages import Enclosure
    from awards.actions.recovery_receipts import hand_in_voucher
    from tests.factories.recoveries import FOUND_AT

    recovery = _demanded(side)
    files = [Enclosure("回单.pdf", SimpleUploadedFile("回单.pdf", pdf_of("回单")))]
    hand_in_voucher(recovery=recovery, files=files, by=side.company.legal, at=FOUND_AT)
    return recovery.files.get().pk


RECOVERY = pk_of(lambda side: _demanded(side).pk)
OFFICE = Row(OFFICERS, **RECOVERY, leads=True)

ROWS: dict[str, Row] = {
    "awards:recoveries": Row(ENTERPRISE | OFFICERS | AUDITOR),
    "awards:recovery_new": Row(OFFICERS, **pk_of(lambda side: side.award.pk), told=OFFICERS),
    "awards:recovery": Row(ENTERPRISE | OFFICERS | AUDITOR, **RECOVERY),
    "awards:recovery_file": Row(
        ENTERPRISE | OFFICERS | AUDITOR,
        own=lambda side: {"pk": _demanded(side).pk, "file": _file(side)},
        sees=ENTERPRISE | AUDITOR,
        missing=lambda side: {"pk": NONE, "file": NONE},
    ),
    "awards:recovery_draft": OFFICE,
    "awards:recovery_return": OFFICE,
    "awards:recovery_decide": OFFICE,
    "awards:recovery_drop": OFFICE,
    "awards:recovery_receipt": OFFICE,
    "awards:recovery_reverse": OFFICE,
    "awards:recovery_voucher": Row(ENTERPRISE, **RECOVERY, leads=True),
    "awards:recovery_set_off": OFFICE,
    "awards:recovery_set_off_decide": OFFICE,
    "awards:recovery_set_off_return": OFFICE,
    "awards:ban_lift": OFFICE,
}
