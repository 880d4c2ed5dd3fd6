"""A case (案卷): the review of one application along its fixed route."""

from typing import TYPE_CHECKING

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from accounts.enums import OFFICER_ROLES, SystemRole
from accounts.models import UnitMember
from accounts.unit_names import with_former
from common.fields import one_of
from reviews.enums import CaseState, PauseKind, StageKind, StageState, TaskState

if TYPE_CHECKING:
    from accounts.models import User


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: "User") -> "CaseQuerySet":
        """Cases in which one of the user's units has a task whose stage was opened, and all for auditors.

        A stage that was cancelled before it opened was never reached: its units do not learn of the file. The unit that
        keeps the file (主办) reads it earlier where it must pick the members of an open group (市各有关单位). Experts
        read the files of their panels through reviews/queries/panels.py, never from here.
        Administrators who edit clauses do not read cases; the enterprise reads its file in applications.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        return self.filter(pk__in=Task.objects.of_units_of(user).filter(opens_case=True).values("case"))


class Case(models.Model):
    """The review of one application. `route` is the route as fixed at filing (reviews/routing.py, as data)."""

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="case")
    route = models.JSONField("办理路径")
    state = models.CharField("状态", max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    opened_at = models.DateTimeField("受理时间")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    sampled = models.BooleanField("抽中第三方审计", default=False)
    # Enterprise name, code, number and clause, folded, and their one- and two-character pieces: a word inside a
    # Chinese name is found by a core GIN index (reviews/queries/search.py).
    search_text = models.TextField("检索文本", blank=True, default="")
    search_tokens = ArrayField(models.TextField(), verbose_name="检索词", default=list, blank=True)
    # 分, of the newest revision's estimate: lists sort and filter by it. Null where an amount is decided, not computed.
    estimate_fen = models.BigIntegerField("测算金额（分）", null=True, blank=True)

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
        indexes = [
            GinIndex(fields=["search_tokens"], name="case_search"),
            models.Index(fields=["-opened_at", "-id"], name="case_newest"),
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
    # 市各有关单位: the lead names the members for this file; the stage cannot end before it has.
    open_group = models.BooleanField("须确定会审单位", default=False)
    group_filled_at = models.DateTimeField("会审单位确定时间", null=True, blank=True)
    group_filled_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    panel = models.ForeignKey(
        "reviews.Panel", on_delete=models.PROTECT, null=True, blank=True, related_name="stages", verbose_name="评审组"
    )

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
            models.CheckConstraint(
                condition=Q(group_filled_at=None, group_filled_by=None)
                | Q(group_filled_at__isnull=False, group_filled_by__isnull=False, open_group=True),
                name="stage_group_filled_pair",
                violation_error_message="确定会审单位须有时间和人员。",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(open_group=False) | Q(group_filled_at__isnull=False),
                name="stage_group_filled_before_done",
                violation_error_message="会审单位尚未确定，环节不能办结。",
            ),
            models.CheckConstraint(
                condition=Q(panel=None) | Q(kind__in=["expert", "audit"]),
                name="stage_panel_kind",
                violation_error_message="只有专家评审和第三方审计环节有评审组。",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="stage_due")]
        triggers = [
            # Touching the tasks is enough: task_follows_stage writes what the stage says now.
            pgtrigger.Trigger(
                name="stage_leads_tasks",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "ROW(OLD.state, OLD.due_on, OLD.opened_at, OLD.kind, OLD.case_id, OLD.open_group)"
                    " IS DISTINCT FROM ROW(NEW.state, NEW.due_on, NEW.opened_at, NEW.kind, NEW.case_id, NEW.open_group)"
                ),
                func="""
                    UPDATE reviews_task SET stage_state = NEW.state WHERE stage_id = NEW.id;
                    IF NEW.open_group AND NEW.opened_at IS NOT NULL THEN
                        UPDATE reviews_task SET opens_case = true
                            WHERE case_id = NEW.case_id AND is_keeper AND stage_id <> NEW.id;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"

    @property
    def group_is_owed(self) -> bool:
        """Whether the lead still has to name the members of the open group (市各有关单位)."""
        return self.open_group and self.group_filled_at is None


