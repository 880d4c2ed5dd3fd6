"""补正: all that is missing, told at once, each point tied to a field or a document, with a due day."""

from django.db import models
from django.db.models import Q

from applications.enums import CorrectionState, PointTarget


class Correction(models.Model):
    """One request for correction; at most one is open per application, and a closed one is kept."""

    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="corrections")
    stage_label = models.CharField("提出环节", max_length=40)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="提出单位")
    state = models.CharField("状态", max_length=10, choices=CorrectionState.choices, default=CorrectionState.OPEN)
    opened_at = models.DateTimeField("提出时间")
    opened_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    due_on = models.DateField("补正期限")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    cancel_reason = models.CharField("取消理由", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "补正"
        verbose_name_plural = "补正"
        ordering = ["application", "opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state=CorrectionState.OPEN),
                name="correction_one_open",
                violation_error_message="该申报已有一份待补正通知。",
            ),
            models.CheckConstraint(
                condition=Q(state=CorrectionState.OPEN, closed_at=None)
                | (~Q(state=CorrectionState.OPEN) & Q(closed_at__isnull=False)),
                name="correction_closed_pair",
                violation_error_message="已结束的补正须有结束时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.get_state_display()}"


class CorrectionPoint(models.Model):
    """One thing to correct: a field (fact key, perhaps with row), a document (evidence key), or in general."""

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="points")
    order = models.PositiveSmallIntegerField("序号")
    target = models.CharField("对象", max_length=10, choices=PointTarget.choices)
    key = models.CharField("键", max_length=80, blank=True)
    text = models.TextField("需补正内容")

    class Meta:
        verbose_name = "补正事项"
        verbose_name_plural = "补正事项"
        ordering = ["correction", "order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target=PointTarget.GENERAL) | ~Q(key=""),
                name="correction_point_has_key",
                violation_error_message="请选择需补正的填报项或附件。",
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]
