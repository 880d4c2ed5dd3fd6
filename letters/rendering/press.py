"""WeasyPrint behind two functions: pages are set (`Press.lay_out`) and written (`write`).

Reading the fonts of a machine and parsing a style sheet cost as much as setting a letter, so a thread keeps both from
one letter to the next (Pango's font maps belong to one thread). What is kept holds no word of a letter: the same letter
gives the same bytes before and after others, which a test asks. Everything kept is thrown away after RENEW_AFTER
documents and after any fault, so that a worker neither grows nor stays broken.

Imported when the first letter is made: WeasyPrint takes longer to load than all of Django.
"""

import threading
from collections.abc import Iterable
from typing import Any

from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration

from letters.errors import LetterRenderError
from letters.rendering.fetcher import DeniedFetch, DenyAllFetcher
from letters.rendering.fonts import CompactFonts

OUTSIDE = "文书内容试图加载外部资源，已拒绝生成。"
RENEW_AFTER = 200
SHEETS_KEPT = 8

_local = threading.local()


class Press:
    """Fonts and parsed style sheets of one thread. used: how many documents it has set."""

    def __init__(self) -> None:
        self.used = 0
        self._fonts = FontConfiguration()
        self._sheets: dict[str, CSS] = {}

    def _sheet(self, text: str) -> CSS:
        if text not in self._sheets:
            if len(self._sheets) >= SHEETS_KEPT:
                self._sheets.clear()
            fetcher = DenyAllFetcher()
            sheet = CSS(string=text, font_config=self._fonts, url_fetcher=fetcher)
            if fetcher.denied:
                raise LetterRenderError(OUTSIDE)
            self._sheets[text] = sheet
        return self._sheets[text]

    def lay_out(self, html: str, styles: Iterable[str], *, variant: str | None) -> Document:
        """Set the pages. Raises LetterRenderError where the source asks for any address."""
        self.used += 1
        fetcher = DenyAllFetcher()
        try:
            document = HTML(string=html, url_fetcher=fetcher).render(
                font_config=self._fonts, stylesheets=[self._sheet(text) for text in styles], pdf_variant=variant
            )
            if fetcher.denied:
                raise LetterRenderError(OUTSIDE)
        except DeniedFetch as error:
            discard()
            raise LetterRenderError(OUTSIDE) from error
        except Exception:
            discard()
            raise
        return document


def press() -> Press:
    """This thread's press, a new one when the old has done its work."""
    present: Press | None = getattr(_local, "press", None)
    if present is None or present.used >= RENEW_AFTER:
        present = _local.press = Press()
    return present


def discard() -> None:
    """Throw away what this thread keeps."""
    _local.press = None


def write(document: Document, *, identifier: bytes, variant: str | None) -> bytes:
    """Draw the pages and return the bytes. Raises LetterRenderError where a drawing asks for any address."""
    fonts = CompactFonts()
    document.fonts = fonts
    options: dict[str, Any] = {"pdf_variant": variant, "pdf_identifier": identifier, "finisher": fonts.finish}
    try:
        pdf: bytes = document.write_pdf(**options)
    except DeniedFetch as error:
        raise LetterRenderError(OUTSIDE) from error
    # Drawing an SVG swallows exceptions; the fetcher remembers.
    if document.url_fetcher.denied:
        raise LetterRenderError(OUTSIDE)
    return pdf
