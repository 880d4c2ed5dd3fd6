"""A definition does not contradict itself: keys once, bounds ordered, shares up to 100 %, dates and years in order."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from common.money import MoneyError, parse_yuan
from policies.lint.faults import LintFault, entries, field, text_of
from policies.lint.numbers import numbers, shown
from policies.lint.references import TYPES, label_of

#: What two entries of a list must not share, and the two ends of a fact, as the editor calls them.
_NAMED = {"id": "编号", "key": "代码", "value": "代码"}
_ENDS = {"minimum": "最小值", "maximum": "最大值"}


def clause_consistency(clause: Mapping[str, Any]) -> Iterator[LintFault]:
    """Faults inside one clause."""
    yield from _repeated(entries(clause, "facts"), "key", "填报项")
    for path, fact in entries(clause, "facts"):
        yield from _fact(fact, path)
        for place, column in entries(fact, "columns", path):
            yield from _fact(column, place)
        if fact.get("scope") == "year":
            yield LintFault(
                field(path, "scope"),
                f"「{label_of(fact)}」是年度数据，不能放在条款的填报项中。",
                "请在通用规则的“年度数据”中增加，条款直接选用。",
            )
    yield from _shares(clause)


def policy_consistency(policy: Mapping[str, Any]) -> Iterator[LintFault]:
    """Faults across clauses, apart from groups."""
    yield from _repeated(entries(policy, "clauses"), "id", "条款")
    yield from _repeated(entries(policy, "year_facts"), "key", "年度数据")
    yield from _repeated(entries(policy, "series"), "key", "参考利率")
    for path, fact in entries(policy, "year_facts"):
        yield from _fact(fact, path)
        if fact.get("scope") != "year" or fact.get("type") == "table":
            yield LintFault(
                field(path, "scope"),
                f"年度数据「{label_of(fact)}」应由全企业共用，且不能是明细表。",
                "请在“年度数据”中重新增加这一项；明细表放在条款的填报项中。",
            )
    total = policy.get("total_cap")
    if isinstance(total, Mapping):
        yield from (fault.below("total_cap") for fault in _shares(total))
        if total.get("lifted_if") and not total.get("lifted_quote"):
            yield LintFault(
                "total_cap.lifted_quote",
                "累计奖补上限不受限的数据没有引文，不知依据哪一句原文。",
                "请从原文逐字复制作为依据的句子。",
            )


def _repeated(items: list[tuple[str, Mapping[str, Any]]], name: str, what: str) -> Iterator[LintFault]:
    counted = Counter(text_of(item, name) for _, item in items)
    seen: set[str] = set()
    for path, item in items:
        key = text_of(item, name)
        if key and counted[key] > 1 and key in seen:
            yield LintFault(
                field(path, name),
                f"{what}「{text_of(item, 'id') or label_of(item)}」的{_NAMED[name]}与前面的一项相同。",
                "请改为不同的，或删除多余的一项。",
            )
        seen.add(key)


def _shares(raw: Mapping[str, Any]) -> Iterator[LintFault]:
    for number in numbers(raw):
        # A growth of 500 % is a threshold; a share of 500 % pays five times what was spent.
        if number.kind == "rate" and number.role in ("rate", "share") and number.value is not None:
            value = number.value
            if not isinstance(value, dt.date) and value > 1:
                yield LintFault(
                    field(number.path, "value"),
                    f"比例 {shown('rate', value)} 超过 100%，所给的将多于所计算的基数。",
                    "请核对原文的百分数，例如 50%、0.5%。",
                )


def _fact(fact: Mapping[str, Any], path: str) -> Iterator[LintFault]:
    yield from _choices(fact, path)
    kind, label = text_of(fact, "type"), label_of(fact)
    read: dict[str, Any] = {}
    for name in ("minimum", "maximum"):
        text = fact.get(name)
        if not isinstance(text, str):
            continue
        if kind not in ("money", "count", "date"):
            yield LintFault(
                field(path, name),
                f"「{label}」的类型是{TYPES.get(kind, '其他类型')}，不能有最小值和最大值。",
                "请清空。",
            )
            continue
        value = bound(kind, text)
        if value is None:
            yield LintFault(
                field(path, name),
                f"「{label}」的{_ENDS[name]}“{text[:40]}”不是{TYPES[kind]}。",
                "请改正：金额写成 1000.00（不为负，不超过系统能计算的最大金额），数量写成 100，日期写成 2025-12-31。",
            )
        else:
            read[name] = value
    if len(read) == 2 and read["minimum"] > read["maximum"]:
        yield LintFault(
            field(path, "minimum"), f"「{label}」的最小值大于最大值，没有任何数可以填写。", "请改正其中一个。"
        )
    rows = fact.get("min_rows", 1), fact.get("max_rows", 200)
    if kind == "table" and all(isinstance(number, int) for number in rows) and rows[0] > rows[1]:
        yield LintFault(field(path, "min_rows"), f"「{label}」的最少行数多于最多行数。", "请改正其中一个。")


def _choices(fact: Mapping[str, Any], path: str) -> Iterator[LintFault]:
    yield from _repeated(entries(fact, "choices", path), "value", f"「{label_of(fact)}」的选项")


def bound(kind: str, text: str) -> int | None:
    """A bound of a fact as a number (分, pieces, ordinal day); None where it is none."""
    try:
        if kind == "money":
            return parse_yuan(text)
        if kind == "date":
            return dt.date.fromisoformat(text).toordinal() if len(text) == 10 else None
    except (MoneyError, ValueError):
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
