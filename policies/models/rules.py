"""Rules of a document across its clauses, and the points it leaves open."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from policies.models.clause import Clause
from policies.models.document import Document
from policies.models.versioning import DatedVersion, immutable_once_published, range_of


class PolicyRules(DatedVersion):
    """The dated rules of a document across clauses: `year_facts` (figures of the year) and `total_cap`."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="rules", verbose_name="文件")

    class Meta(DatedVersion.Meta):
        verbose_name = "通用规则版本"
        verbose_name_plural = "通用规则版本"
        ordering = ["document", "number"]
        constraints = [
            *DatedVersion.Meta.constraints,
            models.UniqueConstraint(
                fields=["document", "number"], name="policyrules_number_once", violation_error_message="版本号重复。"
            ),
            ExclusionConstraint(
                name="policyrules_no_overlap",
                expressions=[
                    (range_of("document", "document", "int8range"), "&&"),
                    (range_of("valid_from", "valid_to", "daterange"), "&&"),
                ],
                condition=Q(state="published"),
                violation_error_message="同一文件的已发布规则在时间上不能重叠。",
            ),
        ]
        triggers = [immutable_once_published("policyrules_immutable")]

    def __str__(self) -> str:
        return f"{self.document} 通用规则第{self.number}版"


_CONFIRMED_PAIR = Q(confirmed_at__isnull=True, confirmed_by__isnull=True) | Q(
    confirmed_at__isnull=False, confirmed_by__isnull=False
)


class ClauseGroup(models.Model):
    """Clauses of one type (同类型): an enterprise is paid under one of them."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="groups", verbose_name="文件")
    name = models.CharField("名称", max_length=40)
    quote = models.TextField("原文")
    reason = models.TextField("理由")
    order = models.PositiveSmallIntegerField("次序", default=0)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "同类型条款组"
        verbose_name_plural = "同类型条款组"
        ordering = ["document", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "name"], name="clausegroup_name_once", violation_error_message="该文件已有此组。"
            ),
            models.CheckConstraint(
                condition=_CONFIRMED_PAIR,
                name="clausegroup_confirmed_pair",
                violation_error_message="确认时间与确认人必须同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClauseGroupMember(models.Model):
    """A clause is in one group at most: groups are disjoint by this table's shape."""

    group = models.ForeignKey(ClauseGroup, on_delete=models.CASCADE, related_name="members")
    clause = models.OneToOneField(
        Clause, on_delete=models.PROTECT, related_name="group_membership", verbose_name="条款"
    )
    order = models.PositiveSmallIntegerField("次序")

    class Meta:
        verbose_name = "组内条款"
        verbose_name_plural = "组内条款"
        ordering = ["group", "order"]

    def __str__(self) -> str:
        return f"{self.group}：{self.clause}"


class PolicySettingQuerySet(models.QuerySet["PolicySetting"]):
    """Points that a policy leaves open; each change is a new row."""

    def visible_to(self, user: Any) -> "PolicySettingQuerySet":
        """Settings are shown to anyone, marked as confirmed or not."""
        return self.all()


class PolicySetting(models.Model):
    """One numbered value of a point that the policy leaves open; the row with the highest number in force counts."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="settings", verbose_name="文件")
    key = models.SlugField("代码", max_length=60)
    number = models.PositiveSmallIntegerField("版本", default=1)
    valid_from = models.DateField("生效日期")
    label = models.CharField("名称", max_length=80)
    value = models.JSONField("取值")
    default = models.JSONField("默认值")
    reason = models.TextField("理由")
    order = models.PositiveSmallIntegerField("次序", default=0)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    confirmed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    objects = PolicySettingQuerySet.as_manager()

    class Meta:
        verbose_name = "待确认事项"
        verbose_name_plural = "待确认事项"
        ordering = ["document", "order", "key", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "key", "number"],
                name="policysetting_number_once",
                violation_error_message="版本号重复。",
            ),
            models.CheckConstraint(
                condition=_CONFIRMED_PAIR,
                name="policysetting_confirmed_pair",
                violation_error_message="确认时间与确认人必须同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}（第{self.number}版）"

    @property
    def is_confirmed(self) -> bool:
        """Whether an administrator took responsibility for this value."""
        return self.confirmed_at is not None


class PolicyTarget(models.Model):
    """One row of a document's table of industry targets; without a unit it is the total."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="targets", verbose_name="文件")
    year = models.PositiveSmallIntegerField("年度")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    printed = models.CharField("原文名称", max_length=40)
    focus = models.CharField("发展重点", max_length=100, blank=True, default="")
    target_fen = models.BigIntegerField("目标（分）")
    order = models.PositiveSmallIntegerField("次序")

    class Meta:
        verbose_name = "产业目标"
        verbose_name_plural = "产业目标"
        ordering = ["document", "year", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "year", "order"],
                name="policytarget_order_once",
                violation_error_message="次序重复。",
            ),
            models.CheckConstraint(
                condition=Q(target_fen__gte=0),
                name="policytarget_not_negative",
                violation_error_message="目标不能为负数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.printed}"
