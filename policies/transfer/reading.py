"""Reading a transferred document: every fault is told with its line, its place and what mends it."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from common.errors import Invalid
from policies.enums import NodeKind
from policies.lint.schema import checked
from policies.transfer.schema import FORMAT, TransferFile
from policies.transfer.yaml_values import Path, YamlValue, parse

#: Faults that are told at once; the rest is counted.
_TOLD = 20
#: Kinds of articles in words, each with what the file writes.
_KINDS = "、".join(f"{label}（{value}）" for value, label in NodeKind.choices)
#: The parts of a file as people know them, in the order of the file.
_PARTS = {
    "document": "文件信息",
    "text": "正文",
    "evidence": "申报材料",
    "settings": "待确认事项",
    "rules": "通用规则",
    "clauses": "条款",
    "groups": "同类型条款组",
    "targets": "产业目标",
}
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]|\[\"([^\"]*)\"\]")


def read_yaml(data: bytes) -> TransferFile:
    """The file as a value, checked in itself. Raises Invalid (field `file`) with every fault: line, place, mend."""
    read = parse(data)
    content = read.value
    if not isinstance(content, dict):
        raise Invalid("文件的内容不是一份政策文件。请导入由本系统导出的 YAML。", field="file")
    form = content.get("format")
    if form != FORMAT:
        line = read.line_of(("format",)) if "format" in content else 1
        said = f"文件的格式是“{str(form)[:60]}”" if "format" in content else "文件没有写明格式（format）"
        raise Invalid(
            f"第 {line} 行：{said}，本系统读取的是“{FORMAT}”。请用本系统导出的文件，或请管理员转换后再导入。",
            field="file",
        )
    missing = [f"{label}（{name}）" for name, label in _PARTS.items() if name not in content]
    if missing:  # most often a file that was not copied to its end
        raise Invalid(
            f"文件不完整，缺少{'、'.join(missing)}，可能没有下载或复制完整。请重新导出后再导入。", field="file"
        )
    value, faults = checked(TransferFile, content)
    told = [(_line(read, fault.path), _beside(fault.path, fault.sentence)) for fault in faults]
    if value is not None:
        told += [(read.line_of(path), _beside(_place(path), sentence)) for path, sentence in _whole(value)]
    if told or value is None:
        raise _refusal(told)
    found: TransferFile = value
    return found


def _refusal(told: list[tuple[int, str]]) -> Invalid:
    sentences = [f"第 {line} 行 {sentence}" for line, sentence in sorted(dict.fromkeys(told))]
    more = [f"另有 {len(sentences) - _TOLD} 处。"] if len(sentences) > _TOLD else []
    shown = [*sentences[:_TOLD], *more] or ["文件的内容不符合格式，请重新导出后再改。"]
    return Invalid("文件没有导入，什么也没有保存。", errors={"file": shown})


def _line(read: YamlValue, path: str) -> int:
    """The line of a path as the lints write it; entries that are named are looked for by their name."""
    at: Path = ()
    value: Any = read.value
    for name, number, title in _STEP.findall(path):
        if number:
            step: str | int = int(number)
        elif title and isinstance(value, list):
            step = next((index for index, one in enumerate(value) if _called(one, title)), len(value))
        else:
            step = name or title
        at = (*at, step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
    return read.line_of(at)


def _called(entry: Any, title: str) -> bool:
    return isinstance(entry, dict) and title in (entry.get("id"), entry.get("key"), entry.get("name"))


def _place(path: Path) -> str:
    shown = ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else str(step)
    return shown


def _beside(path: str, sentence: str) -> str:
    """A sentence with its path behind it: whoever changed the file by hand looks for it there."""
    return f"{sentence}（{path}）" if path else sentence


def _whole(file: TransferFile) -> Iterator[tuple[Path, str]]:
    """What the parts of a file must be to each other."""
    yield from _days(file)
    seen: set[str] = set()
    for index, node in enumerate(file.text):
        if node.kind not in NodeKind.values:
            yield (
                ("text", index, "kind"),
                f"没有“{node.kind[:30]}”这种条文。请改为{_KINDS}之一。",
            )
        if node.ref in seen:
            yield ("text", index, "ref"), f"条文编号“{node.ref}”重复。请改为不同的编号。"
        if node.parent and node.parent not in seen:
            yield ("text", index, "parent"), f"上级“{node.parent}”不在它之前。请改正。"
        seen.add(node.ref)
    yield from _once(("evidence",), [item.key for item in file.evidence], "材料代码")
    yield from _once(("clauses",), [clause.clause_id for clause in file.clauses], "条款编号")
    yield from _once(("groups",), [group.name for group in file.groups], "组名")
    yield from _once(("targets",), [str(table.year) for table in file.targets], "年度")
    ids = {clause.clause_id for clause in file.clauses}
    for index, clause in enumerate(file.clauses):
        if clause.node not in seen:
            yield ("clauses", index, "node"), f"没有条文“{clause.node}”。请改为正文中的一个条文编号。"
        if file.document.valid_from is None:
            yield ("document", "valid_from"), "文件有条款，须写明施行日期。"
    grouped: set[str] = set()
    for index, group in enumerate(file.groups):
        for position, one in enumerate(group.clauses):
            if one not in ids:
                yield ("groups", index, "clauses", position), f"没有条款“{one[:30]}”。请改正。"
            if one in grouped:
                yield ("groups", index, "clauses", position), f"条款“{one[:30]}”在两个组中。请只留一处。"
            grouped.add(one)
    for index, table in enumerate(file.targets):
        totals = sum(row.unit is None for row in table.rows)
        if totals > 1:
            yield ("targets", index, "rows"), "合计只能有一行。"


def _once(path: Path, values: list[str], what: str) -> Iterator[tuple[Path, str]]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield (*path, index), f"{what}“{value[:40]}”重复。请改正或删去一个。"


def _days(file: TransferFile) -> Iterator[tuple[Path, str]]:
    """Days exist, and periods do not end before they begin."""
    periods: list[tuple[Path, Any]] = [(("document",), file.document)]
    periods += [(("rules", index), one) for index, one in enumerate(file.rules)]
    periods += [
        (("clauses", index, "versions", position), one)
        for index, clause in enumerate(file.clauses)
        for position, one in enumerate(clause.versions)
    ]
    periods += [(("settings", index), one) for index, one in enumerate(file.settings)]
    for path, part in periods:
        days: dict[str, dt.date] = {}
        for name in ("issued_on", "valid_from", "valid_to"):
            if text := getattr(part, name, None):
                try:
                    days[name] = dt.date.fromisoformat(text)
                except ValueError:
                    yield (*path, name), f"没有 {text} 这一天。请改正日期。"
        if "valid_from" in days and "valid_to" in days and days["valid_to"] < days["valid_from"]:
            yield (*path, "valid_to"), "截止日早于开始日。请改正日期。"
