"""Lifting a ban on applying before it ends: the 负责人 of the lead that decided the recovery it rests on."""

from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Ban, Enterprise, User
from accounts.notifications import enterprise_users, notify
from awards.models import Recovery
from awards.permissions import require_lead
from common.audit.actions import record
from common.errors import Conflict, NotFound
from common.prose import read_prose
from common.workdays import local_day

MAX_REASON = 500


def recovery_of(ban: Ban) -> Recovery:
    """The recovery that a ban rests on. Raises NotFound for a ban that rests on something else."""
    kind, _, key = ban.source_key.partition(":")
    found = (
        Recovery.objects.select_related("award__application", "unit").filter(pk=int(key)).first()
        if (kind == "recovery" and key.isdigit())
        else None
    )
    if found is None:
        raise NotFound
    return found


def ban_of(recovery: Recovery) -> Ban | None:
    """The ban that a recovery brought with it."""
    return Ban.objects.select_related("lifted_by").filter(source_key=f"recovery:{recovery.pk}").first()


def lift_ban(*, ban: Ban, reason: str, by: User, at: datetime) -> Ban:
    """Let the enterprise apply again from now on (负责人 of the unit that decided), with the reason; the ban stays on
    record. Raises Invalid, Conflict where it was lifted or has ended, NotAllowed."""
    with transaction.atomic():
        recovery = recovery_of(ban)
        enterprise = Enterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=ban.enterprise_id)
        row = Ban.objects.select_for_update(of=("self",)).get(pk=ban.pk)
        require_lead([recovery.award], by, (UnitRole.LEADER,))
        if row.lifted_at is not None:
            raise Conflict("限制申报已经解除，请刷新后查看。", what="已解除")
        if row.last_day < local_day(at):
            raise Conflict("限制申报已经期满，无需解除。", what="已期满")
        reason = read_prose(reason, field="reason", name="解除的理由", limit=MAX_REASON)
        row.lifted_by, row.lifted_at, row.lifted_reason = by, at, reason
        row.save(update_fields=["lifted_by", "lifted_at", "lifted_reason"])
        record(
            "ban.lifted",
            subject=enterprise,
            by=by,
            at=at,
            data={"ban": row.pk, "recovery": recovery.pk, "reason": reason},
        )
        notify(
            enterprise_users(enterprise),
            title="限制申报已解除",
            body=f"{recovery.unit.name}解除了对本企业的限制申报，现在可以申报。",
            url="/applications/",
            topic=NoticeTopic.DECISION,
            at=at,
        )
        return row
