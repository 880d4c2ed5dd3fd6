"""Reads of policy data."""

from policies.queries.calls import call_for, clauses_open_for, open_calls
from policies.queries.versions import (
    UnitsOfVersion,
    clause_version_for,
    definition_of,
    evidence_of,
    governed_clauses,
    governing_day,
    published_policy,
    setting_value,
    settings_in_force,
    units_of,
)

__all__ = [
    "UnitsOfVersion",
    "call_for",
    "clause_version_for",
    "clauses_open_for",
    "definition_of",
    "evidence_of",
    "governed_clauses",
    "governing_day",
    "open_calls",
    "published_policy",
    "setting_value",
    "settings_in_force",
    "units_of",
]
