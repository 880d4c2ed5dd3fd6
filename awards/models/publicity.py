"""公示 and 异议: what everybody is shown before it is approved, and what is said against it."""

from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.enums import SystemRole, UnitRole
from accounts.models import UnitMember
from awards.enums import ItemState, ObjectionState, RoundState
from awards.triggers import never_emptied
from common.fields import EncryptedTextField, one_of
from common.stored import StoredFileFields

if TYPE_CHECKING:
    from accounts.models import User

#: Who of the lead reads its rounds and the objections to them; the objector's identity is for the first two alone.
READERS = (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER)


def _units_read_by(user: "User") -> models.QuerySet[UnitMember]:
    return UnitMember.objects.filter(user=user, is_active=True, unit__is_active=True, role__in=READERS)


class PublicityRoundQuerySet(models.QuerySet["PublicityRound"]):
    def visible_to(self, user: "User") -> "PublicityRoundQuerySet":
        """The rounds of one's own lead for its 经办, 审核 and 负责人, all for auditors."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.system_role == SystemRole.AUDITOR:
            return self
        return self.filter(unit__in=_units_read_by(user).values("unit"))

    def published(self) -> "PublicityRoundQuerySet":
        """What everybody may read: rounds that run or ran."""
        return self.filter(state__in=[RoundState.OPEN, RoundState.CLOSED])


class PublicityRound(models.Model):
    """A batch of settled awards of one lead, shown for the days of the procedure (calendar days; the first does not
    count, a last day on a day off moves on). Drafted by one person, published by another."""

    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="公示单位")
    title = models.CharField("标题", max_length=120)
    policy_year = models.PositiveSmallIntegerField("政策年度")
    state = models.CharField("状态", max_length=10, choices=RoundState.choices, default=RoundState.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    # The contact for objections, printed on the page.
    contact = models.CharField("异议受理联系方式", max_length=200)
    drafted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    drafted_at = models.DateTimeField("拟稿时间")
    published_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    first_day = models.DateField("公示首日", null=True, blank=True)
    last_day = models.DateField("公示末日", null=True, blank=True)
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = PublicityRoundQuerySet.as_manager()

    class Meta:
        verbose_name = "公示"
        verbose_name_plural = "公示"
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"], published_at=None, published_by=None, first_day=None)
                | Q(
                    state__in=["open", "closed"],
                    published_at__isnull=False,
                    published_by__isnull=False,
                    first_day__isnull=False,
                    last_day__gt=models.F("first_day"),
                ),
                name="publicity_published_complete",
                violation_error_message="已发布的公示须有发布人、时间和起止日期。",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=models.F("drafted_by")),
                name="publicity_two_people",
                violation_error_message="经办和审核须为不同的人。",
            ),
            one_of("state", RoundState),
        ]
        triggers = [
            never_emptied("publicity"),
            pgtrigger.Protect(name="publicity_is_kept", operation=pgtrigger.Delete),
            # What everybody was told – words, people, days – stands; a period that ended does not begin again.
            pgtrigger.Protect(
                name="publicity_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'draft' AND (to_jsonb(NEW) - ARRAY['state','version','closed_at']) IS DISTINCT FROM"
                    " (to_jsonb(OLD) - ARRAY['state','version','closed_at'])"
                    " OR OLD.state IN ('closed', 'cancelled') AND NEW.state <> OLD.state"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PublicityItem(models.Model):
    """One line as it was shown: name, clause, amount and nothing else."""

    round = models.ForeignKey(PublicityRound, on_delete=models.PROTECT, related_name="items")
    award = models.ForeignKey("awards.Award", on_delete=models.PROTECT, related_name="publicity_items")
    order = models.PositiveIntegerField("序号")
    name = models.CharField("名称", max_length=120)
    clause = models.CharField("条款", max_length=200)
    amount_fen = models.BigIntegerField("金额（分）")
    state = models.CharField("状态", max_length=10, choices=ItemState.choices, default=ItemState.LISTED)
    version = models.PositiveIntegerField("版本", default=1)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "公示事项"
        verbose_name_plural = "公示事项"
        ordering = ["round", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "order"], name="publicity_item_order_once", violation_error_message="序号重复。"
            ),
            models.UniqueConstraint(
                fields=["award"],
                condition=Q(state__in=["listed", "held"]),
                name="publicity_item_one_open",
                violation_error_message="该奖补已在公示中。",
            ),
            one_of("state", ItemState),
        ]
        triggers = [
            never_emptied("publicity_item"),
            pgtrigger.Protect(
                name="publicity_item_is_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    'ROW(OLD.round_id, OLD.award_id, OLD."order", OLD.name, OLD.clause, OLD.amount_fen) IS DISTINCT'
                    ' FROM ROW(NEW.round_id, NEW.award_id, NEW."order", NEW.name, NEW.clause, NEW.amount_fen)'
                ),
            ),
            # Only the list of a draft is written anew.
            pgtrigger.Trigger(
                name="publicity_item_of_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                declare=[("of_round", "bigint")],
                func="""
                    IF TG_OP = 'DELETE' THEN of_round := OLD.round_id; ELSE of_round := NEW.round_id; END IF;
                    IF NOT EXISTS (SELECT FROM awards_publicityround WHERE id = of_round AND state = 'draft') THEN
                        RAISE EXCEPTION 'awards: the list of a published round does not change'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}. {self.name}"


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def visible_to(self, user: "User") -> "ObjectionQuerySet":
        """The objections to the rounds that the user may read."""
        return self.filter(item__round__in=PublicityRound.objects.visible_to(user))


