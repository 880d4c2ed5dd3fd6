"""The PDF of a specimen: drawn like a letter, with 样稿 across every page, without number, code or archive profile."""

from datetime import date

from letters.enums import TextKind
from letters.errors import LetterGlyphError
from letters.rendering.facts import LetterFacts
from letters.rendering.html import letter_html, stylesheet_names
from letters.rendering.pdf import STYLES, print_pages
from letters.specimen import Specimen
from letters.texts import base_of

NO_NUMBER = "样稿（未编号）"
NO_CODE = "X" * 16


def specimen_pdf(specimen: Specimen, *, kind: str, on: date, verify_url: str) -> bytes:
    """The pages of a specimen. verify_url: the general page of verification, which knows no code of it.

    Raises LetterGlyphError for characters that do not print, LetterRenderError where something outside is asked for.
    """
    facts = LetterFacts(
        kind=base_of(kind),
        kind_label=f"样稿：{TextKind(kind).label}",
        unit=specimen.unit,
        number=NO_NUMBER,
        token=NO_CODE,
        verify_url=verify_url,
        issued_on=on,
        title=specimen.title,
        content=specimen.content,
    )
    names = (*stylesheet_names(facts.kind), "specimen.css")
    css = "\n".join((STYLES / name).read_text(encoding="utf-8") for name in names)
    printed = print_pages(letter_html(facts), css=css)
    if printed.unprinted:
        raise LetterGlyphError(set(printed.unprinted))
    return printed.pdf
