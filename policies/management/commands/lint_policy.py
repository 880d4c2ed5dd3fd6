"""Lint policy definitions: the published ones of the database, drafts in their place, or the shipped corpus."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.corpus_check.check import corpus_lints
from policies.corpus_check.files import CORPUS, CorpusError, CorpusFormatError
from policies.enums import VersionState
from policies.errors import PolicyYearError
from policies.lint import LintFault
from policies.lint.search import governed_years
from policies.models import ClauseVersion, Document, PolicyRules
from policies.queries import governed_clauses, governing_day, lint_version, lint_year

_WORDS = {"error": "错误", "warning": "提醒"}

Judged = tuple[str, list[LintFault]]


class Command(BaseCommand):
    """`lint_policy [NUMBER [--policy-year Y] | --corpus] [--drafts] [--json]`: status 1 with faults."""

    help = "核对政策定义：引文、读数、引用、条件可达性、溢出、条款组。有错误时退出状态为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """See the class."""
        parser.add_argument("number", nargs="?", help="文号（默认所有政策）")
        parser.add_argument("--policy-year", type=int, help="政策年度（默认有效期内的每一年度）")
        parser.add_argument("--corpus", action="store_true", help="核对随产品发布的语料，不用数据库")
        parser.add_argument("--root", type=Path, help="语料目录（默认随产品发布的语料），与 --corpus 同用")
        parser.add_argument("--drafts", action="store_true", help="同时核对各草稿放入现行政策后的结果")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, number: str | None, **options: Any) -> None:
        """Judge what was asked for and print every fault."""
        if options["corpus"] and (number or options["policy_year"] or options["drafts"]):
            raise CommandError("--corpus 核对全部语料，不能与文号、年度或 --drafts 同用。", returncode=2)
        if options["policy_year"] and not number:
            raise CommandError("请写明文号。", returncode=2)
        root = options["root"]
        if root is not None and not options["corpus"]:
            raise CommandError("--root 只用于核对语料，请同时写上 --corpus；否则核对的是数据库。", returncode=2)
        if root is not None and not root.is_dir():
            raise CommandError(f"语料目录「{root}」不存在，或不是文件夹。请核对 --root 的路径。", returncode=2)
        judged = list(_corpus(root or CORPUS) if options["corpus"] else _database(number, **options))
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(judged), ensure_ascii=False, indent=2))
        else:
            self._table(judged)
        if any(fault.refuses for _, faults in judged for fault in faults):
            raise SystemExit(1)

    def _table(self, judged: list[Judged]) -> None:
        for what, faults in judged:
            self.stdout.write(f"{what}：{_counted(faults)}")
            for fault in faults:
                self.stdout.write(f"  {_WORDS[fault.severity]}\t{fault.path}\t{fault.message}\t{fault.mend}")


def _counted(faults: list[LintFault]) -> str:
    refusing = sum(fault.refuses for fault in faults)
    warnings = len(faults) - refusing
    parts = [f"{count} 处{word}" for count, word in ((refusing, "错误"), (warnings, "提醒")) if count]
    return "、".join(parts) or "没有问题"


def _as_json(judged: list[Judged]) -> list[dict[str, str]]:
    return [
        {"what": what, "severity": f.severity, "path": f.path, "message": f.message, "mend": f.mend}
        for what, faults in judged
        for f in faults
    ]


def _corpus(root: Path) -> Iterator[Judged]:
    try:
        yield "语料", corpus_lints(root)
    except CorpusFormatError as error:
        yield "语料", error.faults
    except CorpusError as error:
        raise CommandError(str(error)) from error


def _database(number: str | None, *, policy_year: int | None, drafts: bool, **_: Any) -> Iterator[Judged]:
    documents = Document.objects.filter(rules__isnull=False).distinct().order_by("order")
    if number:
        documents = documents.filter(number=number)
        if not documents.exists():
            raise CommandError(f"没有文号为「{number}」的政策。", returncode=2)
    for document in documents:
        if policy_year:
            try:
                governed_clauses(document, policy_year)
            except PolicyYearError as error:
                raise CommandError(error.message, returncode=2) from error
        for year in [policy_year] if policy_year else _years(document):
            yield f"{document.number} {year}年度", lint_year(document, year)
        if drafts:
            yield from _drafts(document)


def _years(document: Document) -> list[int]:
    if document.valid_from is None:
        return []
    day = governing_day(document, document.valid_from.year)
    last = document.valid_to or document.valid_from.replace(month=12, day=31)
    return governed_years(document.valid_from, last, f"{day:%m-%d}")


def _drafts(document: Document) -> Iterator[Judged]:
    for rules in PolicyRules.objects.filter(document=document, state=VersionState.DRAFT).select_related("document"):
        yield f"草稿 {rules}", lint_version(rules)
    versions = ClauseVersion.objects.filter(clause__document=document, state=VersionState.DRAFT)
    for version in versions.select_related("clause__document"):
        yield f"草稿 {version}", lint_version(version)
