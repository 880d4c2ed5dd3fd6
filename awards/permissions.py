"""Who may make which gesture with money; the sentences say why not. Separation of duties is that of the review:
whoever filed, belongs to the enterprise, stepped back, or acted in another unit's stage of the file keeps away."""

from collections.abc import Iterable

from accounts.enums import UnitRole
from accounts.models import Unit, UnitMember, User
from awards.models import Award
from common.errors import NotAllowed
from reviews.models import Case, Participation
from reviews.permissions import bar_of
from reviews.queries.routes import keeper_task

#: The two people of a lead, and of the paying unit.
DRAFTERS = (UnitRole.HANDLER,)
CONFIRMERS = (UnitRole.APPROVER,)
PAYERS = (UnitRole.FINANCE,)
PAY_CONFIRMERS = (UnitRole.FINANCE, UnitRole.LEADER)


def holds(user: User, unit: Unit, roles: Iterable[UnitRole]) -> bool:
    """Whether the user holds one of the roles in the unit today."""
    return (
        user.is_active
        and not user.system_role
        and UnitMember.objects.filter(
            unit=unit, unit__is_active=True, user=user, role__in=list(roles), is_active=True
        ).exists()
    )


def why_not_for_lead(award: Award, user: User, roles: Iterable[UnitRole]) -> str:
    """Why the user may not act for the unit that keeps the file of this award; "" where nothing stands against it."""
    roles = list(roles)
    if not holds(user, award.unit, roles):
        wanted = "、".join(role.label for role in roles)
        return f"此操作由{award.unit.name}的{wanted}人员办理，您没有这一角色。"
    bar = bar_of(keeper_task(Case.objects.get(application=award.application_id)), user)
    return f"{award.application.number}：您{bar.because}" if bar else ""


def require_lead(awards: Iterable[Award], user: User, roles: Iterable[UnitRole]) -> None:
    """Raise NotAllowed unless the user may act for the lead of every one of these awards."""
    for award in awards:
        if because := why_not_for_lead(award, user, roles):
            raise NotAllowed(because)


def require_payer(unit: Unit, awards: Iterable[Award], user: User, roles: Iterable[UnitRole]) -> None:
    """Raise NotAllowed unless the user pays for the unit and took no part in the review of any of these files."""
    roles = list(roles)
    if not unit.is_finance or not holds(user, unit, roles):
        wanted = "、".join(role.label for role in roles)
        raise NotAllowed(f"此操作由拨付单位{unit.name}的{wanted}人员办理，您没有这一角色。")
    files = {award.application_id: award for award in awards}
    part = Participation.objects.filter(case__application__in=files, user=user).select_related("case", "stage").first()
    if part is not None:
        number = files[part.case.application_id].application.number
        raise NotAllowed(f"您在{number}的{part.stage.get_kind_display()}环节办理过，不得再办理该件的拨付。")
    members = {award.account.enterprise_id for award in files.values()}
    if user.enterprise_memberships.filter(enterprise__in=members, is_active=True).exists():
        raise NotAllowed("您是收款企业的成员，不得办理拨付。")
