"""Everything that the page of one clause shows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from common.canonical import canonical_json
from common.templatetags.ui import zhdate
from common.workdays import local_day
from policies.enums import UNPUBLISHED
from policies.explain import Explanation, explain
from policies.lint.usage import references
from policies.models import Clause, ClauseVersion, PolicyRules, PolicySetting
from policies.queries.changes import Change, changes
from policies.queries.library import shown_versions
from policies.queries.setting_words import setting_words
from policies.queries.versions import (
    UnitsOfVersion,
    definition_of,
    governing_days,
    groups_of,
    settings_in_force,
    units_of,
)
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
class CapShown:
    """The cap on the sum of a year, in words taken from the rules; `exempt` says whom it does not bind."""

    base: str
    rate: str
    quote: str
    exempt: str


@dataclass(frozen=True)
class GroupShown:
    """The group of the same type that a clause is in, from the rules beside the version."""

    name: str
    quote: str
    confirmed: bool
    clauses: Sequence[Clause]


@dataclass(frozen=True)
class ClausePage:
    """Everything the page of one clause shows."""

    clause: Clause
    version: ClauseVersion
    versions: Sequence[ClauseVersion]
    units: UnitsOfVersion
    definition: ClauseDefinition | None
    explanation: Explanation | None
    total_cap: CapShown | None
    group: GroupShown | None
    year_facts: Sequence[FactDecl]
    settings: Sequence[SettingShown]
    windows: Sequence[Window]
    changes: Sequence[Change]
    #: Since when the clause is in force no more, as a sentence; empty while a version is, or is to come.
    ended: str = ""


def clause_page(clause: Clause, user: Any, *, today: dt.date, number: int | None = None) -> ClausePage | None:
    """The page of a clause in a shown version (default: the newest published); None without such a version."""
    versions = list(shown_versions(user).filter(clause=clause))
    version = next((item for item in versions if number in (None, item.number)), None)
    if version is None:
        return None
    definition = definition_of(version) if clause.is_monetary else None
    rules = _rules_beside(version, today)
    declared = [FactDecl.model_validate_json(canonical_json(fact)) for fact in rules.get("year_facts", [])]
    cap = TotalCap.model_validate_json(canonical_json(rules["total_cap"])) if rules.get("total_cap") else None
    units = units_of(version)
    explanation, group, used = None, None, set()
    if definition is not None:
        explanation = explain(definition, {fact.key: fact.label for fact in declared})
        cap = None if definition.exempt else cap
        group = _group_of(clause, rules, user)
        used = _year_keys(definition, cap)
    return ClausePage(
        clause=clause,
        version=version,
        versions=versions,
        units=units,
        definition=definition,
        explanation=explanation,
        total_cap=_cap_shown(cap, declared) if definition is not None and cap is not None else None,
        group=group,
        year_facts=[fact for fact in declared if fact.key in used],
        settings=_settings_of(
            version,
            explanation,
            capped=cap is not None,
            grouped=group is not None,
            district_leads=units.lead[0].group_id is not None,
        ),
        windows=_windows(clause, versions, today),
        changes=changes(versions),
        ended=ended_words(versions, today),
    )


def _windows(clause: Clause, versions: Sequence[ClauseVersion], today: dt.date) -> list[Window]:
    """The open calls under which the clause can be applied for: a version of it governs their year."""
    if not clause.is_monetary:
        return []
    day_of, first, last = governing_days(clause.document), clause.document.valid_from, clause.document.valid_to

    def governed(day: dt.date) -> bool:
        in_force = first is not None and first <= day and (last is None or day <= last)
        return in_force and any(
            version.is_published and version.valid_from <= day and (version.valid_to is None or day <= version.valid_to)
            for version in versions
        )

    return [window for window in clause_windows(clause, today) if governed(day_of(window.call.policy_year))]


def ended_words(versions: Sequence[ClauseVersion], today: dt.date) -> str:
    """Since when a clause is in force no more, as a sentence without its stop; empty while a version is, or will be.

    versions: those of the clause that may be shown.
    """
    published = [version for version in versions if version.is_published]
    if any(version.valid_to is None or version.valid_to >= today for version in published):
        return ""
    last = max((version.valid_to for version in published if version.valid_to), default=None)
    # A later version that was retired went on from there, until it was.
    retired = [
        local_day(version.retired_at)
        for version in versions
        if version.retired_at and (last is None or version.valid_to is None or version.valid_to > last)
    ]
    if retired and (last is None or max(retired) > last):
        return f"本条款已于{zhdate(max(retired))}停用"
    return f"本条款的有效期已于{zhdate(last)}届满" if last else ""


def _rules_beside(version: ClauseVersion, today: dt.date) -> dict[str, Any]:
    """The document's published rules as they stand beside the version today (its last day, where that is over), or
    nothing for a document without."""
    day = max(version.valid_from, min(today, version.valid_to or today))
    rules = (
        PolicyRules.objects.filter(document_id=version.clause.document_id, valid_from__lte=day)
        .exclude(state__in=UNPUBLISHED)
        .order_by("state", "-valid_from", "-number")  # "published" sorts before "retired"
        .values_list("definition", flat=True)
        .first()
    )
    return rules or {}


_WHO = {"enterprise": "企业", "association": "非企业申报单位"}


def _cap_shown(cap: TotalCap, declared: Sequence[FactDecl]) -> CapShown:
    labels = {f"Y.{fact.key}": fact.label for fact in declared}
    exempt = [name for kind, name in _WHO.items() if kind not in cap.binds]
    if cap.lifted_if:
        exempt.insert(0, f"“{labels.get(cap.lifted_if, cap.lifted_if)}”为“是”的")
    return CapShown(labels.get(cap.base, cap.base), cap.rate.literal, cap.rate.quote, "、".join(exempt))


def _group_of(clause: Clause, rules: dict[str, Any], user: Any) -> GroupShown | None:
    """The group of the clause among the clauses that are shown; None where it stands alone."""
    shown = ClauseVersion.objects.visible_to(user).values("clause")
    clauses = {item.clause_id: item for item in Clause.objects.filter(document=clause.document_id, pk__in=shown)}
    for group in groups_of(clause.document, rules, set(clauses)):
        if clause.clause_id in group["clauses"]:
            members = sorted((clauses[name] for name in group["clauses"]), key=lambda item: item.order)
            return GroupShown(group["name"], group["quote"], bool(group.get("confirmed")), members)
    return None


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
