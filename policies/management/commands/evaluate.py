"""Evaluate one document, or a stream of them, on the command line."""

from argparse import ArgumentParser
from functools import cache
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from policies.queries.sources import policy_source
from policies.queries.versions import newest_published_policy, published_numbers, published_policy
from policies.rules import cli
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.corpus import corpus_source
from policies.rules.document import PolicySource


def database_source() -> PolicySource:
    """The versions published in the database; each is asked for once per run of the command."""

    @cache
    def find(number: str, year: int) -> CompiledPolicy:
        return compiled(published_policy(number, year))

    @cache
    def newest(number: str) -> CompiledPolicy:
        return compiled(newest_published_policy(number))

    return policy_source(find, newest)


def _ready(source: PolicySource) -> PolicySource:
    """The source, if the database holds any policy.

    Raises CommandError, status 1, with what to do.
    """
    try:
        empty = not published_numbers()
    except DatabaseError as error:
        why = str(error).strip().partition("\n")[0]
        raise CommandError(
            "数据库连接不上，或还没有建表。请先运行 make run，或运行 manage.py migrate 与 manage.py load_policies；"
            f"只用随产品发布的条款时加 --corpus（{why}）。"
        ) from error
    if empty:
        raise CommandError(
            "数据库中还没有已发布的政策。请先运行 make run，或运行 manage.py load_policies；"
            "只用随产品发布的条款时加 --corpus。"
        )
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
        source = corpus_source if options["corpus"] else _ready(database_source())
        try:
            faults = cli.answer_file(
                options["file"], source, self.stdout.write, self.stdout.flush, jsonl=options["jsonl"]
            )
        except BrokenPipeError:
            raise SystemExit(cli.reader_gone()) from None
        if faults:
            raise CommandError(f"文档有 {faults} 处错误。", returncode=cli.FAULTY)
