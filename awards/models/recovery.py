"""追回: what must come back, how it came, what was set off by decision; a ban for years follows in accounts.Ban."""

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from accounts.enums import OFFICER_ROLES, SystemRole, UnitRole
from accounts.models import EnterpriseMember, UnitMember
from awards.enums import ProposalState, ReceiptKind, RecoveryState, Share
from awards.triggers import never_emptied
from common.fields import one_of
from common.stored import StoredFileFields
from reviews.models import Task

if TYPE_CHECKING:
    from accounts.models import User

#: What the enterprise, and units that only read the file, learn of: the letter went out.
TOLD = (RecoveryState.DEMANDED, RecoveryState.CLOSED)
#: Recoveries that are not over.
RUNNING = (RecoveryState.FOUND, RecoveryState.DRAFTED, RecoveryState.DECIDED, RecoveryState.DEMANDED)


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    def visible_to(self, user: "User") -> "RecoveryQuerySet":
        """Everything for the lead's people, 财务 and 负责人 of the paying unit and auditors; what was demanded
        for the enterprise and for every other unit that reads the file. A finding before its decision is internal.

        Whoever belongs to the enterprise sees what the enterprise sees, whatever unit that person works in.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        own = Q(award__account__enterprise__in=_enterprises(user))
        units = UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True, role__in=OFFICER_ROLES)
        inside = Q(unit__in=units.values("unit"))
        if units.filter(unit__is_finance=True, role__in=[UnitRole.FINANCE, UnitRole.LEADER]).exists():
            inside = Q()
        reads = Q(award__application__case__in=Task.objects.of_units_of(user).filter(opens_case=True).values("case"))
        return self.filter(~own & inside | Q(state__in=TOLD) & (own | reads))

    def with_sums(self) -> "RecoveryQuerySet":
        """Each with `standing_fen`: what came back or was set off, less what was corrected (分)."""
        return self.annotate(
            standing_fen=Coalesce(Sum("receipts__amount_fen"), 0, output_field=models.BigIntegerField())
        )


def _enterprises(user: "User") -> Any:
    return EnterpriseMember.objects.filter(user=user, is_active=True).values("enterprise")


class Recovery(models.Model):
    """A claim to repayment of one award. Found by one person, decided by two, demanded by a letter."""

    award = models.ForeignKey("awards.Award", on_delete=models.PROTECT, related_name="recoveries")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="牵头单位")
    state = models.CharField("状态", max_length=10, choices=RecoveryState.choices, default=RecoveryState.FOUND)
    version = models.PositiveIntegerField("版本", default=1)
    finding = models.TextField("发现的问题")
    found_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="发现人")
    found_at = models.DateTimeField("发现时间")
    amount_fen = models.BigIntegerField("应退金额（分）", null=True, blank=True)
    reason = models.TextField("决定理由和依据", blank=True, default="")
    due_on = models.DateField("退款期限", null=True, blank=True)
    ban_years = models.PositiveSmallIntegerField("限制申报年数", default=0)
    drafted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    drafted_at = models.DateTimeField("拟定时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    return_note = models.TextField("审核退回说明", blank=True, default="")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = "追回"
        verbose_name_plural = "追回"
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["award"],
                condition=~Q(state__in=["closed", "dropped"]),
                name="recovery_one_open",
                violation_error_message="该奖补已有一件正在办理的追回。",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen=None) | Q(amount_fen__gt=0),
                name="recovery_positive",
                violation_error_message="应退金额须大于 0 元。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["found", "drafted"], decided_at=None, decided_by=None)
                | Q(state=RecoveryState.DROPPED)
                | Q(
                    state__in=["decided", "demanded", "closed"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    amount_fen__gt=0,
                    due_on__isnull=False,
                )
                & ~Q(reason=""),
                name="recovery_decided_complete",
                violation_error_message="决定须有金额、理由、期限、审核人和时间。",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("drafted_by")),
                name="recovery_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            one_of("state", RecoveryState),
        ]
        triggers = [
            never_emptied("recovery"),
            pgtrigger.Protect(name="recovery_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="recovery_decision_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.award_id <> NEW.award_id OR OLD.finding <> NEW.finding OR (OLD.decided_at IS NOT NULL AND"
                    " (to_jsonb(NEW) - ARRAY['state','version','closed_at']) IS DISTINCT FROM (to_jsonb(OLD) -"
                    " ARRAY['state','version','closed_at'])) OR (OLD.state = 'dropped') <> (NEW.state = 'dropped') AND"
                    " OLD.decided_at IS NOT NULL"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"追回 {self.award}"


class RecoveryFile(StoredFileFields):
    """A checked document of a recovery: what shows the finding, or that the money came back."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="files")
    at = models.DateTimeField("时间")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "追回材料"
        verbose_name_plural = "追回材料"
        ordering = ["recovery", "pk"]
        triggers = [
            never_emptied("recovery_file"),
            pgtrigger.Protect(name="recovery_file_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class SetOff(models.Model):
    """A decision to set what is owed back off against a later award: that share of it is paid less by this amount.

    Proposed by one person, decided by another; only decided ones are rows here.
    """

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="set_offs")
    award = models.ForeignKey(
        "awards.Award", on_delete=models.PROTECT, related_name="set_offs", verbose_name="后续奖补"
    )
    share = models.CharField("级次", max_length=8, choices=Share.choices)
    amount_fen = models.BigIntegerField("抵扣金额（分）")
    reason = models.TextField("理由")
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    decided_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="审核人")
    decided_at = models.DateTimeField("决定时间")

    class Meta:
        verbose_name = "抵扣"
        verbose_name_plural = "抵扣"
        ordering = ["recovery", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="set_off_positive", violation_error_message="金额须大于 0 元。"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("proposed_by")),
                name="set_off_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="set_off_reason", violation_error_message="请写明抵扣的理由。"
            ),
            one_of("share", Share),
        ]
        triggers = [
            never_emptied("set_off"),
            pgtrigger.Protect(name="set_off_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="set_off_within_award",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("owed", "bigint"), ("standing", "bigint")],
                func="""
                    SELECT CASE NEW.share WHEN 'city' THEN city_fen ELSE district_fen END INTO owed
                        FROM awards_award WHERE id = NEW.award_id FOR UPDATE;
                    SELECT COALESCE(SUM(amount_fen), 0) INTO standing FROM awards_payment
                        WHERE award_id = NEW.award_id AND share = NEW.share AND state IN ('planned', 'sent', 'paid');
                    standing := standing + (SELECT COALESCE(SUM(amount_fen), 0) FROM awards_setoff
                        WHERE award_id = NEW.award_id AND share = NEW.share);
                    IF standing + NEW.amount_fen > owed THEN
                        RAISE EXCEPTION 'awards: set-off of % exceeds what is owed', NEW.amount_fen
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'set_off_within_award';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recovery} {self.award} {self.amount_fen}"


class SetOffProposal(models.Model):
    """A set-off as the 经办 proposes it; decided by another person it gives a SetOff, otherwise it stays as history."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="set_off_proposals")
    award = models.ForeignKey("awards.Award", on_delete=models.PROTECT, related_name="+", verbose_name="后续奖补")
    share = models.CharField("级次", max_length=8, choices=Share.choices)
    amount_fen = models.BigIntegerField("抵扣金额（分）")
    reason = models.TextField("理由")
    state = models.CharField("状态", max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_at = models.DateTimeField("提出时间")
    closed_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    closed_at = models.DateTimeField("审核时间", null=True, blank=True)
    note = models.CharField("说明", max_length=500, blank=True, default="")
    set_off = models.OneToOneField(SetOff, on_delete=models.PROTECT, null=True, blank=True, related_name="proposal")

    class Meta:
        verbose_name = "抵扣建议"
        verbose_name_plural = "抵扣建议"
        ordering = ["recovery", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recovery"],
                condition=Q(state="open"),
                name="set_off_proposal_one_open",
                violation_error_message="该追回已有一份待审核的抵扣。",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(reason=""),
                name="set_off_proposal_complete",
                violation_error_message="抵扣须有大于 0 元的金额和理由。",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by=None, set_off=None)
                | Q(state="confirmed", closed_at__isnull=False, closed_by__isnull=False, set_off__isnull=False)
                | Q(state="withdrawn", closed_at__isnull=False, closed_by__isnull=False, set_off=None),
                name="set_off_proposal_closed_pair",
                violation_error_message="已处理的抵扣须有审核人和时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed", closed_by=models.F("proposed_by")),
                name="set_off_proposal_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            one_of("share", Share),
            one_of("state", ProposalState),
        ]
        triggers = [
            never_emptied("set_off_proposal"),
            pgtrigger.Protect(name="set_off_proposal_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="set_off_proposal_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'open' OR (to_jsonb(NEW) - ARRAY['state','version','closed_by_id','closed_at','note',"
                    "'set_off_id']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state','version','closed_by_id',"
                    "'closed_at','note','set_off_id'])"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recovery} {self.award} {self.amount_fen}"


class RecoveryReceipt(models.Model):
    """Money that came back, or was set off: an instalment (分). A wrong entry is corrected by a reversal of its amount.

    What stands (receipts and set-offs less reversals) never exceeds what was demanded.
    """

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField("方式", max_length=10, choices=ReceiptKind.choices)
    amount_fen = models.BigIntegerField("金额（分）", help_text="冲减为负")
    on = models.DateField("日期")
    reference = models.CharField("凭证号", max_length=60, blank=True, default="")
    note = models.CharField("说明", max_length=300, blank=True, default="")
    set_off = models.OneToOneField(SetOff, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt")
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name="冲减"
    )
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "退款"
        verbose_name_plural = "退款"
        ordering = ["recovery", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ReceiptKind.TRANSFER, amount_fen__gt=0, set_off=None, reverses=None)
                | Q(kind=ReceiptKind.SET_OFF, amount_fen__gt=0, set_off__isnull=False, reverses=None)
                | Q(kind=ReceiptKind.REVERSAL, amount_fen__lt=0, set_off=None, reverses__isnull=False) & ~Q(note=""),
                name="recovery_receipt_form",
                violation_error_message="退款须大于 0 元；冲减须写明说明并指明所冲的一笔。",
            ),
            one_of("kind", ReceiptKind),
        ]
        triggers = [
            never_emptied("recovery_receipt"),
            pgtrigger.Protect(name="recovery_receipt_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="recovery_receipt_within_demand",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("demanded", "bigint"), ("standing", "bigint")],
                func="""
                    SELECT CASE state WHEN 'demanded' THEN amount_fen END INTO demanded FROM awards_recovery
                        WHERE id = NEW.recovery_id FOR UPDATE;
                    SELECT COALESCE(SUM(amount_fen), 0) INTO standing FROM awards_recoveryreceipt
                        WHERE recovery_id = NEW.recovery_id;
                    IF standing + NEW.amount_fen > COALESCE(demanded, 0) OR standing + NEW.amount_fen < 0 THEN
                        RAISE EXCEPTION 'awards: receipt of % does not fit recovery %', NEW.amount_fen, NEW.recovery_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_receipt_within_demand';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recovery} {self.amount_fen}"
