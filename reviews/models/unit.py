"""How a unit shares out its tasks, and when its head was told that one is late."""

from django.db import models
from django.db.models import Q

from common.fields import one_of
from reviews.enums import NoteScope, StageKind


class AssignmentRule(models.Model):
    """Who gets a new task of the unit; the first rule that fits counts. Empty conditions fit everything.

    `handler` names the person; `evenly` gives it to whichever 经办 of the unit has the fewest open tasks.
    """

    unit = models.ForeignKey("accounts.Unit", on_delete=models.CASCADE, related_name="assignment_rules")
    order = models.PositiveSmallIntegerField("次序")
    stage_kind = models.CharField("环节", max_length=14, choices=StageKind.choices, blank=True, default="")
    clause = models.ForeignKey(
        "policies.Clause", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="条款"
    )
    district = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="企业所属县区"
    )
    evenly = models.BooleanField("平均分配", default=False)
    handler = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办人"
    )
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "分办规则"
        verbose_name_plural = "分办规则"
        ordering = ["unit", "order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(evenly=True, handler=None) | Q(evenly=False, handler__isnull=False),
                name="assignment_rule_one_way",
                violation_error_message="请选择平均分配，或指定一名承办人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} 规则 {self.order}"


class Escalation(models.Model):
    """A task was late at the end of `due_on`, and the unit's head was told; once for each due day."""

    task = models.ForeignKey("reviews.Task", on_delete=models.PROTECT, related_name="escalations")
    due_on = models.DateField("期限")
    at = models.DateTimeField("时间")
    told = models.PositiveSmallIntegerField("通知人数")

    class Meta:
        verbose_name = "逾期升级"
        verbose_name_plural = "逾期升级"
        ordering = ["task", "due_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "due_on"], name="escalation_once", violation_error_message="该逾期已升级。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.due_on}"


class Presence(models.Model):
    """Who has a task open now: a heartbeat, kept for minutes, of no weight for any decision."""

    task = models.ForeignKey("reviews.Task", on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "在看"
        verbose_name_plural = "在看"
        constraints = [
            models.UniqueConstraint(fields=["task", "user"], name="presence_once", violation_error_message="已登记。")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.task}"


class Note(models.Model):
    """An internal note on a case: never shown to the applicant, never changed; taken back it stays as taken back."""

    case = models.ForeignKey("reviews.Case", on_delete=models.PROTECT, related_name="notes")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="作者")
    scope = models.CharField("可见范围", max_length=4, choices=NoteScope.choices, default=NoteScope.UNIT)
    text = models.TextField("内容")
    at = models.DateTimeField("时间")
    withdrawn_at = models.DateTimeField("收回时间", null=True, blank=True)

    class Meta:
        verbose_name = "内部备注"
        verbose_name_plural = "内部备注"
        ordering = ["case", "at", "pk"]
        constraints = [one_of("scope", NoteScope)]

    def __str__(self) -> str:
        return self.text[:40]
