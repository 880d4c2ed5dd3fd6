"""Asking for a letter: the row is written now, the document is made after the commit."""

from datetime import datetime

from django.db import transaction

from accounts.models import Enterprise, Unit, User
from accounts.unit_names import standing_in
from common.audit.actions import record
from common.outbox.actions import enqueue
from letters.codes import new_token
from letters.content import LetterContent, clean, to_json
from letters.enums import LetterKind, LetterState
from letters.errors import LetterContentError, LetterStateError
from letters.models import Letter

RENDER = "letters.render"
TITLE_LENGTH = 200


@transaction.atomic
def request_letter(
    *,
    kind: str,
    unit: Unit,
    enterprise: Enterprise | None,
    subject_key: str,
    request_key: str,
    title: str,
    context: LetterContent,
    by: User | None,
    at: datetime,
    supersedes: Letter | None = None,
) -> Letter:
    """Order one letter of a unit; it is numbered and issued shortly after the surrounding transaction commits.

    subject_key: what the letter is about (``application:12``). request_key: names the order; the same key again returns
    the same letter and changes nothing. by: whose decision it carries, None for the system. supersedes: the issued
    letter that this one corrects and replaces.
    Raises LetterContentError for an unknown kind, an empty or overlong title or no recipient, LetterStateError where
    the letter to replace is not in force or belongs to another unit (one whose duties went to `unit` is none),
    ValueError for a naive instant.
    """
    if at.tzinfo is None:
        raise ValueError("instants are aware")
    title = " ".join(clean(title).split())
    if kind not in LetterKind.values:
        raise LetterContentError(f"没有这种文书：{kind}。")
    if not title or not context.recipient:
        raise LetterContentError("文书须有标题和主送对象。")
    if len(title) > TITLE_LENGTH:
        raise LetterContentError(f"文书标题不能超过 {TITLE_LENGTH} 字。")
    if supersedes is not None:
        _check_replaceable(supersedes, unit, request_key)
    letter, created = Letter.objects.get_or_create(
        request_key=request_key,
        defaults={
            "kind": kind,
            "unit": unit,
            "enterprise": enterprise,
            "subject_key": subject_key,
            "title": title,
            "context": to_json(context),
            "token": new_token(),
            "requested_at": at,
            "issued_by": by,
            "supersedes": supersedes,
        },
    )
    if created:
        record(
            "letters.requested",
            subject=letter,
            by=by,
            at=at,
            data={"kind": kind, "unit": unit.pk, "subject": subject_key, "title": title},
        )
        enqueue(RENDER, {"letter_id": letter.pk}, key=f"{RENDER}:{letter.pk}", at=at)
    return letter


def _check_replaceable(old: Letter, unit: Unit, request_key: str) -> None:
    """Only a letter in force, of the same unit or one whose duties it has, and not replaced yet, can be replaced."""
    present = Letter.objects.select_for_update().get(pk=old.pk)
    if present.state != LetterState.ISSUED:
        raise LetterStateError("只能取代现行有效的文书。", what=present.get_state_display())
    if unit.pk not in {present.unit_id, standing_in(present.unit).pk}:
        raise LetterStateError("只能取代本单位签发的文书。")
    if Letter.objects.filter(supersedes=present).exclude(request_key=request_key).exists():
        raise LetterStateError("该文书已被另一件文书取代。")
