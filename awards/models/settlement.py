"""Settlements of an account (核算): proposed by one person of a lead, confirmed by another, kept for good."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import UnitMember
from awards.enums import BatchItemState, BatchState, ProposalState
from awards.models.account import YearAccount
from awards.triggers import never_emptied
from common.fields import one_of

if TYPE_CHECKING:
    from accounts.models import User


class SettlementProposal(models.Model):
    """What the 经办 of a lead saw and proposed; `digest` is over everything the settlement depends on, so that whoever
    confirms it confirms what was seen."""

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="proposals")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="牵头单位")
    state = models.CharField("状态", max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    digest = models.CharField("依据摘要", max_length=64)
    document = models.JSONField("评估文件")
    answer = models.JSONField("结果")
    remark = models.TextField("说明", blank=True, default="")
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_at = models.DateTimeField("提出时间")
    closed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    closed_at = models.DateTimeField("审核时间", null=True, blank=True)
    note = models.TextField("退回说明", blank=True, default="")

    class Meta:
        verbose_name = "核算拟稿"
        verbose_name_plural = "核算拟稿"
        ordering = ["account", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state=ProposalState.OPEN),
                name="proposal_one_open",
                violation_error_message="该账户已有一份待审核的核算。",
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.OPEN, closed_at=None, closed_by=None)
                | (~Q(state=ProposalState.OPEN) & Q(closed_at__isnull=False, closed_by__isnull=False)),
                name="proposal_closed_pair",
                violation_error_message="审核须有审核人和时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProposalState.CONFIRMED) | ~Q(closed_by=models.F("proposed_by")),
                name="proposal_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            one_of("state", ProposalState),
        ]
        triggers = [
            never_emptied("proposal"),
            pgtrigger.Protect(name="proposal_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="proposal_content_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'open' OR ROW(OLD.account_id, OLD.unit_id, OLD.digest, OLD.document, OLD.answer,"
                    " OLD.remark, OLD.proposed_by_id, OLD.proposed_at) IS DISTINCT FROM ROW(NEW.account_id,"
                    " NEW.unit_id, NEW.digest, NEW.document, NEW.answer, NEW.remark, NEW.proposed_by_id,"
                    " NEW.proposed_at)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.get_state_display()}"


class Settlement(models.Model):
    """One settlement of an account: the evaluation document that went in and the answer that came out, for good."""

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="settlements")
    number = models.PositiveIntegerField("次序")
    document = models.JSONField("评估文件")
    fixed = models.JSONField("已核定不变的金额", default=dict, help_text="条款 → 元")
    answer = models.JSONField("结果")
    cap_fen = models.BigIntegerField("上限（分）", null=True, blank=True)
    total_fen = models.BigIntegerField("合计（分）")
    # The cap as the figures alone give it: shown beside cap_fen where an officer lifted or raised it.
    cap_by_rule_fen = models.BigIntegerField("按销售收入计算的上限（分）", null=True, blank=True)
    override = models.ForeignKey(
        "awards.CapOverride", on_delete=models.PROTECT, null=True, blank=True, related_name="settlements"
    )
    # Null only for settlements that were made before settling became a gesture of two people.
    proposal = models.OneToOneField(
        SettlementProposal, on_delete=models.PROTECT, null=True, blank=True, related_name="settlement"
    )
    batch_item = models.OneToOneField(
        "awards.SettlementBatchItem", on_delete=models.PROTECT, null=True, blank=True, related_name="settlement"
    )
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    made_at = models.DateTimeField("核算时间")

    class Meta:
        verbose_name = "核算"
        verbose_name_plural = "核算"
        ordering = ["account", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "number"], name="settlement_number_once", violation_error_message="核算次序重复。"
            ),
            models.CheckConstraint(
                condition=Q(total_fen__gte=0) & (Q(cap_fen=None) | Q(cap_fen__gte=0)),
                name="settlement_not_negative",
                violation_error_message="金额不能为负。",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | Q(proposed_by__isnull=False) & ~Q(confirmed_by=models.F("proposed_by")),
                name="settlement_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
        ]
        triggers = [
            never_emptied("settlement"),
            pgtrigger.Protect(name="settlement_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.account} 第{self.number}次核算"


class SettlementLine(models.Model):
    """What one settlement did to one award: before, candidate, settled and why, and how it is shared by two budgets.

    Amounts in 分; `city_fen` + `district_fen` = `settled_fen` to the 分, by `city_share` ("50%").
    """

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="lines")
    award = models.ForeignKey("awards.Award", on_delete=models.PROTECT, related_name="lines")
    clause_id_text = models.CharField("条款", max_length=20)
    fixed = models.BooleanField("本次不变")
    before_fen = models.BigIntegerField("核算前（分）", null=True, blank=True)
    candidate_fen = models.BigIntegerField("条款金额（分）")
    settled_fen = models.BigIntegerField("核定金额（分）")
    reason = models.CharField("调整原因", max_length=20, blank=True)
    city_share = models.CharField("市级分担比例", max_length=8)
    city_fen = models.BigIntegerField("市级（分）")
    district_fen = models.BigIntegerField("县区级（分）")

    class Meta:
        verbose_name = "核算明细"
        verbose_name_plural = "核算明细"
        ordering = ["settlement", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "award"], name="settlement_line_once", violation_error_message="明细重复。"
            ),
            models.CheckConstraint(
                condition=Q(city_fen__gte=0, district_fen__gte=0)
                & Q(settled_fen=models.F("city_fen") + models.F("district_fen")),
                name="settlement_line_shares_add_up",
                violation_error_message="市、县区两级金额之和须等于核定金额。",
            ),
        ]
        triggers = [
            never_emptied("settlement_line"),
            pgtrigger.Protect(name="settlement_line_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.settlement} {self.clause_id_text}"


class SettlementBatchQuerySet(models.QuerySet["SettlementBatch"]):
    def visible_to(self, user: "User") -> "SettlementBatchQuerySet":
        """Those of their units for 经办, 审核 and 负责人; all for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        roles = (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER)
        own = UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True, role__in=roles)
        return self.filter(unit__in=own.values("unit"))


