"""Panels of outside people: experts who score (专家评审), auditors who verify (第三方审计)."""

import pgtrigger
from django.db import models
from django.db.models import Q

from common.fields import one_of
from reviews.enums import PanelState, StageKind


class Panel(models.Model):
    """A panel for the files of one competitive clause and policy year, or for one sampled file (then `clause` is null).

    Its files are the stages that point to it (Stage.panel). `result` is the ranking as it stood at the conclusion:
    [{stage, case, number, score, rank, recommended, amount_fen}], scores as strings with two decimals.
    """

    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="panels", verbose_name="组织单位")
    kind = models.CharField("种类", max_length=14, choices=StageKind.choices)
    clause = models.ForeignKey(
        "policies.Clause", on_delete=models.PROTECT, null=True, blank=True, related_name="panels", verbose_name="条款"
    )
    policy_year = models.PositiveSmallIntegerField("政策年度")
    title = models.CharField("名称", max_length=120)
    state = models.CharField("状态", max_length=10, choices=PanelState.choices, default=PanelState.PREPARING)
    version = models.PositiveIntegerField("版本", default=1)
    convened_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="组织人")
    convened_at = models.DateTimeField("组建时间")
    started_at = models.DateTimeField("开始评审时间", null=True, blank=True)
    concluded_at = models.DateTimeField("结束时间", null=True, blank=True)
    concluded_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="组长"
    )
    result = models.JSONField("结果", null=True, blank=True)
    remarks = models.TextField("评审组意见", blank=True)

    class Meta:
        verbose_name = "评审组"
        verbose_name_plural = "评审组"
        ordering = ["-convened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clause", "policy_year"],
                condition=Q(clause__isnull=False) & ~Q(state="concluded"),
                name="panel_one_running_per_clause",
                violation_error_message="该条款该年度已有一个尚未结束的评审组。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["expert", "audit"]),
                name="panel_kind_valid",
                violation_error_message="评审组只用于专家评审和第三方审计。",
            ),
            models.CheckConstraint(
                condition=Q(state="concluded", concluded_at__isnull=False, concluded_by__isnull=False)
                & Q(result__isnull=False)
                | ~Q(state="concluded") & Q(concluded_at=None, concluded_by=None, result=None),
                name="panel_concluded_pair",
                violation_error_message="已结束的评审组须有结果、组长和时间。",
            ),
            one_of("state", PanelState),
        ]

    def __str__(self) -> str:
        return self.title


class PanelMember(models.Model):
    """One expert or auditor on a panel; the chair (组长) concludes. Left members stay for the record."""

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="panel_memberships")
    is_chair = models.BooleanField("组长", default=False)
    left_at = models.DateTimeField("退出时间", null=True, blank=True)

    class Meta:
        verbose_name = "评审组成员"
        verbose_name_plural = "评审组成员"
        ordering = ["panel", "-is_chair", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "user"], name="panel_member_once", violation_error_message="该专家已在组内。"
            ),
            models.UniqueConstraint(
                fields=["panel"],
                condition=Q(is_chair=True, left_at=None),
                name="panel_one_chair",
                violation_error_message="评审组只有一名组长。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.panel} {self.user}"


class Criterion(models.Model):
    """One line of the scoring sheet: full marks `points`; fixed once scoring has started."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="criteria")
    order = models.PositiveSmallIntegerField("次序")
    name = models.CharField("评分项", max_length=60)
    points = models.PositiveSmallIntegerField("满分")

    class Meta:
        verbose_name = "评分项"
        verbose_name_plural = "评分项"
        ordering = ["panel", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "order"], name="criterion_order_once", violation_error_message="评分项次序重复。"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=1), name="criterion_points", violation_error_message="满分至少 1 分。"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Sheet(models.Model):
    """What one member says of one file. A draft may change; a submitted sheet never does.

    `scores`: {criterion id as text: points as text, up to one decimal} (experts). `verified_fen`: 分, what an auditor
    found to be right (audits).
    """

    member = models.ForeignKey(PanelMember, on_delete=models.PROTECT, related_name="sheets")
    stage = models.ForeignKey("reviews.Stage", on_delete=models.PROTECT, related_name="sheets")
    scores = models.JSONField("评分", default=dict)
    verified_fen = models.BigIntegerField("审定金额（分）", null=True, blank=True)
    remarks = models.TextField("意见", blank=True)
    saved_at = models.DateTimeField("保存时间")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)

    class Meta:
        verbose_name = "评分表"
        verbose_name_plural = "评分表"
        ordering = ["stage", "member"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "stage"], name="sheet_once", violation_error_message="您已有该件的评分表。"
            ),
            models.CheckConstraint(
                condition=Q(verified_fen=None) | Q(verified_fen__gte=0),
                name="sheet_verified_not_negative",
                violation_error_message="审定金额不能为负。",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="sheet_submitted_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__submitted_at__isnull=False),
            ),
            pgtrigger.Protect(name="sheet_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.stage}"
