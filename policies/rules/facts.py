"""Check facts against their declarations and turn them into the values that the engine computes with.

Nothing is coerced: money is a string of 元, a count a whole number, a flag true or false. Every fault is collected,
each with its path inside the document and a sentence that says what is wrong and what to do.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from common.money import MAX_FEN, MoneyError, grouped, parse_yuan
from policies.rules.compile import CompiledClause, count_bounds, money_bounds
from policies.rules.nodes import Interest, MissingRateError, Share, Total
from policies.rules.schema import Column, FactDecl
from policies.rules.strict_json import Duplicated, Number
from policies.rules.wording import quoted

#: Days before this one are slips of the pen.
EARLIEST = dt.date(1990, 1, 1)
#: So are days this many years after the policy year (a loan may well run for years).
YEARS_AHEAD = 10
MAX_TEXT = 500
#: Faults of one document that are told; a sound mistake has fewer, junk must not fill the memory.
MAX_FAULTS = 10_000

_WHOLE_YUAN = len(str(MAX_FEN // 100))
_YUAN = re.compile(r"[0-9]+(\.[0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Faults:
    """Collects the faults of one document."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []

    def add(self, path: str, message: str) -> None:
        """Note one fault; beyond MAX_FAULTS only that there are more."""
        if len(self.found) < MAX_FAULTS:
            self.found.append({"path": path, "message": message})
        elif len(self.found) == MAX_FAULTS:
            more = f"错误超过 {MAX_FAULTS:,} 处，其余没有列出，请先更正以上错误。"
            self.found.append({"path": "", "message": more})


def join(path: str, key: str) -> str:
    """The path of a key inside an object; a strange key is quoted and cut."""
    if not re.fullmatch(r"[\w.]{1,60}", key):
        shown = _CONTROL.sub("?", key[:40])
        return f'{path}["{shown}"]'
    return f"{path}.{key}" if path else key


def is_object(value: Any, path: str, faults: Faults) -> bool:
    """Whether a value is an object without keys named twice; notes the fault."""
    if not isinstance(value, dict):
        faults.add(path, f"应为对象 {{…}}，实际是{kind_of(value)}。")
        return False
    if isinstance(value, Duplicated):
        for key in value.twice:
            faults.add(join(path, key), f"“{_CONTROL.sub('?', key[:40])}”重复出现，请只保留一个。")
    return True


def kind_of(value: Any) -> str:
    """What a JSON value is, in Chinese."""
    if value is None:
        return "空值 null"
    if isinstance(value, bool):
        return "布尔值"
    if isinstance(value, Number):
        return _number(value)
    if isinstance(value, int | float):
        return "数字"
    if isinstance(value, str):
        return "字符串"
    return "数组" if isinstance(value, list) else "对象" if isinstance(value, dict) else "其他类型"


def _number(value: Number) -> str:
    """What kind of number was kept as it was written."""
    if value == "-0":
        return "负零 -0"
    if value.endswith(("NaN", "Infinity")):
        return f"JSON 中不允许出现的 {value}"
    return "过大的数字" if value.removeprefix("-").isdigit() else "带小数点或指数的数字"


def shown(value: Any) -> str:
    """What a JSON value is and, where it is short and plain, what it says: 字符串“2024”, 数字 5."""
    kind = kind_of(value)
    if isinstance(value, Number):
        return kind if kind.endswith(value) else f"{kind} {value[:40]}"
    if isinstance(value, str):
        return f"{kind}“{value[:20]}”" if value and value.isprintable() else kind
    if isinstance(value, bool):
        return f"{kind} {str(value).lower()}"
    return f"{kind} {value}" if isinstance(value, int) else kind


def marked_values(value: Any, path: str, faults: Faults) -> None:
    """Note what is wrong in itself inside a value that nothing reads: keys named twice, NaN, Infinity."""
    if isinstance(value, Number):
        if value.endswith(("NaN", "Infinity")):
            faults.add(path, f"JSON 中不允许出现 {value}，请更正。")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            marked_values(item, f"{path}[{number}]", faults)
    elif isinstance(value, dict):
        is_object(value, path, faults)
        for key, item in value.items():
            marked_values(item, join(path, key), faults)


def unknown_keys(value: Mapping[str, Any], known: Any, path: str, faults: Faults, what: str = "字段") -> None:
    """Note every key that does not belong here."""
    for key in value:
        if key not in known:
            faults.add(join(path, key), f"未知的{what}，请删除或更正。")


