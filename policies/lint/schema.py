"""Schema faults as sentences: pydantic finds them, people read none of its words.

:func:`checked` also hands out the value, as far as it can be had: where only words are missing (a quotation, a label,
the kind of a threshold) they are supposed, so that the other lints see the rest of the definition in the same run.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from policies.lint import words
from policies.lint.faults import LintFault, entry, field
from policies.lint.numbers import TAGGED
from policies.rules.strict_json import Number

_SUPPOSED = "〔缺〕"
_SUPPOSABLE = ("quote", "literal", "label", "help", "reason")
#: A kind that is supposed may show that more words are missing beside it.
_ROUNDS = 4
_CITED = {"CitedMoney": "金额", "CitedRate": "比例", "CitedTimes": "倍数", "CitedCount": "数量"}
_NOUNS = {
    "string_type": "文字",
    "int_type": "整数",
    "int_from_float": "整数",
    "int_parsing": "整数",
    "bool_type": "是或否",
    "tuple_type": "若干项",
    "list_type": "若干项",
    "dict_type": "一组内容",
    "model_type": "一组内容",
    "model_attributes_type": "一组内容",
    "date_type": "日期（如 2025-12-31）",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def checked(kind: Any, raw: Any, path: str = "") -> tuple[Any, list[LintFault]]:
    """(value or None, every fault) of a raw piece of a definition against its schema class."""
    faults: dict[tuple[str, str], LintFault] = {}
    guess = raw
    for _ in range(_ROUNDS):
        try:
            return _adapter(kind).validate_python(guess), list(faults.values())
        except ValidationError as error:
            problems = error.errors(include_url=False)
        except (RecursionError, ValueError, TypeError):
            return None, [LintFault(path, "内容不符合定义的格式。", "请对照填写说明改正。")]
        for fault in _all_told(problems, guess, path):
            faults.setdefault((fault.path, fault.message), fault)
        guess = _supposed(guess, problems)
        if guess is None:
            break
    return None, list(faults.values())


def _all_told(problems: Any, raw: Any, path: str) -> Iterator[LintFault]:
    places: set[str] = set()
    for problem in problems:
        if problem["type"] == "too_short" and not _is_short(raw, problem):
            continue  # its entries are faulty, and told one by one
        fault = _told(problem, raw, path)
        # Members of a union each complain about the same value: one sentence is enough.
        if problem["type"] in _NOUNS or problem["type"] == "literal_error":
            if fault.path in places:
                continue
            places.add(fault.path)
        yield fault


def _supposed(raw: Any, problems: Any) -> Any:
    """The raw value with missing words supposed; None where more than words is wrong."""
    guess = copy.deepcopy(raw)
    for problem in problems:
        container, rest, _ = _locate(guess, problem["loc"], "")
        name, what = str(rest[-1]) if rest else "", problem["type"]
        if not isinstance(container, dict):
            return None
        if what in ("missing", "string_too_short") and name in _SUPPOSABLE:
            container[name] = _SUPPOSED
        elif what == "extra_forbidden":
            container.pop(name, None)
        elif what == "union_tag_not_found" and "value" in container:
            container["type"] = _kind_of_number(container["value"])
        else:
            return None
    return guess


def _kind_of_number(value: Any) -> str:
    if isinstance(value, str):
        return "rate" if value.endswith("%") else "money"
    return "count"


def _locate(raw: Any, loc: tuple[Any, ...], path: str) -> tuple[Any, list[Any], str]:
    """(innermost container, what is left of the location inside it, path of the container).

    Pydantic puts the tag of a union into the location; it is no place in the definition and is passed over.
    """
    current, name, parent = raw, "", ""
    rest = list(loc)
    while rest:
        if isinstance(current, Mapping):
            tag = current.get("kind") if "kind" in current else None
            if rest[0] == tag or (
                parent in ("compare", "growth") and name in TAGGED and rest[0] == current.get("type")
            ):
                rest.pop(0)
                inner: str | None = tag if isinstance(tag, str) else None
            else:
                inner = None
            if not rest or rest[0] not in current:
                break
            parent, name = inner or "", str(rest.pop(0))
            following = current[name]
        elif isinstance(current, list) and isinstance(rest[0], int) and rest[0] < len(current):
            following, path = current[rest[0]], entry(path, current, rest.pop(0))
            if not isinstance(following, (Mapping, list)):
                return current, rest, path
            current = following
            continue
        else:
            break
        if not isinstance(following, (Mapping, list)):
            return current, [name], path
        current, path = following, field(path, name)
    return current, rest, path


def _is_short(raw: Any, problem: Any) -> bool:
    container, rest, _ = _locate(raw, problem["loc"], "")
    found = container.get(rest[0]) if rest and isinstance(container, Mapping) else container
    return not isinstance(found, list) or len(found) < problem["ctx"]["min_length"]


def _told(problem: Any, raw: Any, path: str) -> LintFault:
    kind, context, given = problem["type"], problem.get("ctx") or {}, problem.get("input")
    container, rest, place = _locate(raw, problem["loc"], path)
    name = next((part for part in rest if isinstance(part, str) and _IDENTIFIER.fullmatch(part)), "")
    where = field(place, name) if name else place
    own = name or re.sub(r"\[.*?\]$", "", place.rsplit(".", 1)[-1])
    if kind == "missing":
        return _missing(where, name, container)
    if kind == "extra_forbidden":
        strange = str(rest[-1])[:40] if rest else own
        return LintFault(field(place, strange), "这里有系统不认识的内容。", "请清空或删除。")
    if kind in ("model_type", "model_attributes_type", "dict_type") and context.get("class_name") in _CITED:
        noun = _CITED[context["class_name"]]
        return LintFault(where, f"{words.called(own)}只写了数值，没有引文。", f"请补上{noun}的引文和“原文中的数”。")
    if kind == "union_tag_not_found":
        return _untagged(where, given)
    if kind == "union_tag_invalid":
        tags = [tag.strip("' ") for tag in str(context.get("expected_tags", "")).split(",")]
        return LintFault(where, "没有这一种类。", f"请改为下列之一：{words.kinds(tags)}。")
    if kind == "value_error" and isinstance(given, str) and _DAY.fullmatch(given):
        return LintFault(where, f"{_shown(given)}不是日期。", "请写成 2025-12-31 的形式，月和日须是存在的一天。")
    if kind == "value_error":
        return _rule(where, str(context.get("error", "")))
    return LintFault(where, *_value(kind, context, given, own, where))


def _missing(where: str, name: str, container: Any) -> LintFault:
    number = container.get("value") if isinstance(container, Mapping) else None
    if number is not None and name in ("quote", "literal"):
        return LintFault(
            where,
            f"数值{_shown(number)}没有{words.called(name)}。",
            "请补上它所在的引文和引文里的这个数（原文中的数）。",
        )
    if name == "quote":
        return LintFault(where, "没有引文，不知依据哪一句原文。", "请从原文逐字复制作为依据的句子。")
    return LintFault(where, f"缺少{words.called(name)}。", "请补上。")


def _untagged(where: str, given: Any) -> LintFault:
    if isinstance(given, Mapping) and "value" in given:
        return LintFault(
            field(where, "type"),
            f"标准{_shown(given['value'])}没有写明是金额、数量还是比例。",
            "请选择“数的种类”：金额、数量或比例。",
        )
    if isinstance(given, Mapping):
        return LintFault(field(where, "kind"), "没有选择种类。", "请选择“种类”。")
    return LintFault(where, f"应为一组内容，实际是{_is(given)}。", "请选择种类后逐项填写。")


def _rule(where: str, said: str) -> LintFault:
    for words_of_rule, (name, message, mend) in words.RULES.items():
        if words_of_rule in said:
            return LintFault(field(where, name) if name else where, message, mend)
    return LintFault(where, "内容自相矛盾。", "请对照填写说明改正。")


def _value(kind: str, context: Mapping[str, Any], given: Any, own: str, where: str) -> tuple[str, str]:
    """(sentence, what mends it) for a value that is not what its field holds."""
    shown = _shown(given)
    if own in ("not_before", "not_after"):
        ends = "施行日、政策年度第一天" if own == "not_before" else "有效期最后一天、政策年度最后一天"
        return f"{shown}不是可用的日期。", f"请写成 2025-12-31 这样的日期，或写{ends}。"
    if kind == "string_pattern_mismatch":
        noun, mend = words.PATTERNS.get(context.get("pattern", ""), ("规定的格式", "请对照填写说明改正。"))
        return f"{shown}不是{noun}的写法。", mend
    if kind == "literal_error":
        return (
            f"所填的不是{words.called(own)}可选的内容。",
            f"请改为：{words.options(own, str(context['expected']))}。",
        )
    if kind == "string_too_short":
        return "这一项不能为空。", "请填写。"
    if kind == "string_too_long":
        return f"{words.called(own)}过长，最多 {context['max_length']} 字。", "请缩短。"
    if kind == "too_short":
        return f"{words.called(own)}至少要有 {context['min_length']} 项。", "请补上。"
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        limit = context.get("ge", context.get("le", context.get("gt", context.get("lt"))))
        side = "小于" if kind.startswith("greater") else "大于"
        return f"{words.called(own)}不能{side} {limit}。", "请改正数值。"
    if kind.startswith("date") and isinstance(given, str):
        return f"{shown}不是日期。", "请写成 2025-12-31 的形式。"
    if kind in _NOUNS:
        mend = "请改为文字（在文件中须带引号）。" if kind == "string_type" else "请改正。"
        return f"{words.called(own)}应为{_NOUNS[kind]}，实际是{_is(given)}。", mend
    return f"{words.called(own)}的内容不符合格式。", "请对照填写说明改正。"


def _shown(value: Any) -> str:
    """A value inside a sentence: words and numbers as they are, everything else by its kind."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return _is(value)
    return f"“{str(value)[:40]}”"


def _is(value: Any) -> str:
    if value is None:
        return "空值"
    if isinstance(value, bool):
        return "是或否"
    if isinstance(value, (int, float, Number)):
        return "数字"
    if isinstance(value, str):
        return "文字"
    return "若干项" if isinstance(value, (list, tuple)) else "一组内容" if isinstance(value, Mapping) else "其他内容"
