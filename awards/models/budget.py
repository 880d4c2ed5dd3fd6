"""Budgets: whose money, how much of it, and every movement; the database adds up and refuses to overspend."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from awards.enums import EntryKind, Share
from awards.triggers import never_emptied
from common.fields import one_of


class BudgetRatio(models.Model):
    """The city's share of a clause's awards from a day on (四（三）由各级受益财政参照现行财政体制分担).

    The newest row in force counts; without a row the policy's setting `city_share` holds. A row without a clause is for
    all clauses."""

    document = models.ForeignKey("policies.Document", on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    clause = models.ForeignKey(
        "policies.Clause", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="条款"
    )
    valid_from = models.DateField("自何日起")
    city_share = models.CharField("市级分担比例", max_length=8, help_text="整数百分比，如 50%")
    reason = models.CharField("依据", max_length=300)
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    set_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "分担比例"
        verbose_name_plural = "分担比例"
        ordering = ["document", "clause", "-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(city_share__regex=r"^(0|[1-9][0-9]?|100)%$"),
                name="budget_ratio_form",
                violation_error_message="比例须为 0% 至 100% 的整数百分比。",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="budget_ratio_reason", violation_error_message="请写明依据。"
            ),
        ]
        triggers = [
            never_emptied("budget_ratio"),
            pgtrigger.Protect(name="budget_ratio_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.clause or self.document} {self.city_share}（{self.valid_from}起）"


class Envelope(models.Model):
    """The money of one unit for one clause and policy year. The city's share of an award comes from the envelope of the
    bureau that leads (主办), the district's from that of the enterprise's district.

    The totals (分) are written by the database alone, from the entries: amount (下达 and 调整), committed (核定占用
    less 释放), paid (拨付 less 冲回). 0 ≤ paid ≤ committed ≤ amount.
    """

    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="envelopes", verbose_name="单位")
    share = models.CharField("级次", max_length=8, choices=Share.choices)
    clause = models.ForeignKey(
        "policies.Clause", on_delete=models.PROTECT, related_name="envelopes", verbose_name="条款"
    )
    policy_year = models.PositiveSmallIntegerField("政策年度")
    # 预算科目: what the payment list names.
    subject_code = models.CharField("预算科目编码", max_length=20, blank=True, default="")
    subject_name = models.CharField("预算科目名称", max_length=80, blank=True, default="")
    amount_fen = models.BigIntegerField("预算（分）", default=0, editable=False)
    committed_fen = models.BigIntegerField("已占用（分）", default=0, editable=False)
    paid_fen = models.BigIntegerField("已拨付（分）", default=0, editable=False)

    class Meta:
        verbose_name = "资金预算"
        verbose_name_plural = "资金预算"
        ordering = ["-policy_year", "share", "unit", "clause"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "share", "clause", "policy_year"],
                name="envelope_once",
                violation_error_message="该单位该条款该年度的预算已存在。",
            ),
            models.CheckConstraint(
                condition=Q(committed_fen__lte=F("amount_fen")),
                name="envelope_not_overspent",
                violation_error_message="预算余额不足。",
            ),
            models.CheckConstraint(
                condition=Q(paid_fen__gte=0, paid_fen__lte=F("committed_fen")),
                name="envelope_paid_within_committed",
                violation_error_message="拨付不得超过已核定占用的金额。",
            ),
            one_of("share", Share),
        ]
        triggers = [
            never_emptied("envelope"),
            pgtrigger.Protect(name="envelope_is_kept", operation=pgtrigger.Delete),
            # pg_trigger_depth(): only the trigger of an entry writes the totals.
            pgtrigger.Trigger(
                name="envelope_totals_are_sums",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'INSERT' THEN
                        IF NEW.amount_fen <> 0 OR NEW.committed_fen <> 0 OR NEW.paid_fen <> 0 THEN
                            RAISE EXCEPTION 'awards: an envelope begins empty' USING ERRCODE = 'check_violation';
                        END IF;
                        RETURN NEW;
                    END IF;
                    IF pg_trigger_depth() < 2 AND ROW(OLD.amount_fen, OLD.committed_fen, OLD.paid_fen)
                            IS DISTINCT FROM ROW(NEW.amount_fen, NEW.committed_fen, NEW.paid_fen) THEN
                        RAISE EXCEPTION 'awards: totals of an envelope follow from its entries'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF ROW(OLD.unit_id, OLD.share, OLD.clause_id, OLD.policy_year) IS DISTINCT FROM
                            ROW(NEW.unit_id, NEW.share, NEW.clause_id, NEW.policy_year) THEN
                        RAISE EXCEPTION 'awards: whose envelope it is does not change'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.clause} {self.policy_year}"

    @property
    def free_fen(self) -> int:
        """What is left to be settled from (分)."""
        return self.amount_fen - self.committed_fen


class EnvelopeEntry(models.Model):
    """One movement of an envelope, for good; `fen` is signed only for an adjustment, positive otherwise."""

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField("类别", max_length=8, choices=EntryKind.choices)
    fen = models.BigIntegerField("金额（分）")
    award = models.ForeignKey(
        "awards.Award", on_delete=models.PROTECT, null=True, blank=True, related_name="budget_entries"
    )
    payment = models.ForeignKey(
        "awards.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="budget_entries"
    )
    reason = models.CharField("事由", max_length=300, blank=True, default="")
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "预算变动"
        verbose_name_plural = "预算变动"
        ordering = ["envelope", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=EntryKind.ADJUST) & ~Q(fen=0) | ~Q(kind=EntryKind.ADJUST) & Q(fen__gt=0),
                name="envelope_entry_sign",
                violation_error_message="金额须大于 0 元；调整可增可减，不得为 0。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["grant", "adjust"], award=None) & ~Q(reason="")
                | Q(kind__in=["commit", "release"], award__isnull=False)
                | Q(kind__in=["pay", "unpay"], award__isnull=False, payment__isnull=False),
                name="envelope_entry_about",
                violation_error_message="下达和调整须写明事由，占用和拨付须指明奖补。",
            ),
            one_of("kind", EntryKind),
        ]
        triggers = [
            never_emptied("envelope_entry"),
            pgtrigger.Protect(name="envelope_entry_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="envelope_entry_moves_totals",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    UPDATE awards_envelope SET
                        amount_fen = amount_fen + CASE WHEN NEW.kind IN ('grant', 'adjust') THEN NEW.fen ELSE 0 END,
                        committed_fen = committed_fen + CASE NEW.kind WHEN 'commit' THEN NEW.fen
                            WHEN 'release' THEN -NEW.fen ELSE 0 END,
                        paid_fen = paid_fen + CASE NEW.kind WHEN 'pay' THEN NEW.fen
                            WHEN 'unpay' THEN -NEW.fen ELSE 0 END
                    WHERE id = NEW.envelope_id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.envelope} {self.get_kind_display()} {self.fen}"
