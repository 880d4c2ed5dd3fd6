"""Which version governs a policy year, and the definition that the engine runs for it.

The version is selected by the policy year, never by today; no version in force for the year is an error,
never a fallback.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Max, Min, QuerySet

from common.canonical import canonical_json
from policies.enums import ClauseRole, VersionState
from policies.errors import PolicyUnknown, PolicyYearError
from policies.models import (
    Clause,
    ClauseGroup,
    ClauseUnit,
    ClauseVersion,
    Document,
    PolicyRules,
    PolicySetting,
    ReferenceSeries,
)
from policies.rules.schema import ClauseDefinition, PolicyDefinition, Settings

_DEFAULT_GOVERNING_DAY = "12-31"


@dataclass(frozen=True)
class UnitsOfVersion:
    """The units of a version by role, each in printed order; the first lead keeps the file (主办)."""

    lead: tuple[ClauseUnit, ...]
    cooperating: tuple[ClauseUnit, ...]
    responsible: tuple[ClauseUnit, ...]

    @property
    def rows(self) -> list[tuple[str, tuple[ClauseUnit, ...]]]:
        """(role label, units) for the roles that are printed, in printed order."""
        named = [
            (ClauseRole.LEAD, self.lead),
            (ClauseRole.COOPERATING, self.cooperating),
            (ClauseRole.RESPONSIBLE, self.responsible),
        ]
        return [(str(role.label), units) for role, units in named if units]


def governing_day(document: Document, policy_year: int) -> dt.date:
    """The day of the policy year on which a version must be in force to govern it (setting, default 31 December).

    The setting is dated like every other: a change leaves the years before it alone. It is itself read on 31 December,
    so that the question does not turn in a circle.
    """
    return governing_days(document)(policy_year)


def governing_days(document: Document) -> Callable[[int], dt.date]:
    """`governing_day` of any year, with one query for all of them; the answer raises PolicyYearError for no year."""
    rows = PolicySetting.objects.filter(document=document, key="governing_day").order_by("-number")
    dated = list(rows.values_list("valid_from", "value"))

    def day_of(policy_year: int) -> dt.date:
        try:
            last = dt.date(policy_year, 12, 31)
            value = next((value for first, value in dated if first <= last), _DEFAULT_GOVERNING_DAY)
            return dt.date.fromisoformat(f"{policy_year:04d}-{value}")
        except (ValueError, OverflowError) as error:
            raise PolicyYearError(f"「{policy_year}」不是有效的政策年度。", field="policy_year") from error

    return day_of


def _governs(document: Document, policy_year: int) -> dt.date:
    """The governing day, if the document itself is in force on it; raises PolicyYearError."""
    day = governing_day(document, policy_year)
    if document.valid_from is None or document.valid_from > day or (document.valid_to and document.valid_to < day):
        raise PolicyYearError(
            f"{document.number}在{day.year}年{day.month}月{day.day}日不在有效期内，"
            f"不能适用于{policy_year}年度的申报。请核对政策年度。",
            field="policy_year",
        )
    return day


def governed_clauses(document: Document, policy_year: int) -> QuerySet[Clause]:
    """The monetary clauses of a document with a published version for the year; raises PolicyYearError."""
    day = _governs(document, policy_year)
    versions = ClauseVersion.objects.in_force_on(day).filter(clause__document=document, clause__is_monetary=True)
    return Clause.objects.filter(pk__in=versions.values("clause")).order_by("order")


def clause_version_for(clause: Clause, policy_year: int) -> ClauseVersion:
    """The published version of a clause that governs the policy year; raises PolicyYearError where there is none."""
    day = _governs(clause.document, policy_year)
    version = ClauseVersion.objects.in_force_on(day).filter(clause=clause).select_related("clause__document").first()
    if version is None:
        raise PolicyYearError(f"条款{clause}没有适用于{policy_year}年度的已发布版本，不能申报。", field="policy_year")
    return version


def version_or_none(clause: Clause, policy_year: int) -> ClauseVersion | None:
    """As clause_version_for; None where no published version governs the year."""
    try:
        return clause_version_for(clause, policy_year)
    except PolicyYearError:
        return None


def rules_for(document: Document, policy_year: int) -> PolicyRules:
    """The published rules of a document that govern the policy year; raises PolicyYearError where there are none."""
    day = _governs(document, policy_year)
    found = _rules_on(document, day, PolicyRules.objects.filter(state=VersionState.PUBLISHED)).first()
    if found is None:
        raise PolicyYearError(f"{document.number}没有适用于{policy_year}年度的已发布通用规则。", field="policy_year")
    return found


def definition_of(version: ClauseVersion) -> ClauseDefinition:
    """The engine's definition of a monetary clause's version; raises ValueError for a clause that pays nothing."""
    if "award" not in version.definition:
        raise ValueError(f"{version} pays nothing and has no award definition")
    return _clause_definition(version.content_sha256, canonical_json(version.definition))


@lru_cache(maxsize=512)
def _clause_definition(content_sha256: str, definition: str) -> ClauseDefinition:
    return ClauseDefinition.model_validate_json(definition)


def units_of(version: ClauseVersion) -> UnitsOfVersion:
    """The units of a version by role; one query."""
    units = list(version.units.select_related("unit", "group").order_by("order"))
    return UnitsOfVersion(
        *(tuple(unit for unit in units if unit.role == role) for role in ("lead", "cooperating", "responsible"))
    )


def evidence_of(version: ClauseVersion) -> list[dict[str, Any]]:
    """The documents asked for: key, label, help, scope ("year" = filed once a year, or "own"), required, common."""
    return list(version.evidence)


def settings_in_force(document: Document, policy_year: int) -> list[PolicySetting]:
    """For each point left open, the row that counts for the policy year, in display order.

    It is the highest number whose day has come by 31 December: a later row holds from its day on, also over rows that
    had been planned for later days (docs/settings.md).
    """
    rows = PolicySetting.objects.filter(document=document, valid_from__lte=dt.date(policy_year, 12, 31))
    latest: dict[str, PolicySetting] = {}
    for row in rows.order_by("order", "key", "number"):
        latest[row.key] = row
    return list(latest.values())


def setting_value(document: Document, key: str, policy_year: int) -> Any:
    """The value that counts for the policy year of a point left open; raises LookupError for an unknown key."""
    for row in settings_in_force(document, policy_year):
        if row.key == key:
            return row.value
    raise LookupError(f"{document.number} has no setting {key} for {policy_year}")


def published_policy(
    number: str, policy_year: int, *, keeping: Sequence[ClauseVersion] = (), kept_rules: PolicyRules | None = None
) -> PolicyDefinition:
    """The policy as it governs a year, from the published versions of the database.

    keeping: versions under which files stand (one a clause). Each counts for its clause in its printed place and its
    group, whatever version is published now; also where the clause, or the whole policy, has none for the year now.
    kept_rules: the rules under which those files stand, whatever rules are published now.
    Raises PolicyUnknown for an unknown number, PolicyYearError for a year that no published version governs.
    """
    document = _document(number)
    day = _governs(document, policy_year)
    versions = {
        clause_id: (order, definition)
        for clause_id, order, definition in ClauseVersion.objects.in_force_on(day)
        .filter(clause__document=document, clause__is_monetary=True)
        .values_list("clause__clause_id", "clause__order", "definition")
    }
    versions |= {one.clause.clause_id: (one.clause.order, one.definition) for one in keeping}
    rules = kept_rules.definition if kept_rules else _rules_definition(document, day, VersionState.PUBLISHED)
    if rules is None and keeping:
        rules = _rules_definition(document, day, VersionState.RETIRED) or _last_rules(document, day)
    if not versions or rules is None:
        raise PolicyYearError(f"{number}没有适用于{policy_year}年度的已发布版本。", field="policy_year")
    clauses = {clause: versions[clause][1] for clause in sorted(versions, key=lambda one: versions[one][0])}
    if keeping:
        rules = _with_figures_of(document, day, rules, clauses)
    policy = composed(document, policy_year, rules, clauses)
    if keeping:
        policy["groups"] = _agreeing(policy["groups"], clauses, {one.clause.clause_id for one in keeping})
    return _policy(canonical_json(policy))


def _rules_on(document: Document, day: dt.date, rules: QuerySet[PolicyRules]) -> QuerySet[PolicyRules]:
    """Those of these rules of a document that are (or were) in force on a day, the newest first."""
    return rules.filter(document=document, valid_from__lte=day).exclude(valid_to__lt=day).order_by("-number")


def _rules_definition(document: Document, day: dt.date, state: VersionState) -> dict[str, Any] | None:
    found = _rules_on(document, day, PolicyRules.objects.filter(state=state))
    return found.values_list("definition", flat=True).first()


def _last_rules(document: Document, day: dt.date) -> dict[str, Any] | None:
    """The definition of the newest published rules that ended before a day: files of a policy that was ended early."""
    found = PolicyRules.objects.filter(document=document, state=VersionState.PUBLISHED, valid_from__lte=day)
    return found.order_by("-number").values_list("definition", flat=True).first()


def _with_figures_of(
    document: Document, day: dt.date, rules: dict[str, Any], clauses: dict[str, Any]
) -> dict[str, Any]:
    """The rules with the figures that clauses read and these rules do not ask for, as other rules declare them: a kept
    clause reads what later rules no longer ask for, a later clause what kept rules did not yet."""
    declared = {fact["key"] for fact in rules["year_facts"]}
    lacking = set(re.findall(r'"Y\.(\w+)"', canonical_json(clauses))) - declared
    if not lacking:
        return rules
    figures = list(rules["year_facts"])
    others = PolicyRules.objects.filter(document=document, published_at__isnull=False).order_by("-number")
    for definition in others.values_list("definition", flat=True):
        found = [fact for fact in definition["year_facts"] if fact["key"] in lacking]
        figures += found
        lacking -= {fact["key"] for fact in found}
    return {**rules, "year_facts": figures}


def _agreeing(groups: list[dict[str, Any]], clauses: dict[str, Any], kept: set[str]) -> list[dict[str, Any]]:
    """The groups without kept clauses that stand on the other side of the cap on the sum than the rest of the group:
    one of the two came with a later version."""
    agreed = []
    for group in groups:
        exempt = {clause: bool(clauses[clause].get("exempt")) for clause in group["clauses"]}
        if len(set(exempt.values())) > 1:
            others = {side for clause, side in exempt.items() if clause not in kept} or {exempt[group["clauses"][0]]}
            members = [clause for clause in group["clauses"] if exempt[clause] in others]
            group = {**group, "clauses": members}
        agreed.append(group)
    return agreed


def newest_published_policy(number: str) -> PolicyDefinition:
    """The policy as it governs the last year that any published version governs. Never to compute with: a document
    of a year that nothing governs is read against it, so that its other faults are found.

    Raises PolicyUnknown for an unknown number, PolicyYearError where nothing was ever published.
    """
    document = _document(number)
    published = ClauseVersion.objects.filter(
        clause__document=document, clause__is_monetary=True, state=VersionState.PUBLISHED
    )
    days = published.aggregate(first=Min("valid_from"), last=Max("valid_from"))
    if days["first"] is not None:
        for year in range(days["last"].year + 1, days["first"].year - 1, -1):
            try:
                return published_policy(number, year)
            except PolicyYearError:
                continue
    raise PolicyYearError(f"{number}没有已发布的版本。", field="policy_year")


def published_numbers() -> list[str]:
    """The numbers of the documents with a published monetary clause, in the library's order."""
    published = ClauseVersion.objects.filter(clause__is_monetary=True, state=VersionState.PUBLISHED)
    documents = Document.objects.filter(pk__in=published.values("clause__document"))
    return list(documents.order_by("order", "pk").values_list("number", flat=True))


