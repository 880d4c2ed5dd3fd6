"""Permission of views: every view carries exactly one of these declarations, and AccessMiddleware enforces it.

A view without a declaration answers 500 in development and tests and 404 elsewhere, and a test lists them all.
Which objects a person may see is decided by `visible_to` of the querysets, not here.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

from django.http import HttpRequest

from accounts.enums import EnterpriseRole, SystemRole, UnitRole
from accounts.models import EnterpriseMember, UnitMember, User

View = TypeVar("View", bound=Callable[..., Any])


class SignedInRequest(HttpRequest):
    """For annotations: a request behind `signed_in` or `require`, where `user` is never anonymous."""

    user: User


class Role(StrEnum):
    """What a signed-in person can be, taken from memberships; one person may be several."""

    ENTERPRISE_LEGAL = "enterprise_legal"
    ENTERPRISE_AGENT = "enterprise_agent"
    OFFICER_HANDLER = "officer_handler"
    OFFICER_APPROVER = "officer_approver"
    FINANCE = "finance"
    LEADER = "leader"
    EXPERT = "expert"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ENTERPRISE = (Role.ENTERPRISE_LEGAL, Role.ENTERPRISE_AGENT)
OFFICER = (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER, Role.FINANCE)

_ENTERPRISE = {EnterpriseRole.LEGAL: Role.ENTERPRISE_LEGAL, EnterpriseRole.AGENT: Role.ENTERPRISE_AGENT}
_UNIT = {
    UnitRole.HANDLER: Role.OFFICER_HANDLER,
    UnitRole.APPROVER: Role.OFFICER_APPROVER,
    UnitRole.FINANCE: Role.FINANCE,
    UnitRole.LEADER: Role.LEADER,
    UnitRole.EXPERT: Role.EXPERT,
}
_SYSTEM = {SystemRole.ADMINISTRATOR: Role.ADMINISTRATOR, SystemRole.AUDITOR: Role.AUDITOR}


def memberships_of(user: User) -> tuple[list[EnterpriseMember], list[UnitMember]]:
    """The user's memberships of enterprises and of units as they stand today, whether the unit is active or not; read
    once for one request."""
    cached: tuple[list[EnterpriseMember], list[UnitMember]] | None = getattr(user, "_memberships", None)
    if cached is None:
        cached = (
            list(user.enterprise_memberships.filter(is_active=True).select_related("enterprise")),
            list(user.unit_memberships.filter(is_active=True).select_related("unit")),
        )
        user._memberships = cached  # type: ignore[attr-defined]
    return cached


def roles_of(user: Any) -> frozenset[Role]:
    """The roles of a user today; empty for the anonymous and the suspended. Cached on the instance for one request."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    cached = getattr(user, "_roles", None)
    if cached is None:
        enterprises, units = memberships_of(user)
        cached = frozenset(
            [_ENTERPRISE[EnterpriseRole(membership.role)] for membership in enterprises]
            + [_UNIT[UnitRole(membership.role)] for membership in units if membership.unit.is_active]
            + ([_SYSTEM[SystemRole(user.system_role)]] if user.system_role else [])
        )
        user._roles = cached
    return cached


def has_role(user: User, roles: Iterable[Role]) -> bool:
    """Whether the user holds at least one of the roles today."""
    return bool(roles_of(user) & set(roles))


def public(view: View) -> View:
    """Anyone may open the view, signed in or not."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anyone with an active account may open the view."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def require(*roles: Role) -> Callable[[View], View]:
    """Only holders of one of the roles may open the view; others get 403, the anonymous the sign-in page."""
    if not roles:
        raise ValueError("require() needs at least one role; use signed_in or public.")

    def declare(view: View) -> View:
        view.access = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def confidential(*names: str) -> Callable[[View], View]:
    """What is sent to the view in these fields, or in any where none is named, is in no page that keeps what was sent
    (accounts/views/unsent.py): secrets, and what is encrypted at rest. Names are without a form's prefix."""

    def declare(view: View) -> View:
        view.confidential = frozenset(names) or None  # type: ignore[attr-defined]
        return view

    return declare


def declared(view: Any, name: str, default: Any = None) -> Any:
    """What a view function or class view declares under a name (`access`, `confidential`)."""
    for candidate in (view, getattr(view, "view_class", None)):
        if hasattr(candidate, name):
            return getattr(candidate, name)
    return default
