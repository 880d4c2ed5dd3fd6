"""A what-if over a whole policy year (政策模拟): the question, how far its parts are, and the answer."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from accounts.enums import SystemRole
from awards.enums import SimulationState
from common.fields import one_of

if TYPE_CHECKING:
    from accounts.models import User


class SimulationQuerySet(models.QuerySet["Simulation"]):
    def visible_to(self, user: "User") -> "SimulationQuerySet":
        """All for administrators and auditors, nothing for others: an answer names enterprises of the whole city."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.system_role in {SystemRole.ADMINISTRATOR, SystemRole.AUDITOR} else self.none()


class Simulation(models.Model):
    """One question: the year recomputed with a change document (policies/rules/change.py) laid over the policy.

    `changed` keeps what the document changes as people read it, because the policy may be another one later;
    `policy_sha256` is the policy as it stood when the question was asked, and every part is computed with it.
    """

    document = models.ForeignKey("policies.Document", on_delete=models.PROTECT, related_name="+", verbose_name="政策")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    include_refused = models.BooleanField("包括不予支持的申报", default=False)
    change = models.JSONField("变更内容")
    change_sha256 = models.CharField("变更内容校验值", max_length=64)
    changed = models.JSONField("变更（文字）", help_text="[{section, label, before, after}]")
    policy_sha256 = models.CharField("政策定义校验值", max_length=64)
    state = models.CharField("状态", max_length=10, choices=SimulationState.choices, default=SimulationState.QUEUED)
    asked_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    asked_at = models.DateTimeField("发起时间")
    parts_total = models.PositiveIntegerField("分块总数")
    parts_done = models.PositiveIntegerField("已完成分块", default=0)
    result = models.JSONField("结果", null=True, blank=True, help_text="policies.rules.impact.Impact.as_json")
    left_out = models.JSONField("未计入的申报", default=dict, blank=True, help_text="{count, files}")
    error = models.TextField("失败原因", blank=True, default="")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = SimulationQuerySet.as_manager()

    class Meta:
        verbose_name = "政策模拟"
        verbose_name_plural = "政策模拟"
        ordering = ["-asked_at", "-pk"]
        constraints = [
            one_of("state", SimulationState),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at=None)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
                name="simulation_finished_with_state",
                violation_error_message="已结束的模拟须有完成时间。",
            ),
            models.CheckConstraint(
                condition=Q(state="done", result__isnull=False) | (~Q(state="done") & Q(result__isnull=True)),
                name="simulation_result_when_done",
                violation_error_message="完成的模拟须有结果，其他状态没有。",
            ),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(error="")) | (~Q(state="failed") & Q(error="")),
                name="simulation_error_when_failed",
                violation_error_message="失败的模拟须有原因，其他状态没有。",
            ),
            models.CheckConstraint(
                condition=Q(parts_done__lte=F("parts_total"))
                & (~Q(state="done") | Q(parts_done=F("parts_total")))
                & (~Q(state="queued") | Q(parts_done=0)),
                name="simulation_parts_fit_state",
                violation_error_message="分块数与状态不符。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.policy_year} 模拟 {self.pk}"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in {SimulationState.DONE, SimulationState.FAILED}

    @property
    def note(self) -> str:
        """What the change document says about itself; "" when it says nothing."""
        note = self.change.get("note") if isinstance(self.change, dict) else None
        return note if isinstance(note, str) else ""


class SimulationPart(models.Model):
    """One range of enterprises (awards/queries/parts.py) of a simulation; its answer once it is computed."""

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField("序号")
    result = models.JSONField("结果", null=True, blank=True, help_text="{impact, left_out}")
    done_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = "模拟分块"
        verbose_name_plural = "模拟分块"
        ordering = ["simulation", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["simulation", "number"],
                name="simulation_part_once",
                violation_error_message="该分块已存在。",
            ),
            models.CheckConstraint(
                condition=Q(result__isnull=True, done_at=None) | Q(result__isnull=False, done_at__isnull=False),
                name="simulation_part_result_pair",
                violation_error_message="分块结果与完成时间须同时存在。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.simulation} 第{self.number}块"