# ------------------------------------------------------------------------------------------------ one value


def money(value: Any, path: str, faults: Faults, label: str) -> int | None:
    """A sum of money in 分."""
    if not isinstance(value, str) or isinstance(value, Number):
        faults.add(path, f'{quoted(label)}应为字符串形式的金额（单位元，如 "1234.50"），实际是{kind_of(value)}。')
        return None
    if value.startswith("-"):
        faults.add(path, f"{quoted(label)}不能为负数。")
        return None
    if _YUAN.fullmatch(value) and len(value.partition(".")[0].lstrip("0")) > _WHOLE_YUAN:
        faults.add(path, f"{quoted(label)}：金额过大，最多 {grouped(MAX_FEN)} 元，请核对。")
        return None
    try:
        return parse_yuan(value)
    except MoneyError as error:
        faults.add(path, f"{quoted(label)}：{error}")
        return None


def _money(value: Any, decl: Column, year: int, path: str, faults: Faults) -> int | None:
    fen = money(value, path, faults, decl.label)
    if fen is None:
        return None
    low, high = money_bounds(decl)
    if not low <= fen <= high:
        faults.add(path, f"{quoted(decl.label)}应在 {grouped(low)} 元至 {grouped(high)} 元之间，请核对。")
        return None
    return fen


def _count(value: Any, decl: Column, year: int, path: str, faults: Faults) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        faults.add(path, f"{quoted(decl.label)}应为整数（不带引号和小数点），实际是{kind_of(value)}。")
        return None
    low, high = count_bounds(decl)
    if not low <= value <= high:
        faults.add(path, f"{quoted(decl.label)}应在 {low:,} 至 {high:,} 之间，请核对。")
        return None
    return value


def _date(value: Any, decl: Column, year: int, path: str, faults: Faults) -> dt.date | None:
    if not isinstance(value, str) or isinstance(value, Number):
        faults.add(path, f'{quoted(decl.label)}应为日期字符串（如 "{year}-03-01"），实际是{kind_of(value)}。')
        return None
    try:
        day = dt.date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        faults.add(path, f"{quoted(decl.label)}不是有效的日期，请按 {year}-03-01 的格式填写。")
        return None
    first = dt.date.fromisoformat(decl.minimum) if decl.minimum else EARLIEST
    last = dt.date.fromisoformat(decl.maximum) if decl.maximum else dt.date(year + YEARS_AHEAD, 12, 31)
    if not first <= day <= last:
        faults.add(path, f"{quoted(decl.label)}应在 {first} 至 {last} 之间，请核对。")
        return None
    return day


def _flag(value: Any, decl: Column, year: int, path: str, faults: Faults) -> bool | None:
    if not isinstance(value, bool):
        faults.add(path, f"{quoted(decl.label)}应为 true 或 false，实际是{kind_of(value)}。")
        return None
    return value


def text(value: Any, path: str, faults: Faults, label: str) -> str | None:
    """A line of text without control characters."""
    if not isinstance(value, str) or isinstance(value, Number):
        faults.add(path, f"{quoted(label)}应为文字，实际是{kind_of(value)}。")
        return None
    if len(value) > MAX_TEXT:
        faults.add(path, f"{quoted(label)}过长，最多 {MAX_TEXT} 字。")
        return None
    if _CONTROL.search(value):
        faults.add(path, f"{quoted(label)}含有不能使用的控制字符，请删除。")
        return None
    return value


def _text(value: Any, decl: Column, year: int, path: str, faults: Faults) -> str | None:
    return text(value, path, faults, decl.label)


def _choice(value: Any, decl: Column, year: int, path: str, faults: Faults) -> str | None:
    options = {choice.value for choice in decl.choices}
    if not isinstance(value, str) or isinstance(value, Number) or value not in options:
        allowed = "、".join(f"{choice.value}（{choice.label}）" for choice in decl.choices)
        faults.add(path, f"{quoted(decl.label)}应为下列之一：{allowed}。")
        return None
    return value


_READERS = {"money": _money, "count": _count, "date": _date, "flag": _flag, "text": _text, "choice": _choice}


