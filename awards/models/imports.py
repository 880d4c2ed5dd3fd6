"""Tables that officers filled in and sent: kept as they came, every fault by row, taken over whole or not at all."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.enums import OFFICER_ROLES, SystemRole, UnitRole
from accounts.models import UnitMember
from awards.enums import ImportKind, ImportState
from awards.triggers import never_emptied
from common.fields import one_of
from common.stored import StoredFileFields

if TYPE_CHECKING:
    from accounts.models import User

#: Who reads the results of payments, which name accounts: the people who pay.
_PAY_READERS = (UnitRole.FINANCE, UnitRole.LEADER)


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def visible_to(self, user: "User") -> "ImportFileQuerySet":
        """The tables of the own units, those with payment results for 财务 and 负责人 alone; all for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        own = UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True)
        return self.filter(
            Q(unit__in=own.filter(role__in=_PAY_READERS).values("unit"))
            | ~Q(import_kind=ImportKind.RESULTS) & Q(unit__in=own.filter(role__in=OFFICER_ROLES).values("unit"))
        )


class ImportFile(StoredFileFields):
    """One table as it was sent. `faults`: [{row, column, message}]; `summary`: what would change, for the page."""

    import_kind = models.CharField("表格", max_length=10, choices=ImportKind.choices)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    # What the table is about where its kind needs it: a payment list's number, a policy year.
    about = models.CharField("对象", max_length=60, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=ImportState.choices)
    version = models.PositiveIntegerField("版本", default=1)
    rows = models.PositiveIntegerField("行数", default=0)
    faults = models.JSONField("差错", default=list)
    summary = models.JSONField("内容", default=list)
    sent_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    sent_at = models.DateTimeField("上传时间")
    closed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办理人"
    )
    closed_at = models.DateTimeField("办理时间", null=True, blank=True)

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        verbose_name = "导入表格"
        verbose_name_plural = "导入表格"
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["faulty", "ready"], closed_at=None, closed_by=None)
                | Q(state__in=["applied", "discarded"], closed_at__isnull=False, closed_by__isnull=False),
                name="import_closed_pair",
                violation_error_message="办理须有办理人和时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "applied"]) | Q(faults=[]),
                name="import_applied_without_faults",
                violation_error_message="有差错的表格不能导入。",
            ),
            one_of("import_kind", ImportKind),
            one_of("state", ImportState),
        ]
        triggers = [never_emptied("import"), pgtrigger.Protect(name="import_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_import_kind_display()} {self.name}"
