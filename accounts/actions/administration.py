"""What administrators change: units, officers' roles, accounts. Nothing is deleted; rights are switched off."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction

from accounts.models import UnitMember, User
from common.audit.actions import record
from common.errors import NotAllowed
from common.outbox.actions import enqueue

#: Owed whenever a person's part in a unit may have ended; rooms that give people work look whether it has.
ROLE_CHANGED = "accounts.unit_role_changed"
MIXED = "政策管理员和审计人员不能同时在单位或企业任职；请先停用其中一方的身份，或另开账号。"


def refuse_mixed_roles(instance: models.Model) -> None:
    """Raise NotAllowed where a person would hold a system role beside an active membership of a unit or enterprise.

    Who edits clauses decides no case, who audits changes nothing, and neither files.
    """
    if isinstance(instance, UnitMember):
        mixed = instance.is_active and bool(instance.user.system_role)
    elif isinstance(instance, User) and instance.pk and instance.system_role:
        mixed = (
            instance.unit_memberships.filter(is_active=True).exists()
            or instance.enterprise_memberships.filter(is_active=True).exists()
        )
    else:
        mixed = False
    if mixed:
        raise NotAllowed(MIXED)


@transaction.atomic
def save_administered(
    *, instance: models.Model, changed: Iterable[str], created: bool, by: User, at: datetime
) -> models.Model:
    """Save a row that an administrator edited, with an audit event naming the changed fields and their new values.

    Raises NotAllowed where administrators would take away their own access, or where one person would both look after
    the policy (or audit) and work on cases.
    """
    refuse_mixed_roles(instance)
    if isinstance(instance, User) and not created and instance.pk == by.pk:
        stored = User.objects.get(pk=by.pk)
        if not instance.is_active or instance.system_role != stored.system_role:
            raise NotAllowed("不能停用本人账号或取消本人的管理员身份，请由其他管理员操作。")
    instance.save()
    values = {name: _plain(instance, name) for name in changed if name != "password"}
    event = f"accounts.{instance._meta.model_name}_{'added' if created else 'changed'}"
    told = record(event, subject=instance, by=by, at=at, data=values)
    person = _whose_part_changed(instance, created=created)
    if person is not None:
        enqueue(ROLE_CHANGED, {"user": person.pk}, key=f"{ROLE_CHANGED}:{told.pk}", at=at)
    return instance


def _whose_part_changed(instance: models.Model, *, created: bool) -> User | None:
    """The person whose work in a unit may have ended with this change: a membership that was edited, an account that
    was switched off."""
    if created:
        return None
    if isinstance(instance, UnitMember):
        return instance.user
    return instance if isinstance(instance, User) and not instance.is_active else None


def _plain(instance: models.Model, name: str) -> object:
    value = getattr(instance, name, None)
    return value if isinstance(value, str | int | bool | None) else str(value)
