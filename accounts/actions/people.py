"""Opening accounts for other people: colleagues of an enterprise, officers, administrators."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.actions.mail import send_mail
from accounts.actions.profile import clean_person
from accounts.enums import EnterpriseRole
from accounts.invitations import password_link
from accounts.models import Enterprise, EnterpriseMember, User
from accounts.permissions import may_manage_members
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed, NotFound

_INVITATION = """{name}：

{inviter}为您开通了南昌电子信息政策兑现平台账号。

用户名：{username}
所属单位：{organisation}

请在 3 日内打开以下链接设置密码，链接只能使用一次：
{link}

如您不知此事，请忽略本邮件。
"""
MIN_USERNAME = 4


@dataclass(frozen=True)
class Invitation:
    """A new or waiting account and its one-time link, shown once to the inviting person."""

    user: User
    link: str


def read_person(
    *, name: str, email: str, phone: str, but: User | None = None
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What was typed of a person, tidied (name, email, phone), and every fault by its field; an address that another
    account than `but` has is one."""
    faults: dict[str, list[str]] = {}
    try:
        name, phone = clean_person(name=name, phone=phone)
    except Invalid as error:
        faults.update(error.errors)
    email = email.strip().lower()
    others = User.objects.filter(email__iexact=email)
    if but is not None:
        others = others.exclude(pk=but.pk)
    try:
        validate_email(email)
    except ValidationError:
        faults["email"] = ["请填写有效的电子邮箱，例如 name@example.com。"]
    else:
        if others.exists():
            faults["email"] = ["该邮箱已被其他账号使用，请填写本人的邮箱。"]
    return {"name": name, "email": email, "phone": phone}, faults


def _new_user(*, username: str, name: str, email: str, phone: str, at: datetime) -> User:
    """An account without password; raises Invalid with every fault and Conflict where the name was just taken."""
    values, faults = read_person(name=name, email=email, phone=phone)
    username = username.strip()
    user = User(username=username, date_joined=at, **values)
    user.set_unusable_password()
    if len(username) < MIN_USERNAME:
        faults["username"] = [f"用户名至少 {MIN_USERNAME} 个字符。"]
    elif User.objects.filter(username__iexact=username).exists():
        faults["username"] = ["该用户名已被使用，请换一个。"]
    else:
        try:
            user.clean_fields(exclude=["password", "name", "email", "phone"])
        except ValidationError as error:
            faults.setdefault("username", []).extend(error.messages)
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("该用户名刚刚被使用，请换一个。", field="username") from error
    return user


def invite(user: User, *, organisation: str, by: User | None, at: datetime) -> Invitation:
    """Owe the mail with a one-time link to an account without password, and return the link as well."""
    link = password_link(user)
    send_mail(
        to=user.email,
        subject="设置您的登录密码",
        body=_INVITATION.format(
            name=user.name,
            inviter=str(by) if by else "系统管理员",
            username=user.username,
            organisation=organisation,
            link=link,
        ),
        at=at,
    )
    return Invitation(user=user, link=link)


def _managed(enterprise: Enterprise, by: User) -> Enterprise:
    if not Enterprise.objects.visible_to(by).filter(pk=enterprise.pk).exists():
        raise NotFound
    row = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    if not may_manage_members(by, row):
        raise NotAllowed("只有本单位的法定代表人（授权人）可以管理人员；尚无法定代表人账号时由首位注册人管理。")
    return row


@transaction.atomic
def invite_member(
    *, enterprise: Enterprise, username: str, name: str, email: str, phone: str, role: str, by: User, at: datetime
) -> Invitation:
    """Open an account for a colleague and owe the mail with the one-time link; the link is returned as well, so that
    it works without mail.

    Raises NotFound for strangers, NotAllowed for members who do not manage, Invalid with every fault, Conflict for a
    name taken in the same moment.
    """
    row = _managed(enterprise, by)
    if role not in EnterpriseRole.values:
        raise Invalid("请选择人员的身份。", field="role")
    user = _new_user(username=username, name=name, email=email, phone=phone, at=at)
    member = EnterpriseMember.objects.create(enterprise=row, user=user, role=role)
    record(
        "accounts.member_invited",
        subject=member,
        by=by,
        at=at,
        data={"enterprise": row.pk, "username": user.username, "role": role},
    )
    return invite(user, organisation=row.name, by=by, at=at)


def _member(enterprise: Enterprise, member_id: int, by: User) -> EnterpriseMember:
    row = _managed(enterprise, by)
    member = EnterpriseMember.objects.select_related("user").filter(pk=member_id, enterprise=row).first()
    if member is None:
        raise NotFound
    return member


@transaction.atomic
def renew_invitation(*, enterprise: Enterprise, member_id: int, by: User, at: datetime) -> Invitation:
    """A new link for a colleague who has not chosen a password yet; raises Conflict once that has happened, because
    afterwards the link would hand the account to somebody else."""
    member = _member(enterprise, member_id, by)
    if member.user.has_usable_password():
        raise Conflict("该人员已设置密码，不能再生成链接；忘记密码请使用登录页的“忘记密码”。")
    if not member.is_active:
        raise Conflict("该人员已停用。")
    record("accounts.invitation_renewed", subject=member, by=by, at=at, data={"username": member.user.username})
    return invite(member.user, organisation=enterprise.name, by=by, at=at)


@transaction.atomic
def deactivate_member(*, enterprise: Enterprise, member_id: int, by: User, at: datetime) -> EnterpriseMember:
    """End a colleague's right to act for the enterprise at once; nobody ends the own one, so that a manager remains."""
    member = _member(enterprise, member_id, by)
    if member.user_id == by.pk:
        raise NotAllowed("不能停用本人，请由其他法定代表人（授权人）操作。")
    if not member.is_active:
        raise Conflict("该人员已经停用。")
    member.is_active = False
    member.save(update_fields=["is_active"])
    record("accounts.member_deactivated", subject=member, by=by, at=at, data={"username": member.user.username})
    return member


@transaction.atomic
def reactivate_member(*, enterprise: Enterprise, member_id: int, by: User, at: datetime) -> EnterpriseMember:
    """Let a colleague act for the enterprise again."""
    member = _member(enterprise, member_id, by)
    if member.is_active:
        raise Conflict("该人员当前有效，无需恢复。")
    member.is_active = True
    member.save(update_fields=["is_active"])
    record("accounts.member_reactivated", subject=member, by=by, at=at, data={"username": member.user.username})
    return member


@transaction.atomic
def open_account(
    *,
    username: str,
    name: str,
    email: str,
    phone: str = "",
    system_role: str = "",
    organisation: str = "政府部门",
    by: User | None,
    at: datetime,
) -> Invitation:
    """Open an account that is no enterprise's: an officer (memberships follow), an administrator or an auditor.

    by: the administrator, or None from the command line. Raises Invalid with every fault, Conflict as invite_member.
    """
    user = _new_user(username=username, name=name, email=email, phone=phone, at=at)
    user.system_role = system_role
    user.save(update_fields=["system_role"])
    record(
        "accounts.account_opened",
        subject=user,
        by=by,
        at=at,
        data={"username": user.username, "system_role": system_role},
    )
    return invite(user, organisation=organisation, by=by, at=at)
