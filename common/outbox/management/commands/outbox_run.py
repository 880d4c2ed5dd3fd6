"""Deliver everything owed in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.outbox.actions import Outcome, run_owed


class Command(BaseCommand):
    """Exit 1 if a handler failed; the message stays owed."""

    help = "在本进程内执行所有到期的待办消息（不需要 Celery）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=None, help="最多执行多少条")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = run_owed(at=timezone.now(), limit=options["limit"])
        done, failed, not_owed = (counts[outcome] for outcome in (Outcome.DONE, Outcome.FAILED, Outcome.NOT_OWED))
        self.stdout.write(f"完成 {done} 条，失败 {failed} 条，无需执行 {not_owed} 条。")
        if failed:
            raise CommandError("有消息执行失败，详见 outbox_status；系统会自动重试。", returncode=1)
