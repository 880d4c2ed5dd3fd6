"""Reads of policy data."""

from policies.queries.calls import call_for, clauses_open_for, open_calls
from policies.queries.clause_page import ClausePage, clause_page
from policies.queries.definitions import KeptDefinitionFault, kept_definition
from policies.queries.library import (
    Block,
    TocEntry,
    document_page,
    library_documents,
    shown_versions,
)
from policies.queries.library_search import (
    ClauseHit,
    DocumentHit,
    LibraryHit,
    clause_hits,
    document_hits,
    search_clauses,
    search_text,
    text_hits,
)
from policies.queries.lint import lint_published, lint_version, lint_year
from policies.queries.publication import filed_under, publication_faults, standing_faults, validity
from policies.queries.setting_words import setting_words
from policies.queries.versions import (
    UnitsOfVersion,
    clause_version_for,
    definition_of,
    evidence_of,
    governed_clauses,
    governing_day,
    published_policy,
    rules_for,
    setting_value,
    settings_in_force,
    units_of,
    version_or_none,
)
from policies.queries.windows import Window, Windows, window_for, years_with_calls

__all__ = [
    "Block",
    "ClauseHit",
    "ClausePage",
    "DocumentHit",
    "KeptDefinitionFault",
    "LibraryHit",
    "TocEntry",
    "UnitsOfVersion",
    "Window",
    "Windows",
    "call_for",
    "clause_hits",
    "clause_page",
    "clause_version_for",
    "clauses_open_for",
    "definition_of",
    "document_hits",
    "document_page",
    "evidence_of",
    "filed_under",
    "governed_clauses",
    "governing_day",
    "kept_definition",
    "library_documents",
    "lint_published",
    "lint_version",
    "lint_year",
    "open_calls",
    "publication_faults",
    "published_policy",
    "rules_for",
    "search_clauses",
    "search_text",
    "setting_value",
    "setting_words",
    "settings_in_force",
    "shown_versions",
    "standing_faults",
    "text_hits",
    "units_of",
    "validity",
    "version_or_none",
    "window_for",
    "years_with_calls",
]