class SettlementBatch(models.Model):
    """A lead settles a whole call at once: previewed by the worker, confirmed by a second person, then settled by the
    worker, one enterprise per transaction."""

    call = models.ForeignKey("policies.Call", on_delete=models.PROTECT, related_name="+", verbose_name="申报通知")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="牵头单位")
    state = models.CharField("状态", max_length=12, choices=BatchState.choices, default=BatchState.PREVIEWING)
    version = models.PositiveIntegerField("版本", default=1)
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_at = models.DateTimeField("提出时间")
    confirmed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = SettlementBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "批量核算"
        verbose_name_plural = "批量核算"
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "unit"],
                condition=Q(state__in=["previewing", "ready", "running"]),
                name="batch_one_open",
                violation_error_message="该通知已有一批正在核算。",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("proposed_by")),
                name="batch_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            one_of("state", BatchState),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.unit}"


class SettlementBatchItem(models.Model):
    """One enterprise of a batch: what the preview gave, what became of it, and why it was left out."""

    batch = models.ForeignKey(SettlementBatch, on_delete=models.PROTECT, related_name="items")
    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=BatchItemState.choices, default=BatchItemState.WAITING)
    digest = models.CharField("依据摘要", max_length=64, blank=True, default="")
    preview = models.JSONField("试算", default=dict)
    message = models.CharField("说明", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "批量核算明细"
        verbose_name_plural = "批量核算明细"
        ordering = ["batch", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "account"], name="batch_item_once", violation_error_message="账户重复。"
            ),
            one_of("state", BatchItemState),
        ]

    def __str__(self) -> str:
        return f"{self.batch} {self.account}"
