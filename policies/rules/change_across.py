"""Lay the parts of a change document that stand across clauses whole: figures of the year, the cap on the sum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from policies.rules.change_clause import Changed
from policies.rules.change_values import check_json
from policies.rules.compile import DefinitionError, compile_policy
from policies.rules.definition_faults import compile_fault, schema_faults
from policies.rules.differences import Difference, differences
from policies.rules.facts import Faults, is_object, join, unknown_keys
from policies.rules.schema import FactDecl, PolicyDefinition, TotalCap


def lay_figures(
    policy: PolicyDefinition, given: dict[str, Any], faults: Faults
) -> tuple[tuple[FactDecl, ...], list[Changed]]:
    """The figures of the year with those of the document added or in the place of others, and what that changes."""
    figures = {figure.key: figure for figure in policy.year_facts}
    for key, declared in given.items():
        path = join("year_facts", key)
        if not is_object(declared, path, faults):
            continue
        check_json(declared, path, faults)
        try:
            figure = FactDecl.model_validate(declared)
        except ValidationError as error:
            for place, message in schema_faults(error, declared, path):
                faults.add(place, message)
            continue
        if figure.key != key:
            faults.add(f"{path}.key", f"代码应与所在的键相同，即 {key}。")
        elif figure.scope != "year" or figure.type == "table":
            faults.add(path, "年度数据的 scope 应为 year，且不能是表格，请更正。")
        else:
            figures[key] = figure
    after = tuple(figures.values())
    sides = [policy.model_copy(update={"year_facts": side, "clauses": ()}) for side in (policy.year_facts, after)]
    return after, _told("year_facts", differences(*sides))


def lay_cap(policy: PolicyDefinition, given: dict[str, Any], faults: Faults) -> tuple[Any, list[Changed]]:
    """The whole cap of the document (plain JSON, as a policy keeps it) in the place of the present one, and what that
    changes; the present cap where a fault is noted."""
    path = "total_cap.definition"
    present = policy.total_cap.model_dump(mode="json") if policy.total_cap else None
    unknown_keys(
        given, ("definition",), "total_cap", faults, "字段（definition 会替换整个上限，不能与其他字段同时出现）"
    )
    data, known = given["definition"], len(faults.found)
    if not is_object(data, path, faults):
        return present, []
    check_json(data, path, faults)
    try:
        cap = TotalCap.model_validate(data)
        laid = policy.model_copy(update={"total_cap": cap, "clauses": (), "groups": ()})
        compile_policy(laid)
    except ValidationError as error:
        for place, message in schema_faults(error, data, path):
            faults.add(place, message)
        return present, []
    except DefinitionError as error:
        faults.add(path, compile_fault(error))
        return present, []
    if len(faults.found) > known:
        return present, []
    before = policy.model_copy(update={"clauses": (), "groups": ()})
    return cap.model_dump(mode="json"), _told("total_cap", differences(before, laid))


def _told(section: str, found: Iterable[Difference]) -> list[Changed]:
    return [Changed(section, one.label, one.before or "无", one.after or "无") for one in found]
