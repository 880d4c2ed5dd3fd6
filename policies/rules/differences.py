"""Where two definitions differ, for people: place, value before, value after.

Clauses, facts, groups, series and rates are matched by what names them, conditions and tiers by their position. A
number that changed is told as a number; its quotation is told only where the number stayed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from common.money import grouped
from policies.rules import schema as s
from policies.rules.adjustable import SETTING_WORDS
from policies.rules.schema_policy import _Setting
from policies.rules.values import Model

#: Longer texts are shown around the first place where they differ.
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs; ``before`` or ``after`` is None where nothing stands there."""

    #: ``settings.day_count``, ``clauses[3.4.5].award.row_cap``, ``series[lpr_1y].values[2025-05-20]``.
    path: str
    #: The place for people: 设置「贷款贴息的计息年天数」.
    label: str
    #: Values as they are printed: 360, 15%, 5,000,000.00 元.
    before: str | None
    after: str | None

    @property
    def clause(self) -> str | None:
        """The clause it belongs to; None for what stands across clauses."""
        found = re.match(r"clauses\[([^\]]+)\]", self.path)
        return found[1] if found else None

    @property
    def rate_day(self) -> dt.date | None:
        """For a rate of a series, the day from which it counts."""
        found = re.match(r"series\[[^\]]+\]\.values\[([0-9-]+)\]", self.path)
        return dt.date.fromisoformat(found[1]) if found else None

    def sentence(self, now: str = "现", then: str = "出具时") -> str:
        """The difference in words; ``now`` and ``then`` name the two times: 现为 365，出具时为 360。"""
        place = f"{self.label} " if self.label[-1:].isascii() else self.label
        if self.before is None:
            return f"{place}{now}为{_apart(self.after)}，{then}没有"
        if self.after is None:
            return f"{place}{now}已没有，{then}为{_apart(self.before)}"
        return f"{place}{now}为{_apart(self.after)}，{then}为{_apart(self.before)}"


def _apart(value: str | None) -> str:
    """A value after a Chinese word: figures and letters stand apart from it."""
    return f" {value}" if value and value[0].isascii() else value or ""


def differences(before: s.PolicyDefinition, after: s.PolicyDefinition) -> list[Difference]:
    """Every place where two definitions differ, in the order of the schema; empty when they say the same."""
    found: list[Difference] = []
    _models(before, after, "", "", found)
    return found


# -------------------------------------------------------------------------------------------------- labels

#: Fields as people call them. A field of one class that reads differently is named as Class.field.
_LABELS = {
    "number": "文号",
    "title": "名称",
    "issuer": "发文机关",
    "issued_on": "成文日期",
    "valid_from": "施行日期",
    "valid_to": "有效期",
    "replaces": "废止的文件",
    "source_sha256": "规范文本校验值",
    "year_facts": "年度数据",
    "clauses": "条款",
    "groups": "同类型条款组",
    "Group.clauses": "条款",
    "total_cap": "年度累计上限",
    "series": "参考利率",
    "settings": "设置",
    "quote": "引文",
    "source": "引文出处",
    "Series.source": "公布机构",
    "literal": "原文写法",
    "reason": "理由",
    "confirmed": "确认状态",
    "default": "默认值",
    "label": "名称",
    "short": "简称",
    "known_until": "数据截至日期",
    "sentence": "原文",
    "facts": "填报项",
    "conditions": "条件",
    "award": "计算方式",
    "cap": "条款上限",
    "exempt": "不计入累计上限的依据",
    "quota": "数量目标",
    "competitive": "竞争性评审",
    "untranslated": "未量化的表述",
    "help": "填写说明",
    "type": "类型",
    "entry_unit": "填写单位",
    "minimum": "最小值",
    "maximum": "最大值",
    "choices": "选项",
    "nullable": "可以为空",
    "informational": "不参与计算",
    "required": "必填",
    "unique": "不得重复",
    "evidence": "证明材料",
    "scope": "范围",
    "columns": "栏目",
    "min_rows": "最少行数",
    "max_rows": "最多行数",
    "fact": "所读数据",
    "op": "比较方式",
    "value": "标准",
    "now": "本期数据",
    "before": "上期数据",
    "by": "增加标准",
    "values": "符合的选项",
    "not_before": "最早日期",
    "not_after": "最晚日期",
    "of": "计算基数",
    "AllOf.of": "分项条件",
    "AnyOf.of": "分项条件",
    "Not.of": "所否定的条件",
    "amount": "金额",
    "rate": "比例",
    "Fixed.amount": "奖补金额",
    "Rate.rate": "补贴比例",
    "PerUnit.amount": "每单位金额",
    "count": "计数",
    "unit": "量词",
    "times": "倍数",
    "tiers": "分档",
    "at_least": "起点",
    "floor": "下限",
    "ceiling": "上限",
    "table": "明细表",
    "row_label": "明细名称栏",
    "principal": "本金栏",
    "drawn_on": "放款日栏",
    "repaid_on": "还款日栏",
    "interest_paid": "实付利息栏",
    "share": "利率比例",
    "LoanInterest.series": "参考利率",
    "each": "每项的计算方式",
    "row_cap": "单项上限",
    "parts": "组成部分",
    "base": "计算基数",
    "Cap.base": "合并计算的金额",
    "lifted_if": "不适用的情形",
    "lifted_quote": "不适用情形的引文",
    "binds": "适用对象",
    "target": "数量",
    "soft": "仅提示",
}

