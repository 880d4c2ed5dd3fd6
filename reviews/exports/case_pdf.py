"""A whole case as one PDF: cover, what was filed, evidence list, calculation, opinions, corrections, history, and then
the evidence itself, page by page, with bookmarks and page numbers."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
from django.template.loader import render_to_string
from PIL import Image, ImageFile

from applications.models import Revision
from applications.queries import diff
from applications.queries.messages import thread
from common import storage
from common.errors import NotFound
from letters.rendering import Printed, print_pages
from reviews.assessment import assess
from reviews.enums import StageState
from reviews.exports.progress import Progress
from reviews.history import case_history
from reviews.models import Case, Export
from reviews.opinion_presenters import opinion_context
from reviews.presenters import bounds_text, corrections_of, filed
from reviews.queries.opinions import confirmed_decisions, sight_of

#: Pages of evidence that are appended; what comes beyond is named on a page of its own.
MAX_PAGES = 1500
#: A4 at 300 dpi: larger pictures are made smaller, paper shows no more.
PAPER_PIXELS = (2480, 3508)
A4 = (595.276, 841.89)
_POINTS_PER_MM = 72 / 25.4
_STAMP_RATIO = 6 / 180
_OFFICE = "Word、Excel 文件，不能打印，请下载查看"
_BROKEN = "文件已损坏，无法读取，请核对原件"


@dataclass
class Piece:
    """One document of the evidence: where its pages are, or why it has none here."""

    number: int
    label: str
    name: str
    size: int
    sha256: str
    path: Path | None = None
    pages: int = 0
    problem: str = ""


@cache
def _css(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def write(export: Export, folder: Path, progress: Progress, at: datetime) -> tuple[Path, int]:
    """Write the PDF into the folder; its path and the number of its pages.

    Raises NotFound where the owner may not read the case any more. Evidence that cannot be read is told on a page.
    """
    case = (
        Case.objects.visible_to(export.owner)
        .select_related("application__enterprise__district", "application__clause__document")
        .filter(pk=export.query["case"])
        .first()
    )
    if case is None:
        raise NotFound("您现在不能查看这一案卷，没有生成。")
    revisions = list(
        case.application.revisions.select_related(
            "prepared_by", "filed_by", "clause_version", "application__clause__document"
        ).order_by("number")
    )
    revision = revisions[-1]
    total = len(revision.evidence) + 3
    pieces: list[Piece] = []
    room = MAX_PAGES
    for number, item in enumerate(revision.evidence, start=1):
        progress.tell(number - 1, total)
        piece = _prepared(number, item, folder, room)
        room -= piece.pages
        pieces.append(piece)
    progress.tell(len(pieces), total)
    printed = _text(case, revisions, pieces, export, at)
    progress.tell(len(pieces) + 1, total)
    path = folder / "case.pdf"
    pages = _joined(case, printed, pieces, folder, path, lambda: progress.tell(len(pieces) + 2, total))
    progress.tell(total, total)
    return path, pages


# The evidence -----------------------------------------------------------------------------------------------------


def _prepared(number: int, item: dict[str, Any], folder: Path, room: int) -> Piece:
    """One document ready to be appended: its own PDF, or a picture put on an A4 page."""
    piece = Piece(number, item["label"], item["name"], item["size"], item["sha256"])
    if item["kind"] not in {"pdf", "jpg", "png"}:
        piece.problem = _OFFICE
        return piece
    try:
        storage.read(piece.sha256)  # only bytes that are what their name says are bound into the file
        path = storage.path_of(piece.sha256)
        if item["kind"] != "pdf":
            path = _picture_page(path, folder / f"{number}.pdf")
        with pikepdf.open(path) as source:
            pages = len(source.pages)
    except Exception:  # whatever goes wrong with a stranger's document must not keep the rest from being printed
        piece.problem = _BROKEN
        return piece
    if pages > room:
        piece.problem = f"附件总页数超过 {MAX_PAGES} 页，未附，请下载查看"
        return piece
    piece.path, piece.pages = path, pages
    return piece


def _picture_page(source: Path, target: Path) -> Path:
    """A picture on an A4 page, lying where it is wider than high, never enlarged beyond the margins."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(source) as image:
            lying = image.width > image.height
            limit = PAPER_PIXELS[::-1] if lying else PAPER_PIXELS
            image.draft("RGB", limit)
            plain: Image.Image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    plain.thumbnail(limit)
    if plain.mode == "RGBA":
        paper = Image.new("RGB", plain.size, "white")
        paper.paste(plain, mask=plain.getchannel("A"))
        plain = paper
    single = target.with_suffix(".image.pdf")
    plain.save(single, "PDF", resolution=72.0)
    width, height = A4[::-1] if lying else A4
    margin, foot = 12 * _POINTS_PER_MM, 18 * _POINTS_PER_MM
    with pikepdf.new() as page, pikepdf.open(single) as picture:
        page.add_blank_page(page_size=(width, height))
        page.pages[0].add_overlay(picture.pages[0], pikepdf.Rectangle(margin, foot, width - margin, height - margin))
        page.save(target)
    return target


# The text ---------------------------------------------------------------------------------------------------------


