"""Everything that the page of one clause shows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from common.canonical import canonical_json
from policies.enums import VersionState
from policies.explain import Explanation, explain
from policies.lint.usage import references
from policies.models import Clause, ClauseGroup, ClauseVersion, PolicyRules, PolicySetting
from policies.queries.library import shown_versions
from policies.queries.setting_words import setting_words
from policies.queries.versions import UnitsOfVersion, definition_of, settings_in_force, units_of
from policies.queries.windows import Window, clause_windows
from policies.rules.schema import ClauseDefinition, FactDecl, TotalCap

# Open points that concern every clause that pays, whatever its rule.
_SETTINGS_OF_ALL = ("governing_day", "city_share")
_SETTINGS_UNDER_CAP = ("cap_allocation", "newly_introduced_years")
_SETTINGS_OF_GROUP = ("external_award",)
_SETTINGS_OF_DISTRICT_LEAD = ("city_confirms_district_lead",)


@dataclass(frozen=True)
class SettingShown:
    """An open point on a page: its value in words, and whether somebody confirmed it."""

    setting: PolicySetting
    value: str


@dataclass(frozen=True)
class ClausePage:
    """Everything the page of one clause shows."""

    clause: Clause
    version: ClauseVersion
    versions: Sequence[ClauseVersion]
    units: UnitsOfVersion
    definition: ClauseDefinition | None
    explanation: Explanation | None
    total_cap: TotalCap | None
    group: ClauseGroup | None
    group_clauses: Sequence[Clause]
    year_facts: Sequence[FactDecl]
    settings: Sequence[SettingShown]
    windows: Sequence[Window]


def clause_page(clause: Clause, user: Any, *, today: dt.date, number: int | None = None) -> ClausePage | None:
    """The page of a clause in a shown version (default: the newest published); None without such a version."""
    versions = list(shown_versions(user).filter(clause=clause))
    version = next((item for item in versions if number in (None, item.number)), None)
    if version is None:
        return None
    definition = definition_of(version) if clause.is_monetary else None
    rules = _rules_beside(version)
    declared = [FactDecl.model_validate_json(canonical_json(fact)) for fact in rules.get("year_facts", [])]
    cap = TotalCap.model_validate_json(canonical_json(rules["total_cap"])) if rules.get("total_cap") else None
    units = units_of(version)
    explanation, group, members, used = None, None, [], set()
    if definition is not None:
        explanation = explain(definition, {fact.key: fact.label for fact in declared})
        cap = None if definition.exempt else cap
        group = ClauseGroup.objects.filter(members__clause=clause).first()
        members = list(Clause.objects.filter(group_membership__group=group).order_by("order")) if group else []
        used = _year_keys(definition, cap)
    return ClausePage(
        clause=clause,
        version=version,
        versions=versions,
        units=units,
        definition=definition,
        explanation=explanation,
        total_cap=cap if definition is not None else None,
        group=group,
        group_clauses=members,
        year_facts=[fact for fact in declared if fact.key in used],
        settings=_settings_of(
            version,
            explanation,
            capped=cap is not None,
            grouped=group is not None,
            district_leads=units.lead[0].group_id is not None,
        ),
        windows=clause_windows(clause, today) if clause.is_monetary else [],
    )


def _rules_beside(version: ClauseVersion) -> dict[str, Any]:
    """The document's rules of the same time, or nothing for a document without."""
    rules = (
        PolicyRules.objects.filter(document_id=version.clause.document_id, valid_from__lte=version.valid_from)
        .exclude(state=VersionState.DRAFT)
        .order_by("-valid_from", "-number")
        .values_list("definition", flat=True)
        .first()
    )
    return rules or {}


def _year_keys(definition: ClauseDefinition, cap: TotalCap | None) -> set[str]:
    refs = references(definition) | ({cap.base, cap.lifted_if or ""} if cap else set())
    return {ref[2:] for ref in refs if ref.startswith("Y.")}


def _settings_of(
    version: ClauseVersion, explanation: Explanation | None, *, capped: bool, grouped: bool, district_leads: bool
) -> list[SettingShown]:
    if explanation is None:
        return []
    keys = {*explanation.settings, *_SETTINGS_OF_ALL}
    for holds, more in (
        (capped, _SETTINGS_UNDER_CAP),
        (grouped, _SETTINGS_OF_GROUP),
        (district_leads, _SETTINGS_OF_DISTRICT_LEAD),
    ):
        keys |= set(more) if holds else set()
    year = (version.valid_to or version.valid_from).year
    rows = settings_in_force(version.clause.document, year)
    return [SettingShown(row, setting_words(row.key, row.value)) for row in rows if row.key in keys]
