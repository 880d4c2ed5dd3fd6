"""What is owed to the world after a commit."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class OutboxMessage(models.Model):
    """One side effect: owed from the commit that wrote it until ``done_at``.

    ``key`` names the effect: the same key twice is one effect. ``due_at``: not before. ``sent_at``: last handed to
    the broker. ``attempts`` counts failures of the handler; ``last_error`` holds the last of them.
    """

    kind = models.CharField("种类", max_length=80)
    payload = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    key = models.CharField("唯一标识", max_length=200, unique=True)
    created_at = models.DateTimeField("产生时间")
    due_at = models.DateTimeField("应执行时间")
    sent_at = models.DateTimeField("最近发送时间")
    attempts = models.PositiveIntegerField("失败次数", default=0)
    done_at = models.DateTimeField("完成时间", null=True)
    last_error = models.TextField("最近错误", default="", blank=True)

    class Meta:
        verbose_name = "待办消息"
        verbose_name_plural = "待办消息"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(done_at__isnull=True), name="outbox_owed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="") & ~models.Q(key=""),
                name="outbox_named",
                violation_error_message="消息必须有种类和唯一标识。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
