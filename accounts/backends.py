"""What an administrator may do in Django's admin; taken from the system role, not from groups or flags."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.enums import SystemRole


def is_administrator(user: Any) -> bool:
    """Whether the user is an active administrator today."""
    return bool(getattr(user, "is_active", False) and getattr(user, "system_role", "") == SystemRole.ADMINISTRATOR)


class AdministratorBackend(BaseBackend):
    """Administrators view, add and change; nobody deletes: what was decided under a name must keep it."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Answer for codenames like ``policies.change_clause``."""
        return is_administrator(user_obj) and not perm.rpartition(".")[2].startswith("delete_")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the user sees an app's part of the admin."""
        return is_administrator(user_obj)
