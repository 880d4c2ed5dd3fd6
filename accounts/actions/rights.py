"""Who may do what: roles given and ended, accounts switched off and on, second factors taken off.

Every gesture carries its reason into the audit trail; nothing is deleted. An administrator never takes away the own
access, and the last one cannot be taken away by anybody.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from accounts.actions.administration import ROLE_CHANGED, refuse_mixed_roles
from accounts.actions.mail import send_mail
from accounts.actions.people import Invitation, invite, open_account, read_person
from accounts.enums import NoticeTopic, SystemRole, UnitRole
from accounts.models import Unit, UnitMember, User
from accounts.notifications import notify
from accounts.permissions import require_administrator
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import enqueue
from common.prose import read_prose

MAX_REASON = 200
OWN_ACCESS = "不能停用本人账号或取消本人的管理员身份，请由其他管理员操作。"
LAST = "这是最后一位有效的政策管理员，停用后没有人能够维护系统；请先指定另一位政策管理员。"

_RESET_MAIL = """{name}：

政策管理员已重置您账号（{username}）的两步验证，原有的验证器、安全密钥和恢复码都已失效。

请用密码登录后，在“个人设置”中重新设置两步验证。如您不知此事，请立即修改密码并联系政策管理员。
"""

_MOVED_MAIL = """{name}：

