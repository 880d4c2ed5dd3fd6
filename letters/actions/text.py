"""Changing the standing words of letters: a new dated row, never an edited one."""

from datetime import date, datetime

from django.db import transaction

from accounts.enums import SystemRole
from accounts.models import User
from common.audit.actions import record
from common.errors import Invalid, NotAllowed
from letters.content import clean
from letters.models import LetterText
from letters.placeholders import check_text


@transaction.atomic
def set_letter_text(
    *, kind: str, slot: str, body: str, valid_from: date, note: str, by: User, at: datetime
) -> LetterText:
    """Let a wording hold from a day on. note: why it is changed.

    Raises NotAllowed unless `by` is an administrator, PlaceholderError for braces that are no listed placeholder,
    Invalid where the wording or the note is empty.
    """
    if by.system_role != SystemRole.ADMINISTRATOR:
        raise NotAllowed("只有政策管理员可以修改文书用语。")
    body, note = clean(body), clean(note)
    faults = {name: ["此项不能为空。"] for name, text in (("body", body), ("note", note)) if not text}
    if faults:
        raise Invalid("用语和修改说明不能为空。", errors=faults)
    check_text(body, kind)
    text = LetterText.objects.create(
        kind=kind, slot=slot, body=body, valid_from=valid_from, note=note, created_by=by, created_at=at
    )
    record(
        "letters.text_set",
        subject=text,
        by=by,
        at=at,
        data={"kind": kind, "slot": slot, "body": body, "valid_from": valid_from, "note": note},
    )
    return text
