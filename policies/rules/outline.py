"""What can be told of a document whose policy is missing or unknown: its keys, its year, the types of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.rules.facts import Faults, is_object, kind_of, marked_values, shown, text, unknown_keys
from policies.rules.intake import (
    MAX_ITEMS,
    claim_outline,
    clause_name,
    outer_faults,
    read_external,
    read_kind,
    read_override,
    read_year,
)
from policies.rules.strict_json import Number


def outline_faults(doc: Any, known: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """Every fault that shows without a definition; ``known`` are faults that are known already, path → message."""
    faults = Faults()
    if not is_object(doc, "", faults):
        return faults.found
    outer_faults(doc, faults)
    if "policy" in doc:
        text(doc["policy"], "policy", faults, "政策文号")
    year = read_year(doc["policy_year"], faults) if "policy_year" in doc else None
    for path, message in (known or {}).items():
        if path != "policy_year" or year is not None:  # else told already: it is no year at all
            faults.add(path, message)
    if "applicant" in doc and is_object(doc["applicant"], "applicant", faults):
        read_kind(doc["applicant"], faults)
        for key, value in doc["applicant"].items():
            if key != "kind":
                _figure(value, f"applicant.{key}", faults)
    if "claims" in doc:
        _claims(doc["claims"], faults)
    read_external(None, doc.get("external_awards", []), faults)
    if is_object(doc.get("choices", {}), "choices", faults):
        for group, clause in doc.get("choices", {}).items():
            if not isinstance(clause, str) or isinstance(clause, Number):
                faults.add(f"choices.{group[:40]}", f"所选条款应为字符串，实际是{shown(clause)}。")
    read_override(doc.get("cap_override"), faults)
    return faults.found


def _figure(value: Any, path: str, faults: Faults) -> None:
    """A figure of the year: no policy knows lists or objects there, and no figure is a fraction."""
    if isinstance(value, list | dict):
        faults.add(path, f"应为单个值，实际是{kind_of(value)}。")
    marked_values(value, path, faults)


def _claims(given: Any, faults: Faults) -> None:
    if not isinstance(given, list):
        faults.add("claims", f"“申报条款”应为数组 […]，实际是{kind_of(given)}。")
        return
    if len(given) > MAX_ITEMS:
        faults.add("claims", f"一次最多 {MAX_ITEMS} 个申报条款，实际 {len(given)} 个。")
        return
    for number, item in enumerate(given):
        path = f"claims[{number}]"
        if is_object(item, path, faults):
            unknown_keys(item, ("clause", "facts", "decision"), path, faults)
            clause_name(item, path, faults)
            claim_outline(item, path, faults)