您账号（{username}）的电子邮箱已由政策管理员更改。如您不知此事，请联系政策管理员。
"""


def _reason(text: str) -> str:
    return read_prose(text, field="reason", name="理由", limit=MAX_REASON)


def _locked(user: User) -> User:
    """The account's row. Administrators' rows are locked together, so that the last two do not end each other."""
    list(User.objects.select_for_update().filter(system_role=SystemRole.ADMINISTRATOR).order_by("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _refuse_losing_administrators(row: User, by: User) -> None:
    """Raise NotAllowed where this account is one's own, or the last active administrator's."""
    if row.pk == by.pk:
        raise NotAllowed(OWN_ACCESS)
    if row.system_role != SystemRole.ADMINISTRATOR or not row.is_active:
        return
    others = User.objects.filter(system_role=SystemRole.ADMINISTRATOR, is_active=True).exclude(pk=row.pk)
    if not others.exists():
        raise NotAllowed(LAST)


@transaction.atomic
def give_role(*, user: User, unit: Unit, role: str, by: User, at: datetime, reason: str = "") -> UnitMember:
    """Let a person work in a unit in a role, or again where it was ended; the person is told.

    Raises NotAllowed for others than administrators and where the person looks after the policy or audits, Invalid for
    a unit or an account that is switched off, Conflict where the role is held already.
    """
    require_administrator(by)
    if role not in UnitRole.values:
        raise Invalid("请选择角色。", field="role")
    row = _locked(user)
    unit = Unit.objects.get(pk=unit.pk)
    if not unit.is_active:
        raise Invalid(f"{unit.name}已停用，不能再加入人员。", field="unit")
    if not row.is_active:
        raise Invalid("该账号已停用，请先恢复账号再授予角色。", field="role")
    member = UnitMember.objects.select_for_update().filter(unit=unit, user=row, role=role).first()
    if member is not None and member.is_active:
        raise Conflict(f"{row}已是{unit.name}的{member.get_role_display()}，无需再授予。", field="role")
    if member is None:
        member = UnitMember(unit=unit, user=row, role=role)
    member.is_active = True
    refuse_mixed_roles(member)
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError as error:
        raise Conflict("这个角色刚刚已被授予，请刷新后查看。", field="role") from error
    data = {"user": row.pk, "unit": unit.name, "role": role, "reason": reason.strip()}
    record("accounts.role_given", subject=member, by=by, at=at, data=data)
    notify(
        [row],
        title=f"您已是{unit.name}的{member.get_role_display()}",
        body=f"{by}授予您这一角色，即时生效。",
        url="/me/",
        topic=NoticeTopic.ACCOUNT,
        at=at,
    )
    return member


@transaction.atomic
def end_role(*, member: UnitMember, reason: str, by: User, at: datetime) -> UnitMember:
    """End a person's role in a unit at once; what the person has in hand there goes back to the unit.

    Raises NotAllowed for others than administrators, Invalid without a reason, Conflict where it has ended.
    """
    require_administrator(by)
    reason = _reason(reason)
    row = UnitMember.objects.select_for_update(of=("self",)).select_related("unit", "user").get(pk=member.pk)
    if not row.is_active:
        raise Conflict("这个角色已经结束，请刷新后查看。")
    row.is_active = False
    row.save(update_fields=["is_active"])
    data = {"user": row.user_id, "unit": row.unit.name, "role": row.role, "reason": reason}
    told = record("accounts.role_ended", subject=row, by=by, at=at, data=data)
    enqueue(ROLE_CHANGED, {"user": row.user_id}, key=f"{ROLE_CHANGED}:{told.pk}", at=at)
    notify(
        [row.user],
        title=f"您不再是{row.unit.name}的{row.get_role_display()}",
        body=f"{by}结束了这一角色。理由：{reason}",
        url="/me/",
        topic=NoticeTopic.ACCOUNT,
        at=at,
    )
    return row


@transaction.atomic
def set_system_role(*, user: User, system_role: str, reason: str, by: User, at: datetime) -> User:
    """Make a person 政策管理员 or 审计, or neither ("").

    Raises NotAllowed for others than administrators, for the own role, for the last administrator and for people who
    work in a unit or an enterprise; Invalid without a reason or for an account that is switched off; Conflict where
    nothing would change.
    """
    require_administrator(by)
    if system_role not in SystemRole.values:
        raise Invalid("请选择系统角色。", field="system_role")
    reason = _reason(reason)
    row = _locked(user)
    before = row.system_role
    if before == system_role:
        raise Conflict("系统角色与现在的相同，无需更改。", field="system_role")
    if system_role and not row.is_active:
        raise Invalid("该账号已停用，请先恢复账号。", field="system_role")
    _refuse_losing_administrators(row, by)
    row.system_role = system_role
    refuse_mixed_roles(row)
    row.save(update_fields=["system_role"])
    data = {"before": before, "after": system_role, "reason": reason}
    record("accounts.system_role_changed", subject=row, by=by, at=at, data=data)
    return row


@transaction.atomic
def deactivate_account(*, user: User, reason: str, by: User, at: datetime) -> User:
    """Switch an account off: its sessions end at once, its tasks go back to their units, its roles stay on record.

    Raises NotAllowed for others than administrators, for the own account and the last administrator's; Invalid without
    a reason; Conflict where it is off already.
    """
    require_administrator(by)
    reason = _reason(reason)
    row = _locked(user)
    if not row.is_active:
        raise Conflict("该账号已经停用，请刷新后查看。")
    _refuse_losing_administrators(row, by)
    row.is_active = False
    row.save(update_fields=["is_active"])
    ended = _end_sessions(row, at)
    told = record("accounts.account_deactivated", subject=row, by=by, at=at, data={"reason": reason, "sessions": ended})
    enqueue(ROLE_CHANGED, {"user": row.pk}, key=f"{ROLE_CHANGED}:{told.pk}", at=at)
    return row


@transaction.atomic
def reactivate_account(*, user: User, reason: str, by: User, at: datetime) -> User:
    """Switch an account on again with the roles it held; tasks that went back to the unit do not return.

    Raises NotAllowed for others than administrators, Invalid without a reason, Conflict where it is on.
    """
    require_administrator(by)
    reason = _reason(reason)
    row = _locked(user)
    if row.is_active:
        raise Conflict("该账号当前有效，无需恢复。")
    refuse_mixed_roles(row)
    row.is_active = True
    row.save(update_fields=["is_active"])
    record("accounts.account_reactivated", subject=row, by=by, at=at, data={"reason": reason})
    return row


def _end_sessions(user: User, at: datetime) -> int:
    """Delete the person's sessions: an account that is switched on again must not find an old browser signed in."""
    key = str(user.pk)
    found = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=at).iterator()
        if session.get_decoded().get(SESSION_KEY) == key
    ]
    Session.objects.filter(pk__in=found).delete()
    return len(found)


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, by: User, at: datetime) -> User:
    """Take every second factor off somebody who has lost it (device, keys, recovery codes); the owner is told by mail.

    Raises NotAllowed for others than administrators and for the own account, Invalid without a reason, Conflict where
    there is none.
    """
    require_administrator(by)
    reason = _reason(reason)
    row = _locked(user)
    if row.pk == by.pk:
        raise NotAllowed("本人的两步验证请在“个人设置”中更改，丢失时由另一位管理员重置。")
    kinds = sorted(Authenticator.objects.filter(user=row).values_list("type", flat=True))
    if not kinds:
        raise Conflict("该账号没有设置两步验证，无需重置。")
    Authenticator.objects.filter(user=row).delete()
    record("accounts.second_factor_reset", subject=row, by=by, at=at, data={"reason": reason, "kinds": kinds})
    if row.email:
        body = _RESET_MAIL.format(name=row.name, username=row.username)
        send_mail(to=row.email, subject="两步验证已重置", body=body, at=at)
    return row


