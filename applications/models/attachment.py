"""Evidence files. Common evidence (营业执照 …) is filed once per enterprise and year and serves every application."""

from django.db import models
from django.db.models import Q


class Attachment(models.Model):
    """One checked file; its bytes lie in common.storage under their SHA-256. Replaced files stay for the record."""

    enterprise = models.ForeignKey("accounts.Enterprise", on_delete=models.PROTECT, related_name="attachments")
    policy_year = models.PositiveSmallIntegerField("政策年度")
    # null: common evidence, shared by all applications of the enterprise in this year
    application = models.ForeignKey(
        "applications.Application", on_delete=models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    evidence_key = models.SlugField("材料", max_length=60)
    name = models.CharField("文件名", max_length=255)
    kind = models.CharField("类型", max_length=10)
    content_type = models.CharField("内容类型", max_length=100)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)
    cleaned = models.BooleanField("已净化", default=False)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    removed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        ordering = ["evidence_key", "uploaded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="attachment_removed_pair",
                violation_error_message="移除须有时间和操作人。",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "policy_year", "application", "evidence_key", "sha256"],
                condition=Q(removed_at=None),
                nulls_distinct=False,
                name="attachment_once",
                violation_error_message="同一文件已上传。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
