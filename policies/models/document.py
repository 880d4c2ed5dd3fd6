"""Official documents and their printed text as an ordered tree."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from accounts.enums import SystemRole
from policies.enums import DocumentKind, NodeKind
from policies.models.search import Pieces

_INSIDE = (SystemRole.ADMINISTRATOR, SystemRole.AUDITOR)


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents are public."""

    def visible_to(self, user: Any) -> "DocumentQuerySet":
        """Public documents for anyone; administrators and auditors see those in preparation, too."""
        if getattr(user, "is_active", False) and getattr(user, "system_role", "") in _INSIDE:
            return self.all()
        return self.public()

    def public(self) -> "DocumentQuerySet":
        """Documents that have been published."""
        return self.filter(published_at__isnull=False)


class Document(models.Model):
    """One official document: a policy with clauses, or a text that the library keeps beside it."""

    slug = models.SlugField("地址", max_length=60, unique=True)
    number = models.CharField("发文字号", max_length=40, unique=True)
    title = models.CharField("标题", max_length=200)
    kind = models.CharField("类别", max_length=10, choices=DocumentKind.choices)
    issuer = models.CharField("发文机关", max_length=60)
    issued_on = models.DateField("成文日期", null=True, blank=True)
    valid_from = models.DateField("施行日期", null=True, blank=True)
    valid_to = models.DateField("有效期至", null=True, blank=True)
    replaces = models.CharField("废止的文件", max_length=40, blank=True, default="")
    source_note = models.CharField("来源", max_length=200, blank=True, default="")
    emendations = models.JSONField("勘误", default=list, blank=True)
    original_sha256 = models.CharField("原文校验值", max_length=64)
    source_sha256 = models.CharField("规范文本校验值", max_length=64)
    order = models.PositiveSmallIntegerField("排序", default=0)
    # The documents that applicants attach, by key: {label, help, scope: "year" | "own"}; clauses name the keys.
    evidence = models.JSONField("申报材料目录", default=dict, blank=True)
    common_evidence = models.JSONField("各条款共同材料", default=list, blank=True, help_text="材料代码")
    # Head and text of a document in preparation; every save adds one, whoever saves names the number on the screen.
    edit = models.PositiveIntegerField("修改次数", default=1)
    drafted_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="起草人"
    )
    drafted_at = models.DateTimeField("起草时间", null=True, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="复制自"
    )
    # Null: in preparation, seen in 政策维护 only.
    published_at = models.DateTimeField("公开时间", null=True, blank=True)
    published_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="公开人"
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "政策文件"
        verbose_name_plural = "政策文件"
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="document_validity_ordered",
                violation_error_message="有效期的截止日不能早于施行日期。",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_public(self) -> bool:
        """Whether the library shows it."""
        return self.published_at is not None


class Node(models.Model):
    """One printed piece of a document, in reading order.

    `text` keeps `**…**` for the original's bold and ¹²³ for its footnote marks;
    a passage runs on in the paragraph of its parent.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="nodes", verbose_name="文件")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, related_name="children", null=True, blank=True)
    ref = models.CharField("编号", max_length=20)
    kind = models.CharField("类别", max_length=20, choices=NodeKind.choices)
    order = models.PositiveSmallIntegerField("次序")
    text = models.TextField("文字", blank=True, default="")
    plain = models.TextField("检索文字", blank=True, default="", help_text="去除加粗与脚注标记后的文字")

    class Meta:
        verbose_name = "条文"
        verbose_name_plural = "条文"
        ordering = ["document", "order"]
        indexes = [GinIndex(Pieces("plain"), name="node_pieces")]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "ref"], name="node_ref_once", violation_error_message="该文件已有此编号的条文。"
            ),
            models.UniqueConstraint(
                fields=["document", "order"], name="node_order_once", violation_error_message="该文件已有此次序的条文。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.ref}"

    @property
    def anchor(self) -> str:
        """The id of this piece on the document's page."""
        return f"t{self.ref}"
