"""Taking a checked table over: one gesture for each change, as if a person had made it, and what each of them refuses.

Every gesture is a savepoint of its own, so that all refusals are found and told by row; the caller takes everything
back where there is one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from accounts.models import User
from awards.actions.budgets import adjust_envelope, open_envelope, set_subject
from awards.actions.external import enter_external_award
from awards.actions.figures import enter_checked_figure
from awards.actions.payment_results import ResultInput, record_results
from awards.documents import StoredDocument
from awards.enums import ImportKind
from awards.models import ImportFile, PaymentList
from common.errors import DomainError
from common.tables.tables import Change, Fault

Step = Callable[[ImportFile, Sequence[Change], User, datetime], list[Fault]]
_OF_ROW = re.compile(r"^第 \d+ 笔：")


@contextmanager
def _gesture(change: Change, faults: list[Fault]) -> Iterator[None]:
    """A savepoint; what is refused in it is a fault of the change's row."""
    try:
        with transaction.atomic():
            yield
    except DomainError as error:
        sentences = [sentence for found in error.errors.values() for sentence in found] or [error.message]
        faults += [Fault(change.row, change.field, sentence) for sentence in sentences]


def enter_figures(file: ImportFile, changes: Sequence[Change], by: User, at: datetime) -> list[Fault]:
    """年度数据."""
    faults: list[Fault] = []
    for change in changes:
        with _gesture(change, faults):
            enter_checked_figure(**change.payload, unit=file.unit, by=by, at=at)
    return faults


def enter_external_awards(file: ImportFile, changes: Sequence[Change], by: User, at: datetime) -> list[Fault]:
    """其他政策奖补; the document of each is the table itself."""
    document = StoredDocument(file.name, file.kind, file.content_type, file.size, file.sha256)
    faults: list[Fault] = []
    for change in changes:
        with _gesture(change, faults):
            enter_external_award(**change.payload, document=document, unit=file.unit, by=by, at=at)
    return faults


def move_budgets(file: ImportFile, changes: Sequence[Change], by: User, at: datetime) -> list[Fault]:
    """资金预算. Envelopes are taken in the order of their keys, as everywhere."""
    faults: list[Fault] = []

    def order(change: Change) -> int:
        envelope = change.payload.get("adjust") or change.payload.get("subject")
        return envelope.pk if envelope else 0

    for change in sorted(changes, key=order):
        told = change.payload
        with _gesture(change, faults):
            if "open" in told:
                open_envelope(**told["open"], by=by, at=at)
            elif "adjust" in told:
                envelope = told["adjust"]
                adjust_envelope(
                    envelope=envelope,
                    fen=told["fen"],
                    reason=told["reason"],
                    seen_amount_fen=envelope.amount_fen,
                    by=by,
                    at=at,
                )
            else:
                set_subject(
                    envelope=told["subject"], subject_code=told["code"], subject_name=told["name"], by=by, at=at
                )
    return sorted(faults, key=lambda fault: fault.row)


def enter_results(file: ImportFile, changes: Sequence[Change], by: User, at: datetime) -> list[Fault]:
    """拨付结果: one gesture for all rows; it names every fault by the row of the list."""
    rows = {str(change.payload["result"]["row"]): change for change in changes}
    results = [ResultInput(**change.payload["result"]) for change in changes]
    try:
        with transaction.atomic():
            record_results(
                payment_list=PaymentList.objects.get(number=file.about),
                results=results,
                by=by,
                at=at,
                imported_from=file if file.pk else None,
                expected_total_fen=changes[0].payload["total_fen"],
            )
    except DomainError as error:
        return [
            Fault(rows[key].row if key in rows else 0, "", _OF_ROW.sub("", sentence))
            for key, sentences in (error.errors or {"": [error.message]}).items()
            for sentence in sentences
        ]
    return []


STEPS: dict[str, Step] = {
    ImportKind.FIGURES: enter_figures,
    ImportKind.EXTERNAL: enter_external_awards,
    ImportKind.BUDGETS: move_budgets,
    ImportKind.RESULTS: enter_results,
}
