"""What a definition refers to exists and is of a kind that makes sense there: facts, columns, tables, series, choices.

Works on raw definitions, so that a fault elsewhere hides none here; :mod:`policies.rules.compile` refuses the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from policies.lint.faults import LintFault, entries, field, text_of

TYPES = {
    "money": "金额",
    "count": "数量",
    "date": "日期",
    "flag": "是否",
    "choice": "选择",
    "text": "文字",
    "table": "表格",
}
_ANY_PLAIN = ("money", "count", "date", "flag", "choice", "text")
_LOAN = (
    ("principal", "money", False),
    ("drawn_on", "date", False),
    ("repaid_on", "date", True),
    ("interest_paid", "money", False),
)


_REF = re.compile(r"(Y\.|row\.)?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


@dataclass
class Scope:
    """What can be referred to from one clause: its own facts, the figures of the year, the series."""

    own: dict[str, Mapping[str, Any]] = dataclass_field(default_factory=dict)
    year: dict[str, Mapping[str, Any]] = dataclass_field(default_factory=dict)
    series: frozenset[str] = frozenset()

    @classmethod
    def of(cls, head: Mapping[str, Any], clause: Mapping[str, Any] | None = None) -> "Scope":
        """The scope of a clause, or without one that of the rules across clauses."""
        series = frozenset(text_of(item, "key") for _, item in entries(head, "series"))
        own = {text_of(fact, "key"): fact for _, fact in entries(clause or {}, "facts")}
        year = {text_of(fact, "key"): fact for _, fact in entries(head, "year_facts")}
        return cls(own, year, series)

    def column(self, table: str, key: str) -> Mapping[str, Any] | None:
        """A column of an own table."""
        found = self.own.get(table)
        columns = {text_of(column, "key"): column for _, column in entries(found, "columns")} if found else {}
        return columns.get(key)

    def find(self, ref: str, table: str = "") -> Mapping[str, Any] | None:
        """The fact or column that a reference means, None where there is none."""
        head, _, tail = ref.partition(".")
        if head == "Y":
            return self.year.get(tail)
        if head == "row":
            return self.column(table, tail) if table else None
        return self.column(head, tail) if tail else self.own.get(head)


def label_of(fact: Mapping[str, Any]) -> str:
    """What a fact is called."""
    return text_of(fact, "label") or text_of(fact, "key")


def clause_references(clause: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[LintFault]:
    """Faults of every reference of one clause."""
    scope = Scope.of(head, clause)
    for path, condition in entries(clause, "conditions"):
        yield from _condition(condition, path, scope)
    award = clause.get("award")
    if isinstance(award, Mapping):
        yield from _block(award, "award", scope, "")
    cap = clause.get("cap")
    if isinstance(cap, Mapping) and cap.get("base") is not None:
        yield from _operand(cap, "base", "cap", scope, ("money",))


def policy_references(policy: Mapping[str, Any]) -> Iterator[LintFault]:
    """Faults of the references of the total cap."""
    total, scope = policy.get("total_cap"), Scope.of(policy)
    if isinstance(total, Mapping):
        yield from _operand(total, "base", "total_cap", scope, ("money",))
        if total.get("lifted_if") is not None:
            yield from _operand(total, "lifted_if", "total_cap", scope, ("flag",), nullable=True)


def _operand(
    item: Mapping[str, Any],
    name: str,
    path: str,
    scope: Scope,
    types: Sequence[str],
    *,
    table: str = "",
    nullable: bool = False,
) -> Iterator[LintFault]:
    ref, where = item.get(name), field(path, name)
    if not isinstance(ref, str) or not _REF.fullmatch(ref):
        return  # the schema tells
    if ref.startswith("row.") and not table:
        yield LintFault(where, f"「{ref}」只能在逐项合计（rows）的每行公式中使用。", "请改用 表格.列 或条款的指标。")
        return
    fact = scope.find(ref, table)
    if fact is None:
        shown = f"{table}.{ref.removeprefix('row.')}" if ref.startswith("row.") else ref
        yield LintFault(where, f"规则引用了没有申明的「{shown}」。", _instead(ref, scope, types, table))
        return
    kind = text_of(fact, "type")
    if kind == "table" and "count" in types:
        return
    if kind not in types:
        wanted = "或".join(TYPES[one] for one in types if one in TYPES)
        yield LintFault(
            where,
            f"「{label_of(fact)}」是{TYPES.get(kind, kind)}，这里需要{wanted}。",
            f"请引用类型为{wanted}的指标，或改正指标的类型。",
        )
        return
    is_sum = "." in ref and not ref.startswith(("Y.", "row."))
    if (not nullable or is_sum) and fact.get("nullable") is True:
        yield LintFault(
            where, f"「{label_of(fact)}」可以不填，不能参与计算。", "请去掉该指标的 nullable，或改用必填的指标。"
        )


def _instead(ref: str, scope: Scope, types: Sequence[str], table: str) -> str:
    if ref.startswith("Y."):
        known = [f"Y.{key}" for key, fact in scope.year.items() if fact.get("type") in types]
    elif ref.startswith("row."):
        columns = [column for _, column in entries(scope.own.get(table, {}), "columns")]
        known = [f"row.{text_of(column, 'key')}" for column in columns if column.get("type") in types]
    else:
        known = [key for key, fact in scope.own.items() if fact.get("type") in types]
        known += [f"Y.{key}" for key, fact in scope.year.items() if fact.get("type") in types]
    return f"请先申明这一指标，或改为已有的：{'、'.join(known[:8])}。" if known else "请先申明这一指标。"


def _condition(item: Mapping[str, Any], path: str, scope: Scope) -> Iterator[LintFault]:
    kind = item.get("kind")
    if kind in ("all", "any"):
        for place, inner in entries(item, "of", path):
            yield from _condition(inner, place, scope)
    elif kind == "not" and isinstance(item.get("of"), Mapping):
        yield from _condition(item["of"], field(path, "of"), scope)
    elif kind in ("compare", "growth"):
        yield from _threshold(item, path, scope)
    elif kind == "one_of":
        yield from _operand(item, "fact", path, scope, ("choice",), nullable=True)
        yield from _options(item, path, scope)
    elif kind in ("is_true", "given", "within_dates"):
        types = {"is_true": ("flag",), "within_dates": ("date",)}.get(str(kind), _ANY_PLAIN)
        yield from _operand(item, "fact", path, scope, types, nullable=True)


def _threshold(item: Mapping[str, Any], path: str, scope: Scope) -> Iterator[LintFault]:
    growth = item.get("kind") == "growth"
    number = item.get("by" if growth else "value")
    kind = number.get("type") if isinstance(number, Mapping) else None
    if kind == "rate" and not growth:
        yield LintFault(
            field(path, "value"),
            "指标不能与比例直接比较。",
            "请填写金额或数量；要求增长若干百分比时用 growth。",
        )
    types = {"money": ("money",), "count": ("count",), "rate": ("money",)}.get(str(kind), ("money", "count"))
    for name in ("now", "before") if growth else ("fact",):
        yield from _operand(item, name, path, scope, types, nullable=True)


def _options(item: Mapping[str, Any], path: str, scope: Scope) -> Iterator[LintFault]:
    fact = scope.find(text_of(item, "fact"))
    values = item.get("values")
    if fact is None or fact.get("type") != "choice" or not isinstance(values, list):
        return
    known = [text_of(choice, "value") for _, choice in entries(fact, "choices")]
    for index, value in enumerate(values):
        if isinstance(value, str) and value not in known:
            yield LintFault(
                f"{field(path, 'values')}[{index}]",
                f"「{label_of(fact)}」没有选项“{value}”。",
                f"请改为：{'、'.join(known)}。",
            )


def _block(item: Mapping[str, Any], path: str, scope: Scope, table: str) -> Iterator[LintFault]:
    kind = item.get("kind")
    if kind in ("rate", "step"):
        yield from _operand(item, "of", path, scope, ("money",), table=table)
    elif kind == "per_unit":
        yield from _operand(item, "count", path, scope, ("count",))
    elif kind == "external":
        yield from _operand(item, "fact", path, scope, ("money",))
    elif kind == "sum":
        for place, part in entries(item, "parts", path):
            yield from _block(part, place, scope, "")
    elif kind in ("rows", "loan_interest"):
        yield from _table(item, path, scope)


def _table(item: Mapping[str, Any], path: str, scope: Scope) -> Iterator[LintFault]:
    key = text_of(item, "table")
    fact = scope.own.get(key)
    if not key:
        return
    if fact is None or fact.get("type") != "table":
        tables = [name for name, found in scope.own.items() if found.get("type") == "table"]
        mend = f"请改为：{'、'.join(tables)}。" if tables else "请先申明一个类型为 table 的指标。"
        yield LintFault(field(path, "table"), f"「{key}」不是本条款的表格。", mend)
        return
    label = item.get("row_label")
    column = scope.column(key, label) if isinstance(label, str) else None
    if isinstance(label, str) and (column is None or column.get("type") != "text"):
        yield LintFault(
            field(path, "row_label"),
            f"「{key}.{label}」不是表格的文字列。",
            "请改为表格中一个类型为 text 的列，或删除 row_label。",
        )
    each = item.get("each")
    if item.get("kind") == "rows" and isinstance(each, Mapping):
        yield from _block(each, field(path, "each"), scope, key)
    if item.get("kind") == "loan_interest":
        for name, kind, nullable in _LOAN:
            ref = {name: f"row.{item.get(name, name)}"}
            yield from _operand(ref, name, path, scope, (kind,), table=key, nullable=nullable)
        series = text_of(item, "series")
        if series and series not in scope.series:
            known = "、".join(sorted(scope.series)) or "（无）"
            yield LintFault(
                field(path, "series"), f"没有代码为「{series}」的参考利率。", f"现有：{known}；请改正或先导入。"
            )