def _text(case: Case, revisions: list[Revision], pieces: list[Piece], export: Export, at: datetime) -> Printed:
    """Cover to history. Characters that no font has are told on the cover, which takes a second printing."""
    revision = revisions[-1]
    assessment = assess(revision)
    sight, decisions = sight_of(case, export.owner), confirmed_decisions(case)
    running = case.stages.filter(state__in=[StageState.OPEN, StageState.PAUSED]).prefetch_related("tasks__unit")
    context: dict[str, Any] = {
        "case": case,
        "application": case.application,
        "owner": export.owner,
        "at": at,
        "revision": revision,
        "filed": filed(revision),
        "pieces": pieces,
        "stages": "；".join(
            f"{stage.get_kind_display()}：{'、'.join(task.unit.name for task in stage.tasks.all())}"
            for stage in running
        ),
        "assessment": assessment,
        "bounds_text": bounds_text(assessment),
        **opinion_context(decisions, sight, revision),
        "corrections": corrections_of(revision),
        "differences": [
            {"former": old.number, "number": new.number, "filed_at": new.filed_at, "changes": diff(old, new)}
            for old, new in pairwise(revisions)
        ],
        "messages": thread(case.application, officers=True, address=lambda file: ""),
        "history": case_history(case, export.owner, sight=sight, decisions=decisions),
    }
    printed = print_pages(render_to_string("reviews/print/case.html", context), css=_css("case.css"))
    if printed.unprinted:
        codes = "、".join(f"U+{ord(character):04X}" for character in sorted(printed.unprinted))
        html = render_to_string("reviews/print/case.html", context | {"unprinted": codes})
        printed = print_pages(html, css=_css("case.css"))
    return printed


def _told(pieces: list[Piece], folder: Path) -> Path | None:
    """One page for each document that has none of its own, in their order."""
    if not pieces:
        return None
    html = render_to_string("reviews/print/told.html", {"pieces": pieces})
    path = folder / "told.pdf"
    path.write_bytes(print_pages(html, css=_css("case.css")).pdf)
    return path


# The whole --------------------------------------------------------------------------------------------------------


def _joined(case: Case, printed: Printed, pieces: list[Piece], folder: Path, target: Path, before_stamps: Any) -> int:
    """Put text and evidence together, number the pages, add the bookmarks; returns how many pages there are."""
    text = folder / "text.pdf"
    text.write_bytes(printed.pdf)
    told = _told([piece for piece in pieces if piece.problem], folder)
    starts: list[int] = []
    stamps = [""] * printed.pages
    opened: list[pikepdf.Pdf] = []
    with pikepdf.new() as whole:
        try:
            opened.append(pikepdf.open(text))
            if told:
                opened.append(pikepdf.open(told))
            whole.pages.extend(opened[0].pages)
            told_pages = iter(opened[1].pages if told else ())
            for piece in pieces:
                starts.append(len(whole.pages))
                if piece.path is None:
                    whole.pages.append(next(told_pages))
                    stamps.append(f"附件 {piece.number} {piece.label}（未附）")
                    continue
                source = pikepdf.open(piece.path)
                opened.append(source)
                whole.pages.extend(source.pages)
                stamps += [
                    f"附件 {piece.number} {piece.label} {page} / {piece.pages}" for page in range(1, piece.pages + 1)
                ]
            before_stamps()
            _stamp(whole, case, stamps, folder)
            _bookmark(whole, printed, pieces, starts)
            whole.docinfo["/Title"] = f"案卷 {case.application.number}"
            whole.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
            return len(whole.pages)
        finally:
            for source in opened:
                source.close()


def _stamp(whole: pikepdf.Pdf, case: Case, stamps: list[str], folder: Path) -> None:
    """Lay the foot with number and page over every page, upright whichever way the page is turned."""
    html = render_to_string("reviews/print/stamps.html", {"number": case.application.number, "stamps": stamps})
    path = folder / "stamps.pdf"
    path.write_bytes(print_pages(html, css=_css("stamp.css")).pdf)
    with pikepdf.open(path) as feet:
        for page, foot in zip(whole.pages, feet.pages, strict=True):
            page.add_overlay(foot, _foot_of(page))


def _foot_of(page: pikepdf.Page) -> pikepdf.Rectangle:
    """Where the foot of a page is in its own coordinates, which turn with it."""
    left, bottom, right, top = (float(value) for value in page.trimbox)
    turned = int(page.obj.get("/Rotate", 0) or 0) % 360
    across = (top - bottom) if turned in {90, 270} else (right - left)
    margin, gap = across * 0.07, 6 * _POINTS_PER_MM
    height = (across - 2 * margin) * _STAMP_RATIO
    if turned == 90:
        return pikepdf.Rectangle(right - gap - height, bottom + margin, right - gap, top - margin)
    if turned == 180:
        return pikepdf.Rectangle(left + margin, top - gap - height, right - margin, top - gap)
    if turned == 270:
        return pikepdf.Rectangle(left + gap, bottom + margin, left + gap + height, top - margin)
    return pikepdf.Rectangle(left + margin, bottom + gap, right - margin, bottom + gap + height)


def _bookmark(whole: pikepdf.Pdf, printed: Printed, pieces: list[Piece], starts: list[int]) -> None:
    with whole.open_outline() as outline:
        heads = [pikepdf.OutlineItem("封面", 0)]
        heads += [pikepdf.OutlineItem(title, page) for title, page in printed.bookmarks]
        outline.root.extend(heads)
        if pieces:
            evidence = pikepdf.OutlineItem("附件材料", starts[0])
            evidence.children.extend(
                pikepdf.OutlineItem(f"附件 {piece.number} {piece.label}" + ("（未附）" if piece.problem else ""), start)
                for piece, start in zip(pieces, starts, strict=True)
            )
            outline.root.append(evidence)
