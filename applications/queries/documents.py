"""The evaluation document of one application, and reading the engine's faults back to fields."""

import re
from collections.abc import Mapping
from typing import Any

from accounts.models import Enterprise, YearlyFigures
from applications.drafts import Fault, facts_of
from applications.models import Application, Revision
from applications.queries.definitions import definition_of
from policies.rules.schema import ClauseDefinition, PolicyDefinition

_FACT = re.compile(r"claims\[0\]\.facts\.(?P<key>\w+)(?:\[(?P<row>\d+)\](?:\.(?P<column>\w+))?)?")
_FIGURE = re.compile(r"applicant\.(?P<key>\w+)")


def figures_of(enterprise: Enterprise, policy_year: int) -> YearlyFigures | None:
    """The figures that the enterprise stated for the year, if any."""
    return YearlyFigures.objects.filter(enterprise=enterprise, policy_year=policy_year).first()


def applicant(enterprise: Enterprise, policy_year: int) -> dict[str, Any]:
    """The applicant of the evaluation document: its kind and what is stated of the figures."""
    figures = figures_of(enterprise, policy_year)
    values = figures.values if figures else {}
    return {"kind": str(enterprise.kind), **{key: value for key, value in values.items() if not key.startswith("_")}}


def complete_facts(definition: ClauseDefinition, draft: Mapping[str, Any]) -> dict[str, Any]:
    """The readable facts, with null for nullable ones that were left empty: there, empty is the answer."""
    facts = facts_of(draft)
    for fact in definition.facts:
        if fact.type == "table":
            empty = {column.key: None for column in fact.columns if column.nullable}
            facts[fact.key] = [empty | row for row in facts.get(fact.key) or []]
        elif fact.nullable:
            facts.setdefault(fact.key, None)
    return facts


def evaluation_document(subject: Application | Revision, policy: PolicyDefinition | None = None) -> dict[str, Any]:
    """The contract's JSON for this one claim: of a revision as it was filed, of an application as it stands now.

    policy: by which it is to be evaluated. Figures that it does not ask for are passed over: an enterprise states the
    figures of a year once for all policies, and rules that came later may ask for others.
    """
    application = subject.application if isinstance(subject, Revision) else subject
    if isinstance(subject, Revision):
        figures, facts = dict(subject.figures), dict(subject.facts)
    else:
        figures = applicant(application.enterprise, application.policy_year)
        facts = complete_facts(definition_of(application), application.draft)
    if policy is not None:
        known = {"kind", *(fact.key for fact in policy.year_facts)}
        figures = {key: value for key, value in figures.items() if key in known}
    return {
        "policy": application.clause.document.number,
        "policy_year": application.policy_year,
        "applicant": figures,
        "claims": [{"clause": application.clause.clause_id, "facts": facts}],
    }


def place_of(path: str, definition: ClauseDefinition) -> tuple[str, str, str]:
    """Section, id of the input and words for the place, from a path of the engine's faults."""
    if match := _FIGURE.fullmatch(path):
        return "figures", f"id_{match['key']}", ""
    match = _FACT.fullmatch(path)
    if match is None:
        return "general", "", ""
    fact = next((fact for fact in definition.facts if fact.key == match["key"]), None)
    if fact is None:
        return "general", "", ""
    if match["row"] is None:
        return "facts", f"id_{fact.key}", fact.label
    column = next((column for column in fact.columns if column.key == match["column"]), None)
    words = f"{fact.label}第 {int(match['row']) + 1} 条"
    if column is None:
        return "facts", f"id_{fact.key}", words
    return "facts", f"id_{fact.key}-{match['row']}-{column.key}", f"{words}·{column.label}"


def as_fault(entry: Mapping[str, str], definition: ClauseDefinition) -> Fault:
    """One fault of the engine at its place in our pages."""
    section, field_id, label = place_of(entry["path"], definition)
    return Fault(field_id, section, entry["message"], label)
