"""What happens to units by date, and to people's rights as a whole."""

from django.db import models
from django.db.models import Q

from accounts.enums import ImportState, UnitChangeKind
from accounts.models.unit import Unit
from common.fields import one_of


class UnitChange(models.Model):
    """A unit gets another name, or its duties go to another unit, from a day on, by a document.

    `before` and `after` keep the names of a renaming: {name, full_name, letter_prefix}. Until `applied_at` nothing has
    moved; a change entered for a past or present day is applied at once, a later one by the daily job.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="changes", verbose_name="单位")
    kind = models.CharField("类别", max_length=10, choices=UnitChangeKind.choices)
    effective_on = models.DateField("生效日期")
    before = models.JSONField("变更前", default=dict, blank=True)
    after = models.JSONField("变更后", default=dict, blank=True)
    successor = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="承接单位"
    )
    reason = models.TextField("依据")
    entered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")
    applied_at = models.DateTimeField("执行时间", null=True, blank=True)
    moved = models.JSONField("已移交", default=dict, blank=True, help_text="执行时移交的数量")
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="取消人"
    )

    class Meta:
        verbose_name = "单位变更"
        verbose_name_plural = "单位变更"
        ordering = ["-effective_on", "-pk"]
        constraints = [
            one_of("kind", UnitChangeKind),
            models.CheckConstraint(
                condition=Q(kind="merge", successor__isnull=False) | Q(kind="rename", successor__isnull=True),
                name="unitchange_successor_with_kind",
                violation_error_message="并入须指明承接单位，更名没有承接单位。",
            ),
            models.CheckConstraint(
                condition=~Q(successor=models.F("unit")),
                name="unitchange_successor_is_another",
                violation_error_message="承接单位须为另一单位。",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False, applied_at=None),
                name="unitchange_cancelled_before_applied",
                violation_error_message="已执行的变更不能取消。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_kind_display()} {self.effective_on}"


class PeopleImport(models.Model):
    """A sheet of people to be given accounts and roles: read and judged whole, then carried out whole or dropped."""

    state = models.CharField("状态", max_length=10, choices=ImportState.choices, default=ImportState.READ)
    file_name = models.CharField("文件名", max_length=200)
    rows = models.JSONField("内容", default=list)
    faults = models.JSONField("问题", default=list, blank=True)
    read_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    read_at = models.DateTimeField("上传时间")
    closed_at = models.DateTimeField("办理时间", null=True, blank=True)

    class Meta:
        verbose_name = "人员导入"
        verbose_name_plural = "人员导入"
        ordering = ["-read_at", "-pk"]
        constraints = [
            one_of("state", ImportState),
            models.CheckConstraint(
                condition=Q(state="read", closed_at=None) | (~Q(state="read") & Q(closed_at__isnull=False)),
                name="peopleimport_closed_with_state",
                violation_error_message="已办理的导入须有办理时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"人员导入 {self.file_name}"


class RightsReview(models.Model):
    """An administrator went through who may do what; `rights` is the list as it stood, `decisions` what was done."""

    rights = models.JSONField("权限清单", default=list)
    rights_sha256 = models.CharField("清单校验值", max_length=64)
    decisions = models.JSONField("处理", default=list, blank=True)
    note = models.TextField("说明", blank=True, default="")
    reviewed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="复核人")
    reviewed_at = models.DateTimeField("复核时间")

    class Meta:
        verbose_name = "权限复核"
        verbose_name_plural = "权限复核"
        ordering = ["-reviewed_at", "-pk"]

    def __str__(self) -> str:
        return f"权限复核 {self.reviewed_at:%Y-%m-%d}"
