"""Strict YAML: maps, lists and plain values with the line that each begins on.

Stricter than `yaml.safe_load`, whose surprises do not belong into policy data: no anchors and aliases (bombs), no tags,
no key twice, no merge keys, no dates and times (a day is text), true and false alone are answers, numbers are decimal.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from common.errors import Invalid

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_DEPTH: Final = 60
MAX_VALUES: Final = 400_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final = yaml.resolver.Resolver()
_INT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}(?:e[-+]?[0-9]{1,3})?")

Path = tuple[str | int, ...]


@dataclass
class _Open:
    """A map or list that is being read."""

    value: Any
    path: Path
    key: str | None = None


@dataclass
class YamlValue:
    """What a file holds, and the line (from 1) on which each of its values begins, by its path."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of a value, or of the nearest one around it."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return 1


def parse(data: bytes) -> YamlValue:
    """Read one YAML document. Raises Invalid (field `file`) with the line and what to do."""
    if len(data) > MAX_BYTES:
        raise Invalid("文件超过 5 MB。请只导入由本系统导出的文件。", field="file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused(line, "不是 UTF-8 编码。请用编辑器另存为 UTF-8 后重新导入") from error
    if not text.strip():
        raise Invalid("文件是空的，请重新选择。", field="file")
    try:
        return _built(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = (mark.line + 1) if mark else 1
        raise _refused(line, "不符合 YAML 的写法。请核对缩进、冒号和引号，或重新导出后再改") from error


def _refused(line: int, what: str) -> Invalid:
    return Invalid(f"第 {line} 行{what}。", field="file")


def _built(events: Any) -> YamlValue:
    found = YamlValue(None)
    stack: list[_Open] = []
    documents = count = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _refused(line, "开始了第二份内容。一个文件只能有一份，请拆开")
            continue
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refused(line, "用了锚点或引用（& 或 *）。请写出完整的内容")
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
            continue
        if not isinstance(event, (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            continue
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            raise _refused(line, "用了类型标记（!）。请删去")
        count += 1
        if count > MAX_VALUES:
            raise _refused(line, f"之前已有 {MAX_VALUES} 个值，内容过多。请只导入由本系统导出的文件")
        top = stack[-1] if stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            top.key = _key(event, top, line)
            continue
        path = _path_of(top)
        found.lines[path] = line
        value = _scalar(event, line) if isinstance(event, yaml.ScalarEvent) else None
        if isinstance(event, yaml.MappingStartEvent):
            value = {}
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
        if top is None:
            found.value = value
        elif isinstance(top.value, dict):
            top.value[top.key], top.key = value, None
        else:
            top.value.append(value)
        if isinstance(value, (dict, list)):
            stack.append(_Open(value, path))
            if len(stack) > MAX_DEPTH:
                raise _refused(line, f"的层次超过 {MAX_DEPTH} 层。请减少嵌套")
    return found


def _path_of(top: _Open | None) -> Path:
    if top is None:
        return ()
    return (*top.path, len(top.value) if isinstance(top.value, list) else str(top.key))


def _key(event: Any, top: _Open, line: int) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise _refused(line, "的键不是文字。请改正")
    key = str(event.value)
    if event.implicit[0] and key == "<<":
        raise _refused(line, "用了合并键（<<）。请写出完整的内容")
    if key in top.value:
        raise _refused(line, f"的“{key[:60]}”写了两次。同一个键只能写一次，请删去一个")
    _storable(key, line)
    return key


def _scalar(event: Any, line: int) -> Any:
    text = str(event.value)
    _storable(text, line)
    if not event.implicit[0]:  # quoted, or a block: text
        return text
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]
    match tag:
        case "null":
            return None
        case "bool":
            if text not in ("true", "false"):
                raise _refused(line, f"的“{text}”有两种读法。是非请写 true 或 false，文字请加引号")
            return text == "true"
        case "int":
            if not _INT.fullmatch(text):
                raise _refused(line, f"的“{text[:30]}”不是十进制整数。文字请加引号")
            return int(text)
        case "float":
            if not _FLOAT.fullmatch(text):
                raise _refused(line, f"的“{text[:30]}”不是十进制小数。文字请加引号")
            return float(text)
        case _:
            return text


def _storable(text: str, line: int) -> None:
    if "\x00" in text or any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise _refused(line, "含有不是文字的字符。请删去")
