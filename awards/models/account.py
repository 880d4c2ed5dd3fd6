"""The account of one enterprise and policy year, and what people enter on it: nothing is overwritten."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import EnterpriseMember, Unit, UnitMember
from applications.models import Application
from awards.triggers import never_emptied
from common.stored import StoredFileFields
from reviews.models import Case, Task

if TYPE_CHECKING:
    from accounts.models import User

KEPT = pgtrigger.Update | pgtrigger.Delete


class YearAccountQuerySet(models.QuerySet["YearAccount"]):
    def visible_to(self, user: "User") -> "YearAccountQuerySet":
        """Own accounts for members of the enterprise, those with a file of theirs for officers, all for auditors and
        for the finance people of the paying unit."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        pays = UnitMember.objects.filter(
            user=user, is_active=True, role=UnitRole.FINANCE, unit__is_finance=True, unit__is_active=True
        )
        if pays.exists():
            return self
        enterprises = EnterpriseMember.objects.filter(user=user, is_active=True).values("enterprise")
        cases = Case.objects.visible_to(user).values("application")
        return self.filter(
            Q(enterprise__in=enterprises)
            | Q(pk__in=self.model.objects.filter(awards__application__in=cases).values("pk"))
        )


class YearAccount(models.Model):
    """The account of one enterprise for one policy year of one policy; its row is locked while anything is settled on
    it. Two policies of one year are two accounts: each has its own cap, groups and figures."""

    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="year_accounts")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    document = models.ForeignKey("policies.Document", on_delete=models.PROTECT, related_name="+", verbose_name="政策")

    objects = YearAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "年度账户"
        verbose_name_plural = "年度账户"
        ordering = ["policy_year", "enterprise", "document"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "policy_year", "document"],
                name="year_account_once",
                violation_error_message="该企业该年度在这项政策下的账户已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.policy_year}"

    def files(self) -> models.QuerySet[Application]:
        """Everything that the enterprise filed for the year under the policy, whatever became of it."""
        return Application.objects.filter(
            enterprise=self.enterprise_id,
            policy_year=self.policy_year,
            clause__document=self.document_id,
            filed_at__isnull=False,
        )

    def reading_units(self) -> models.QuerySet[Unit]:
        """The units that read a file of the account: their stage of it was reached."""
        tasks = Task.objects.filter(opens_case=True, stage__case__application__in=self.files())
        return Unit.objects.filter(pk__in=tasks.values("unit"), is_active=True)


class GroupChoice(models.Model):
    """The enterprise chose a clause of a group (同类型，自行选择); the newest row of a group counts."""

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="choices")
    group = models.CharField("类型", max_length=40)
    clause = models.ForeignKey("policies.Clause", on_delete=models.PROTECT, related_name="+", verbose_name="所选条款")
    recommended = models.ForeignKey(
        "policies.Clause", on_delete=models.PROTECT, related_name="+", verbose_name="系统推荐"
    )
    chosen_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="选择人")
    chosen_at = models.DateTimeField("选择时间")

    class Meta:
        verbose_name = "同类型选择"
        verbose_name_plural = "同类型选择"
        ordering = ["account", "group", "pk"]
        triggers = [never_emptied("group_choice"), pgtrigger.Protect(name="group_choice_is_kept", operation=KEPT)]

    def __str__(self) -> str:
        return f"{self.group}：{self.clause}"


class ExternalAward(StoredFileFields):
    """An award of another city-level policy of the same type, entered by an officer with its document."""

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="external_awards")
    group = models.CharField("类型", max_length=40)
    amount_fen = models.BigIntegerField("金额（分）")
    source = models.CharField("政策和文号", max_length=200)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="录入单位")
    entered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")
    withdrawn_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "其他政策奖补"
        verbose_name_plural = "其他政策奖补"
        ordering = ["account", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0),
                name="external_award_positive",
                violation_error_message="金额须大于 0 元。",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | Q(~Q(withdrawn_reason=""), withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="external_award_withdrawn_pair",
                violation_error_message="撤销须有撤销人、时间和原因。",
            ),
        ]
        triggers = [
            never_emptied("external_award"),
            pgtrigger.Protect(name="external_award_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="external_award_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id',"
                    "'withdrawn_reason']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id',"
                    "'withdrawn_reason'])"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.group} {self.source}"


class CapOverride(StoredFileFields):
    """重点支持领域可适当突破: an authorised officer lifts or raises the cap of one enterprise-year; the newest that was
    not withdrawn counts. `cap_before_fen`: the cap as it was when this was decided."""

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="overrides")
    lift = models.BooleanField("不设上限", default=False)
    cap_fen = models.BigIntegerField("上限（分）", null=True, blank=True)
    cap_before_fen = models.BigIntegerField("突破前上限（分）")
    reason = models.TextField("理由")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="审批单位")
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="审批人")
    decided_at = models.DateTimeField("审批时间")
    withdrawn_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "突破上限"
        verbose_name_plural = "突破上限"
        ordering = ["account", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lift=True, cap_fen=None) | Q(lift=False, cap_fen__gt=models.F("cap_before_fen")),
                name="cap_override_raises",
                violation_error_message="突破后的上限须高于原上限。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="cap_override_reason", violation_error_message="请写明突破上限的理由。"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | Q(~Q(withdrawn_reason=""), withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="cap_override_withdrawn_pair",
                violation_error_message="撤销须有撤销人、时间和原因。",
            ),
        ]
        triggers = [
            never_emptied("cap_override"),
            pgtrigger.Protect(name="cap_override_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="cap_override_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.withdrawn_at IS NOT NULL OR (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id',"
                    "'withdrawn_reason']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id',"
                    "'withdrawn_reason'])"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {'不设上限' if self.lift else self.cap_fen}"


class CheckedFigure(models.Model):
    """A figure of the year as a bureau checked it (销售收入（不含税） by 市税务局); the newest row counts.

    A settlement reads the figures that the cap reads from here before those that the enterprise filed.
    """

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="checked_figures")
    key = models.CharField("数据项", max_length=40, help_text="年度数据的键，写法同评估文件 applicant")
    value = models.JSONField("核定值", help_text="写法同评估文件：金额为元的字符串，人数为整数，是否为布尔值")
    source = models.CharField("依据", max_length=200)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="核定单位")
    entered_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "核对数据"
        verbose_name_plural = "核对数据"
        ordering = ["account", "key", "pk"]
        triggers = [never_emptied("checked_figure"), pgtrigger.Protect(name="checked_figure_is_kept", operation=KEPT)]

    def __str__(self) -> str:
        return f"{self.account} {self.key}"