#: What reads better without being named on the way to a place inside it.
_SILENT = {"award", "each", "settings", "Series.values"}

#: Values of the schema as people read them, by field.
_VALUES: dict[str, dict[Any, str]] = {
    "op": {"ge": "达到", "gt": "超过", "le": "不超过", "lt": "低于"},
    "confirmed": {True: "已确认", False: "待确认"},
    "scope": {"year": "年度共用", "own": "本条款", "enterprise_year": "每家企业每年", "claim": "每次申报"},
    "type": {
        "money": "金额",
        "count": "数量",
        "date": "日期",
        "flag": "是否",
        "choice": "选项",
        "text": "文字",
        "table": "明细表",
    },
    "binds": {"enterprise": "企业", "association": "协会"},
    # figures (360) stay figures
    "setting": {
        value: words for known in SETTING_WORDS.values() for value, words in known.items() if isinstance(value, str)
    },
}

#: Free texts, shown inside marks.
_TEXTS = {
    "title",
    "label",
    "sentence",
    "quote",
    "lifted_quote",
    "reason",
    "help",
    "source",
    "short",
    "issuer",
    "literal",
}

_KINDS = {
    "fixed": "定额",
    "rate": "按比例",
    "per_unit": "按数量",
    "external": "按其他奖补的倍数",
    "step": "分档",
    "discretion": "由审核部门核定",
    "loan_interest": "贷款贴息",
    "rows": "逐项计算",
    "sum": "多项合计",
}


def field_label(kind: type, name: str) -> str:
    """What a field of a class is called; its own name where it has no words."""
    return _LABELS.get(f"{kind.__name__}.{name}") or _LABELS.get(name, name)


def _label(owner: Model, name: str) -> str:
    return field_label(type(owner), name)


def _inside(place: str, part: str) -> str:
    """``part`` of ``place`` in words."""
    if not place or not part:
        return place or part
    if part.startswith(" "):
        return place + part
    return f"{place}{'' if place[-1] in '」』）' else ' ' if place[-1].isascii() else ''}的{part}"


def _named(item: Any) -> tuple[str, str] | None:
    """What an element of a list is matched by, and how it is called; None where its position counts."""
    match item:
        case s.ClauseDefinition():
            return item.id, f"条款 {item.id}"
        case s.FactDecl():
            return item.key, f"{'年度数据' if item.scope == 'year' else '填报项'}「{item.label}」"
        case s.Column():
            return item.key, f"「{item.label}」栏"
        case s.Choice():
            return item.value, f"选项「{item.label}」"
        case s.Group():
            return item.name, f"同类型条款组「{item.name}」"
        case s.Series():
            return item.key, item.label
        case s.SeriesValue():
            return item.on.isoformat(), f" {item.on.isoformat()} 起的利率"
    return None


# --------------------------------------------------------------------------------------------------- words


def _words(value: Any, field: str) -> str | None:
    """A value as it is printed; None for nothing."""
    match value:
        case None:
            return None
        case bool():
            return _VALUES["confirmed"][value] if field == "confirmed" else "是" if value else "否"
        case dt.date():
            return value.isoformat()
        case s.CitedMoney():
            return f"{grouped(value.fen)} 元"
        case s.CitedTimes():
            return f"{value.value} 倍"
        case s.CitedCount():
            return f"{value.value} {value.unit}".rstrip()
        case s.CitedRate():
            return value.value
        case s.SeriesValue():
            return f"{value.value}%"
        case tuple():
            return "、".join(filter(None, (_words(item, field) for item in value))) or "无"
        case Model():
            return _model_words(value)
    words = _VALUES.get(field, {})
    return words.get(value) or (str(value) or "空")


