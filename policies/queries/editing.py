"""What 政策维护 shows of documents and their versions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from policies.enums import UNPUBLISHED, NodeKind, PublicationState, VersionState
from policies.models import Clause, ClauseVersion, Document, Node, PolicyRules, Publication


@dataclass(frozen=True)
class ClauseRow:
    """One clause of a document: what is or was in force, what is being written, what was put aside; newest first."""

    clause: Clause
    published: list[ClauseVersion] = field(default_factory=list)
    drafts: list[ClauseVersion] = field(default_factory=list)
    discarded: list[ClauseVersion] = field(default_factory=list)


def edited_documents(user: Any) -> QuerySet[Document]:
    """Every document with the numbers of its drafts and open publications; those in preparation come first."""
    return (
        Document.objects.visible_to(user)
        .annotate(
            draft_count=Count(
                "clauses__versions", filter=Q(clauses__versions__state=VersionState.DRAFT), distinct=True
            ),
            rules_draft_count=Count("rules", filter=Q(rules__state=VersionState.DRAFT), distinct=True),
            open_count=Count("publications", filter=Q(publications__state=PublicationState.OPEN), distinct=True),
        )
        .order_by("published_at", "order", "pk")
    )


def clause_rows(document: Document) -> list[ClauseRow]:
    """The clauses of a document in printed order, with all their versions."""
    versions = ClauseVersion.objects.order_by("-number").select_related("drafted_by")
    clauses = document.clauses.select_related("node").prefetch_related(Prefetch("versions", queryset=versions))
    return [
        ClauseRow(
            clause,
            published=[one for one in clause.versions.all() if one.state not in UNPUBLISHED],
            drafts=[one for one in clause.versions.all() if one.state == VersionState.DRAFT],
            discarded=[one for one in clause.versions.all() if one.state == VersionState.DISCARDED],
        )
        for clause in clauses.order_by("order")
    ]


def rules_versions(document: Document) -> list[PolicyRules]:
    """Every version of the rules across clauses, the newest first."""
    return list(document.rules.select_related("drafted_by").order_by("-number"))


def open_publications(documents: Iterable[Document]) -> QuerySet[Publication]:
    """What waits for a second person."""
    return (
        Publication.objects.filter(document__in=list(documents), state=PublicationState.OPEN)
        .select_related("document", "submitted_by")
        .order_by("submitted_at")
    )


@dataclass(frozen=True)
class TextPiece:
    """A piece of the printed text as plain characters; `own`: the clause's sentence stands in it."""

    kind: str
    text: str
    own: bool


def text_around(node: Node) -> list[TextPiece]:
    """The article around a piece of the text with everything below it, in reading order."""
    return text_split(node)[0]


def text_split(node: Node) -> tuple[list[TextPiece], list[TextPiece]]:
    """The article around a piece of the text with everything below it, and the rest of the document; both in reading
    order; two queries."""
    nodes = list(Node.objects.filter(document_id=node.document_id).only("pk", "parent_id", "kind", "plain", "order"))
    by_pk = {one.pk: one for one in nodes}
    top = by_pk[node.pk]
    while top.parent_id and top.kind != NodeKind.ARTICLE:
        top = by_pk[top.parent_id]
    inside = {top.pk}
    for one in nodes:  # in reading order a parent stands before its children
        if one.parent_id in inside:
            inside.add(one.pk)
    pieces = [(one.pk in inside, TextPiece(one.kind, one.plain, one.pk == node.pk)) for one in nodes if one.plain]
    return [piece for near, piece in pieces if near], [piece for near, piece in pieces if not near]
