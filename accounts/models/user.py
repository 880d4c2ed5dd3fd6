"""The person who signs in. What a person may do comes from memberships, not from Django's groups."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from accounts.enums import SystemRole
from common.fields import one_of


class User(AbstractUser):
    """A natural person with one account; roles are memberships of enterprises or units, or the system role."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=60)
    phone = models.CharField("手机号码", max_length=20, blank=True)
    system_role = models.CharField("系统角色", max_length=20, choices=SystemRole.choices, blank=True, default="")

    REQUIRED_FIELDS = ["email", "name"]

    class Meta:
        verbose_name = "用户"
        verbose_name_plural = "用户"
        constraints = [
            # Signing in ignores case, so two names that differ only in case would be one name for two people.
            models.UniqueConstraint(
                Lower("username"), name="user_username_once", violation_error_message="该用户名已被使用。"
            ),
            one_of("system_role", SystemRole),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The person's name as written (family name first)."""
        return self.name
