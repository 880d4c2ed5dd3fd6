"""Who edits policy data: 政策管理员, and nobody else; auditors read."""

from typing import Any

from accounts.enums import SystemRole
from accounts.models import User
from common.errors import NotAllowed


def may_edit(user: Any) -> bool:
    """Whether this person writes drafts, settings and calls, and publishes what others wrote."""
    return bool(getattr(user, "is_active", False)) and user.system_role == SystemRole.ADMINISTRATOR


def require_editor(by: User) -> None:
    """Raise NotAllowed for anybody but an active administrator."""
    if not may_edit(by):
        raise NotAllowed("政策维护由政策管理员办理，您没有这一角色。")
