"""Read JSON without losing anything on the way: no floats, no silent duplicates, no NaN, no endless nesting."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from typing import Any

#: Containers inside containers; an evaluation document needs seven.
MAX_DEPTH = 32
#: Bytes of one document.
MAX_BYTES = 4_000_000


class Number(str):
    """A number that is no small whole number, kept as it was written (2.50, 1e400, -0; NaN and Infinity, too)."""

    __slots__ = ()


class Duplicated(dict[str, Any]):
    """An object that names keys twice; ``twice`` lists them."""

    twice: tuple[str, ...] = ()


class NotJSONError(ValueError):
    """The text is no JSON; the message is a Chinese sentence."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counted = Counter(key for key, _ in pairs)
    marked = Duplicated(found)
    marked.twice = tuple(sorted(key for key, times in counted.items() if times > 1))
    return marked


def _whole(text: str) -> int | Number:
    return int(text) if len(text) <= 18 and text != "-0" else Number(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=Number, parse_int=_whole, parse_constant=Number, strict=True
)


_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def _too_deep(text: str) -> bool:
    """Whether brackets nest too deeply; those inside strings do not count."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for char in _STRING.sub("", text):
        if char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in "]}":
            depth -= 1
    return False


_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


_GZIP = b"\x1f\x8b"


def _decoded(raw: bytes) -> str:
    for mark, name in _OTHER_ENCODINGS:
        if raw.startswith(mark):
            raise NotJSONError(f"文档是 {name} 编码，请另存为 UTF-8。")
    if raw.startswith(_GZIP):
        raise NotJSONError("文档是 gzip 压缩文件，请解压后再提交。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJSONError(f"文档不是 UTF-8 编码（第 {error.start + 1} 个字节），请另存为 UTF-8。") from error
    if b"\0" in raw:
        raise NotJSONError(f"文档不是 UTF-8 文本：含有空字符 NUL（第 {raw.index(0) + 1} 个字节），请另存为 UTF-8。")
    return text


#: What is probably wrong, by the beginning of the parser's own message; the first that fits.
_LIKELY = (
    ("Extra data", "文档结束之后还有内容，一次只能提交一个文档"),
    ("Unterminated string", "文字可能缺少结尾的英文双引号"),
    ("Invalid control character", "文字中不能直接换行或使用制表符，请写成 \\n、\\t"),
    ("Invalid \\", "反斜杠“\\”之后的字符不对，反斜杠本身应写成“\\\\”"),
    ("Expecting ':'", "键之后可能缺少英文冒号"),
    ("Expecting ','", "可能缺少英文逗号，或少了右括号、双引号"),
    ("Expecting property name", "键应加英文双引号"),
    ("Expecting value", "此处应为一个值，文字应加英文双引号"),
)


def _likely(error: json.JSONDecodeError) -> str:
    """What is probably wrong where the parser stopped, for people who write JSON by hand."""
    before, rest = error.doc[: error.pos].rstrip()[-1:], error.doc[error.pos :].lstrip()[:1]
    unterminated = error.msg.startswith(("Unterminated", "Invalid", "Extra"))
    if not unterminated and not rest:
        return "文档不完整，可能缺少右括号 } 或 ]"
    if not unterminated and (rest and rest in "}]") and before == ",":
        return "可能多了一个逗号"
    if not unterminated and rest in "'‘’“”＂":
        return '引号应为英文双引号 "'
    if not unterminated and rest in "，：｛｝［］":
        return "标点应为英文半角"
    if error.msg.startswith("Expecting ','") and before == "0" and rest.isdigit():
        return "整数不能以 0 开头"
    return next((words for start, words in _LIKELY if error.msg.startswith(start)), "")


def loads(raw: bytes | str, *, line: int = 1) -> Any:
    """Parse one JSON text.

    Numbers with a point, an exponent or more than 18 digits and -0 come back as :class:`Number`; objects with a key
    named twice as :class:`Duplicated`. A byte order mark at the start is skipped. ``line``: the line of the file that
    the text begins in, for places that are told.

    Raises:
        NotJSONError: empty, not UTF-8, not JSON, too large or too deep; the message says which and where.
    """
    if len(raw) > MAX_BYTES:
        raise NotJSONError(f"文档过大，最多 {MAX_BYTES // 1_000_000} MB。")
    text = _decoded(raw) if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    if not text.strip():
        raise NotJSONError("文档是空的，应为一个 JSON 对象 {…}。")
    if _too_deep(text):
        raise NotJSONError(f"JSON 嵌套过深，最多 {MAX_DEPTH} 层。")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        likely = _likely(error)
        where = f"第 {error.lineno + line - 1} 行第 {error.colno} 列附近有误"
        raise NotJSONError(f"不是有效的 JSON：{where}{likely and f'，{likely}'}。") from error
    except RecursionError as error:
        raise NotJSONError(f"JSON 嵌套过深，最多 {MAX_DEPTH} 层。") from error
