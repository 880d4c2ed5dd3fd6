"""HTML to PDF with WeasyPrint: no address is fetched, no character is lost, the same input gives the same bytes."""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from letters.errors import LetterGlyphError
from letters.rendering.facts import LetterFacts
from letters.rendering.html import is_roomy, letter_html, stylesheet_names

if TYPE_CHECKING:
    from weasyprint import Document

STYLES = Path(__file__).resolve().parent.parent / "styles"
# Archive profile with structure tags, so that screen readers and long-term archives can read a letter.
VARIANT = "pdf/a-2a"
# Closer spacing saves some eight lines; a last page whose foot begins below this height (mm) cannot be saved by it.
SPARSE_BELOW_MM = 150
_PX_PER_MM = 96 / 25.4


@dataclass(frozen=True)
class Rendered:
    """A finished letter: its bytes, the HTML they were made from and the number of pages."""

    pdf: bytes
    html: str
    pages: int

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes: the letter's name in storage and on the verification page."""
        return hashlib.sha256(self.pdf).hexdigest()


@cache
def _style(name: str) -> str:
    return (STYLES / name).read_text(encoding="utf-8")


def _lay_out(html: str, styles: Iterable[str], *, variant: str | None = VARIANT) -> "Document":
    """Set the pages of HTML with style sheets (their texts). Raises LetterRenderError where anything is asked for."""
    from letters.rendering.press import press

    return press().lay_out(html, styles, variant=variant)


def _write(html: str, document: "Document", *, variant: str | None = VARIANT) -> bytes:
    """The bytes of laid-out pages; the identifier is taken from their source, so that nothing in them is random.

    Drawing happens here: only afterwards are the document's fonts, and what they lack, known.
    """
    from letters.rendering.press import write

    return write(document, identifier=hashlib.sha256(html.encode()).digest()[:16], variant=variant)


def _unprinted(document: "Document") -> set[str]:
    """Characters that were drawn as an empty box because no installed font has them."""
    return {chr(codepoint) for font in document.fonts.values() for codepoint in font.missing}


def _nameless(text: str) -> set[str]:
    """Characters without a meaning of their own: unassigned, or private ones that every font draws differently."""
    return {character for character in text if unicodedata.category(character) in {"Cn", "Co"}}


def _set(markup: str) -> "Document":
    """A piece of a letter's HTML, set and drawn like a letter."""
    source = f'<html lang="zh-Hans"><body>{markup}</body></html>'
    document = _lay_out(source, [_style("letter.css")])
    _write(source, document)
    return document


def missing_characters(text: str) -> set[str]:
    """Which characters of a text no installed font can print (an empty set: all of them print).

    The text is set exactly as in a letter, so the answer is that of the printer and not of a table.
    """
    if not text.strip():
        return set()
    return _unprinted(_set(f"<p>{escape(text)}</p>")) | _nameless(text)


def faces(markup: str) -> list[str]:
    """Names of the typefaces that a piece of a letter's HTML is set in on this machine."""
    return sorted({font.family for font in _set(markup).fonts.values()})


@dataclass(frozen=True)
class Printed:
    """Pages that are no letter: their bytes, how many, (title, page from 0) of each heading, and what did not print."""

    pdf: bytes
    pages: int
    bookmarks: tuple[tuple[str, int], ...]
    unprinted: frozenset[str]


def print_pages(html: str, *, css: str) -> Printed:
    """Print HTML that is no letter under the same rules: nothing is fetched, nothing in the bytes is random.

    Characters that no font has are told instead of refused; the caller says so on the paper. Raises LetterRenderError.
    """
    document = _lay_out(html, [css], variant=None)
    pdf = _write(html, document, variant=None)
    marks = tuple((label, place[0]) for label, place, *_ in document.make_bookmark_tree())
    return Printed(pdf, len(document.pages), marks, frozenset(_unprinted(document) | _nameless(html)))


def _sparse(document: "Document") -> bool:
    """Whether the last of several pages carries so little that closer spacing may save it."""
    foot = document.pages[-1].anchors.get("foot")
    return len(document.pages) > 1 and foot is not None and foot[1] < SPARSE_BELOW_MM * _PX_PER_MM


def render(facts: LetterFacts) -> Rendered:
    """Render one letter.

    Raises LetterGlyphError when a character cannot be printed (never a blank), LetterRenderError when the source
    asks for an outside resource.
    """
    html, sheets = letter_html(facts), [_style(name) for name in stylesheet_names(facts.kind)]
    document = _lay_out(html, sheets)
    if _sparse(document):
        # A last page with nothing but the verification code is a waste: closer spacing often saves it. A short form
        # gives up its larger sizes first.
        for smaller in ({"roomy": False}, {"tight": True}) if is_roomy(facts) else ({"tight": True},):
            closer = letter_html(facts, **smaller)
            closer_document = _lay_out(closer, sheets)
            if len(closer_document.pages) < len(document.pages):
                html, document = closer, closer_document
                break
    pdf = _write(html, document)
    unprinted = _unprinted(document) | _nameless(html)
    if unprinted:
        raise LetterGlyphError(unprinted)
    return Rendered(pdf=pdf, html=html, pages=len(document.pages))
