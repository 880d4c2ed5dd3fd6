"""The estimate beside the form: it works on half a draft and then says what it still needs."""

from typing import Any

from applications.drafts import Fault
from applications.models import Application
from applications.queries.definitions import definition_of, policy_of
from applications.queries.documents import as_fault, evaluation_document, place_of
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.schema import ClauseDefinition


def estimate(application: Application) -> dict[str, Any]:
    """The engine's answer for this claim alone, before group and cap of the year.

    Keys as in the contract's claims[0] (status, amount, unmet, trace, floor and ceiling while pending) and:
    `missing` (Faults that keep it from a figure; then status is "incomplete" and amount None) and `left_out` (rows of
    tables that are not filled in yet and were left out of the figure, as words).
    """
    policy, definition = policy_of(application), definition_of(application)
    document = evaluation_document(application, policy)
    left_out: list[str] = []
    faults: list[dict[str, str]] = []
    empty = [
        Fault(f"id_{fact.key}", "facts", f"请至少填写 {fact.min_rows} 条。", fact.label)
        for fact in definition.facts
        if fact.type == "table" and not document["claims"][0]["facts"][fact.key] and fact.min_rows
    ]
    try:
        answer = evaluate_document(policy, document)
        if empty:
            return _incomplete(definition, [], empty)
    except EvaluationFault as first:
        faults = list(first.faults)
        reduced, left_out = _without_faulty_rows(document, [entry["path"] for entry in faults], definition)
        try:
            if not left_out:
                raise first
            answer = evaluate_document(policy, reduced)
        except EvaluationFault:
            return _incomplete(definition, faults, empty)
    return {**answer["claims"][0], "missing": [], "left_out": left_out}


def _incomplete(definition: ClauseDefinition, faults: list[dict[str, str]], empty: list[Fault]) -> dict[str, Any]:
    return {
        "clause": definition.id,
        "status": "incomplete",
        "amount": None,
        "unmet": [],
        "trace": [],
        "missing": [as_fault(entry, definition) for entry in faults] + empty,
        "left_out": [],
    }


def _without_faulty_rows(
    document: dict[str, Any], paths: list[str], definition: ClauseDefinition
) -> tuple[dict[str, Any], list[str]]:
    """The document without the rows that have faults, and the names of those rows."""
    facts = dict(document["claims"][0]["facts"])
    drop: dict[str, set[int]] = {}
    for path in paths:
        section, field_id, _ = place_of(path, definition)
        parts = field_id.removeprefix("id_").split("-")
        if section == "facts" and len(parts) == 3:
            drop.setdefault(parts[0], set()).add(int(parts[1]))
    words: list[str] = []
    for fact in definition.facts:
        words += [f"{fact.label}第 {number + 1} 条" for number in sorted(drop.get(fact.key, ()))]
        if fact.key in drop:
            facts[fact.key] = [row for number, row in enumerate(facts[fact.key]) if number not in drop[fact.key]]
            if not facts[fact.key]:
                return document, []
    return {**document, "claims": [{**document["claims"][0], "facts": facts}]}, words
