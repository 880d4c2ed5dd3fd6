"""内部备注: what officers write for themselves beside a case; the applicant never reads it."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Unit, User
from common.audit.actions import record
from common.errors import Invalid, NotAllowed, NotFound
from common.prose import read_prose
from reviews.actions.locking import lock_case
from reviews.actions.messages import require_writer
from reviews.enums import NoteScope
from reviews.models import Case, Note
from reviews.queries.talk import notes_of

MAX_NOTE = 2000
#: The same note again within this time and with nothing written in between is one note that was sent twice.
SENT_AGAIN = timedelta(minutes=10)


@transaction.atomic
def write_note(*, case: Case, unit: Unit, scope: str, text: str, by: User, at: datetime) -> Note:
    """Write a note for the own unit or for all units that take part; sent again, it is the note that stands.

    Raises NotAllowed for others and for whoever is barred from the case, Invalid with every fault.
    """
    require_writer(case, unit, "write_note", by)
    errors: dict[str, list[str]] = {}
    plain = ""
    try:
        plain = read_prose(text, field="text", name="备注内容", limit=MAX_NOTE)
    except Invalid as refused:
        errors |= refused.errors
    if scope not in NoteScope.values:
        errors["scope"] = ["请选择谁可以看到这条备注。"]
    if errors:
        raise Invalid("备注没有保存，请按提示更正。", errors=errors)
    case = lock_case(case.pk)
    last = Note.objects.filter(case=case).order_by("-at", "-pk").first()
    same = (unit.pk, by.pk, scope, plain, None)
    if (
        last is not None
        and (last.unit_id, last.author_id, last.scope, last.text, last.withdrawn_at) == same
        and at - last.at <= SENT_AGAIN
    ):
        return last
    note = Note.objects.create(case=case, unit=unit, author=by, scope=scope, text=plain, at=at)
    # About the note, not the case: the record of the case is read by units that do not read this note.
    record("case.note_written", subject=note, by=by, at=at, data={"case": case.pk, "unit": unit.name, "scope": scope})
    return note


@transaction.atomic
def withdraw_note(*, note: Note, by: User, at: datetime) -> Note:
    """Take back one's own note: it stays, as taken back (已收回), and nobody reads its text any more.

    Raises NotFound for those who do not see it, NotAllowed for those who did not write it. Again it changes nothing.
    """
    row = Note.objects.select_for_update(of=("self",)).select_related("case").filter(pk=note.pk).first()
    if row is None or not notes_of(row.case, by).filter(pk=row.pk).exists():
        raise NotFound
    if row.author_id != by.pk:
        raise NotAllowed("只有作者本人可以收回备注。")
    if row.withdrawn_at is None:
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        record("case.note_withdrawn", subject=row, by=by, at=at, data={"case": row.case_id})
    return row
