"""正文: imported and cut, one piece corrected, clauses marked out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import require
from common.errors import DomainError, Invalid
from policies.actions.nodes import plain_of
from policies.actions.texts import check_pieces, edit_node, replace_text
from policies.cutting import Cut, Piece, Place, cut, numbered, same_text, sentences
from policies.cutting.corrections import JOIN, Correction, corrected, received, sent
from policies.cutting.files import Given, readable, text_of_file
from policies.enums import NodeKind
from policies.forms.documents import NodeForm, TextForm
from policies.models import Document, Node
from policies.permissions import may_edit, require_editor
from policies.presenters import tabs
from policies.queries.documents import Unfounded, unfounded_drafts
from policies.views.editing.documents import found_document, seen_of, why_fixed
from policies.views.editing.home import READERS

_PLACES = [
    (Place.AUTO, "按次序"),
    (Place.ARTICLE, "所在的条"),
    (Place.SECTION, "所在的部分"),
    (Place.DOCUMENT, "文件首尾"),
]
#: No file loses more kinds of things than that.
_MOST_LOSSES = 8


@dataclass(frozen=True)
class PreviewRow:
    """One piece of a preview with the answers that a person may give for it."""

    piece: Piece
    place: str
    depth: int
    parts: list[tuple[int, str]]


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, slug: str) -> HttpResponse:
    """The text as it stands; a new one is given, cut, looked at, corrected and then stored (`step`)."""
    user: Any = request.user
    document = found_document(request, slug)
    if request.method != "POST":
        return _text_page(request, document, TextForm(initial={"seen": document.edit}))
    require_editor(user)
    step = request.POST.get("step", "cut")
    if step == "again":  # back to the text, with what was given
        initial = {"seen": seen_of(request.POST, document), "text": request.POST.get("source", "")}
        return _text_page(request, document, TextForm(initial=initial))
    if step in ("apply", "store"):
        return _preview_answer(request, document, store=step == "store")
    form = TextForm(request.POST, request.FILES)
    if not form.is_valid():
        return _text_page(request, document, form, status=422)
    try:
        given = _given(form)
        source, cuts = given.text, cut(given.text)
        _check(source, cuts)
    except DomainError as error:
        status = form.refuse(error)
        return _text_page(request, document, form, status=status)
    return _preview_page(request, document, source, cuts, seen=form.cleaned_data["seen"], losses=given.losses)


def _given(form: TextForm) -> Given:
    file = form.cleaned_data["file"]
    if file:
        return text_of_file(file.read(), file.name or "")
    return Given(readable(form.cleaned_data["text"], field="text"))


def _check(source: str, cuts: Sequence[Cut]) -> list[Piece]:
    pieces = numbered(cuts)
    check_pieces(pieces)
    if not same_text(source, pieces):
        raise Invalid("切分的结果与所给的正文不一致，请检查正文中是否有特殊的标记。", field="text")
    return pieces


def _text_page(request: HttpRequest, document: Document, form: TextForm, *, status: int = 200) -> HttpResponse:
    nodes = list(document.nodes.select_related("parent").order_by("order"))
    fixed = why_fixed(document)
    shown = [node for node in nodes if node.text or node.kind == NodeKind.RULES]
    context = {
        "document": document,
        "form": form,
        "fixed": fixed,
        "may_edit": may_edit(request.user),
        "nodes": [{"node": node, "depth": _depth(node.ref)} for node in shown],
        "unfounded": unfounded_drafts(document, nodes),
        "tabs": tabs("editing:document_text", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_text.html", context, status=status)


def _preview_answer(request: HttpRequest, document: Document, *, store: bool) -> HttpResponse:
    user: Any = request.user
    # Browsers send the lines of a form with other ends than it was given with.
    source, seen = request.POST.get("source", "").replace("\r\n", "\n"), seen_of(request.POST, document)
    cuts: list[Cut] = []
    try:
        cuts = received(request.POST.get("pieces", ""))
        cuts = corrected(cuts, [_correction(request, index, one) for index, one in enumerate(cuts)])
        pieces = _check(source, cuts)
        if store:
            missing = replace_text(
                document, source=source, pieces=pieces, expected_edit=seen, by=user, at=timezone.now()
            )
            _tell(request, document, missing)
            return redirect("editing:document_text", slug=document.slug)
    except DomainError as error:
        document.refresh_from_db()
        if not cuts:  # nothing to show but the text itself
            form = TextForm({"text": source, "seen": document.edit})
            form.is_valid()
            form.refuse(error)
            return _text_page(request, document, form, status=error.status)
        return _preview_page(
            request, document, source, cuts, seen=document.edit, refused=error.message, status=error.status
        )
    return _preview_page(request, document, source, cuts, seen=seen)


def _correction(request: HttpRequest, index: int, one: Cut) -> Correction:
    """What was chosen for one piece; where nothing came, it stays as it is."""
    split = request.POST.get(f"split-{index}", "")
    place = request.POST.get(f"place-{index}", one.place)
    return Correction(
        kind=request.POST.get(f"kind-{index}", one.kind),
        place=Place(place) if place in set(Place) else one.place,
        split=int(split) if split.isascii() and split.isdigit() and len(split) < 5 else 0,
    )


def _preview_page(
    request: HttpRequest,
    document: Document,
    source: str,
    cuts: Sequence[Cut],
    *,
    seen: int,
    losses: Sequence[str] = (),
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    pieces = numbered(cuts)
    rows = [
        PreviewRow(
            piece=piece,
            place=str(one.place),
            depth=_depth(piece.ref),
            parts=[(number, _short(part)) for number, part in enumerate(sentences(piece.text)[:-1], start=1)],
        )
        for one, piece in zip(cuts, pieces, strict=True)
    ]
    context = {
        "document": document,
        "source": source,
        "pieces": sent(cuts),
        "rows": rows,
        "seen": seen,
        # What the file lost is told until the text is stored; a form carries it along like the text itself.
        "losses": losses or request.POST.getlist("loss")[:_MOST_LOSSES],
        "kinds": [*NodeKind.choices, (JOIN, "并入上一处")],
        "places": _PLACES,
        "counts": _counts(pieces),
        "refused": [refused] if refused else [],
        "fixed": why_fixed(document),
        "unfounded": unfounded_drafts(document, [Node(plain=plain_of(piece.text)) for piece in pieces]),
        "tabs": tabs("editing:document_text", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_text_preview.html", context, status=status)


def _counts(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    kinds = (
        NodeKind.SECTION,
        NodeKind.ARTICLE,
        NodeKind.PARAGRAPH,
        NodeKind.PASSAGE,
        NodeKind.TABLE,
        NodeKind.FOOTNOTE,
    )
    found = [(str(kind.label), sum(piece.kind == kind for piece in pieces)) for kind in kinds]
    return [pair for pair in found if pair[1]]


def _depth(ref: str) -> int:
    """How far a piece is set in: a section 0, what is in it 1, in an article 2."""
    return 0 if ref.startswith(("0.", "fn", "t")) else min(ref.count("."), 2)


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:10]}…{text[-12:]}"


def _tell(request: HttpRequest, document: Document, missing: Sequence[Unfounded]) -> None:
    if missing:
        messages.warning(request, f"已保存正文。有 {len(missing)} 份草稿的句子不在新正文中，列在下面，请逐份改正。")
    else:
        messages.success(request, "已保存正文。现在可以从正文中划出条款。")


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def node(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    """One piece of the text; its words are corrected while the document is in preparation."""
    user: Any = request.user
    document = found_document(request, slug)
    found = get_object_or_404(document.nodes.all(), ref=ref)
    form = NodeForm(request.POST or None, initial={"text": found.text, "seen": document.edit})
    status = 200
    if request.method == "POST":
        require_editor(user)
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                missing = edit_node(found, text=data["text"], expected_edit=data["seen"], by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
                document.refresh_from_db()
                form.data = {**{key: form.data.get(key) for key in form.data}, "seen": str(document.edit)}
            else:
                if missing:
                    _tell(request, document, missing)
                else:
                    messages.success(request, f"已更正条文 {found.ref}。")
                return redirect("editing:document_text", slug=document.slug)
    context = {
        "document": document,
        "node": found,
        "form": form,
        "fixed": why_fixed(document),
        "may_edit": may_edit(user),
        "clauses": found.clauses.order_by("order"),
        "tabs": tabs("editing:document_text", document),
        "has_errors": status != 200,
    }
    return render(request, "policies/editing/document_node.html", context, status=status)
