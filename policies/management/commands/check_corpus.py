"""Prove the shipped corpus: `manage.py check_corpus`; exit status 1 with every fault, its place and a sentence."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from policies.corpus_check.check import check_corpus, corpus_warnings
from policies.corpus_check.files import CORPUS


class Command(BaseCommand):
    """Checks quotations, numbers, brackets, facts and the completeness of the text; needs no database."""

    help = "核对政策数据：引文逐字、数字读数、单位方括号、事实用途、条文完整。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--root", type=Path, default=CORPUS, help="语料目录（默认随产品发布的语料）")

    def handle(self, *args: Any, root: Path, **options: Any) -> None:
        faults = check_corpus(root)
        for fault in faults:
            self.stderr.write(str(fault))
        if faults:
            self.stderr.write(f"共 {len(faults)} 处问题。")
            raise SystemExit(1)
        for warning in corpus_warnings(root):
            self.stdout.write(f"提醒 {warning}")
        self.stdout.write("政策数据核对无误。")
