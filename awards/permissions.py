"""Who may make which gesture with money; the sentences say why not. Separation of duties is that of the review:
whoever filed, belongs to the enterprise, stepped back, or acted in another unit's stage of the file keeps away."""

from collections.abc import Iterable

from django.db.models import Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import Unit, UnitMember, User
from accounts.unit_names import standing_in
from applications.models import Application
from awards.models import Award, YearAccount
from common.errors import NotAllowed
from reviews.models import Case, Participation, Recusal
from reviews.permissions import bar_of
from reviews.queries.routes import keeper_task

#: The two people of a lead, and of the paying unit.
DRAFTERS = (UnitRole.HANDLER,)
CONFIRMERS = (UnitRole.APPROVER,)
PAYERS = (UnitRole.FINANCE,)
PAY_CONFIRMERS = (UnitRole.FINANCE, UnitRole.LEADER)


#: Who enters and corrects the budget of a unit.
BUDGETERS = (UnitRole.FINANCE, UnitRole.LEADER)


def holds(user: User, unit: Unit, roles: Iterable[UnitRole]) -> bool:
    """Whether the user holds one of the roles in the unit today, or in the one that has its duties since."""
    unit = standing_in(unit)
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


def why_not_on_account(account: YearAccount, user: User) -> str:
    """Why the user must keep away from everything of this account; "" where nothing stands against it."""
    if account.enterprise.members.filter(user=user, is_active=True).exists():
        return "您是该企业的成员，不得办理该企业的事项。"
    if account.files().filter(revisions__filed_by=user).exists():
        return "您填报过该企业的申报，不得办理该企业的事项。"
    if Recusal.objects.filter(case__application__in=account.files(), user=user).exists():
        return "您已回避该企业的申报，请由本单位其他人员办理。"
    return ""


def require_reader_of_account(account: YearAccount, unit: Unit, user: User) -> None:
    """Raise NotAllowed unless the user is 经办 or 审核 of the unit, and the unit reads a file of the account.

    Entering what is on record settles nothing, so that having acted in a stage does not stand against it.
    """
    if not holds(user, unit, (*DRAFTERS, *CONFIRMERS)) or not account.reading_units().filter(pk=unit.pk).exists():
        raise NotAllowed(f"录入由办理该企业申报的单位的经办或审核人员进行，您在{unit.name}没有这一角色或权限。")
    if because := why_not_on_account(account, user):
        raise NotAllowed(because)


def require_payer(unit: Unit, awards: Iterable[Award], user: User, roles: Iterable[UnitRole]) -> None:
    """Raise NotAllowed unless the user pays for the unit and took no part in any of these files: neither in its review,
    nor as who prepared or filed it, nor by stepping back from it."""
    roles = list(roles)
    if not unit.is_finance or not holds(user, unit, roles):
        wanted = "、".join(role.label for role in roles)
        raise NotAllowed(f"此操作由拨付单位{unit.name}的{wanted}人员办理，您没有这一角色。")
    files = {award.application_id: award for award in awards}
    part = Participation.objects.filter(case__application__in=files, user=user).select_related("case", "stage").first()
    if part is not None:
        number = files[part.case.application_id].application.number
        raise NotAllowed(f"您在{number}的{part.stage.get_kind_display()}环节办理过，不得再办理该件的拨付。")
    filed = Application.objects.filter(
        Q(revisions__filed_by=user) | Q(revisions__prepared_by=user) | Q(case__recusals__user=user), pk__in=files
    ).first()
    if filed is not None:
        raise NotAllowed(f"您填报过{filed.number}或已回避该件，不得办理该件的拨付。")
    members = {award.account.enterprise_id for award in files.values()}
    if user.enterprise_memberships.filter(enterprise__in=members, is_active=True).exists():
        raise NotAllowed("您是收款企业的成员，不得办理拨付。")


def why_not_budget(unit: Unit, user: User) -> str:
    """Why the user may not enter or correct the budgets of this unit; "" where nothing stands against it: its own 财务
    or 负责人, and the 财务 of the paying unit for every unit."""
    if holds(user, unit, BUDGETERS):
        return ""
    if user.is_active and not user.system_role and _in_paying_unit(user, PAYERS):
        return ""
    return f"{unit.name}的预算由该单位的财务、负责人或拨付单位的财务人员录入，您没有这一角色。"


def why_not_ratio(user: User) -> str:
    """Why the user may not set the ratio between city and district; "" for administrators and the 负责人 of the paying
    unit (四（三）由各级受益财政参照现行财政体制分担: a matter of the fiscal system, not of one file)."""
    if user.is_active and user.system_role == SystemRole.ADMINISTRATOR:
        return ""
    if user.is_active and not user.system_role and _in_paying_unit(user, (UnitRole.LEADER,)):
        return ""
    return "分担比例由政策管理员或拨付单位负责人录入，您没有这一角色。"


def _in_paying_unit(user: User, roles: Iterable[UnitRole]) -> bool:
    return UnitMember.objects.filter(
        unit__is_finance=True, unit__is_active=True, user=user, role__in=list(roles), is_active=True
    ).exists()
