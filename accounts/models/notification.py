"""The inbox of one person: what happened to a file and where to look."""

from django.db import models

from accounts.enums import NoticeChannel, NoticeTopic
from common.fields import one_of


class Notification(models.Model):
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notifications")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    topic = models.CharField("类别", max_length=12, choices=NoticeTopic.choices, default=NoticeTopic.SYSTEM)
    # How it was to reach the person besides the inbox, as chosen when it was written.
    channel = models.CharField("送达方式", max_length=8, choices=NoticeChannel.choices, default=NoticeChannel.NONE)
    digested_at = models.DateTimeField("汇总时间", null=True, blank=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    class Meta:
        verbose_name = "消息"
        verbose_name_plural = "消息"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "read_at"], name="notification_unread"),
            models.Index(
                fields=["user", "created_at"],
                condition=models.Q(channel=NoticeChannel.DIGEST, digested_at=None),
                name="notification_digest",
            ),
        ]
        constraints = [one_of("topic", NoticeTopic), one_of("channel", NoticeChannel)]

    def __str__(self) -> str:
        return self.title


class NoticeChoice(models.Model):
    """How one person wants to hear of one topic; without a row the default of accounts/notifications.py holds."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notice_choices")
    topic = models.CharField("类别", max_length=12, choices=NoticeTopic.choices)
    channel = models.CharField("送达方式", max_length=8, choices=NoticeChannel.choices)

    class Meta:
        verbose_name = "消息设置"
        verbose_name_plural = "消息设置"
        ordering = ["user", "topic"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "topic"], name="notice_choice_once", violation_error_message="该类别已有设置。"
            ),
            one_of("topic", NoticeTopic),
            one_of("channel", NoticeChannel),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_topic_display()} {self.get_channel_display()}"
