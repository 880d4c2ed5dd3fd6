"""Read JSON without losing anything on the way: no floats, no silent duplicates, no NaN, no endless nesting."""

from __future__ import annotations

import json
from typing import Any

#: Containers inside containers; an evaluation document needs seven.
MAX_DEPTH = 32
#: Bytes of one document.
MAX_BYTES = 4_000_000


class Number(str):
    """A JSON number that is no small whole number, kept as it was written (2.50, 1e400)."""

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
    keys = [key for key, _ in pairs]
    marked = Duplicated(found)
    marked.twice = tuple(sorted({key for key in keys if keys.count(key) > 1}))
    return marked


def _whole(text: str) -> int | Number:
    return int(text) if len(text) <= 18 else Number(text)


def _constant(text: str) -> Any:
    raise NotJSONError(f"JSON 中不允许出现 {text}。")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=Number, parse_int=_whole, parse_constant=_constant, strict=True
)


def _too_deep(text: str) -> bool:
    """Whether brackets nest too deeply (strings are skipped roughly: a bracket in a string only counts as one more)."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth, quoted, escaped = 0, False, False
    for char in text:
        if quoted:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                quoted = False
        elif char == '"':
            quoted = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in "]}":
            depth -= 1
    return False


def loads(raw: bytes | str) -> Any:
    """Parse one JSON text.

    Numbers with a point, an exponent or more than 18 digits come back as :class:`Number`; objects with a key named
    twice as :class:`Duplicated`. A byte order mark at the start is skipped.

    Raises:
        NotJSONError: not UTF-8, not JSON, too large or too deep; the message says which and where.
    """
    if len(raw) > MAX_BYTES:
        raise NotJSONError(f"文档过大，最多 {MAX_BYTES // 1_000_000} MB。")
    if isinstance(raw, bytes):
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotJSONError(f"文档不是 UTF-8 编码（第 {error.start + 1} 个字节），请另存为 UTF-8。") from error
    else:
        text = raw.removeprefix("\ufeff")
    if _too_deep(text):
        raise NotJSONError(f"JSON 嵌套过深，最多 {MAX_DEPTH} 层。")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJSONError(f"不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列附近有误。") from error
    except RecursionError as error:
        raise NotJSONError(f"JSON 嵌套过深，最多 {MAX_DEPTH} 层。") from error
