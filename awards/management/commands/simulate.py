"""What a changed policy would do to a whole year, on the command line."""

import json
import sys
import time
from argparse import ArgumentParser
from functools import reduce
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from awards.queries.left_out import LeftOut
from awards.queries.simulations import policy_for
from awards.queries.snapshots import forget_others, part_facts, parts_of
from awards.queries.year_facts import FiledYear
from awards.reports import report_of
from awards.text_report import plain, render, render_places
from awards.what_if import WhatIf
from common.errors import DomainError
from policies.errors import PolicyUnknown
from policies.models import Document
from policies.rules.change import adjustable
from policies.rules.cli import FAULTY, speak_utf8
from policies.rules.compile import DefinitionError
from policies.rules.impact import Impact
from policies.rules.intake import EvaluationFault
from policies.rules.nodes import MissingRateError
from policies.rules.strict_json import MAX_BYTES, NotJSONError, loads

_WHY: dict[type[Exception], str] = {
    FileNotFoundError: "文件不存在",
    IsADirectoryError: "这是文件夹",
    PermissionError: "没有读取权限",
}


class Command(BaseCommand):
    """`manage.py simulate --policy-year Y --change FILE|-`: status 2 and every fault when the change is faulty."""

    help = "按变更内容（JSON）重算一个政策年度的全部申报，比较变更前后。变更内容有误时列出全部错误，退出状态为 2。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """See the class."""
        parser.add_argument("--policy-year", type=int, required=True, metavar="Y", help="政策年度，如 2024")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--change", metavar="FILE", help="变更内容的 JSON 文件；- 表示标准输入")
        what.add_argument("--list", action="store_true", help="列出可以变更的每一处及其现行取值")
        parser.add_argument("--policy", metavar="文号", help="该年度适用的政策不止一个时，指明是哪一个")
        parser.add_argument("--include-refused", action="store_true", help="不予支持的申报也计入")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出，金额为元的字符串")
        parser.add_argument("--no-cache", action="store_true", help="不使用也不保存数据快照")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer the question, or tell every fault."""
        speak_utf8(getattr(self.stdout, "_out", None))
        speak_utf8(getattr(self.stderr, "_out", None))
        try:
            self._answer(options)
        except EvaluationFault as fault:
            self._refuse(fault.faults, as_json=options["json"])
        except NotJSONError as error:
            self._refuse([{"path": "", "message": str(error)}], as_json=options["json"])
        except (DomainError, DefinitionError, MissingRateError) as error:
            field = getattr(error, "field", None) or ""
            summary = {"policy_year": "政策年度有误。", "policy": "政策文号有误。"}.get(field, "不能模拟。")
            self._refuse([{"path": field, "message": str(error)}], as_json=options["json"], summary=summary)

    def _refuse(self, faults: list[dict[str, str]], *, as_json: bool, summary: str | None = None) -> None:
        if as_json:
            self.stdout.write(json.dumps({"errors": faults}, ensure_ascii=False, indent=2))
        else:
            for fault in faults:
                self.stderr.write(plain(f"{fault['path']}：{fault['message']}" if fault["path"] else fault["message"]))
        raise CommandError(summary or f"变更内容有 {len(faults)} 处错误。", returncode=FAULTY)

    def _answer(self, options: dict[str, Any]) -> None:
        change = None if options["list"] else loads(_text(options["change"]))
        named = change.get("policy") if isinstance(change, dict) else None
        document = _document(options["policy_year"], options["policy"], named)
        year = FiledYear.of(document, options["policy_year"], include_refused=options["include_refused"])
        if options["list"]:
            self._list(year, as_json=options["json"])
            return
        what_if = WhatIf.of(year, change)
        impact, left_out = self._computed(what_if, cache=not options["no_cache"])
        report = report_of(
            document,
            year.year,
            include_refused=year.include_refused,
            note=what_if.note,
            changed=what_if.changed_json,
            impact=impact,
            left_out=left_out,
        )
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(render(report))

    def _list(self, year: FiledYear, *, as_json: bool) -> None:
        places = adjustable(year.definition)
        if as_json:
            names = ("section", "key", "label", "kind", "value", "optional", "quote", "options")
            rows = [{name: getattr(place, name) for name in names} for place in places]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(render_places(places))

    def _computed(self, what_if: WhatIf, *, cache: bool) -> tuple[Impact, LeftOut]:
        """All parts together; progress and the seconds of facts and of computing go to stderr."""
        begun = time.perf_counter()
        parts = parts_of(what_if.year)
        facts_seconds, computing_seconds, reused = time.perf_counter() - begun, 0.0, 0
        impacts, left_out = [], []
        for done, part in enumerate(parts, start=1):
            begun = time.perf_counter()
            facts = part_facts(what_if.year, part, cache=cache)
            read = time.perf_counter()
            impacts.append(what_if.impact(facts.columns))
            facts_seconds += read - begun
            computing_seconds += time.perf_counter() - read
            left_out.append(facts.left_out)
            reused += facts.from_snapshot
            self.stderr.write(f"\r第 {done} 块，共 {len(parts)} 块", ending="")
            self.stderr.flush()
        if cache:
            forget_others(what_if.year, parts)
        self.stderr.write(
            f"\n数据 {facts_seconds:.2f} 秒（{reused} 块取自快照，{len(parts) - reused} 块读自数据库），"
            f"计算 {computing_seconds:.2f} 秒"
        )
        return reduce(Impact.merge, impacts, Impact()), LeftOut.merged(left_out)


def _document(year: int, number: str | None, named: Any) -> Document:
    """The policy of the option, else the one that the change names, else the year's.

    A change that names none there is is told by the check of the change, together with its other faults.
    """
    if number is None and isinstance(named, str):
        try:
            return policy_for(year, named)
        except PolicyUnknown:
            pass
    return policy_for(year, number)


def _text(file: str) -> bytes:
    """The change document; raises EvaluationFault where it cannot be read."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = _WHY.get(type(error), "系统出错")
        raise EvaluationFault([{"path": "", "message": f"无法读取 {file}：{why}，请检查路径。"}]) from error
