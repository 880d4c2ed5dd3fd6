"""An application and its filed revisions.

The draft (unfinished edits of the enterprise) and the revisions (what reviewers see) are separate streams: nothing
that is typed reaches a reviewer before it is filed, and nothing that was filed ever changes.
"""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from applications.enums import ENDED_WITHOUT_DECISION, State

if TYPE_CHECKING:
    from accounts.models import User


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: "User") -> "ApplicationQuerySet":
        """The applications of the user's own enterprises. Officers see files through reviews, never from here."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(
            pk__in=Application.objects.filter(
                enterprise__members__user=user, enterprise__members__is_active=True
            ).values("pk")
        )


class Application(models.Model):
    """One enterprise's application for one clause and one policy year."""

    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="applications")
    clause = models.ForeignKey("policies.Clause", on_delete=models.PROTECT, related_name="applications")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    call = models.ForeignKey("policies.Call", on_delete=models.PROTECT, related_name="applications")
    # In force for the policy year; fixed when filed, so that a later edit of the clause does not move the file.
    clause_version = models.ForeignKey("policies.ClauseVersion", on_delete=models.PROTECT, related_name="applications")
    # The rules of the year (figures, cap, groups) under which the file was filed; null before that.
    rules = models.ForeignKey(
        "policies.PolicyRules", on_delete=models.PROTECT, related_name="applications", null=True, blank=True
    )
    number = models.CharField("申报编号", max_length=30, unique=True, null=True, blank=True)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField("版本", default=1, help_text="每次状态变化加一；决定须基于所见版本。")
    draft = models.JSONField("草稿", default=dict, help_text="事实键 → 值，写法同评估文件；未填的不出现。")
    draft_version = models.PositiveIntegerField("草稿版本", default=1)
    created_at = models.DateTimeField("创建时间")
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    # Whoever filled in and asked for confirmation; null when the legal representative does both.
    prepared_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    filed_at = models.DateTimeField("首次提交时间", null=True, blank=True)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = "申报"
        verbose_name_plural = "申报"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "clause", "policy_year"],
                condition=~Q(state__in=[str(state) for state in ENDED_WITHOUT_DECISION]),
                name="application_once_per_clause_and_year",
                violation_error_message="本企业该年度已有此条款的申报，请在“我的申报”中继续办理。",
            ),
            models.CheckConstraint(
                condition=Q(number=None, filed_at=None) | Q(number__isnull=False, filed_at__isnull=False),
                name="application_number_when_filed",
                violation_error_message="申报编号与提交时间须同时存在。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "confirming", "withdrawn"]) | Q(filed_at__isnull=False),
                name="application_filed_before_review",
                violation_error_message="未提交的申报不能进入审核。",
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "policy_year"], name="application_enterprise_year")]
        triggers = [
            pgtrigger.Protect(
                name="application_rules_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__rules__isnull=False, old__rules__df=pgtrigger.F("new__rules")),
            )
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_state_display()} {self.clause_id}/{self.policy_year}"


class ApplicationCounter(models.Model):
    """The last number given in one policy year; its row is locked while a number is taken."""

    policy_year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.policy_year}: {self.last}"


class Revision(models.Model):
    """What was filed, once and for all: facts, figures, evidence and the promise, with their hash."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField("版次")
    clause_version = models.ForeignKey("policies.ClauseVersion", on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField("申报事实", help_text="写法同评估文件 claims[].facts")
    figures = models.JSONField("年度数据", help_text="写法同评估文件 applicant")
    evidence = models.JSONField(
        "附件清单", default=list, help_text="[{attachment, key, label, name, kind, size, sha256}]"
    )
    estimate = models.JSONField("测算", help_text="提交时的测算结果，写法同评估文件的 claims[0]")
    statement = models.TextField("真实性承诺")
    sha256 = models.CharField("内容摘要", max_length=64)
    idempotency_key = models.CharField("提交凭证", max_length=64, unique=True)
    correction = models.OneToOneField(
        "applications.Correction", on_delete=models.PROTECT, null=True, blank=True, related_name="answer"
    )
    prepared_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="填报人")
    filed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="提交人")
    filed_at = models.DateTimeField("提交时间")

    class Meta:
        verbose_name = "申报版次"
        verbose_name_plural = "申报版次"
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "number"],
                name="revision_number_once",
                violation_error_message="该版次已存在。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="revision_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.application} 第{self.number}版"
