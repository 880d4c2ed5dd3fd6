"""A case (案卷): the review of one application along its fixed route."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.enums import SystemRole
from accounts.models import UnitMember
from reviews.enums import CaseState, StageKind, StageState, TaskState

if TYPE_CHECKING:
    from accounts.models import User


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: "User") -> "CaseQuerySet":
        """Cases in which one of the user's units has a task whose stage was opened, and all for auditors.

        A stage that was cancelled before it opened was never reached: its units do not learn of the file.
        Administrators who edit clauses do not read cases; the enterprise reads its file in applications.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        reached = Task.objects.of_units_of(user).filter(stage__opened_at__isnull=False)
        return self.filter(pk__in=reached.values("stage__case"))


class Case(models.Model):
    """The review of one application. `route` is the route as fixed at filing (reviews/routing.py, as data)."""

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="case")
    route = models.JSONField("办理路径")
    state = models.CharField("状态", max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    opened_at = models.DateTimeField("受理时间")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "案卷"
        verbose_name_plural = "案卷"
        ordering = ["opened_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=CaseState.OPEN, closed_at=None)
                | (~Q(state=CaseState.OPEN) & Q(closed_at__isnull=False)),
                name="case_closed_pair",
                violation_error_message="已办结的案卷须有办结时间。",
            )
        ]

    def __str__(self) -> str:
        return str(self.application)


class Stage(models.Model):
    """One stage of the route; `days` are working days, `due_on` the last of them, moved on by pauses."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stages")
    order = models.PositiveSmallIntegerField("顺序")
    kind = models.CharField("环节", max_length=14, choices=StageKind.choices)
    state = models.CharField("状态", max_length=10, choices=StageState.choices, default=StageState.WAITING)
    version = models.PositiveIntegerField("版本", default=1)
    days = models.PositiveSmallIntegerField("办理期限（工作日）")
    opened_at = models.DateTimeField("开始时间", null=True, blank=True)
    due_on = models.DateField("办理期限", null=True, blank=True)
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "环节"
        verbose_name_plural = "环节"
        ordering = ["case", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "order"], name="stage_order_once", violation_error_message="环节顺序重复。"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["open", "paused", "done"]) | Q(opened_at__isnull=False, due_on__isnull=False),
                name="stage_open_has_clock",
                violation_error_message="已开始的环节须有开始时间和期限。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"


class Pause(models.Model):
    """A standstill of a stage's clock while the enterprise corrects."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="pauses")
    correction = models.OneToOneField("applications.Correction", on_delete=models.PROTECT, related_name="pause")
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)

    class Meta:
        ordering = ["stage", "started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=Q(ended_at=None),
                name="pause_one_open",
                violation_error_message="该环节已暂停。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.started_at:%F}"


class TaskQuerySet(models.QuerySet["Task"]):
    def of_units_of(self, user: "User") -> "TaskQuerySet":
        """Tasks of the units in which the user holds a role today."""
        units = UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True).values("unit")
        return self.filter(unit__in=units)

    def visible_to(self, user: "User") -> "TaskQuerySet":
        """The tasks of the user's units whose stage was opened; nobody else's, not even for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.of_units_of(user).filter(stage__opened_at__isnull=False)


class Task(models.Model):
    """What one unit has to do at one stage; `is_keeper` marks the unit that keeps the file (主办)."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="tasks")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="tasks")
    is_keeper = models.BooleanField("主办", default=False)
    state = models.CharField("状态", max_length=10, choices=TaskState.choices, default=TaskState.WAITING)
    version = models.PositiveIntegerField("版本", default=1)
    handler = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办人"
    )
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = "待办"
        verbose_name_plural = "待办"
        ordering = ["stage", "-is_keeper", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "unit"], name="task_once_per_unit", violation_error_message="该单位在本环节已有任务。"
            ),
            models.CheckConstraint(
                condition=~Q(state=TaskState.DONE) | Q(closed_at__isnull=False),
                name="task_done_has_instant",
                violation_error_message="已办任务须有办结时间。",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="task_queue")]

    def __str__(self) -> str:
        return f"{self.stage} {self.unit}"