@transaction.atomic
def open_officer(
    *,
    username: str,
    name: str,
    email: str,
    phone: str,
    by: User,
    at: datetime,
    unit: Unit | None = None,
    role: str = "",
    system_role: str = "",
) -> Invitation:
    """Open an account with its first role: one in a unit, or a system role, never both.

    Raises NotAllowed for others than administrators, Invalid with every fault, Conflict for a name taken in the same
    moment.
    """
    require_administrator(by)
    if system_role and (unit or role):
        raise Invalid("系统角色和单位角色只能选择一种。", field="system_role")
    if bool(unit) != bool(role):
        missing = "role" if unit else "unit"
        raise Invalid("请同时选择单位和角色。", field=missing)
    if not system_role and unit is None:
        raise Invalid("请选择单位和角色，或选择系统角色。", field="unit")
    invitation = open_account(
        username=username,
        name=name,
        email=email,
        phone=phone,
        system_role=system_role,
        organisation=unit.name if unit else "政府部门",
        by=by,
        at=at,
    )
    if unit is not None:
        give_role(user=invitation.user, unit=unit, role=role, by=by, at=at)
    return invitation


@transaction.atomic
def renew_account_invitation(*, user: User, by: User, at: datetime) -> Invitation:
    """A new one-time link for somebody who has not chosen a password yet; raises Conflict once that has happened,
    because afterwards the link would hand the account to somebody else."""
    require_administrator(by)
    row = _locked(user)
    if row.has_usable_password():
        raise Conflict("该人员已设置密码，不能再生成链接；忘记密码请使用登录页的“忘记密码”。")
    if not row.is_active:
        raise Conflict("该账号已停用。")
    record("accounts.account_invited_again", subject=row, by=by, at=at, data={"username": row.username})
    units = row.unit_memberships.filter(is_active=True).select_related("unit")
    names = "、".join(dict.fromkeys(member.unit.name for member in units))
    return invite(row, organisation=names or "政府部门", by=by, at=at)


@transaction.atomic
def change_account(*, user: User, name: str, email: str, phone: str, by: User, at: datetime) -> User:
    """Correct a person's name, address and mobile number; an address that was replaced is told of it.

    Raises NotAllowed for others than administrators, Invalid with every fault at once.
    """
    require_administrator(by)
    row = _locked(user)
    values, faults = read_person(name=name, email=email, phone=phone, but=row)
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    changed = [key for key, value in values.items() if value != getattr(row, key)]
    if not changed:
        return row
    before = row.email
    for key in changed:
        setattr(row, key, values[key])
    row.save(update_fields=changed)
    if "email" in changed:
        # The library keeps addresses of its own; a stale one would still take password links.
        EmailAddress.objects.filter(user=row).delete()
        if before:
            body = _MOVED_MAIL.format(name=row.name, username=row.username)
            send_mail(to=before, subject="账号邮箱已更改", body=body, at=at)
    told = {key: values[key] for key in changed if key == "name"}
    record("accounts.person_changed", subject=row, by=by, at=at, data={"fields": changed} | told)
    return row
