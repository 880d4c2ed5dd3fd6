"""Declaring a letter void: it keeps its number and its bytes, and verification says so."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from common.audit.actions import record
from common.errors import NotAllowed
from letters.content import clean
from letters.errors import LetterContentError
from letters.models import Letter
from letters.permissions import voids_for
from letters.workflow import target


@transaction.atomic
def void_letter(letter: Letter, *, reason: str, by: User, at: datetime) -> Letter:
    """Declare an issued letter void.

    Raises NotAllowed unless `by` is an approver or leader of the issuing unit or its successor, LetterContentError
    without a reason, LetterStateError for a letter that is not in force.
    """
    locked = Letter.objects.select_for_update(of=("self",)).select_related("unit", "enterprise").get(pk=letter.pk)
    if locked.unit_id not in voids_for(by):
        raise NotAllowed("只有发文单位的审核人员或负责人可以作废文书。")
    reason = clean(reason)
    if not reason:
        raise LetterContentError("请填写作废原因。", field="reason")
    if len(reason) > 500:
        raise LetterContentError("作废原因不能超过 500 字。", field="reason")
    locked.state = target("void", locked.state)
    locked.voided_at = at
    locked.voided_by = by
    locked.void_reason = reason
    locked.save(update_fields=["state", "voided_at", "voided_by", "void_reason"])
    record("letters.voided", subject=locked, by=by, at=at, data={"number": locked.number, "reason": reason})
    if locked.enterprise is not None:
        notify(
            enterprise_users(locked.enterprise),
            title=f"文书已作废：{locked.number}",
            body=f"{locked.unit.full_name}已作废《{locked.title}》。原因：{reason}",
            url=reverse("letters:list"),
            topic=NoticeTopic.LETTER,
            at=at,
        )
    return locked
