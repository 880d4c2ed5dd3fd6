"""The text of a document in preparation: replaced as a whole, or one piece of it corrected.

The text rebuilt from the nodes always has the document's `source_sha256`; drafts are judged against it from then on.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from common.errors import Invalid
from policies.actions.documents import NODE_EDITED, TEXT_REPLACED, locked_document, require_preparation, saved
from policies.actions.nodes import drop_nodes, place_clauses, plain_of, store_nodes
from policies.cutting import Piece, same_text
from policies.enums import UNPUBLISHED, NodeKind
from policies.lint.text import printed_text, sha256
from policies.models import ClauseVersion, Document, Node
from policies.permissions import require_editor
from policies.queries.documents import Unfounded, unfounded_drafts

MAX_PIECES = 1500
MAX_NODE = 20_000
_REF = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*")


def replace_text(
    document: Document, *, source: str, pieces: Sequence[Piece], expected_edit: int, by: User, at: datetime
) -> list[Unfounded]:
    """Make these pieces the text of the document; clauses move to where their sentences stand. Returns the drafts whose
    sentence does not stand in the new text. What was there before is kept in the audit event.

    source: the text as it was given; the pieces are it, word for word. Raises NotAllowed, Conflict (public, waiting for
    publication, saved by somebody since), Invalid (field `pieces`).
    """
    require_editor(by)
    check_pieces(pieces)
    if not same_text(source, pieces):
        raise Invalid("切分的结果与所给的正文不一致，没有保存。请重新切分。", field="pieces")
    with transaction.atomic():
        locked = locked_document(document, expected_edit)
        require_preparation(locked)
        before = _printed(locked)
        changed = store_nodes(locked, pieces)
        if not changed and locked.original_sha256 == sha256(source):
            return unfounded_drafts(locked, locked.nodes.all())
        place_clauses(locked, pieces)
        drop_nodes(locked, pieces)
        locked.original_sha256 = sha256(source)
        _pin(locked)
        data = {"edit": locked.edit, "sha256": locked.source_sha256, "pieces": len(pieces), "before": before}
        record(TEXT_REPLACED, subject=locked, by=by, at=at, data=data)
        return unfounded_drafts(locked, locked.nodes.all())


def edit_node(node: Node, *, text: str, expected_edit: int, by: User, at: datetime) -> list[Unfounded]:
    """Correct the words of one piece (a slip of the copy). Returns the drafts whose sentence no longer stands.

    Raises what `replace_text` raises; Invalid names the field `text`.
    """
    require_editor(by)
    text = "\n".join(line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n"))
    _check_text(node.kind, text, "text")
    with transaction.atomic():
        locked = locked_document(node.document, expected_edit)
        require_preparation(locked)
        found = locked.nodes.get(pk=node.pk)
        if found.text != text:
            before = found.text
            found.text, found.plain = text, plain_of(text)
            found.save(update_fields=["text", "plain"])
            _pin(locked)
            data = {"edit": locked.edit, "ref": found.ref, "before": before, "after": text}
            record(NODE_EDITED, subject=locked, by=by, at=at, data=data)
        return unfounded_drafts(locked, locked.nodes.all())


def check_pieces(pieces: Sequence[Piece]) -> None:
    """Raise Invalid (field `pieces`) for pieces that are no text of a document: numbers, kinds, order, words."""
    if not pieces:
        raise Invalid("没有条文。请先给出正文。", field="pieces")
    if len(pieces) > MAX_PIECES:
        raise Invalid(f"条文有 {len(pieces)} 处，最多 {MAX_PIECES} 处。请分成几份文件。", field="pieces")
    seen: set[str] = set()
    for piece in pieces:
        if not _REF.fullmatch(piece.ref) or len(piece.ref) > 20:
            raise Invalid(f"条文编号“{piece.ref[:30]}”无效，只能用小写字母、数字和点。", field="pieces")
        if piece.ref in seen:
            raise Invalid(f"条文编号“{piece.ref}”重复，请改为不同的编号。", field="pieces")
        if piece.parent and piece.parent not in seen:
            raise Invalid(f"条文 {piece.ref} 的上级 {piece.parent[:30]} 不在它之前。", field="pieces")
        if piece.kind not in NodeKind.values:
            raise Invalid(f"条文 {piece.ref} 的类别“{piece.kind[:30]}”无效。", field="pieces")
        seen.add(piece.ref)
        _check_text(piece.kind, piece.text, "pieces", piece.ref)
    if pieces[0].kind == NodeKind.PASSAGE:
        raise Invalid("第一处不能是“句”：句接在前一段之后。请把它改为“段”。", field="pieces")


def _check_text(kind: str, text: str, field: str, ref: str = "") -> None:
    where = f"条文 {ref} " if ref else ""
    if kind == NodeKind.RULES:
        if text:
            raise Invalid(f"{where}“通用规则”本身没有文字，文字在它下面的各句中。", field=field)
        return
    if not plain_of(text).strip():
        raise Invalid(f"{where}没有文字，请填写。", field=field)
    if len(text) > MAX_NODE:
        raise Invalid(f"{where}有 {len(text)} 个字，最多 {MAX_NODE} 个字。", field=field)
    if any(ord(character) < 32 and character != "\n" for character in text):
        raise Invalid(f"{where}含有不可见的控制字符，请删去。", field=field)
    if kind != NodeKind.TABLE and "\n" in text:
        raise Invalid(f"{where}是一段，请不要换行；要分成几段，请重新导入正文。", field=field)
    if kind != NodeKind.TABLE and "|" in text:
        raise Invalid(f"{where}含有竖线“|”，竖线只用来分开表格的单元格，请删去。", field=field)


def _printed(document: Document) -> str:
    return printed_text(document.nodes.order_by("order").values_list("kind", "text"))


def _pin(document: Document) -> None:
    """Pin the text that the nodes give now; drafts are judged against it, so they name it."""
    document.source_sha256 = sha256(_printed(document))
    saved(document)
    ClauseVersion.objects.filter(clause__document=document, state__in=UNPUBLISHED).update(
        source_sha256=document.source_sha256
    )