def _document(number: str) -> Document:
    # What PostgreSQL cannot hold (NUL, half a surrogate pair) is no number either, and nothing is echoed at length.
    document = Document.objects.public().filter(number=number).first() if number.isprintable() else None
    if document is None:
        shown = f"文号为「{number[:40]}」" if number.isprintable() else "这个文号"
        raise PolicyUnknown(f"没有{shown}的政策。")
    return document


def composed(document: Document, policy_year: int, rules: dict[str, Any], clauses: dict[str, Any]) -> dict[str, Any]:
    """The JSON of a policy definition from its parts, valid or not: definitions by clause, in printed order."""
    return {
        **_head(document),
        **rules,
        "clauses": list(clauses.values()),
        "groups": groups_of(document, rules, set(clauses)),
        "series": _series(),
        "settings": _settings(document, policy_year),
    }


@lru_cache(maxsize=16)
def _policy(definition: str) -> PolicyDefinition:
    """Validated once per distinct content: the key is the whole definition, so a stale answer cannot exist."""
    return PolicyDefinition.model_validate_json(definition)


def _head(document: Document) -> dict[str, Any]:
    dates = {
        name: day.isoformat()
        for name in ("issued_on", "valid_from", "valid_to")
        if (day := getattr(document, name)) is not None
    }
    return {
        "number": document.number,
        "title": document.title,
        "issuer": document.issuer,
        "replaces": document.replaces or None,
        "source_sha256": document.source_sha256,
        **dates,
    }