class Objection(models.Model):
    """异议: real name, in writing, inside the period. It holds its item alone; the lead checks and answers it.

    `code` opens the objector's own page (receipt, state, answer); name and phone are encrypted at rest.
    """

    item = models.ForeignKey(PublicityItem, on_delete=models.PROTECT, related_name="objections")
    number = models.CharField("编号", max_length=30, unique=True)
    code = models.CharField("查询码", max_length=40, unique=True)
    name = EncryptedTextField("姓名或单位名称")
    phone = EncryptedTextField("联系电话")
    address = EncryptedTextField("联系地址", blank=True, default="")
    text = models.TextField("异议内容和事实依据")
    state = models.CharField("状态", max_length=10, choices=ObjectionState.choices, default=ObjectionState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    filed_at = models.DateTimeField("提出时间")
    due_on = models.DateField("办理期限")
    upheld = models.BooleanField("拟认定成立", null=True, blank=True)
    answer = models.TextField("答复", blank=True, default="")
    drafted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="经办人"
    )
    drafted_at = models.DateTimeField("经办时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    decided_at = models.DateTimeField("答复时间", null=True, blank=True)
    return_note = models.TextField("审核退回说明", blank=True, default="")

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = "异议"
        verbose_name_plural = "异议"
        ordering = ["filed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "drafted"], decided_at=None, decided_by=None)
                | Q(state__in=["unfounded", "upheld"], decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(answer="")
                & ~Q(decided_by=models.F("drafted_by")),
                name="objection_decided_by_two",
                violation_error_message="答复须有内容，并由经办和审核两人办理。",
            ),
            models.CheckConstraint(
                condition=~Q(text=""), name="objection_has_text", violation_error_message="请写明异议内容。"
            ),
            one_of("state", ObjectionState),
        ]
        triggers = [
            never_emptied("objection"),
            pgtrigger.Protect(name="objection_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="objection_words_are_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "ROW(OLD.item_id, OLD.number, OLD.code, OLD.name, OLD.phone, OLD.address, OLD.text, OLD.filed_at)"
                    " IS DISTINCT FROM ROW(NEW.item_id, NEW.number, NEW.code, NEW.name, NEW.phone, NEW.address,"
                    " NEW.text, NEW.filed_at) OR OLD.decided_at IS NOT NULL"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ObjectionFile(StoredFileFields):
    """A checked file that came with an objection."""

    objection = models.ForeignKey(Objection, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = "异议材料"
        verbose_name_plural = "异议材料"
        ordering = ["objection", "pk"]
        triggers = [
            never_emptied("objection_file"),
            pgtrigger.Protect(name="objection_file_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
