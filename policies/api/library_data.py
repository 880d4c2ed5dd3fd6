"""Policies and clauses as plain data: published versions only, every rule with its quotations and in plain words."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from common.errors import Invalid, NotFound
from policies.api.fresh import Kept, current_policy
from policies.enums import VersionState
from policies.errors import PolicyYearError
from policies.explain import explain
from policies.models import ClauseUnit, ClauseVersion, Document
from policies.queries import governing_day, setting_words, settings_in_force
from policies.rules.schema import ClauseDefinition

_kept = Kept()


def policies_told() -> list[dict[str, Any]]:
    """Every document with a clause that was published, in the library's order; see PolicyTold."""
    found: list[dict[str, Any]] = _kept.get("policies", _policies)
    return found


def clauses_told(policy: str | None, policy_year: str | None) -> dict[str, Any]:
    """The clauses that govern a year of a policy and what stands across them; see ClausesTold.

    Without `policy` the only one, without `policy_year` the newest year that it governs.

    Raises:
        NotFound: no such policy, or it does not govern that year; the sentence names what there is.
        Invalid: the policy must be named, or the year is none.
    """
    chosen = _chosen_policy(policy)
    year = _chosen_year(chosen, policy_year)
    found: dict[str, Any] = _kept.get(("clauses", chosen["number"], year), lambda: _clauses(chosen, year))
    return found


def clause_told(clause_id: str, policy: str | None, policy_year: str | None) -> dict[str, Any]:
    """One of the clauses; see OneClauseTold. Raises as `clauses_told`, and NotFound for an unknown clause."""
    told = clauses_told(policy, policy_year)
    for clause in told["clauses"]:
        if clause["id"] == clause_id:
            return {"policy": told["policy"], "policy_year": told["policy_year"], "clause": clause}
    known = "、".join(clause["id"] for clause in told["clauses"])
    raise NotFound(
        f"{told['policy']['number']}在 {told['policy_year']} 年度没有这个条款，现有：{known}。", field="clause_id"
    )


# ------------------------------------------------------------------------------------------------- choosing


def _chosen_policy(number: str | None) -> dict[str, Any]:
    policies = policies_told()
    known = "、".join(policy["number"] for policy in policies)
    if not policies:
        raise NotFound("还没有已发布的政策。", field="policy")
    if number is None:
        if len(policies) > 1:
            raise Invalid(f"请用 policy 指明政策文号，现有：{known}。", field="policy")
        return policies[0]
    for policy in policies:
        if policy["number"] == number:
            return policy
    raise NotFound(f"没有这个文号的政策，现有：{known}。", field="policy")


def _chosen_year(policy: dict[str, Any], year: str | None) -> int:
    years: list[int] = policy["policy_years"]
    if not years:
        raise NotFound(f"{policy['number']}没有适用于任何政策年度的已发布条款。", field="policy_year")
    if year is None:
        return years[-1]
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Invalid("政策年度应为四位年份，如 2024。", field="policy_year")
    if int(year) not in years:
        known = "、".join(map(str, years))
        raise NotFound(f"{policy['number']}不适用于 {year} 年度，适用的政策年度：{known}。", field="policy_year")
    return int(year)


# ------------------------------------------------------------------------------------------------- policies


def _policies() -> list[dict[str, Any]]:
    published = Q(clauses__versions__state__in=[VersionState.PUBLISHED, VersionState.RETIRED])
    documents = (
        Document.objects.public()
        .annotate(
            published=Count("clauses", filter=published, distinct=True),
            monetary=Count("clauses", filter=published & Q(clauses__is_monetary=True), distinct=True),
        )
        .filter(published__gt=0)
        .order_by("order", "pk")
    )
    return [_policy(document) for document in documents]


def _policy(document: Any) -> dict[str, Any]:
    return {
        "number": document.number,
        "title": document.title,
        "issuer": document.issuer,
        "issued_on": _day(document.issued_on),
        "valid_from": _day(document.valid_from),
        "valid_to": _day(document.valid_to),
        "replaces": document.replaces or None,
        "policy_years": _years(document),
        "clauses": document.published,
        "monetary_clauses": document.monetary,
        "source_sha256": document.source_sha256,
        "url": settings.SITE_URL + reverse("policies:document", args=[document.slug]),
    }