def _model_words(value: Model) -> str | None:
    kind = getattr(value, "kind", None)
    if kind in _KINDS:
        return _KINDS[kind]
    for name in ("title", "label", "name", "amount", "rate", "target", "quote"):
        if (found := getattr(value, name, None)) is not None:
            words = _words(found, name)
            return f"「{words}」" if isinstance(found, str) else words
    return "、".join(filter(None, (_words(part, "") for part in getattr(value, "of", ())))) or "有"


def _shown(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Long texts around the first place where they differ."""
    if before is None or after is None or max(len(before), len(after)) <= SHOWN:
        return _cut(before, 0), _cut(after, 0)
    same = next((k for k, (a, b) in enumerate(zip_longest(before, after)) if a != b), 0)
    start = max(0, same - SHOWN // 4)
    return _cut(before, start), _cut(after, start)


def _cut(text: str | None, start: int) -> str | None:
    if text is None or (start == 0 and len(text) <= SHOWN):
        return text
    end = start + SHOWN
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


# ----------------------------------------------------------------------------------------------------- walk


def _tell(path: str, label: str, field: str, before: Any, after: Any, found: list[Difference]) -> None:
    shown = _shown(_words(before, field), _words(after, field))
    if field in _TEXTS:
        shown = (shown[0] and f"「{shown[0]}」", shown[1] and f"「{shown[1]}」")
    found.append(Difference(path, label, *shown))


def _models(before: Model, after: Model, path: str, label: str, found: list[Difference]) -> None:
    """Compare two models of one class, field by field."""
    names = list(type(before).model_fields)
    if isinstance(before, _Setting):
        names.sort(key=lambda name: name != "value")  # the value first, then why and by whom
    for name in names:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        place = f"{path}.{name}" if path else name
        if isinstance(before, _Setting):
            told = label if name == "value" else _inside(label, _label(before, name))
            _tell(place.removesuffix(".value"), told, "setting" if name == "value" else name, old, new, found)
            continue
        part = _label(before, name)
        if isinstance(before, s.Settings):
            _models(old, new, place, f"设置「{old.label}」", found)
        elif isinstance(old, tuple) and any(isinstance(item, Model) for item in (*old, *new)):
            silent = name in _SILENT or f"{type(before).__name__}.{name}" in _SILENT
            _lists(old, new, place, label, "" if silent else part, found)
        elif isinstance(old, Model) and type(old) is type(new):
            inner = label if name in _SILENT else _inside(label, part)
            _pair(old, new, place, inner, found)
        else:
            _tell(place, _inside(label, part), name, old, new, found)


def _pair(old: Model, new: Model, path: str, label: str, found: list[Difference]) -> None:
    """Two models of one class at one place; a number is told whole."""
    numbers = s.CitedMoney | s.CitedRate | s.CitedTimes | s.CitedCount | s.SeriesValue
    if isinstance(old, numbers) and _words(old, "") != _words(new, ""):
        _tell(path, label, "", old, new, found)
    else:
        _models(old, new, path, label, found)


def _lists(old: Iterable[Any], new: Iterable[Any], path: str, label: str, part: str, found: list[Difference]) -> None:
    """Two lists of models: by name where they have one, otherwise by position."""
    before, after = _keyed(old, part), _keyed(new, part)
    for key, (called, _) in {**after, **before}.items():
        first, second = before.get(key, _NOTHING)[1], after.get(key, _NOTHING)[1]
        place, words = f"{path}[{key}]", _inside(label, called)
        if type(first) is not type(second):  # one is missing, or another kind of thing stands there
            _tell(place, words, "", first, second, found)
        elif first != second:
            _pair(first, second, place, words, found)
    shared, moved = [key for key in before if key in after], [key for key in after if key in before]
    if shared != moved:
        _tell(path, _inside(label, f"{part}的次序"), "", tuple(shared), tuple(moved), found)


_NOTHING = ("", None)


def _keyed(items: Iterable[Any], part: str) -> dict[str, tuple[str, Any]]:
    """Elements by what they are matched by, each with how it is called."""
    keyed = {}
    for position, item in enumerate(items):
        key, called = _named(item) or (str(position), f"第 {position + 1} 项{part}")
        keyed[key] = (called, item)
    return keyed
