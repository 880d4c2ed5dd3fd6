"""Which declared facts a definition reads: each is either used by the rule or marked informational."""

from collections.abc import Iterator
from typing import Any

from policies.rules.schema import ClauseDefinition, Column, FactDecl

# Fields of blocks and conditions that name what they read.
_REF_FIELDS = ("fact", "of", "now", "before", "count", "base", "table")
_LOAN_COLUMNS = ("principal", "drawn_on", "repaid_on", "interest_paid")


def references(definition: ClauseDefinition) -> set[str]:
    """Every reference of a definition: `Y.revenue`, `silicon_led_rd`, `projects`, `projects.investment`."""
    raw = definition.model_dump(mode="json", include={"conditions", "award", "cap"})
    return set(_references(raw, table=None))


def _references(value: Any, table: str | None) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner, table)
    if not isinstance(value, dict):
        return
    table = value.get("table", table) if isinstance(value.get("table"), str) else table
    if value.get("kind") == "loan_interest":
        yield from (f"{table}.{value[column]}" for column in _LOAN_COLUMNS)
    for name in _REF_FIELDS:
        ref = value.get(name)
        if isinstance(ref, str):
            yield f"{table}.{ref.removeprefix('row.')}" if ref.startswith("row.") else ref
            if not ref.startswith(("row.", "Y.")) and "." in ref:
                yield ref.split(".")[0]
    for inner in value.values():
        yield from _references(inner, table)


def unused_facts(definition: ClauseDefinition, year_facts: set[str]) -> list[tuple[str, str]]:
    """Faults of declared against read facts, each (place, sentence); `year_facts` are the keys read as Y.key."""
    refs = references(definition)
    faults = []
    declared = {f"Y.{key}" for key in year_facts}
    for fact in definition.facts:
        declared.add(fact.key)
        faults += _judge(fact, fact.key, refs)
        for column in fact.columns:
            declared.add(f"{fact.key}.{column.key}")
            faults += _judge(column, f"{fact.key}.{column.key}", refs)
    faults += [("award", f"规则引用了没有申明的「{ref}」。") for ref in sorted(refs - declared)]
    return faults


def _judge(item: FactDecl | Column, key: str, refs: set[str]) -> list[tuple[str, str]]:
    # The list of a choice is a condition in itself: what is not on it cannot be claimed.
    used = key in refs or (item.type == "choice" and not item.informational)
    if used and item.informational:
        return [(f"facts.{key}", f"「{item.label}」被规则引用，不能标为仅供参考。")]
    if not used and not item.informational:
        return [(f"facts.{key}", f"「{item.label}」既没有被规则引用，也没有标为仅供参考。")]
    return []
