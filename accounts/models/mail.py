"""Mail that is owed: kept sealed until it is sent, because it may carry one-time links; wiped afterwards."""

from django.db import models

from common.fields import EncryptedTextField


class OutgoingMail(models.Model):
    """One message to one address. The outbox carries its id; `body` is emptied when it has left."""

    to = models.EmailField("收件人", max_length=254)
    subject = models.CharField("主题", max_length=200)
    body = EncryptedTextField("正文", blank=True, default="")
    html = EncryptedTextField("网页正文", blank=True, default="")
    created_at = models.DateTimeField("时间")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)

    class Meta:
        verbose_name = "待发邮件"
        verbose_name_plural = "待发邮件"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.subject
