"""追回: what must come back, how it came, what was set off by decision; a ban for years follows in accounts.Ban."""

import pgtrigger
from django.db import models
from django.db.models import Q

from awards.enums import ReceiptKind, RecoveryState, Share
from common.fields import one_of
from common.stored import StoredFileFields


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
            pgtrigger.Protect(name="recovery_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="recovery_decision_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.award_id <> NEW.award_id OR OLD.finding <> NEW.finding OR (OLD.decided_at IS NOT NULL AND"
                    " (to_jsonb(NEW) - ARRAY['state','version','closed_at']) IS DISTINCT FROM (to_jsonb(OLD) -"
                    " ARRAY['state','version','closed_at']))"
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
        triggers = [pgtrigger.Protect(name="recovery_file_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]


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
            pgtrigger.Protect(name="recovery_receipt_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="recovery_receipt_within_demand",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("demanded", "bigint"), ("standing", "bigint")],
                func="""
                    SELECT amount_fen INTO demanded FROM awards_recovery WHERE id = NEW.recovery_id FOR UPDATE;
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
