"""What each approved application is awarded, from the lead's approval to the bank."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import EnterpriseMember, UnitMember
from awards.enums import AwardState
from awards.models.account import YearAccount
from awards.models.settlement import Settlement
from awards.triggers import never_emptied
from common.money import yuan
from reviews.models import Case

if TYPE_CHECKING:
    from accounts.models import User


#: What the paying unit reads: everything from the approval letter on.
PAYABLE = (AwardState.APPROVED, AwardState.PAYING, AwardState.PAID)


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: "User") -> "AwardQuerySet":
        """Own awards for members of the enterprise, those of their cases for officers, what is to be paid for the
        finance people and leaders of the paying unit, all for auditors.

        A held award is internal until people have looked at it: the enterprise does not see it.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        enterprises = EnterpriseMember.objects.filter(user=user, is_active=True).values("enterprise")
        pays = UnitMember.objects.filter(
            user=user,
            is_active=True,
            role__in=[UnitRole.FINANCE, UnitRole.LEADER],
            unit__is_finance=True,
            unit__is_active=True,
        )
        visible = Q(account__enterprise__in=enterprises) & ~Q(state=AwardState.HELD)
        visible |= Q(application__case__in=Case.objects.visible_to(user))
        if pays.exists():
            visible |= Q(state__in=PAYABLE)
        return self.filter(visible)


class Award(models.Model):
    """The award of one approved application: what its clause gives, and what remains after group and cap.

    `unit` keeps the file (主办) and answers for settlement, publicity, approval letter and repayment. The receipt holds
    hashes and inputs from which the amount recomputes to the same 分 (policies/rules/receipt.py); before the first
    settlement there is none. `city_fen` and `district_fen` are the parts of the two budgets. An award whose objection
    was upheld, or that the lead takes back, is `returned` and stays; the new approval makes a new one.
    """

    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="awards")
    revision = models.ForeignKey("applications.Revision", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(YearAccount, on_delete=models.PROTECT, related_name="awards")
    clause_version = models.ForeignKey("policies.ClauseVersion", on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="牵头单位")
    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, null=True, blank=True, related_name="awards", verbose_name="最近一次核算"
    )
    state = models.CharField("状态", max_length=10, choices=AwardState.choices)
    version = models.PositiveIntegerField("版本", default=1)
    approved_fen = models.BigIntegerField("牵头单位同意的金额（分）")
    candidate_fen = models.BigIntegerField("条款金额（分）")
    settled_fen = models.BigIntegerField("核定金额（分）", default=0)
    city_fen = models.BigIntegerField("市级（分）", default=0)
    district_fen = models.BigIntegerField("县区级（分）", default=0)
    reason = models.CharField("调整原因", max_length=20, blank=True)
    receipt = models.JSONField("核算凭据", default=dict)
    computed_at = models.DateTimeField("核算时间")
    approved_at = models.DateTimeField("批复时间", null=True, blank=True)
    paid_at = models.DateTimeField("拨付完成时间", null=True, blank=True)
    # The last day of what is owed next (批复, 拨付), in working days of the procedure.
    due_on = models.DateField("下一步期限", null=True, blank=True)
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)
    returned_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="退回人"
    )
    return_reason = models.TextField("退回原因", blank=True, default="")

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = "奖补"
        verbose_name_plural = "奖补"
        ordering = ["-computed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=~Q(state=AwardState.RETURNED),
                name="award_one_in_force",
                violation_error_message="该申报已有奖补记录。",
            ),
            models.CheckConstraint(
                condition=Q(candidate_fen__gte=0, settled_fen__gte=0, settled_fen__lte=F("candidate_fen")),
                name="award_settled_within_candidate",
                violation_error_message="核定金额不得为负，也不得超过条款金额。",
            ),
            models.CheckConstraint(
                condition=Q(city_fen__gte=0, district_fen__gte=0) & Q(settled_fen=F("city_fen") + F("district_fen")),
                name="award_shares_add_up",
                violation_error_message="市、县区两级金额之和须等于核定金额。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[AwardState.HELD, AwardState.RETURNED])
                | Q(state=AwardState.CANDIDATE, settlement=None, settled_fen=0)
                | Q(state=AwardState.NOTHING, settled_fen=0, settlement__isnull=False)
                | Q(
                    state__in=[
                        AwardState.SETTLED,
                        AwardState.PUBLIC,
                        AwardState.OBJECTED,
                        AwardState.APPROVED,
                        AwardState.PAYING,
                        AwardState.PAID,
                    ],
                    settled_fen__gt=0,
                    settlement__isnull=False,
                ),
                name="award_state_fits_amount",
                violation_error_message="状态与金额不符。",
            ),
            models.CheckConstraint(
                condition=Q(state=AwardState.RETURNED, returned_at__isnull=False) & ~Q(return_reason="")
                | ~Q(state=AwardState.RETURNED) & Q(returned_at=None, returned_by=None, return_reason=""),
                name="award_returned_pair",
                violation_error_message="退回须有时间和原因。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paying", "paid"]) | Q(approved_at__isnull=False),
                name="award_approved_has_instant",
                violation_error_message="已批复须有批复时间。",
            ),
            models.CheckConstraint(
                condition=Q(state=AwardState.PAID, paid_at__isnull=False) | ~Q(state=AwardState.PAID) & Q(paid_at=None),
                name="award_paid_has_instant",
                violation_error_message="已拨付须有拨付时间。",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="award_due")]
        triggers = [
            never_emptied("award"),
            pgtrigger.Protect(name="award_is_kept", operation=pgtrigger.Delete),
            # What is public, on its way or paid does not change any more; whose award it is never does.
            pgtrigger.Protect(
                name="award_amount_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "ROW(OLD.application_id, OLD.revision_id, OLD.account_id, OLD.clause_version_id, OLD.unit_id,"
                    " OLD.approved_fen, OLD.computed_at) IS DISTINCT FROM ROW(NEW.application_id, NEW.revision_id,"
                    " NEW.account_id, NEW.clause_version_id, NEW.unit_id, NEW.approved_fen, NEW.computed_at)"
                    " OR (OLD.state IN ('public', 'objected', 'paying', 'paid', 'returned') AND ROW(OLD.settlement_id,"
                    " OLD.candidate_fen, OLD.settled_fen, OLD.city_fen, OLD.district_fen, OLD.reason, OLD.receipt)"
                    " IS DISTINCT FROM ROW(NEW.settlement_id, NEW.candidate_fen, NEW.settled_fen, NEW.city_fen,"
                    " NEW.district_fen, NEW.reason, NEW.receipt))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {yuan(self.settled_fen)}"

    @property
    def settled_in(self) -> Settlement:
        """The settlement that stands for this award; a candidate has none yet (ValueError)."""
        if self.settlement is None:
            raise ValueError(f"award {self.pk} was not settled yet")
        return self.settlement
