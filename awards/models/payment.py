"""拨付: lists for the treasury, their rows, and what became of each; nothing is paid twice, nothing is overwritten."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import UnitMember
from awards.enums import ListState, PaymentState, ResultKind, Share
from awards.triggers import never_emptied
from common.fields import EncryptedTextField, one_of

if TYPE_CHECKING:
    from accounts.models import User

#: Who reads the lists of the paying unit: those who make and send them.
LIST_READERS = (UnitRole.FINANCE, UnitRole.LEADER)


class PaymentListQuerySet(models.QuerySet["PaymentList"]):
    def visible_to(self, user: "User") -> "PaymentListQuerySet":
        """The lists of the paying unit for its finance people and leaders, all for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        pays = UnitMember.objects.filter(
            user=user, is_active=True, role__in=LIST_READERS, unit__is_finance=True, unit__is_active=True
        )
        return self.filter(unit__in=pays.values("unit"))


class PaymentListCounter(models.Model):
    """The last number given to a payment list in one calendar year; its row is locked while a number is taken."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class PaymentList(models.Model):
    """A list per budget and batch, made by one finance person of the paying unit and sent by another.

    Once sent it is locked, and its two files (Excel and PDF) are stored bytes. They hold accounts in full, hence they
    lie encrypted (common.sealed): `…_sealed` names the encrypted bytes, which change with the keys, `…_sha256` is the
    digest of what is handed out, which never does."""

    number = models.CharField("清单编号", max_length=30, unique=True)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="拨付单位")
    share = models.CharField("级次", max_length=8, choices=Share.choices)
    # The district whose budget pays; null for the city's.
    district = models.ForeignKey(
        "accounts.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="县区"
    )
    policy_year = models.PositiveSmallIntegerField("政策年度")
    state = models.CharField("状态", max_length=10, choices=ListState.choices, default=ListState.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    count = models.PositiveIntegerField("笔数", default=0)
    total_fen = models.BigIntegerField("合计（分）", default=0)
    prepared_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    prepared_at = models.DateTimeField("编制时间")
    sent_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    sent_at = models.DateTimeField("送出时间", null=True, blank=True)
    due_on = models.DateField("拨付期限", null=True, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    xlsx_sha256 = models.CharField("Excel 摘要", max_length=64, blank=True, default="")
    pdf_sha256 = models.CharField("PDF 摘要", max_length=64, blank=True, default="")
    xlsx_sealed = models.CharField(max_length=64, blank=True, default="", editable=False)
    pdf_sealed = models.CharField(max_length=64, blank=True, default="", editable=False)

    objects = PaymentListQuerySet.as_manager()

    class Meta:
        verbose_name = "拨付清单"
        verbose_name_plural = "拨付清单"
        ordering = ["-prepared_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share=Share.CITY, district=None) | Q(share=Share.DISTRICT, district__isnull=False),
                name="payment_list_budget",
                violation_error_message="县区级清单须指明县区，市级清单不得指明。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"], sent_at=None, sent_by=None)
                | Q(state__in=["sent", "closed"], sent_at__isnull=False, sent_by__isnull=False, total_fen__gt=0),
                name="payment_list_sent_complete",
                violation_error_message="已送出的清单须有审核人、时间和金额。",
            ),
            models.CheckConstraint(
                condition=Q(sent_by=None) | ~Q(sent_by=models.F("prepared_by")),
                name="payment_list_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            one_of("share", Share),
            one_of("state", ListState),
        ]
        triggers = [
            never_emptied("payment_list"),
            pgtrigger.Protect(name="payment_list_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="payment_list_is_locked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('sent', 'closed', 'cancelled') AND (to_jsonb(NEW) - ARRAY['state','version',"
                    "'closed_at','xlsx_sha256','pdf_sha256','xlsx_sealed','pdf_sealed']) IS DISTINCT FROM"
                    " (to_jsonb(OLD) - ARRAY['state','version','closed_at','xlsx_sha256','pdf_sha256','xlsx_sealed',"
                    "'pdf_sealed']) OR (OLD.pdf_sha256 <> '' AND"
                    " ROW(OLD.xlsx_sha256, OLD.pdf_sha256) IS DISTINCT FROM ROW(NEW.xlsx_sha256, NEW.pdf_sha256))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """One row of a list: the part of one award that one budget pays. The bank account is that of the moment at which
    the row was made, encrypted at rest. A returned row is followed by a new one on another list."""

    list = models.ForeignKey(PaymentList, on_delete=models.PROTECT, related_name="rows")
    row = models.PositiveIntegerField("序号")
    award = models.ForeignKey("awards.Award", on_delete=models.PROTECT, related_name="payments")
    envelope = models.ForeignKey("awards.Envelope", on_delete=models.PROTECT, related_name="payments")
    share = models.CharField("级次", max_length=8, choices=Share.choices)
    amount_fen = models.BigIntegerField("金额（分）")
    state = models.CharField("状态", max_length=10, choices=PaymentState.choices, default=PaymentState.PLANNED)
    version = models.PositiveIntegerField("版本", default=1)
    account_name = EncryptedTextField("户名")
    bank_name = EncryptedTextField("开户行")
    bank_code = EncryptedTextField("行号")
    account_number = EncryptedTextField("账号")
    purpose = models.CharField("用途", max_length=200)
    # 预算科目 as the envelope named it when the list was sent.
    subject = models.CharField("预算科目", max_length=110, blank=True, default="")
    follows = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name="重新拨付自"
    )

    class Meta:
        verbose_name = "拨付"
        verbose_name_plural = "拨付"
        ordering = ["list", "row"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "row"], name="payment_row_once", violation_error_message="序号重复。"
            ),
            models.UniqueConstraint(
                fields=["award", "share"],
                condition=Q(state__in=["planned", "sent", "paid"]),
                name="payment_once_per_share",
                violation_error_message="该奖补的这一级资金已列入拨付。",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="payment_positive", violation_error_message="金额须大于 0 元。"
            ),
            one_of("share", Share),
            one_of("state", PaymentState),
        ]
        triggers = [
            never_emptied("payment"),
            pgtrigger.Protect(name="payment_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="payment_is_fixed",
                operation=pgtrigger.Update,
                # Only the steps of PAYMENTS: a paid row that was dropped would leave its share to be paid twice.
                condition=pgtrigger.Condition(
                    "OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (('planned','sent'),"
                    " ('planned','dropped'), ('sent','paid'), ('sent','returned'), ('paid','reversed'))"
                    " OR OLD.state <> 'planned' AND OLD.subject <> NEW.subject"
                    " OR (to_jsonb(NEW) - ARRAY['state','version','subject']) IS DISTINCT FROM"
                    " (to_jsonb(OLD) - ARRAY['state','version','subject'])"
                ),
            ),
            # Paid never exceeds awarded, whatever set of rows there is, what was set off against it included.
            pgtrigger.Trigger(
                name="payment_within_award",
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
                        RAISE EXCEPTION 'awards: payment of % exceeds what is owed', NEW.amount_fen
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_within_award';
                    END IF;
                    IF NEW.state <> 'planned' OR NOT EXISTS
                            (SELECT FROM awards_paymentlist WHERE id = NEW.list_id AND state = 'draft') THEN
                        RAISE EXCEPTION 'awards: rows begin as planned, on a draft list'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.row}"


class PaymentResult(models.Model):
    """What was told of a row: paid, returned with the reason, or an entry reversed; for good, one of each at most."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="results")
    kind = models.CharField("结果", max_length=10, choices=ResultKind.choices)
    on = models.DateField("日期")
    reason = models.CharField("原因", max_length=300, blank=True, default="")
    reference = models.CharField("凭证号", max_length=60, blank=True, default="")
    imported_from = models.ForeignKey(
        "awards.ImportFile", on_delete=models.PROTECT, null=True, blank=True, related_name="results"
    )
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = "拨付结果"
        verbose_name_plural = "拨付结果"
        ordering = ["payment", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "kind"], name="payment_result_once", violation_error_message="该笔已有这一结果。"
            ),
            models.CheckConstraint(
                condition=Q(kind=ResultKind.PAID) | ~Q(reason=""),
                name="payment_result_reason",
                violation_error_message="退回和冲回须写明原因。",
            ),
            one_of("kind", ResultKind),
        ]
        triggers = [
            never_emptied("payment_result"),
            pgtrigger.Protect(name="payment_result_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.payment} {self.get_kind_display()}"
