"""Which declared facts a definition reads: each is either used by the rule or marked informational."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.lint.faults import LintFault, entries, field, text_of
from policies.lint.references import label_of
from policies.rules.schema import ClauseDefinition

# Fields of blocks and conditions that name what they read.
_REF_FIELDS = ("fact", "of", "now", "before", "count", "base", "table")
_LOAN_COLUMNS = ("principal", "drawn_on", "repaid_on", "interest_paid")


def references(definition: ClauseDefinition) -> set[str]:
    """Every reference of a definition: `Y.revenue`, `silicon_led_rd`, `projects`, `projects.investment`."""
    return raw_references(definition.model_dump(mode="json", include={"conditions", "award", "cap"}))


def raw_references(clause: Mapping[str, Any]) -> set[str]:
    """As `references`, of a definition that may be invalid."""
    return set(_references([clause.get(name) for name in ("conditions", "award", "cap")], table=None))


def _references(value: Any, table: str | None) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner, table)
    if not isinstance(value, dict):
        return
    table = value["table"] if isinstance(value.get("table"), str) else table
    if value.get("kind") == "loan_interest":
        yield from (f"{table}.{value.get(column, column)}" for column in _LOAN_COLUMNS)
    for name in _REF_FIELDS:
        ref = value.get(name)
        if isinstance(ref, str):
            yield f"{table}.{ref.removeprefix('row.')}" if ref.startswith("row.") else ref
            if not ref.startswith(("row.", "Y.")) and "." in ref:
                yield ref.split(".")[0]
    for inner in value.values():
        yield from _references(inner, table)


def fact_faults(clause: Mapping[str, Any]) -> Iterator[LintFault]:
    """Own facts that no block or condition reads and that are not informational, and the reverse."""
    refs = raw_references(clause)
    for path, fact in entries(clause, "facts"):
        key = text_of(fact, "key")
        yield from _judge(fact, path, key in refs)
        for place, column in entries(fact, "columns", path):
            yield from _judge(column, place, f"{key}.{text_of(column, 'key')}" in refs)


def year_fact_faults(policy: Mapping[str, Any], *, complete: bool) -> Iterator[LintFault]:
    """Figures of the year that no clause and no cap reads (only if all clauses are there), and the reverse."""
    refs = {ref for _, clause in entries(policy, "clauses") for ref in raw_references(clause)}
    total = policy.get("total_cap")
    if isinstance(total, Mapping):
        refs |= {text_of(total, "base"), text_of(total, "lifted_if")}
    for path, fact in entries(policy, "year_facts"):
        used = f"Y.{text_of(fact, 'key')}" in refs
        if used or complete:
            yield from _judge(fact, path, used)


def _judge(item: Mapping[str, Any], path: str, used: bool) -> Iterator[LintFault]:
    label, informational = label_of(item), item.get("informational") is True
    # The list of a choice is a condition in itself: what is not on it cannot be claimed.
    used = used or (item.get("type") == "choice" and not informational)
    place = field(path, "informational")
    if used and informational:
        yield LintFault(
            place, f"「{label}」被规则引用，不能“只作记录，不参与计算”。", "请去掉这一勾选，使企业必须填写这一项。"
        )
    if not used and not informational:
        yield LintFault(
            place,
            f"「{label}」既没有被规则引用，也没有勾选“只作记录，不参与计算”。",
            "请在条件或奖补计算中选用它，或勾选“只作记录，不参与计算”，或删除这一项。",
        )
