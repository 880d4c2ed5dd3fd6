"""What the public library shows: documents, their printed text, clauses, search."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import Unit
from policies.enums import NodeKind
from policies.models import Clause, ClauseVersion, Document, Node
from policies.printing import Run, runs, search_terms, snippet

_MAX_TEXT_HITS = 40
_HEADINGS = (NodeKind.SECTION, NodeKind.ARTICLE)


@dataclass
class Block:
    """One paragraph as printed: the pieces (anchor, kind, runs) that run on in it, or the rows of a table."""

    kind: str
    anchor: str
    pieces: list[tuple[str, str, list[Run]]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    number: str = ""


@dataclass(frozen=True)
class TocEntry:
    """A line of the table of contents."""

    label: str
    anchor: str
    level: int


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


def library_documents(user: Any) -> QuerySet[Document]:
    """Every document with the numbers of its clauses."""
    return Document.objects.visible_to(user).annotate(
        clause_count=Count("clauses"), monetary_count=Count("clauses", filter=Q(clauses__is_monetary=True))
    )


def shown_versions(user: Any) -> QuerySet[ClauseVersion]:
    """The versions that may be shown, the newest first: published before retired, later before earlier."""
    return (
        ClauseVersion.objects.visible_to(user).order_by(
            "clause", "state", "-valid_from", "-number"
        )  # "published" sorts before "retired"
    )


def _clauses_with_version(user: Any) -> QuerySet[Clause]:
    versions = shown_versions(user).prefetch_related(Prefetch("units__unit"), Prefetch("units__group"))
    return (
        Clause.objects.visible_to(user)
        .select_related("document", "node")
        .prefetch_related(Prefetch("versions", queryset=versions))
    )


def document_page(document: Document, user: Any, query: str = "") -> tuple[list[Block], list[TocEntry]]:
    """The document as printed paragraphs with its clauses' sentences linked, and its table of contents."""
    terms = search_terms(query)
    links: dict[int, list[tuple[str, str]]] = {}
    for clause in _clauses_with_version(user).filter(document=document):
        for version in clause.versions.all()[:1]:
            links.setdefault(clause.node_id, []).append((version.quote, clause.clause_id))
    blocks: list[Block] = []
    toc: list[TocEntry] = []
    for node in document.nodes.all():
        if node.kind in _HEADINGS or node.kind == NodeKind.TABLE_TITLE:
            label = node.plain.rstrip("。")
            toc.append(TocEntry(label, node.anchor, 1 if node.kind == NodeKind.SECTION else 2))
        if node.kind == NodeKind.TABLE:
            rows = [line.split("|") for line in node.text.split("\n")]
            blocks.append(Block(node.kind, node.anchor, rows=rows))
            continue
        piece = (node.anchor, node.kind, runs(node.text, links=links.get(node.pk, ()), terms=terms))
        if node.kind == NodeKind.PASSAGE and blocks:
            blocks[-1].pieces.append(piece)
        elif node.kind == NodeKind.RULES:
            blocks.append(Block(NodeKind.PARAGRAPH, node.anchor))
        else:
            number = node.ref.removeprefix("fn") if node.kind == NodeKind.FOOTNOTE else ""
            blocks.append(Block(node.kind, node.anchor, [piece], number=number))
    return blocks, toc


def search_clauses(user: Any, query: str = "", unit: Unit | None = None, kind: str = "") -> list[ClauseHit]:
    """Clauses that contain every word, of a unit (itself or through its group) and a kind ("money", "other")."""
    terms = search_terms(query)
    found = _clauses_with_version(user).order_by("document", "order")
    if kind:
        found = found.filter(is_monetary=kind == "money")
    hits = []
    for clause in found:
        version = next(iter(clause.versions.all()), None)
        if version is None:
            continue
        haystack = f"{clause.clause_id} {clause.title} {version.quote} {version.bracket}".lower()
        if all(term.lower() in haystack for term in terms):
            hits.append((clause, version))
    if unit is not None:
        groups = set(unit.groups.values_list("pk", flat=True))
        hits = [
            (clause, version)
            for clause, version in hits
            if any(item.unit_id == unit.pk or item.group_id in groups for item in version.units.all())
        ]
    return [
        ClauseHit(
            clause,
            version,
            runs(f"{clause.clause_id} {clause.title}", terms=terms),
            runs(version.quote, terms=terms),
            "、".join(item.name for item in sorted(version.units.all(), key=_printed) if item.role == "lead"),
        )
        for clause, version in hits
    ]


def _printed(item: Any) -> int:
    return int(item.order)


def search_text(user: Any, query: str) -> tuple[list[LibraryHit], int]:
    """Places in the documents' texts that contain every word, in reading order, and how many there are in all."""
    terms = search_terms(query)
    if not terms:
        return [], 0
    found = Node.objects.filter(document__in=Document.objects.visible_to(user)).select_related("document")
    for term in terms:
        found = found.filter(plain__icontains=term)
    found = found.order_by("document__order", "order")
    hits = [
        LibraryHit(node.document, node, runs(snippet(node.plain, terms), terms=terms))
        for node in found[:_MAX_TEXT_HITS]
    ]
    return hits, len(hits) if len(hits) < _MAX_TEXT_HITS else found.count()
