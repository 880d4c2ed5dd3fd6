"""What a definition refers to exists and is of a kind that makes sense there: facts, columns, tables, series, choices.

Works on raw definitions, so that a fault elsewhere hides none here; :mod:`policies.rules.compile` refuses the same.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from policies.lint.faults import Against, LintFault, entries, field, text_of

TYPES = {
    "money": "金额",
    "count": "数量",
    "date": "日期",
    "flag": "是或否",
    "choice": "选项",
    "text": "文字",
    "table": "明细表",
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
    #: What each series is called, by its key.
    series: Mapping[str, str] = dataclass_field(default_factory=dict)

    @classmethod
    def of(cls, head: Mapping[str, Any], clause: Mapping[str, Any] | None = None) -> "Scope":
        """The scope of a clause, or without one that of the rules across clauses."""
        series = {text_of(item, "key"): label_of(item) for _, item in entries(head, "series")}
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
    """What a fact is called; the form says the same of one that has no name yet."""
    return text_of(fact, "label") or "未命名"


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
        yield LintFault(
            where, "明细表本行的栏只能在“逐项计算”的每项计算方式中选用。", "请改选本条款的填报项，或明细表一栏的合计。"
        )
        return
    fact = scope.find(ref, table)
    if fact is None:
        yield _undeclared(where, ref, scope, types, table)
        return
    kind = text_of(fact, "type")
    if kind == "table" and "count" in types:
        return
    if kind not in types:
        wanted = "或".join(TYPES[one] for one in types if one in TYPES)
        yield LintFault(
            where,
            f"「{label_of(fact)}」的类型是{TYPES.get(kind, '其他类型')}，这里需要{wanted}。",
            f"请改选类型为{wanted}的数据，或改正这项数据的类型。",
            against=_against(ref),
        )
        return
    is_sum = "." in ref and not ref.startswith(("Y.", "row."))
    if (not nullable or is_sum) and fact.get("nullable") is True:
        yield LintFault(
            where,
            f"「{label_of(fact)}」可以没有，不能参与计算。",
            "请在它的“更多设置”中去掉“可以没有”，或改选必须填写的数据。",
            against=_against(ref),
        )


def _against(ref: str) -> Against:
    """What a reference is judged against: the rules hold the figures of the year."""
    return "rules" if ref.startswith("Y.") else ""


def _undeclared(where: str, ref: str, scope: Scope, types: Sequence[str], table: str) -> LintFault:
    """What is referred to is not there; what is there instead is named as the form names it."""
    if ref.startswith("row."):
        kind, found = "栏", [column for _, column in entries(scope.own.get(table, {}), "columns")]
    elif ref.startswith("Y."):
        kind, found = "年度数据", list(scope.year.values())
    else:
        kind, found = "填报项", [*scope.own.values(), *scope.year.values()]
    known = [f"「{label_of(fact)}」" for fact in found if fact.get("type") in types]
    mend = f"请先增加这一项，或改选已有的：{'、'.join(known[:8])}。" if known else "请先增加这一项。"
    return LintFault(where, f"规则引用了没有登记的{kind}。", mend, against=_against(ref))


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
            "数据不能与比例直接比较。",
            "请填写金额或数量；要求增长若干百分比时，条件的种类用“增长”。",
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
    named = [f"「{label_of(choice)}」" for _, choice in entries(fact, "choices")]
    for index, value in enumerate(values):
        if isinstance(value, str) and value not in known:
            yield LintFault(
                f"{field(path, 'values')}[{index}]",
                f"所选的一项不是「{label_of(fact)}」的选项。",
                f"请改选：{'、'.join(named)}。",
                against=_against(text_of(item, "fact")),
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
        tables = [f"「{label_of(found)}」" for found in scope.own.values() if found.get("type") == "table"]
        mend = f"请改选：{'、'.join(tables)}。" if tables else "请先增加一个类型为明细表的填报项。"
        yield LintFault(field(path, "table"), "所选的不是本条款的明细表。", mend)
        return
    label = item.get("row_label")
    column = scope.column(key, label) if isinstance(label, str) else None
    if isinstance(label, str) and (column is None or column.get("type") != "text"):
        yield LintFault(
            field(path, "row_label"),
            f"明细表「{label_of(fact)}」没有这个文字栏。",
            "请改选明细表中一个类型为文字的栏，或不选“明细名称栏”。",
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
            known = "、".join(f"「{name}」" for name in scope.series.values())
            mend = f"请改选：{known}，或先录入这一利率。" if known else "请先录入这一利率。"
            yield LintFault(field(path, "series"), "所选的参考利率没有登记。", mend)
