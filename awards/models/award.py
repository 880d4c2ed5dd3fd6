"""Money: what each approved application is awarded, and the settlement of its enterprise and year."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import EnterpriseMember, UnitMember
from awards.enums import AwardState
from common.money import yuan
from reviews.models import Case

if TYPE_CHECKING:
    from accounts.models import User


class YearAccount(models.Model):
    """The account of one enterprise for one policy year; its row is locked while anything is settled on it."""

    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="year_accounts")
    policy_year = models.PositiveSmallIntegerField("政策年度")

    class Meta:
        verbose_name = "年度账户"
        verbose_name_plural = "年度账户"
        ordering = ["policy_year", "enterprise"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "policy_year"],
                name="year_account_once",
                violation_error_message="该企业该年度的账户已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.policy_year}"


class Settlement(models.Model):
    """One settlement of an account: the evaluation document that went in and the answer that came out, for good."""

    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="settlements")
    number = models.PositiveIntegerField("次序")
    document = models.JSONField("评估文件")
    fixed = models.JSONField("已核定不变的金额", default=dict, help_text="条款 → 元")
    answer = models.JSONField("结果")
    cap_fen = models.BigIntegerField("上限（分）", null=True, blank=True)
    total_fen = models.BigIntegerField("合计（分）")
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
        ]
        triggers = [pgtrigger.Protect(name="settlement_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.account} 第{self.number}次核算"


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: "User") -> "AwardQuerySet":
        """Own awards for members of the enterprise, those of their cases for officers, what is to be paid for the
        finance people of the paying unit, all for auditors.

        A held award is internal until people have looked at it: the enterprise does not see it.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        enterprises = EnterpriseMember.objects.filter(user=user, is_active=True).values("enterprise")
        pays = UnitMember.objects.filter(
            user=user, is_active=True, role=UnitRole.FINANCE, unit__is_finance=True, unit__is_active=True
        )
        visible = Q(account__enterprise__in=enterprises) & ~Q(state=AwardState.HELD)
        visible |= Q(application__case__in=Case.objects.visible_to(user))
        if pays.exists():
            visible |= Q(state=AwardState.SETTLED)
        return self.filter(visible)


class Award(models.Model):
    """The award of one approved application: what its clause gives, and what remains after group and cap.

    The receipt holds hashes and inputs from which the amount recomputes to the same 分 (policies/rules/receipt.py).
    """

    application = models.OneToOneField("applications.Application", on_delete=models.PROTECT, related_name="award")
    revision = models.ForeignKey("applications.Revision", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="awards")
    clause_version = models.ForeignKey("policies.ClauseVersion", on_delete=models.PROTECT, related_name="+")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="awards")
    state = models.CharField("状态", max_length=10, choices=AwardState.choices)
    approved_fen = models.BigIntegerField("牵头单位同意的金额（分）")
    candidate_fen = models.BigIntegerField("条款金额（分）")
    settled_fen = models.BigIntegerField("核定金额（分）")
    reason = models.CharField("调整原因", max_length=20, blank=True)
    receipt = models.JSONField("核算凭据")
    computed_at = models.DateTimeField("核算时间")

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = "奖补"
        verbose_name_plural = "奖补"
        ordering = ["-computed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(candidate_fen__gte=0, settled_fen__gte=0, settled_fen__lte=F("candidate_fen")),
                name="award_settled_within_candidate",
                violation_error_message="核定金额不得为负，也不得超过条款金额。",
            ),
            models.CheckConstraint(
                condition=Q(state=AwardState.HELD)
                | Q(state=AwardState.SETTLED, settled_fen__gt=0)
                | Q(state=AwardState.NOTHING, settled_fen=0),
                name="award_state_fits_amount",
                violation_error_message="状态与金额不符。",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="award_is_kept", operation=pgtrigger.Delete),
            # What a letter has told does not change any more; what is held is still for people to look at.
            pgtrigger.Protect(
                name="award_amount_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'held' AND ROW(OLD.application_id, OLD.revision_id, OLD.account_id,"
                    " OLD.clause_version_id, OLD.settlement_id, OLD.approved_fen, OLD.candidate_fen, OLD.settled_fen,"
                    " OLD.reason, OLD.receipt, OLD.computed_at) IS DISTINCT FROM ROW(NEW.application_id,"
                    " NEW.revision_id, NEW.account_id, NEW.clause_version_id, NEW.settlement_id, NEW.approved_fen,"
                    " NEW.candidate_fen, NEW.settled_fen, NEW.reason, NEW.receipt, NEW.computed_at)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {yuan(self.settled_fen)}"
