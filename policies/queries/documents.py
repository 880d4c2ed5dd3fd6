"""What is asked about documents in preparation."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, Value, When

from policies.cutting.marking import Suggestion, suggestions
from policies.enums import VersionState
from policies.models import Clause, ClauseVersion, Document, Node, PolicyRules, PolicySetting

_IN_FORCE_FIRST = Case(
    When(state=VersionState.PUBLISHED, then=Value(0)),
    When(state=VersionState.DRAFT, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def newest_version(clause: Clause) -> ClauseVersion | None:
    """What a copy of a clause begins with: the newest published version, else the newest draft, else a retired one."""
    return (
        clause.versions.exclude(state=VersionState.DISCARDED)
        .annotate(rank=_IN_FORCE_FIRST)
        .order_by("rank", "-valid_from", "-number")
        .first()
    )


def newest_rules(document: Document) -> PolicyRules | None:
    """As `newest_version`, for the rules across clauses."""
    return (
        document.rules.exclude(state=VersionState.DISCARDED)
        .annotate(rank=_IN_FORCE_FIRST)
        .order_by("rank", "-valid_from", "-number")
        .first()
    )


def settings_template() -> list[PolicySetting]:
    """For each open point of the first policy that has any, its first row: its words and its default."""
    first = PolicySetting.objects.order_by("document__order", "document").values_list("document", flat=True).first()
    rows: dict[str, PolicySetting] = {}
    found = PolicySetting.objects.filter(document=first).select_related("document").order_by("order", "key", "number")
    for row in found:
        rows.setdefault(row.key, row)
    return list(rows.values())


def evidence_in_use(document: Document) -> dict[str, list[str]]:
    """The keys of the catalogue that drafts of the document ask for, each with the names of those drafts."""
    used: dict[str, list[str]] = {}
    drafts = ClauseVersion.objects.filter(clause__document=document, state=VersionState.DRAFT)
    for draft in drafts.select_related("clause").order_by("clause__order", "number"):
        for key in sorted(_asked(draft)):
            used.setdefault(key, []).append(str(draft))
    return used


def _asked(version: ClauseVersion) -> set[str]:
    common = {str(item.get("key")) for item in _rows(version.evidence) if item.get("common")}
    keys = {str(item.get("key")) for item in _rows(version.evidence)} - common
    for fact in _rows(version.definition.get("facts") if isinstance(version.definition, dict) else ()):
        for item in (fact, *_rows(fact.get("columns"))):
            keys.update(key for key in item.get("evidence") or () if isinstance(key, str))
    return keys


def _rows(value: Any) -> list[dict[str, Any]]:
    return [item for item in value or () if isinstance(item, dict)] if isinstance(value, (list, tuple)) else []


@dataclass(frozen=True)
class Unfounded:
    """A draft whose sentence does not stand in the text of its document."""

    version: ClauseVersion
    why: str


def unfounded_drafts(document: Document, nodes: Iterable[Node]) -> list[Unfounded]:
    """The drafts of a document whose sentence stands in no piece of these nodes, in printed order."""
    texts = [node.plain for node in nodes]
    drafts = ClauseVersion.objects.filter(clause__document=document, state=VersionState.DRAFT)
    return [
        Unfounded(draft, "正文中没有这句话")
        for draft in drafts.select_related("clause").order_by("clause__order", "number")
        if not any(draft.quote in text for text in texts)
    ]


def drafts_outside(document: Document) -> list[ClauseVersion | PolicyRules]:
    """Drafts with days outside the validity of their document."""
    drafts: list[ClauseVersion | PolicyRules] = [
        *ClauseVersion.objects.filter(clause__document=document, state=VersionState.DRAFT).select_related("clause"),
        *PolicyRules.objects.filter(document=document, state=VersionState.DRAFT).select_related("document"),
    ]
    first, last = document.valid_from, document.valid_to
    return [
        draft
        for draft in drafts
        if (first and draft.valid_from < first) or (last and (draft.valid_to is None or draft.valid_to > last))
    ]


def clause_suggestions(document: Document) -> list[Suggestion]:
    """The passages with a bracket of units that no clause of the document was made of, in printed order."""
    pieces = list(document.nodes.order_by("order").values_list("ref", "plain"))
    taken = set(ClauseVersion.objects.filter(clause__document=document).values_list("quote", flat=True))
    return suggestions(pieces, sorted(quote for quote in taken if quote))
