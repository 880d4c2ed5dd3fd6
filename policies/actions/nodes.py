"""Storing the pieces of a document's text: rows keep their identity by their number, because clauses point at them."""

from collections.abc import Sequence
from typing import Protocol

from django.db.models import F

from policies.enums import VersionState
from policies.lint.text import squeeze
from policies.models import Clause, Document, Node


class PieceOfText(Protocol):
    """A piece with its number, the number of what it belongs to (empty: nothing), its kind and text."""

    @property
    def ref(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


def write_nodes(document: Document, pieces: Sequence[PieceOfText]) -> bool:
    """Make the document's nodes these pieces, in this order; a parent stands before its children. Whether anything
    changed. Clauses at a piece that is gone are not moved: see `place_clauses`, and delete with `drop_nodes`."""
    changed = store_nodes(document, pieces)
    if changed:
        drop_nodes(document, pieces)
    return changed


def store_nodes(document: Document, pieces: Sequence[PieceOfText]) -> bool:
    """As `write_nodes`, but what is gone stays behind the rest until `drop_nodes`."""
    stored = {node.ref: node for node in document.nodes.select_related("parent")}
    same = len(stored) == len(pieces) and all(
        (node := stored.get(piece.ref)) is not None
        and (node.order, node.kind, node.text) == (order, piece.kind, piece.text)
        and (node.parent.ref if node.parent else "") == piece.parent
        for order, piece in enumerate(pieces)
    )
    if same:
        return False
    # Out of the way first: (document, order) is unique.
    document.nodes.update(order=F("order") + len(stored) + len(pieces))
    by_ref: dict[str, Node] = {}
    for depth in _by_depth(pieces):
        nodes = []
        for order, piece in depth:
            node = stored.get(piece.ref) or Node(document=document, ref=piece.ref)
            node.parent, node.kind, node.order = by_ref.get(piece.parent), piece.kind, order
            node.text, node.plain = piece.text, plain_of(piece.text)
            nodes.append(node)
        Node.objects.bulk_update([node for node in nodes if node.pk], ["parent", "kind", "order", "text", "plain"])
        Node.objects.bulk_create(node for node in nodes if not node.pk)
        by_ref.update({node.ref: node for node in nodes})
    return True


def drop_nodes(document: Document, pieces: Sequence[PieceOfText]) -> None:
    """Delete the nodes that are none of these pieces."""
    kept = [piece.ref for piece in pieces]
    gone = Node.objects.filter(document=document).exclude(ref__in=kept)
    # A piece that stays may have hung on one that goes; the new parents are written already.
    gone.delete()


def place_clauses(document: Document, pieces: Sequence[PieceOfText]) -> None:
    """Move clauses to the piece in which their sentence stands; one whose sentence stands nowhere goes to the piece of
    its old number, or of its predecessor's, or to what that belonged to: the lints tell of its sentence."""
    kept = {piece.ref for piece in pieces}
    nodes = {node.ref: node for node in document.nodes.order_by("order") if node.ref in kept}
    first = next(iter(nodes.values()))
    for clause in Clause.objects.filter(document=document).select_related("node", "predecessor__node"):
        version = clause.versions.exclude(state=VersionState.DISCARDED).order_by("-number").first()
        quote = version.quote if version else ""
        wanted = [clause.node.ref, *([clause.predecessor.node.ref] if clause.predecessor else [])]
        found = next((nodes[ref] for ref in wanted if ref in nodes and quote and quote in nodes[ref].plain), None)
        found = found or next((node for node in nodes.values() if quote and quote in node.plain), None)
        if found is None:
            refs = [ref for one in wanted for ref in _upwards(one)]
            found = next((nodes[ref] for ref in refs if ref in nodes), first)
        if found.pk != clause.node_id:
            clause.node = found
            clause.save(update_fields=["node"])


def plain_of(text: str) -> str:
    """What search and quotations look at: without marks, the cells of a table row apart."""
    return "\n".join(" ".join(squeeze(cell) for cell in line.split("|")) for line in text.split("\n"))


def _upwards(ref: str) -> list[str]:
    """3.4.1, 3.4, 3."""
    parts = ref.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _by_depth(pieces: Sequence[PieceOfText]) -> list[list[tuple[int, PieceOfText]]]:
    """The pieces with their reading order, roots first, then their children, …: parents are stored first."""
    depths: dict[str, int] = {}
    levels: list[list[tuple[int, PieceOfText]]] = []
    for order, piece in enumerate(pieces):
        depth = depths[piece.parent] + 1 if piece.parent else 0
        depths[piece.ref] = depth
        levels += [[]] if depth == len(levels) else []
        levels[depth].append((order, piece))
    return levels
