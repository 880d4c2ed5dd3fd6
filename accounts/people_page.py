"""Reads of the pages of people: who there is, what they may do, what happened to their rights, as sentences."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.enums import EnterpriseRole, SystemRole, UnitRole
from accounts.models import EnterpriseMember, Unit, UnitMember, User
from common.audit.models import AuditEvent
from common.errors import NotFound
from common.templatetags.ui import zhdatetime

#: The words of the filter `state`.
STATES = {"active": "有效", "invited": "待设置密码", "inactive": "已停用"}
#: Where a person belongs; the filter `kind`.
KINDS = {"unit": "单位人员", "enterprise": "企业人员", "system": "政策管理员和审计", "none": "没有角色"}
#: How the library marks a password that nobody can type.
_UNUSABLE = "!"


def people(
    *, text: str = "", unit: Unit | None = None, role: str = "", kind: str = "", state: str = ""
) -> QuerySet[User]:
    """People by name, with their memberships and whether they have a second factor; three queries for a page.

    text: part of name, username, address or number. role: a UnitRole or SystemRole. kind and state: keys of KINDS and
    STATES. An empty filter asks for nothing.
    """
    own = UnitMember.objects.filter(user=OuterRef("pk"), is_active=True)
    companies = EnterpriseMember.objects.filter(user=OuterRef("pk"), is_active=True)
    rows = User.objects.annotate(has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"))))
    if text:
        rows = rows.filter(
            Q(name__icontains=text)
            | Q(username__icontains=text)
            | Q(email__icontains=text)
            | Q(phone__contains=text)
            | Exists(companies.filter(enterprise__name__icontains=text))
        )
    if unit is not None:
        rows = rows.filter(Exists(own.filter(unit=unit)))
    if role in UnitRole.values:
        rows = rows.filter(Exists(own.filter(role=role)))
    elif role in SystemRole.values and role:
        rows = rows.filter(system_role=role)
    if kind == "unit":
        rows = rows.filter(Exists(own))
    elif kind == "enterprise":
        rows = rows.filter(Exists(companies))
    elif kind == "system":
        rows = rows.exclude(system_role="")
    elif kind == "none":
        rows = rows.filter(~Exists(own), ~Exists(companies), system_role="")
    if state == "inactive":
        rows = rows.filter(is_active=False)
    elif state == "active":
        rows = rows.filter(is_active=True)
    elif state == "invited":
        rows = rows.filter(is_active=True, password__startswith=_UNUSABLE)
    members = UnitMember.objects.filter(is_active=True).select_related("unit").order_by("unit__kind", "unit__order")
    enterprises = EnterpriseMember.objects.filter(is_active=True).select_related("enterprise").order_by("pk")
    return rows.prefetch_related(
        Prefetch("unit_memberships", queryset=members, to_attr="standing_units"),
        Prefetch("enterprise_memberships", queryset=enterprises, to_attr="standing_enterprises"),
    ).order_by("-is_active", "name", "pk")


def person(pk: int) -> User:
    """One account, annotated as in `people`. Raises NotFound."""
    found = people().filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def memberships(user: User) -> list[UnitMember]:
    """Every role in a unit that a person has or had, those that stand first, by unit and in the order of the roles."""
    rows = user.unit_memberships.select_related("unit")
    return sorted(
        rows,
        key=lambda row: (
            not row.is_active,
            row.unit.kind,
            row.unit.order,
            row.unit_id,
            UnitRole.values.index(row.role),
        ),
    )


def state_of(user: User) -> tuple[str, str]:
    """(words, tone) of an account's state."""
    if not user.is_active:
        return STATES["inactive"], "neutral"
    if not user.has_usable_password():
        return STATES["invited"], "warning"
    return STATES["active"], "success"


@dataclass(frozen=True)
class Line:
    """One sentence of a history."""

    at: datetime
    text: str

    @property
    def sentence(self) -> str:
        """With its time: “2026年11月5日 14:03，张三…。”"""
        return f"{zhdatetime(self.at)}，{self.text}"


