"""Who may take which step; the answer of the table in workflow.py for one person and one application."""

from accounts.enums import EnterpriseRole
from accounts.models import EnterpriseMember, User
from applications.models import Application
from applications.workflow import TABLE, Actor
from common.errors import NotAllowed, NotFound

_ACTORS = {EnterpriseRole.LEGAL: Actor.LEGAL, EnterpriseRole.AGENT: Actor.AGENT}


def actor_of(user: User, enterprise_id: int, *, lock: bool = False) -> Actor | None:
    """The user's role in the enterprise today; with `lock` it cannot be taken away before this transaction ends."""
    if not user.is_active:
        return None
    members = EnterpriseMember.objects.filter(
        enterprise_id=enterprise_id, user_id=user.pk, is_active=True, user__is_active=True
    )
    role = (members.select_for_update(of=("self",)) if lock else members).values_list("role", flat=True).first()
    return _ACTORS[EnterpriseRole(role)] if role else None


def require_member(user: User, enterprise_id: int, *, lock: bool = False) -> Actor:
    """The user's role in the enterprise; for everybody else the thing does not exist (NotFound)."""
    actor = actor_of(user, enterprise_id, lock=lock)
    if actor is None:
        raise NotFound
    return actor


def require_step(name: str, application: Application, user: User, *, lock: bool = False) -> Actor:
    """Raise NotFound for strangers and NotAllowed for a member whose role does not take this step."""
    actor = require_member(user, application.enterprise_id, lock=lock)
    step = TABLE[name]
    if actor not in step.roles:
        raise NotAllowed(f"“{step.label}”须由法定代表人（授权人）办理。")
    return actor


def require_outsider(application: Application, user: User | None) -> None:
    """Separation of duties: whoever acts for the enterprise decides nothing about its file. Raises NotAllowed."""
    if user is not None and actor_of(user, application.enterprise_id) is not None:
        raise NotAllowed("您是该申报企业的人员，不能办理该企业的审核。")
