"""Evaluate one document, or a stream of them, on the command line."""

from argparse import ArgumentParser
from functools import cache
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from policies.errors import PolicyUnknown, PolicyYearError
from policies.queries import published_policy
from policies.rules import cli
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.corpus import corpus_source
from policies.rules.document import PolicyNotFoundError, PolicySource


def database_source() -> PolicySource:
    """The versions published in the database; each is asked for once per run of the command."""

    @cache
    def source(number: str, year: int | None) -> CompiledPolicy:
        if year is None:
            raise PolicyNotFoundError("政策年度应为四位整数（如 2024，不带引号）。", "policy_year")
        try:
            return compiled(published_policy(number, year))
        except PolicyUnknown as error:
            raise PolicyNotFoundError(str(error)) from error
        except PolicyYearError as error:
            raise PolicyNotFoundError(str(error), "policy_year") from error

    return source


class Command(BaseCommand):
    """`manage.py evaluate FILE|- [--jsonl] [--corpus]`: status 2 and every fault when a document is faulty."""

    help = "按评估文档（JSON）计算奖补金额。文档有误时列出全部错误，退出状态为 2。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """See the class."""
        cli.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer the file with the published versions, or with the shipped corpus."""
        cli.speak_utf8(getattr(self.stdout, "_out", None))
        source = corpus_source if options["corpus"] else database_source()
        try:
            faults = cli.answer_file(
                options["file"], source, self.stdout.write, self.stdout.flush, jsonl=options["jsonl"]
            )
        except BrokenPipeError:
            raise SystemExit(cli.reader_gone()) from None
        if faults:
            raise CommandError(f"文档有 {faults} 处错误。", returncode=cli.FAULTY)