def history_of(user: User) -> list[Line]:
    """What happened to a person's account and roles, newest first; sign-ins are not told."""
    units = [str(pk) for pk in user.unit_memberships.values_list("pk", flat=True)]
    companies = [str(pk) for pk in user.enterprise_memberships.values_list("pk", flat=True)]
    events = AuditEvent.objects.filter(
        Q(subject_type="accounts.user", subject_id=str(user.pk))
        | Q(subject_type="accounts.unitmember", subject_id__in=units)
        | Q(subject_type="accounts.enterprisemember", subject_id__in=companies),
        event__in=list(_SENTENCES),
    ).order_by("-id")
    members = {str(row.pk): row for row in user.unit_memberships.select_related("unit")}
    return [Line(event.at, _sentence(event, members)) for event in events]


def _sentence(event: AuditEvent, members: Mapping[str, UnitMember]) -> str:
    who = re.sub(r"（[^（）]*）$", "", event.actor_name)
    member = members.get(event.subject_id) if event.subject_type == "accounts.unitmember" else None
    text = _SENTENCES[event.event](event.data, member)
    reason = str(event.data.get("reason") or "").rstrip("。；;. ")
    return f"{who}{text}{f'，理由：{reason}' if reason else ''}。"


def _role(data: Mapping[str, Any], member: UnitMember | None) -> str:
    unit = data.get("unit")
    name = unit if isinstance(unit, str) and not unit.isdigit() else (member.unit.name if member else "单位")
    role = str(data.get("role") or (member.role if member else ""))
    label = UnitRole(role).label if role in UnitRole.values else role
    return f"{name}{label}"


def _edited_member(data: Mapping[str, Any], member: UnitMember | None) -> str:
    if "is_active" in data:
        return f"{'恢复' if data['is_active'] else '结束'}了{_role({}, member)}角色"
    return f"修改了{_role({}, member)}角色"


def _system(data: Mapping[str, Any], key: str) -> str:
    value = str(data.get(key) or "")
    return str(SystemRole(value).label) if value and value in SystemRole.values else "无"


def _edited_user(data: Mapping[str, Any], member: UnitMember | None) -> str:
    told = []
    if "is_active" in data:
        told.append("恢复了账号" if data["is_active"] else "停用了账号")
    if "system_role" in data:
        told.append(f"将系统角色改为“{_system(data, 'system_role')}”")
    return "，".join(told) or "修改了账号资料"


_FIELDS = {"name": "姓名", "email": "邮箱", "phone": "手机号码"}


def _fields(data: Mapping[str, Any], member: UnitMember | None) -> str:
    return f"修改了{'、'.join(_FIELDS.get(str(name), str(name)) for name in data.get('fields', [])) or '资料'}"


def _enterprise_role(data: Mapping[str, Any]) -> str:
    role = str(data.get("role") or "")
    return f"（{EnterpriseRole(role).label}）" if role in EnterpriseRole.values else ""


#: Event → what was done, after the name of who did it.
_SENTENCES: dict[str, Callable[[Mapping[str, Any], UnitMember | None], str]] = {
    "accounts.account_opened": lambda data, member: (
        "开通了账号" + (f"，系统角色“{_system(data, 'system_role')}”" if data.get("system_role") else "")
    ),
    "accounts.account_invited_again": lambda data, member: "重新生成了设置密码链接",
    "accounts.account_deactivated": lambda data, member: "停用了账号",
    "accounts.account_reactivated": lambda data, member: "恢复了账号",
    "accounts.second_factor_reset": lambda data, member: "重置了两步验证",
    "accounts.system_role_changed": lambda data, member: (
        f"将系统角色由“{_system(data, 'before')}”改为“{_system(data, 'after')}”"
    ),
    "accounts.person_changed": _fields,
    "accounts.profile_changed": _fields,
    "accounts.user_changed": _edited_user,
    "accounts.role_given": lambda data, member: f"授予{_role(data, member)}角色",
    "accounts.role_ended": lambda data, member: f"结束了{_role(data, member)}角色",
    "accounts.unitmember_added": lambda data, member: f"授予{_role({}, member)}角色",
    "accounts.unitmember_changed": _edited_member,
    "accounts.member_invited": lambda data, member: f"开通了企业账号{_enterprise_role(data)}",
    "accounts.member_deactivated": lambda data, member: "停用了企业成员身份",
    "accounts.member_reactivated": lambda data, member: "恢复了企业成员身份",
    "accounts.invitation_renewed": lambda data, member: "重新生成了设置密码链接",
}
