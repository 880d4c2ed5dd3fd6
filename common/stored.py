"""The columns of a checked file whose bytes lie in common.storage under their SHA-256."""

from django.db import models


class StoredFileFields(models.Model):
    """A file as it was checked (common.uploads) and stored (common.storage); hand it out with stored_download."""

    name = models.CharField("文件名", max_length=255)
    kind = models.CharField("类型", max_length=10)
    content_type = models.CharField("内容类型", max_length=100)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
