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
        self.stdout.write(
            f"完成 {counts[Outcome.DONE]} 条，失败 {counts[Outcome.FAILED]} 条，无需执行 {counts[Outcome.NOT_OWED]} 条。"
        )
        if counts[Outcome.FAILED]:
            raise CommandError("有消息执行失败，详见 outbox_status；系统会自动重试。", returncode=1)
