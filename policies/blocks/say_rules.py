"""The rules of a document in sentences, part by part: figures of the year, the cap on the sum, groups of one type.

As in :mod:`.say`, a part that is not complete yet has no sentence; what is missing is told by the lints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.blocks.labels import option
from policies.blocks.read import declared
from policies.blocks.say import Said
from policies.explain import Line
from policies.lint.schema import checked
from policies.rules import schema as s

#: Choices that are named; of more, the number is told.
_NAMED = 6


def say_rules(definition: Mapping[str, Any], clauses: Mapping[str, str]) -> Said:
    """The sentences of the rules' definition that may be invalid.

    clauses: what each clause that pays money is called, by its number.
    """
    said = Said()
    figures: dict[str, s.FactDecl] = {}
    for path, item in _entries(definition, "year_facts"):
        fact = checked(s.FactDecl, item)[0]
        said.lines[path] = (_figure(fact),) if fact is not None else ()
        if fact is not None:
            figures[fact.key] = fact
    cap = checked(s.TotalCap, definition.get("total_cap"))[0] if definition.get("total_cap") else None
    complete = cap is not None and cap.base.removeprefix("Y.") in figures
    said.lines["total_cap"] = tuple(_cap(cap, figures)) if cap is not None and complete else ()
    for path, item in _entries(definition, "groups"):
        group = checked(s.Group, item)[0]
        said.lines[path] = tuple(_group(group, clauses)) if group is not None else ()
    return said


def _entries(definition: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    items = definition.get(name)
    known = declared(definition, name)
    return [(f"{name}.{at}", one) for at, one in enumerate(items or ()) if one in known] if known else []


def _figure(fact: s.FactDecl) -> Line:
    entered = f"，以{fact.entry_unit}为单位填写" if fact.type == "money" else ""
    text = f"每家企业每年度填写一次「{fact.label}」：{option('type', fact.type)}{entered}{_bounds(fact)}。"
    if fact.type == "choice":
        text = f"每家企业每年度在「{fact.label}」中选择一项：{_choices(fact)}。"
    use = "只作记录，不参与计算。" if fact.informational else "各条款和累计上限可以引用。"
    return Line(text + use)


def _choices(fact: s.FactDecl) -> str:
    named = "、".join(choice.label for choice in fact.choices[:_NAMED])
    return named if len(fact.choices) <= _NAMED else f"{named}等 {len(fact.choices)} 项"


def _bounds(fact: s.FactDecl) -> str:
    unit = {"money": " 元"}.get(fact.type, "")
    ends = (("不小于", fact.minimum), ("不大于", fact.maximum))
    if fact.type == "date":
        ends = (("不早于", fact.minimum), ("不晚于", fact.maximum))
    return "".join(f"，{word} {value}{unit}" for word, value in ends if value)


def _cap(cap: s.TotalCap, figures: Mapping[str, s.FactDecl]) -> list[Line]:
    whom = "、".join(option("binds", one) for one in cap.binds)
    base = figures[cap.base.removeprefix("Y.")].label
    text = f"每家{whom}一个政策年度内计入上限的奖补合计，最高为「{base}」× {cap.rate.value}。"
    lines = [Line(text, cap.rate.quote)]
    if cap.lifted_if:
        flag = figures.get(cap.lifted_if.removeprefix("Y."))
        if flag is not None:
            lines.append(Line(f"「{flag.label}」为“是”的，不受此限。", cap.lifted_quote or ""))
    return lines


def _group(group: s.Group, clauses: Mapping[str, str]) -> list[Line]:
    named = "、".join(clauses.get(one, f"条款 {one}") for one in group.clauses)
    if len(group.clauses) == 1:
        return [Line(f"目前只有 {named} 一个条款，另有同类型的条款列入后才有取舍。", group.quote)]
    return [Line(f"{named}：一家企业一个政策年度只按其中一项兑现。", group.quote)]
