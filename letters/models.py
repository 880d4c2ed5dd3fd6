"""Letters, their number series and the dated standing words; every invariant is a constraint or a trigger."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from accounts.unit_names import with_former
from letters.codes import LENGTH
from letters.enums import LetterKind, LetterState, SeriesKind, TextKind, TextSlot
from letters.triggers import LETTER_TRIGGERS, SERIES_TRIGGERS, TEXT_TRIGGERS

if TYPE_CHECKING:
    from accounts.models import User


class NumberSeries(models.Model):
    """The run of numbers of one unit, group of kinds and year; `last_number` is the last one given."""

    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    kind = models.CharField("文种", max_length=12, choices=SeriesKind.choices)
    year = models.PositiveSmallIntegerField("年份")
    prefix = models.CharField("机关代字", max_length=60, help_text="该年第一个文号产生后不再变更")
    last_number = models.PositiveIntegerField("已用至", default=0)

    class Meta:
        verbose_name = "文号序列"
        verbose_name_plural = "文号序列"
        ordering = ["-year", "unit", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind", "year"],
                name="series_once",
                violation_error_message="该单位该文种该年份的文号序列已存在。",
            ),
            models.UniqueConstraint(
                fields=["prefix", "year"],
                name="series_prefix_once",
                violation_error_message="另一单位或文种已使用同一机关代字。",
            ),
            models.CheckConstraint(
                condition=~Q(prefix=""), name="series_prefix_given", violation_error_message="机关代字不能为空。"
            ),
        ]
        triggers = SERIES_TRIGGERS

    def __str__(self) -> str:
        return f"{self.prefix}〔{self.year}〕"


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: "User") -> "LetterQuerySet":
        """Issued ones for the addressed enterprise's members, all of a unit for its members and for those of the unit
        that has its duties since, all for auditors.

        A letter to a private person names somebody whom not everybody of the unit may know: it is in nobody's list, and
        the room that ordered it hands it out.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        found = self.exclude(Q(enterprise=None) & ~Q(kind=LetterKind.PUBLICITY))
        if user.system_role == "auditor":
            return found
        enterprises = user.enterprise_memberships.filter(is_active=True).values("enterprise")
        units = user.unit_memberships.filter(is_active=True, unit__is_active=True).values("unit")
        addressed = Q(enterprise__in=enterprises) & ~Q(state=LetterState.QUEUED)
        return found.filter(addressed | Q(unit__in=with_former(units)))

    def numbered(self) -> "LetterQuerySet":
        """Letters that were issued, void ones included."""
        return self.exclude(state=LetterState.QUEUED)

    def about(self, subject_key: str) -> "LetterQuerySet":
        """Letters about one thing, e.g. ``application:12``, oldest first."""
        return self.filter(subject_key=subject_key).order_by("pk")


