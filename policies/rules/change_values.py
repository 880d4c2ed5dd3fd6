"""Read the numbers of a change document: strict, each fault at its path with a sentence."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from common.money import parse_yuan, yuan
from policies.rules.adjustable import Kind, Place
from policies.rules.facts import Faults, is_object, join, kind_of, money
from policies.rules.strict_json import Number
from policies.rules.values import PERCENT_PATTERN, TIMES_PATTERN
from policies.rules.wording import quoted

_MAX_COUNT = 10**9


def read_number(place: Place, given: Any, path: str, faults: Faults) -> Any:
    """One number as a definition keeps it ("12%", "1000.00", 100); None where it is faulty (as noted)."""
    found = place.adjustable
    label = quoted(found.label)
    if given is None:
        faults.add(path, f"{label}不能取消（null），请写出数值，或删除这一项。")
        return None
    if found.kind == "money":
        fen = money(given, path, faults, found.label)
        return None if fen is None else yuan(fen)
    if found.kind == "count":
        return _count(given, label, path, faults)
    rate = found.kind == "rate"
    example, what = ('"12%"', "百分比") if rate else ('"1.5"', "倍数")
    if not isinstance(given, str) or isinstance(given, Number):
        faults.add(path, f"{label}应为字符串形式的{what}（如 {example}），实际是{kind_of(given)}。")
    elif given.startswith("-"):
        faults.add(path, f"{label}不能为负数。")
    elif not re.fullmatch(PERCENT_PATTERN if rate else TIMES_PATTERN, given):
        faults.add(path, f"{label}的格式不正确：应写成{what}，如 {example}，最多六位小数。")
    elif place.share and Fraction(given[:-1]) > 100:
        faults.add(path, f"{label}不能超过 100%，请核对。")
    else:
        return given
    return None


def _count(given: Any, label: str, path: str, faults: Faults) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int):
        huge = isinstance(given, Number) and given.isdigit()
        faults.add(path, f"{label}应为整数（不带引号和小数点），{'数字过大' if huge else f'实际是{kind_of(given)}'}。")
        return None
    if not 0 <= given <= _MAX_COUNT:
        faults.add(path, f"{label}应在 0 至 {_MAX_COUNT:,} 之间，请核对。")
        return None
    return given


def is_same(kind: Kind, one: Any, other: Any) -> bool:
    """Whether two values of a kind are the same number, however they are written (12% and 12.0%)."""
    if one is None or other is None:
        return one is other
    if kind == "money":
        return parse_yuan(one) == parse_yuan(other)
    if kind in ("rate", "times"):
        return Fraction(one.removesuffix("%")) == Fraction(other.removesuffix("%"))
    return bool(one == other)


def check_json(value: Any, path: str, faults: Faults) -> None:
    """Note what a draft may not hold anywhere: keys named twice, and numbers with a point (or of no sensible size)."""
    if isinstance(value, dict):
        is_object(value, path, faults)
        for key, inner in value.items():
            check_json(inner, join(path, key), faults)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            check_json(inner, f"{path}[{index}]", faults)
    elif isinstance(value, float | Number):
        faults.add(path, '金额、比例和倍数应写成字符串（如 "5000000.00"、"12%"），数量应为整数；请加上引号。')
