"""Search in the library: clauses by title, sentence, units and the labels of what is asked for; places in the text.

A Chinese word has no blanks around it, so every word is looked for inside the text. PostgreSQL narrows with the very
pattern that Python then ranks and marks by (policies.library_terms); nothing is stored for it, so that what was
published a moment ago is found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Unit
from policies.enums import NodeKind
from policies.library_terms import adjacent, pattern, score, spans
from policies.models import Clause, ClauseVersion, Document, Node
from policies.printing import Run, runs, search_terms, snippet
from policies.queries.library import shown_versions

#: How many places and clauses a page shows; more are counted, and the page says how to narrow.
MAX_TEXT_HITS = 40
MAX_CLAUSE_HITS = 200
#: Places that are ranked; the rest comes in reading order behind them.
_MOST_RANKED = 2000
_HEADINGS = (NodeKind.SECTION, NodeKind.ARTICLE, NodeKind.TITLE, NodeKind.TABLE_TITLE)


@dataclass(frozen=True)
class LibraryHit:
    """A place in a document's text that a search found."""

    document: Document
    node: Node
    runs: list[Run]


@dataclass(frozen=True)
class ClauseHit:
    """A clause that a search or filter found, with the version shown."""

    clause: Clause
    version: ClauseVersion
    title: list[Run]
    runs: list[Run]
    leads: str


def search_clauses(user: Any, query: str = "", unit: Unit | None = None, kind: str = "") -> tuple[list[ClauseHit], int]:
    """Clauses that contain every word, of a unit (itself or through its group) and a kind ("money", "other"), the best
    answer first, at most `MAX_CLAUSE_HITS`; and how many there are. Without words: in printed order."""
    terms = search_terms(query)
    shown = _narrowed(shown_versions(user), terms)
    if unit is not None:
        shown = shown.filter(Q(units__unit=unit) | Q(units__group__in=unit.groups.values("pk"))).distinct()
    clauses = Clause.objects.visible_to(user).filter(pk__in=shown.order_by().values("clause"))
    if kind:
        clauses = clauses.filter(is_monetary=kind == "money")
    versions = shown_versions(user).prefetch_related(Prefetch("units__unit"), Prefetch("units__group"))
    clauses = clauses.select_related("document", "node").prefetch_related(Prefetch("versions", queryset=versions))
    hits = []
    for clause in clauses.order_by("document__order", "document", "order"):
        version = next(iter(clause.versions.all()), None)
        if version is None or (unit is not None and not _names(version, unit)):
            continue
        rank = score(list(_fields(clause, version)), terms) if terms else 1
        if rank:
            hits.append((rank, clause, version))
    hits.sort(key=lambda hit: -hit[0])  # stable: equal answers stay in printed order
    found = [_clause_hit(clause, version, terms) for _, clause, version in hits[:MAX_CLAUSE_HITS]]
    return found, len(hits)


def _narrowed(versions: QuerySet[ClauseVersion], terms: list[str]) -> QuerySet[ClauseVersion]:
    """The versions that may answer; what stands in their definition is asked as a whole, and looked at afterwards."""
    if terms:
        versions = versions.annotate(asked=Cast(F("definition__facts"), TextField()))
    for term in terms:
        wanted = pattern(term)
        places = ("clause__clause_id", "clause__title", "quote", "bracket", "asked")
        condition = Q()
        for place in places:
            condition |= Q(**{f"{place}__iregex": wanted})
        versions = versions.filter(condition)
    return versions


def _fields(clause: Clause, version: ClauseVersion) -> Iterator[tuple[str, str]]:
    yield "title", f"{clause.clause_id} {clause.title}"
    yield "sentence", version.quote
    yield "label", version.bracket
    for fact in version.definition.get("facts", ()):
        yield "label", str(fact.get("label", ""))
        for column in fact.get("columns") or ():
            yield "label", str(column.get("label", ""))


def _names(version: ClauseVersion, unit: Unit) -> bool:
    groups = {group.pk for group in unit.groups.all()}
    return any(item.unit_id == unit.pk or item.group_id in groups for item in version.units.all())


def _clause_hit(clause: Clause, version: ClauseVersion, terms: list[str]) -> ClauseHit:
    units = sorted(version.units.all(), key=lambda item: item.order)
    return ClauseHit(
        clause,
        version,
        runs(f"{clause.clause_id} {clause.title}", terms=terms),
        runs(version.quote, terms=terms),
        "、".join(item.name for item in units if item.role == "lead"),
    )


def search_text(user: Any, query: str) -> tuple[list[LibraryHit], int]:
    """Places in the documents' texts that contain every word, and how many there are in all.

    Words that stand together come first, then headings, then more of the words; equal places in reading order.
    """
    terms = search_terms(query)
    if not terms:
        return [], 0
    found = Node.objects.filter(document__in=Document.objects.visible_to(user))
    for term in terms:
        found = found.filter(plain__iregex=pattern(term))
    found = found.order_by("document__order", "document", "order")
    nodes = list(found.only("pk", "kind", "plain")[:_MOST_RANKED])
    joined = adjacent(terms)
    together = set(found.filter(plain__iregex=joined).values_list("pk", flat=True)) if len(terms) > 1 else set()
    nodes.sort(key=lambda node: (node.pk not in together, node.kind not in _HEADINGS, -len(spans(node.plain, terms))))
    chosen = [node.pk for node in nodes[:MAX_TEXT_HITS]]
    whole = Node.objects.select_related("document").in_bulk(chosen)
    hits = [
        LibraryHit(whole[key].document, whole[key], runs(snippet(whole[key].plain, terms), terms=terms))
        for key in chosen
    ]
    return hits, len(nodes) if len(nodes) < _MOST_RANKED else found.count()
