"""Windows of a call that differ from its own, and leave to file after a window has closed."""

from django.db import models
from django.db.models import F, Q

from policies.models.call import Call
from policies.models.clause import Clause


class CallWindow(models.Model):
    """Another window for one clause, one district (the enterprise's), or both; the most particular one counts:
    clause and district, then clause, then district, then the call's own."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="windows", verbose_name="申报通知")
    clause = models.ForeignKey(
        Clause, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="条款"
    )
    district = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="县区"
    )
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期")

    class Meta:
        verbose_name = "分项受理时间"
        verbose_name_plural = "分项受理时间"
        ordering = ["call", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "clause", "district"],
                name="callwindow_once",
                nulls_distinct=False,
                violation_error_message="该条款和县区已有受理时间。",
            ),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("closes_on")),
                name="callwindow_ordered",
                violation_error_message="截止日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(clause__isnull=False) | Q(district__isnull=False),
                name="callwindow_names_something",
                violation_error_message="请选择条款或县区。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.clause or ''} {self.district or ''}"


class LateFiling(models.Model):
    """Leave for one enterprise to file one clause until a day after its window has closed; taken back, it ends."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="late_filings", verbose_name="申报通知")
    enterprise = models.ForeignKey(
        "accounts.Enterprise", on_delete=models.PROTECT, related_name="+", verbose_name="企业"
    )
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="+", verbose_name="条款")
    closes_on = models.DateField("准予提交至")
    reason = models.TextField("理由")
    granted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="准予人")
    granted_at = models.DateTimeField("准予时间")
    revoked_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="撤销人"
    )
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoke_reason = models.TextField("撤销理由", blank=True, default="")

    class Meta:
        verbose_name = "逾期申报准予"
        verbose_name_plural = "逾期申报准予"
        ordering = ["-granted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "enterprise", "clause"],
                condition=Q(revoked_at=None),
                name="latefiling_once",
                violation_error_message="该企业此条款已有准予，请先撤销。",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
                name="latefiling_revoked_whole",
                violation_error_message="撤销须有撤销人、时间和理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.clause} 至{self.closes_on}"