class Letter(models.Model):
    """One official document. `context` is the JSON of a LetterContent; the stored file is the letter."""

    kind = models.CharField("文种", max_length=16, choices=LetterKind.choices)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="letters", verbose_name="发文单位")
    enterprise = models.ForeignKey(
        "accounts.Enterprise",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="letters",
        verbose_name="主送企业",
    )
    subject_key = models.CharField("事项", max_length=80)
    request_key = models.CharField("请求标识", max_length=120, unique=True)
    title = models.CharField("标题", max_length=200)
    context = models.JSONField("内容")
    state = models.CharField(
        "状态", max_length=8, choices=LetterState.choices, default=LetterState.QUEUED, editable=False
    )
    series = models.ForeignKey(
        NumberSeries, on_delete=models.PROTECT, null=True, blank=True, related_name="letters", verbose_name="文号序列"
    )
    number = models.CharField("发文字号", max_length=100, unique=True, null=True, blank=True)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    seq = models.PositiveIntegerField("序号", null=True, blank=True)
    token = models.CharField("核验码", max_length=LENGTH, unique=True)
    requested_at = models.DateTimeField("提出时间")
    issued_at = models.DateTimeField("签发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="签发人",
        help_text="作出决定的人；系统自动出具的文书为空",
    )
    sha256 = models.CharField("文件摘要", max_length=64, blank=True, default="", db_index=True)
    pages = models.PositiveSmallIntegerField("页数", null=True, blank=True)
    supersedes = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name="取代的文书",
    )
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作废人"
    )
    void_reason = models.CharField("作废原因", max_length=500, blank=True, default="")

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "文书"
        verbose_name_plural = "文书"
        ordering = ["-issued_at", "-pk"]
        indexes = [
            models.Index(fields=["subject_key", "id"], name="letter_subject"),
            models.Index(fields=["enterprise", "-issued_at"], name="letter_enterprise"),
            models.Index(fields=["unit", "-issued_at"], name="letter_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "seq"], name="letter_number_once", violation_error_message="该文号已使用。"
            ),
            models.UniqueConstraint(
                fields=["supersedes"],
                name="letter_superseded_once",
                violation_error_message="该文书已被另一件文书取代。",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=LetterState.QUEUED,
                    number=None,
                    series=None,
                    year=None,
                    seq=None,
                    issued_at=None,
                    pages=None,
                    sha256="",
                )
                | Q(
                    ~Q(state=LetterState.QUEUED),
                    ~Q(number=""),
                    number__isnull=False,
                    series__isnull=False,
                    year__isnull=False,
                    seq__gte=1,
                    issued_at__isnull=False,
                    pages__gte=1,
                    sha256__regex=r"^[0-9a-f]{64}$",
                ),
                name="letter_issued_complete",
                violation_error_message="已签发的文书须有文号、文件摘要和签发时间，未签发的不得有。",
            ),
            models.CheckConstraint(
                condition=Q(~Q(state=LetterState.VOID), voided_at=None, voided_by=None, void_reason="")
                | Q(~Q(void_reason=""), state=LetterState.VOID, voided_at__isnull=False, voided_by__isnull=False),
                name="letter_void_complete",
                violation_error_message="作废须有时间、经办人和原因。",
            ),
            models.CheckConstraint(
                condition=~Q(supersedes=F("id")),
                name="letter_not_itself",
                violation_error_message="文书不能取代自身。",
            ),
        ]
        triggers = LETTER_TRIGGERS

    def __str__(self) -> str:
        return self.number or f"{self.get_kind_display()}（待签发）"

    @property
    def is_superseded(self) -> bool:
        """Whether an issued letter has replaced this one (prefetch `superseded_by` in lists)."""
        return any(letter.state != LetterState.QUEUED for letter in self.superseded_by.all())


class LetterText(models.Model):
    """Standing words of a kind of letter from a day on; a later row replaces an earlier one, none is ever changed."""

    kind = models.CharField("文种", max_length=16, choices=TextKind.choices)
    slot = models.CharField("位置", max_length=12, choices=TextSlot.choices)
    body = models.TextField("用语", max_length=2000, help_text="可用占位符见文书说明；不支持其他代码")
    valid_from = models.DateField("自何日起使用")
    note = models.CharField("修改说明", max_length=200)
    created_at = models.DateTimeField("录入时间")
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="录入人")

    class Meta:
        verbose_name = "文书用语"
        verbose_name_plural = "文书用语"
        ordering = ["kind", "slot", "-valid_from", "-pk"]
        indexes = [models.Index(fields=["kind", "slot", "-valid_from"], name="letter_text_in_force")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(body="") & ~Q(note=""),
                name="letter_text_given",
                violation_error_message="用语和修改说明不能为空。",
            )
        ]
        triggers = TEXT_TRIGGERS

    def __str__(self) -> str:
        return f"{self.get_kind_display()}·{self.get_slot_display()}（{self.valid_from:%Y-%m-%d}起）"
