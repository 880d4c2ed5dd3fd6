"""Reads of accounts; every list that people see starts from `visible_to`."""

from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Value, When

from accounts.enums import EnterpriseRole, EnterpriseStatus, NoticeTopic, UnitKind
from accounts.models import Enterprise, EnterpriseMember, Notification, Unit, UnitMember, User, YearlyFigures
from accounts.permissions import VERIFYING_ROLES
from common.errors import NotFound


def districts() -> QuerySet[Unit]:
    """The districts an enterprise can belong to, in the order of the policy."""
    return Unit.objects.filter(kind=UnitKind.DISTRICT, is_active=True).order_by("order", "pk")


def enterprise_of(user: User) -> Enterprise | None:
    """The enterprise that a person acts for today (the one joined first, if several), or None."""
    membership = (
        user.enterprise_memberships.filter(is_active=True)
        .select_related("enterprise__district", "enterprise__verified_by")
        .order_by("pk")
        .first()
        if user.is_active
        else None
    )
    return membership.enterprise if membership else None


def own_enterprise(user: User) -> Enterprise:
    """As enterprise_of, but raises NotFound where there is none."""
    enterprise = enterprise_of(user)
    if enterprise is None:
        raise NotFound("您的账号没有关联企业。")
    return enterprise


def has_legal_member(enterprise: Enterprise) -> bool:
    """Whether somebody can confirm filings of this enterprise today; without one it cannot file."""
    return EnterpriseMember.objects.filter(
        enterprise=enterprise, role=EnterpriseRole.LEGAL, is_active=True, user__is_active=True
    ).exists()


def members_of(enterprise: Enterprise) -> QuerySet[EnterpriseMember]:
    """All members, active ones first, then by the order of joining."""
    return enterprise.members.select_related("user").order_by("-is_active", "pk")


def figures_of(enterprise: Enterprise) -> QuerySet[YearlyFigures]:
    """The yearly figures of an enterprise, latest year first."""
    return enterprise.yearly_figures.select_related("updated_by").order_by("-policy_year")


def verifiers_of(district: Unit) -> list[User]:
    """The officers who verify the enterprises of a district."""
    return list(
        User.objects.filter(
            is_active=True,
            unit_memberships__unit=district,
            unit_memberships__is_active=True,
            unit_memberships__role__in=VERIFYING_ROLES,
        )
        .distinct()
        .order_by("pk")
    )


def verification_list(user: User) -> QuerySet[Enterprise]:
    """The enterprises whose district the user answers for as 经办 or 审核: waiting ones first, oldest first."""
    units = UnitMember.objects.filter(
        user=user, is_active=True, role__in=VERIFYING_ROLES, unit__is_active=True, unit__kind=UnitKind.DISTRICT
    ).values("unit_id")
    waiting_first = Case(When(status=EnterpriseStatus.PENDING, then=Value(0)), default=Value(1))
    return (
        Enterprise.objects.visible_to(user)
        .filter(district_id__in=units)
        .select_related("district", "verified_by")
        .order_by(waiting_first, "registered_at", "pk")
    )


def verification_counts(user: User) -> dict[str, int]:
    """How many of the user's enterprises are in each state, keyed by EnterpriseStatus value."""
    rows = verification_list(user).order_by().values("status").annotate(n=Count("pk", distinct=True))
    found: dict[str, Any] = {row["status"]: row["n"] for row in rows}
    return {status: found.get(status, 0) for status in EnterpriseStatus.values}


def for_verification(user: User, pk: int) -> Enterprise:
    """One enterprise of the user's district; anything else does not exist for this person (NotFound)."""
    enterprise = verification_list(user).filter(pk=pk).first()
    if enterprise is None:
        raise NotFound
    return enterprise


def inbox(user: User, topic: NoticeTopic | None = None) -> QuerySet[Notification]:
    """A person's messages (of one topic), unread ones first, then the latest first."""
    unread_first = Case(When(read_at=None, then=Value(0)), default=Value(1))
    rows = user.notifications.filter(topic=topic) if topic else user.notifications.all()
    return rows.order_by(unread_first, "-created_at", "-pk")


def unread_by_topic(user: User) -> dict[NoticeTopic, int]:
    """The topics of which a person has messages, in the order of the topics, with how many are unread."""
    rows = user.notifications.order_by().values("topic").annotate(unread=Count("pk", filter=Q(read_at=None)))
    found: dict[str, Any] = {row["topic"]: row["unread"] for row in rows}
    return {topic: found[topic] for topic in NoticeTopic if topic in found}
