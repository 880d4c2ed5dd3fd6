"""往来消息: what officers and the enterprise write to each other about a filed application. Nothing is ever changed."""

import pgtrigger
from django.db import models
from django.db.models import Q


class Message(models.Model):
    """One message; `unit` is the officer's unit, null where the enterprise writes."""

    application = models.ForeignKey("applications.Application", on_delete=models.PROTECT, related_name="messages")
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", verbose_name="作者")
    text = models.TextField("内容")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "往来消息"
        verbose_name_plural = "往来消息"
        ordering = ["application", "at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="message_has_text", violation_error_message="请填写消息内容。"
            )
        ]
        triggers = [pgtrigger.Protect(name="message_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text[:40]


class MessageFile(models.Model):
    """A checked file of a message; its bytes lie in common.storage under their SHA-256."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="files")
    name = models.CharField("文件名", max_length=255)
    kind = models.CharField("类型", max_length=10)
    content_type = models.CharField("内容类型", max_length=100)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "消息附件"
        verbose_name_plural = "消息附件"
        ordering = ["message", "pk"]
        triggers = [pgtrigger.Protect(name="message_file_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