class Pause(models.Model):
    """A standstill of a stage's clock: the enterprise corrects, or consulted units are asked again."""

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="pauses")
    kind = models.CharField("原因", max_length=12, choices=PauseKind.choices, default=PauseKind.CORRECTION)
    correction = models.OneToOneField(
        "applications.Correction", on_delete=models.PROTECT, null=True, blank=True, related_name="pause"
    )
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
            ),
            models.CheckConstraint(
                condition=Q(kind="correction", correction__isnull=False) | Q(kind="consultation", correction=None),
                name="pause_correction_pair",
                violation_error_message="补正暂停须有补正通知。",
            ),
            one_of("kind", PauseKind),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.started_at:%F}"


class TaskQuerySet(models.QuerySet["Task"]):
    def of_units_of(self, user: "User") -> "TaskQuerySet":
        """Tasks of the units in which the user holds an officer's role today, and of those that went over to them."""
        own = UnitMember.objects.filter(user=user, role__in=OFFICER_ROLES, is_active=True, unit__is_active=True)
        return self.filter(unit__in=with_former(own.values("unit")))

    def visible_to(self, user: "User") -> "TaskQuerySet":
        """The tasks of the user's units whose stage was opened; nobody else's, not even for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.of_units_of(user).filter(reached=True)


class Task(models.Model):
    """What one unit has to do at one stage; `is_keeper` marks the unit that keeps the file (主办).

    The last fields say what the stage says. They are written by the database alone (trigger task_follows_stage), so
    that lists of 100,000 cases are read from this table and its indexes; an instance just made does not have them yet.
    """

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="tasks")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="tasks")
    is_keeper = models.BooleanField("主办", default=False)
    state = models.CharField("状态", max_length=10, choices=TaskState.choices, default=TaskState.WAITING)
    version = models.PositiveIntegerField("版本", default=1)
    handler = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办人"
    )
    assigned_at = models.DateTimeField("交办时间", null=True, blank=True)
    # Null where the person took the task or a rule gave it.
    assigned_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="交办人"
    )
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", editable=False)
    stage_kind = models.CharField(max_length=14, choices=StageKind.choices, editable=False)
    stage_state = models.CharField(max_length=10, choices=StageState.choices, editable=False)
    due_on = models.DateField(null=True, editable=False)
    # The stage was opened: the unit knows of its task.
    reached = models.BooleanField(default=False, editable=False)
    # The unit may read the case for this task: it was reached, or the unit keeps the file and must pick the members of
    # an open group that waits for them.
    opens_case = models.BooleanField(default=False, editable=False)

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
        indexes = [
            models.Index(fields=["unit", "state"], name="task_queue"),
            models.Index(fields=["handler", "state"], name="task_handler"),
            models.Index(
                fields=["unit", "due_on", "id"],
                condition=Q(state__in=["open", "drafted"], stage_state="open", reached=True),
                name="task_running",
            ),
            models.Index(
                fields=["unit", "due_on", "id"],
                condition=Q(stage_state="paused", reached=True) & ~Q(state="cancelled"),
                name="task_paused",
            ),
            models.Index(
                F("unit"),
                F("closed_at").desc(nulls_last=True),
                F("id"),
                condition=Q(state="done", reached=True),
                name="task_finished",
            ),
            models.Index(fields=["unit", "case"], condition=Q(opens_case=True), name="task_opens_case"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="task_follows_stage",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    SELECT case_id, kind, state, due_on, opened_at IS NOT NULL
                        INTO NEW.case_id, NEW.stage_kind, NEW.stage_state, NEW.due_on, NEW.reached
                        FROM reviews_stage WHERE id = NEW.stage_id;
                    NEW.opens_case := NEW.reached OR (NEW.is_keeper AND EXISTS (
                        SELECT 1 FROM reviews_stage
                        WHERE case_id = NEW.case_id AND open_group AND opened_at IS NOT NULL
                    ));
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.unit}"
