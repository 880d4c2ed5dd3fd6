"""HTML to PDF with WeasyPrint: no address is fetched, no character is lost, the same input gives the same bytes."""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from letters.errors import LetterGlyphError, LetterRenderError
from letters.rendering.facts import LetterFacts
from letters.rendering.html import letter_html, stylesheet_names

if TYPE_CHECKING:
    from weasyprint import Document

STYLES = Path(__file__).resolve().parent.parent / "styles"
# Archive profile with structure tags, so that screen readers and long-term archives can read a letter.
VARIANT = "pdf/a-2a"
OUTSIDE = "文书内容试图加载外部资源，已拒绝生成。"


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


def _write(html: str, styles: Iterable[str], *, variant: str | None = VARIANT) -> tuple[bytes, "Document"]:
    """Make the bytes from HTML and style sheets (their texts); the identifier is taken from the source, so that nothing
    in them is random.

    WeasyPrint is imported here: it takes longer to load than all of Django, and most processes render nothing.
    """
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from letters.rendering.fetcher import DeniedFetch, DenyAllFetcher

    fetcher, fonts = DenyAllFetcher(), FontConfiguration()
    sheets = [CSS(string=text, font_config=fonts, url_fetcher=fetcher) for text in styles]
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    try:
        document = HTML(string=html, url_fetcher=fetcher).render(
            font_config=fonts, stylesheets=sheets, pdf_variant=variant
        )
        pdf: bytes = document.write_pdf(pdf_variant=variant, pdf_identifier=identifier)
    except DeniedFetch as error:
        raise LetterRenderError(OUTSIDE) from error
    if fetcher.denied:
        raise LetterRenderError(OUTSIDE)
    return pdf, document


def _unprinted(document: "Document") -> set[str]:
    """Characters that were drawn as an empty box because no installed font has them."""
    return {chr(codepoint) for font in document.fonts.values() for codepoint in font.missing}


def _nameless(text: str) -> set[str]:
    """Characters without a meaning of their own: unassigned, or private ones that every font draws differently."""
    return {character for character in text if unicodedata.category(character) in {"Cn", "Co"}}


def missing_characters(text: str) -> set[str]:
    """Which characters of a text no installed font can print (an empty set: all of them print).

    The text is set exactly as in a letter, so the answer is that of the printer and not of a table.
    """
    if not text.strip():
        return set()
    nameless = _nameless(text)
    _, document = _write(f'<html lang="zh-Hans"><body><p>{escape(text)}</p></body></html>', [_style("letter.css")])
    return _unprinted(document) | nameless


def faces(markup: str) -> list[str]:
    """Names of the typefaces that a piece of a letter's HTML is set in on this machine."""
    _, document = _write(f'<html lang="zh-Hans"><body>{markup}</body></html>', [_style("letter.css")])
    return sorted({font.family for font in document.fonts.values()})


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
    pdf, document = _write(html, [css], variant=None)
    marks = tuple((label, place[0]) for label, place, *_ in document.make_bookmark_tree())
    return Printed(pdf, len(document.pages), marks, frozenset(_unprinted(document) | _nameless(html)))


def render(facts: LetterFacts) -> Rendered:
    """Render one letter.

    Raises LetterGlyphError when a character cannot be printed (never a blank), LetterRenderError when the source
    asks for an outside resource.
    """
    html, sheets = letter_html(facts), [_style(name) for name in stylesheet_names(facts.kind)]
    pdf, document = _write(html, sheets)
    if len(document.pages) > 1:
        # A last page with nothing but the verification code is a waste: closer spacing often saves it.
        closer = letter_html(facts, tight=True)
        closer_pdf, closer_document = _write(closer, sheets)
        if len(closer_document.pages) < len(document.pages):
            html, pdf, document = closer, closer_pdf, closer_document
    unprinted = _unprinted(document) | _nameless(html)
    if unprinted:
        raise LetterGlyphError(unprinted)
    return Rendered(pdf=pdf, html=html, pages=len(document.pages))