def _years(document: Document) -> list[int]:
    """The years that an evaluation accepts, found by asking for each of them: there is one rule of what governs."""
    if document.valid_from is None or document.valid_to is None:
        return []
    years = []
    for year in range(document.valid_from.year, document.valid_to.year + 1):
        try:
            current_policy(document.number, year)
        except PolicyYearError:
            continue
        years.append(year)
    return years


# -------------------------------------------------------------------------------------------------- clauses


def _clauses(policy: dict[str, Any], year: int) -> dict[str, Any]:
    document = Document.objects.get(number=policy["number"])
    definition = current_policy(document.number, year).definition
    rules = {clause.id: clause for clause in definition.clauses}
    groups = {clause: group.name for group in definition.groups for clause in group.clauses}
    labels = {fact.key: fact.label for fact in definition.year_facts}
    versions = (
        ClauseVersion.objects.in_force_on(governing_day(document, year))
        .filter(clause__document=document)
        .select_related("clause")
        .prefetch_related("units__unit", "units__group__members")
        .order_by("clause__order")
    )
    whole = definition.model_dump(mode="json")
    return {
        "policy": policy,
        "policy_year": year,
        "year_facts": whole["year_facts"],
        "groups": whole["groups"],
        "total_cap": whole["total_cap"],
        "series": whole["series"],
        "settings": [
            {
                "key": row.key,
                "label": row.label,
                "value": row.value,
                "words": setting_words(row.key, row.value),
                "default": row.default,
                "reason": row.reason,
                "confirmed": row.is_confirmed,
                "valid_from": row.valid_from.isoformat(),
            }
            for row in settings_in_force(document, year)
        ],
        "clauses": [
            _clause(document, version, rules.get(version.clause.clause_id), groups, labels) for version in versions
        ],
    }


def _clause(
    document: Document,
    version: ClauseVersion,
    rule: ClauseDefinition | None,
    groups: dict[str, str],
    labels: dict[str, str],
) -> dict[str, Any]:
    clause = version.clause
    said = rule.model_dump(mode="json") if rule else _unpaid(version.definition)
    return {
        "id": clause.clause_id,
        "title": clause.title,
        "sentence": version.quote,
        "bracket": version.bracket,
        "monetary": clause.is_monetary,
        "version": {
            "number": version.number,
            "valid_from": _day(version.valid_from),
            "valid_to": _day(version.valid_to),
            "definition_sha256": version.definition_sha256,
            "source_sha256": version.source_sha256,
        },
        "units": _units(version),
        "facts": said.get("facts", []),
        "conditions": said.get("conditions", []),
        "award": said.get("award"),
        "cap": said.get("cap"),
        "group": groups.get(clause.clause_id),
        "exempt": said.get("exempt"),
        "quota": said.get("quota"),
        "competitive": said.get("competitive", False),
        "untranslated": said.get("untranslated", []),
        "evidence": [
            {
                **{key: item[key] for key in ("key", "label", "help", "scope", "required")},
                "common": item.get("common", False),
            }
            for item in version.evidence
        ],
        "explanation": _explanation(rule, labels) if rule else None,
        "url": settings.SITE_URL + reverse("policies:clause", args=[document.slug, clause.clause_id]),
    }


def _unpaid(definition: dict[str, Any]) -> dict[str, Any]:
    """The rule of a clause that pays nothing: some aim at a number of things a year."""
    return {"quota": {"target": definition["quota"], "soft": True}} if definition.get("quota") else {}


def _units(version: ClauseVersion) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"lead": [], "cooperating": [], "responsible": []}
    for item in sorted(version.units.all(), key=lambda item: item.order):
        found[item.role].append(_unit(item))
    return found


def _unit(item: ClauseUnit) -> dict[str, Any]:
    if item.group is None:
        return {"kind": "unit", "name": item.name}
    return {
        "kind": "group",
        "name": item.name,
        "resolution": item.group.resolution,
        "members": [unit.name for unit in item.group.members.all() if unit.is_active],
    }


def _explanation(rule: ClauseDefinition, labels: dict[str, str]) -> dict[str, Any]:
    words = explain(rule, labels)
    return {
        part: [{**asdict(line), "settings": list(line.settings)} for line in getattr(words, part)]
        for part in ("conditions", "amount", "limits")
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
