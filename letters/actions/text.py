"""Changing the standing words of letters: a new dated row, never an edited one."""

from datetime import date, datetime

from django.db import connection, transaction

from accounts.enums import SystemRole
from accounts.models import User
from common.audit.actions import record
from common.errors import Invalid, NotAllowed
from common.workdays import local_day
from letters.content import clean
from letters.enums import TextSlot
from letters.errors import LetterTextChanged
from letters.models import LetterText
from letters.placeholders import check_text
from letters.rendering import missing_characters
from letters.texts import DEFAULTS

BODY_LENGTH = 2000
NOTE_LENGTH = 200
#: A title is one line; with a long clause and enterprise name filled in it still fits into a letter's 200 characters.
TITLE_LENGTH = 80
#: Any number that nothing else locks by: writers of standing words wait for each other.
_LOCK = 7305611402301


def text_faults(kind: str, slot: str, body: str) -> list[str]:
    """What stands against a wording, as sentences; empty where nothing does."""
    body = clean(body)
    if not body:
        return ["请填写用语。"]
    faults = []
    limit = TITLE_LENGTH if slot == TextSlot.TITLE else BODY_LENGTH
    if len(body) > limit:
        faults.append(f"最多 {limit} 字，您填写了 {len(body)} 字。")
    if slot == TextSlot.TITLE and "\n" in body:
        faults.append("标题只能是一行。")
    try:
        check_text(body, kind)
    except Invalid as error:
        faults.append(error.message)
    return faults


def last_change(kind: str, slot: str) -> int:
    """The number of the newest row of a wording, 0 where there is none: what a person saw before changing it."""
    newest = LetterText.objects.filter(kind=kind, slot=slot).order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


@transaction.atomic
def set_letter_text(
    *,
    kind: str,
    slot: str,
    body: str,
    valid_from: date,
    note: str,
    by: User,
    at: datetime,
    expected_last: int | None = None,
) -> LetterText:
    """Let a wording hold from a day on. note: why it is changed; expected_last: `last_change` as `by` saw it.

    Raises NotAllowed unless `by` is an administrator; Invalid for a slot that no letter prints, an empty wording or
    note, braces that are no listed placeholder, characters that do not print, a day that is over, or words that hold
    from that day anyway; LetterTextChanged where somebody else has changed it meanwhile.
    """
    if by.system_role != SystemRole.ADMINISTRATOR or not by.is_active:
        raise NotAllowed("只有政策管理员可以修改文书用语。")
    if (kind, slot) not in DEFAULTS:
        raise Invalid("该文书没有这一项用语。", field="slot")
    body, note = clean(body), clean(note)
    faults = {"body": text_faults(kind, slot, body), "note": _note_faults(note), "valid_from": []}
    if valid_from < local_day(at):
        faults["valid_from"] = ["不能早于今天：已经签发的文书不会改变，新用语只对今后签发的文书起作用。"]
    if not faults["body"] and (missing := missing_characters(body)):
        faults["body"] = [f"以下字符没有可用的字体，无法打印：{'、'.join(sorted(missing))}。"]
    if any(faults.values()):
        raise Invalid("用语没有保存，请更正下列各项。", errors={name: told for name, told in faults.items() if told})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if expected_last is not None and last_change(kind, slot) != expected_last:
        raise LetterTextChanged("在您填写期间，这项用语已有新的版本。请先看下面的修改记录，再决定是否保存。")
    before = (
        LetterText.objects.filter(kind=kind, slot=slot, valid_from__lte=valid_from)
        .order_by("-valid_from", "-pk")
        .first()
    )
    if body == (before.body if before else DEFAULTS[kind, slot]):
        raise Invalid("与届时使用的用语完全相同，没有需要保存的修改。", field="body")
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


def _note_faults(note: str) -> list[str]:
    if not note:
        return ["请填写修改原因。"]
    return [f"修改原因最多 {NOTE_LENGTH} 字。"] if len(note) > NOTE_LENGTH else []
