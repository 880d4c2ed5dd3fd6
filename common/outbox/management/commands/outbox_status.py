"""What the outbox owes."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from common.outbox.queries import STUCK_AFTER, last_errors, status


class Command(BaseCommand):
    """One line per kind, then the messages that keep failing."""

    help = "列出尚未完成的待办消息：数量、到期、多次失败及最近的错误。"

    def handle(self, *args: Any, **options: Any) -> None:
        rows = status(timezone.now())
        if not rows:
            self.stdout.write("没有未完成的消息。")
        for row in rows:
            oldest = timezone.localtime(row.oldest_due).strftime("%Y-%m-%d %H:%M:%S") if row.oldest_due else "—"
            self.stdout.write(
                f"{row.kind}：未完成 {row.owed}，已到期 {row.overdue}，"
                f"失败 {STUCK_AFTER} 次以上 {row.stuck}，最早到期 {oldest}"
            )
        for message in last_errors():
            self.stdout.write(f"#{message.pk} {message.kind} 失败 {message.attempts} 次：{message.last_error}")
