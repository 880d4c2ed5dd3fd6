"""What the public library shows: documents, their printed text, clauses, search."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from policies.enums import NodeKind, VersionState
from policies.models import Clause, ClauseVersion, Document
from policies.printing import Run, runs, search_terms

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


def library_documents(user: Any) -> QuerySet[Document]:
    """Every document with the numbers of its clauses that have been published."""
    shown = Q(clauses__versions__state__in=[VersionState.PUBLISHED, VersionState.RETIRED])
    return Document.objects.visible_to(user).annotate(
        clause_count=Count("clauses", filter=shown, distinct=True),
        monetary_count=Count("clauses", filter=shown & Q(clauses__is_monetary=True), distinct=True),
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
