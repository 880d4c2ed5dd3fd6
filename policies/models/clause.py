"""Clauses, their dated versions, and the units that a version names."""

import datetime as dt
from typing import Any

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from policies.enums import UNPUBLISHED, ClauseRole, GroupResolution, VersionState
from policies.models.document import Document, Node
from policies.models.search import Pieces, VersionText
from policies.models.versioning import DatedVersion, immutable_once_published, range_of


class ClauseQuerySet(models.QuerySet["Clause"]):
    """Clauses are public."""

    def visible_to(self, user: Any) -> "ClauseQuerySet":
        """Clauses of public documents for anyone; those who see documents in preparation see theirs, too."""
        return self.filter(document__in=Document.objects.visible_to(user))

    def public(self) -> "ClauseQuerySet":
        """Clauses of documents that have been published: what rooms of work offer to choose from."""
        return self.filter(document__published_at__isnull=False)


class Clause(models.Model):
    """One clause of a document under the number the product gives it (3.4.5); what it says stands in its versions."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="clauses", verbose_name="文件")
    clause_id = models.CharField("条款", max_length=20)
    title = models.CharField("名称", max_length=80)
    order = models.PositiveSmallIntegerField("次序")
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="clauses")
    is_monetary = models.BooleanField("资金条款")
    # The clause of an earlier document that this one goes on with: past years are compared through it.
    predecessor = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="successors", null=True, blank=True, verbose_name="承接的条款"
    )

    objects = ClauseQuerySet.as_manager()

    class Meta:
        verbose_name = "条款"
        verbose_name_plural = "条款"
        ordering = ["document", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "clause_id"], name="clause_id_once", violation_error_message="该文件已有此条款。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clause_id} {self.title}"


class ClauseVersionQuerySet(models.QuerySet["ClauseVersion"]):
    """Dated versions of clauses."""

    def visible_to(self, user: Any) -> "ClauseVersionQuerySet":
        """Published and retired versions for anyone; drafts are seen in 政策维护 only."""
        return self.exclude(state__in=UNPUBLISHED)

    def in_force_on(self, day: dt.date) -> "ClauseVersionQuerySet":
        """Published versions whose validity includes the day."""
        return self.filter(state=VersionState.PUBLISHED, valid_from__lte=day).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


class ClauseVersion(DatedVersion):
    """What a clause says from a day to a day: the printed sentence, its units, what it asks for and how it computes.

    `definition` is a `policies.rules.schema.ClauseDefinition` as JSON; where nothing is paid, id, title, sentence.
    """

    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="versions", verbose_name="条款")
    quote = models.TextField("原文")
    bracket = models.CharField("单位", max_length=300)
    evidence = models.JSONField("申报材料", default=list)
    source_sha256 = models.CharField("规范文本校验值", max_length=64)
    content_sha256 = models.CharField("内容校验值", max_length=64)

    objects = ClauseVersionQuerySet.as_manager()

    class Meta(DatedVersion.Meta):
        verbose_name = "条款版本"
        verbose_name_plural = "条款版本"
        ordering = ["clause", "number"]
        indexes = [GinIndex(Pieces(VersionText("quote", "bracket", "definition")), name="clauseversion_pieces")]
        constraints = [
            *DatedVersion.Meta.constraints,
            models.UniqueConstraint(
                fields=["clause", "number"], name="clauseversion_number_once", violation_error_message="版本号重复。"
            ),
            ExclusionConstraint(
                name="clauseversion_no_overlap",
                expressions=[
                    (range_of("clause", "clause", "int8range"), "&&"),
                    (range_of("valid_from", "valid_to", "daterange"), "&&"),
                ],
                condition=Q(state="published"),
                violation_error_message="同一条款的已发布版本在时间上不能重叠。",
            ),
        ]
        triggers = [immutable_once_published("clauseversion_immutable")]

    def __str__(self) -> str:
        return f"{self.clause} 第{self.number}版"


class UnitGroup(models.Model):
    """A group of units as printed (各县区（开发区、湾里管理局）), resolved to one unit for each application."""

    code = models.CharField("代码", max_length=20, unique=True)
    printed = models.CharField("原文名称", max_length=60, unique=True)
    resolution = models.CharField("确定方式", max_length=20, choices=GroupResolution.choices)
    members = models.ManyToManyField("accounts.Unit", related_name="groups", blank=True, verbose_name="成员")

    class Meta:
        verbose_name = "单位组"
        verbose_name_plural = "单位组"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.printed


class ClauseUnit(models.Model):
    """One unit or group in one role of a version, in printed order; the first lead keeps the file (主办)."""

    version = models.ForeignKey(ClauseVersion, on_delete=models.CASCADE, related_name="units")
    role = models.CharField("角色", max_length=12, choices=ClauseRole.choices)
    order = models.PositiveSmallIntegerField("次序")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    group = models.ForeignKey(UnitGroup, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = "条款单位"
        verbose_name_plural = "条款单位"
        ordering = ["version", "role", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "role", "order"],
                name="clauseunit_order_once",
                violation_error_message="同一角色中的次序重复。",
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=False, group__isnull=True) | Q(unit__isnull=True, group__isnull=False),
                name="clauseunit_unit_or_group",
                violation_error_message="请填写一个单位或一个单位组。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="clauseunit_immutable",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("version_state", "text")],
                func="""
                SELECT state INTO version_state FROM policies_clauseversion
                 WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
                IF version_state <> 'draft' THEN
                    RAISE EXCEPTION 'the units of a published version cannot be changed'
                          USING ERRCODE = 'restrict_violation';
                END IF;
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}：{self.name}"

    @property
    def name(self) -> str:
        """The name as the policy prints it."""
        return str(self.unit if self.unit_id else self.group)
