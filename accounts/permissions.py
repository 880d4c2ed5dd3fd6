"""Who may do what to an enterprise, and who looks after units and people; refusing is otherwise the actions' part."""

from accounts.enums import EnterpriseRole, SystemRole, UnitKind, UnitRole
from accounts.models import Enterprise, EnterpriseMember, UnitMember, User
from common.errors import NotAllowed

VERIFYING_ROLES = (UnitRole.HANDLER, UnitRole.APPROVER)


def membership_of(user: User, enterprise: Enterprise) -> EnterpriseMember | None:
    """The active membership of an active user in the enterprise, or None."""
    if not user.is_active:
        return None
    return EnterpriseMember.objects.filter(enterprise=enterprise, user=user, is_active=True).first()


def is_member(user: User, enterprise: Enterprise) -> bool:
    """Whether the user acts for the enterprise today, in whatever role."""
    return membership_of(user, enterprise) is not None


def is_legal_member(user: User, enterprise: Enterprise) -> bool:
    """Whether the user is 法定代表人（授权人） of the enterprise today."""
    membership = membership_of(user, enterprise)
    return membership is not None and membership.role == EnterpriseRole.LEGAL


def may_manage_members(user: User, enterprise: Enterprise) -> bool:
    """Whether the user adds and suspends colleagues: a legal member, or the first member until there is a legal one."""
    membership = membership_of(user, enterprise)
    if membership is None:
        return False
    active = EnterpriseMember.objects.filter(enterprise=enterprise, is_active=True, user__is_active=True)
    if active.filter(role=EnterpriseRole.LEGAL).exists():
        return membership.role == EnterpriseRole.LEGAL
    return active.order_by("pk").first() == membership


def may_verify(user: User, enterprise: Enterprise) -> bool:
    """Whether the user answers for the enterprise's district (经办, 审核) and does not act for the enterprise too."""
    if not user.is_active or is_member(user, enterprise):
        return False
    return UnitMember.objects.filter(
        user=user,
        is_active=True,
        role__in=VERIFYING_ROLES,
        unit_id=enterprise.district_id,
        unit__is_active=True,
        unit__kind=UnitKind.DISTRICT,
    ).exists()


def may_administer(user: object) -> bool:
    """Whether the user is an active 政策管理员, who looks after units, people and their rights."""
    return bool(getattr(user, "is_active", False)) and getattr(user, "system_role", "") == SystemRole.ADMINISTRATOR


def require_administrator(by: User) -> None:
    """Raise NotAllowed for anybody but an active 政策管理员."""
    if not may_administer(by):
        raise NotAllowed("单位、人员和角色由政策管理员维护，您没有这一角色。")