def groups_of(document: Document, rules: dict[str, Any], clauses: set[str]) -> list[dict[str, Any]]:
    """The groups of the same type (policies.rules.schema.Group as JSON), members that are not there left out.

    Rules that were written in 政策维护 carry their groups, dated with them; those of the shipped corpus do not, and
    theirs stand in rows of their own.
    """
    if isinstance(rules.get("groups"), list):
        kept = [
            {**group, "clauses": [clause for clause in group.get("clauses", ()) if clause in clauses]}
            for group in rules["groups"]
            if isinstance(group, dict)
        ]
        return [group for group in kept if group["clauses"]]
    groups = []
    for group in ClauseGroup.objects.filter(document=document).prefetch_related("members__clause"):
        members = [member.clause.clause_id for member in group.members.all() if member.clause.clause_id in clauses]
        if members:
            groups.append(
                {
                    "name": group.name,
                    "clauses": members,
                    "quote": group.quote,
                    "reason": group.reason,
                    "confirmed": group.confirmed_at is not None,
                }
            )
    return groups


def _series() -> list[dict[str, Any]]:
    return [
        {
            "key": series.key,
            "label": series.label,
            "short": series.short,
            "source": series.source,
            "known_until": series.known_until.isoformat(),
            "values": [{"on": value.on.isoformat(), "value": str(value.value)} for value in series.values.all()],
        }
        for series in ReferenceSeries.objects.prefetch_related("values")
    ]


def _settings(document: Document, policy_year: int) -> dict[str, Any]:
    return {
        row.key: {
            "value": row.value,
            "default": row.default,
            "label": row.label,
            "reason": row.reason,
            "confirmed": row.is_confirmed,
        }
        for row in settings_in_force(document, policy_year)
        if row.key in Settings.model_fields
    }
