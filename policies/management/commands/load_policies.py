"""Load the shipped corpus into the database; a second run changes nothing and says so."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from policies.actions.load import CorpusFault, load_corpus
from policies.corpus_check.files import CORPUS
from policies.demo import load as load_demo


class Command(BaseCommand):
    """Proves the corpus first and loads nothing if a quotation or number is wrong."""

    help = "载入随产品发布的政策数据；可重复运行。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--root", type=Path, default=CORPUS, help="语料目录")
        parser.add_argument("--demo", action="store_true", help="另建演示用的申报通知")
        parser.add_argument("--quiet", action="store_true", help="只报告有无变化")

    def handle(self, *args: Any, root: Path, demo: bool, quiet: bool, **options: Any) -> None:
        now = timezone.now()
        try:
            report = load_corpus(by=None, at=now, root=root)
        except CorpusFault as fault:
            for item in fault.faults:
                self.stderr.write(str(item))
            raise CommandError(str(fault)) from fault
        if demo:
            report.changes += [f"新增申报通知：{call}" for call in load_demo(timezone.localdate(now), at=now)]
        if not report.changes:
            self.stdout.write("政策数据没有变化。")
            return
        if not quiet:
            for line in report.changes:
                self.stdout.write(line)
        self.stdout.write(f"共 {len(report.changes)} 项变化。")