def read_value(value: Any, decl: Column, year: int, path: str, faults: Faults) -> Any:
    """One plain fact as the engine's value; None where it is null (as allowed) or faulty (as noted)."""
    if value is None:
        if not (decl.nullable or decl.informational):
            faults.add(path, f"请填写{quoted(decl.label)}。")
        return None
    return _READERS[decl.type](value, decl, year, path, faults)


# -------------------------------------------------------------------------------------------- whole claims


def read_claim_facts(clause: CompiledClause, given: Any, year: int, path: str, faults: Faults) -> dict[str, Any]:
    """The own facts of one claim.

    Facts that the rule does not read (informational) may be missing; every other one must be there.
    """
    if not is_object(given, path, faults):
        return {}
    unknown_keys(given, clause.facts, path, faults, f"事实（条款 {clause.id} 不需要）")
    values: dict[str, Any] = {}
    for key, decl in clause.facts.items():
        where = join(path, key)
        if key not in given:
            if not decl.informational:
                faults.add(where, f"缺少{quoted(decl.label)}，请补充。")
        elif decl.type == "table":
            values[key] = _read_table(decl, given[key], year, where, faults)
        else:
            values[key] = read_value(given[key], decl, year, where, faults)
    for block in clause.award.parts if isinstance(clause.award, Total) else (clause.award,):
        if isinstance(block, Interest):
            _check_loans(block, values, year, path, faults)
        elif isinstance(block, Share) and block.of.source == "rows":
            _check_counted(given.get(block.of.key), join(path, block.of.key), faults)
    return values


def _read_table(decl: FactDecl, given: Any, year: int, path: str, faults: Faults) -> list[dict[str, Any]]:
    if not isinstance(given, list):
        faults.add(path, f"{quoted(decl.label)}应为数组 […]，实际是{kind_of(given)}。")
        return []
    if len(given) > decl.max_rows:  # an empty table is a sum of nothing; that forms want a row is their rule
        faults.add(path, f"{quoted(decl.label)}最多 {decl.max_rows} 行，实际 {len(given)} 行，请合并同类的行后填报。")
        return []
    rows: list[dict[str, Any]] = []
    columns = {column.key for column in decl.columns}
    for number, line in enumerate(given):
        where = f"{path}[{number}]"
        row: dict[str, Any] = {}
        rows.append(row)
        if not is_object(line, where, faults):
            continue
        unknown_keys(line, columns, where, faults)
        for column in decl.columns:
            if column.key in line:
                row[column.key] = read_value(line[column.key], column, year, join(where, column.key), faults)
            elif not column.informational:
                faults.add(join(where, column.key), f"缺少{quoted(column.label)}，请补充。")
    for column in decl.columns:
        if column.unique:
            _check_unique(column, rows, path, faults)
    return rows


def _check_unique(column: Column, rows: list[dict[str, Any]], path: str, faults: Faults) -> None:
    seen: dict[Any, int] = {}
    for number, row in enumerate(rows):
        value = row.get(column.key)
        if value in (None, ""):
            continue
        if value in seen:
            where = join(f"{path}[{number}]", column.key)
            faults.add(where, f"{quoted(column.label)}与第 {seen[value] + 1} 行重复，同一项只能填报一次。")
        else:
            seen[value] = number


def _check_counted(rows: Any, path: str, faults: Faults) -> None:
    """Where every row earns money by being there, a row that says nothing is none."""
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict) and all(value is None or _is_blank(value) for value in row.values()):
            faults.add(f"{path}[{number}]", f"第 {number + 1} 行没有任何内容，不能计数，请填写或删除该行。")


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _check_loans(award: Interest, values: dict[str, Any], year: int, path: str, faults: Faults) -> None:
    """Days of a loan in their order, and a rate known for each of them."""
    for number, loan in enumerate(values.get(award.table) or ()):
        where = f"{path}.{award.table}[{number}]"
        drawn, repaid = loan.get(award.drawn_on), loan.get(award.repaid_on)
        if drawn is None:
            continue  # told already
        if repaid is not None and repaid < drawn:
            faults.add(join(where, award.repaid_on), f"还款日 {repaid} 早于放款日 {drawn}，请核对两个日期。")
            continue
        try:
            award.stretches({award.drawn_on: drawn, award.repaid_on: repaid}, year)
        except MissingRateError as error:
            message = f"{error.series}没有 {error.day} 的数据，无法计算，请联系管理员补充利率。"
            faults.add(join(where, award.drawn_on), message)
