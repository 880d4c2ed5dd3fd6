"""Fonts inside a letter: only the glyphs that it uses, and nothing else of faces that hold 65,535.

WeasyPrint keeps glyph numbers when it cuts a face down, so that every letter would carry some 250 KB of empty metrics
per face and take most of its time to write and to compress them. A CID-keyed face (all of Noto CJK) needs no such
padding: embedded as bare CFF (CIDFontType0C, ISO 32000-1 table 126) its own table of characters, the charset, tells
which glyph a code of the page means, however the glyphs are counted.
"""

import io
from collections.abc import Iterable
from typing import Any

from fontTools.ttLib import TTFont, TTLibError

# Layout and vertical writing are over when the page is drawn.
_DROPPED = (b"BASE", b"DSIG", b"EBDT", b"EBLC", b"EBSC", b"GPOS", b"GSUB", b"GDEF", b"JSTF", b"LTSH", b"PCLT", b"SVG ")
_VERTICAL = (b"VORG", b"vhea", b"vmtx")


class CompactFonts(dict[int, Any]):
    """The fonts of a document being written; each that is put in cuts itself down to what the letter uses.

    Give it to ``Document.fonts`` and :meth:`finish` to ``write_pdf``. A face for which the short way does not hold
    keeps WeasyPrint's.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bare: dict[bytes, bytes] = {}

    def __setitem__(self, key: int, font: Any) -> None:
        usual = font.subset

        def subset(to_unicode: dict[int, str], hinting: bool) -> None:
            small = _compact(font, to_unicode) if to_unicode else None
            bare = _bare(small, to_unicode) if small else None
            if small is None or bare is None:
                usual(to_unicode, hinting)
            else:
                font.file_content = small
                self._bare[small] = bare

        font.subset = subset
        super().__setitem__(key, font)

    def finish(self, document: Any, pdf: Any) -> None:
        """Put the bare faces in place of the wrapped ones, just before the bytes are written."""
        for item in pdf.objects:
            stream, extra = getattr(item, "stream", None), getattr(item, "extra", None) or {}
            if extra.get("Subtype") == "/OpenType" and stream and stream[0] in self._bare:
                stream[0] = self._bare[stream[0]]
                extra["Subtype"] = "/CIDFontType0C"


def _compact(font: Any, glyphs: Iterable[int]) -> bytes | None:
    """The face cut down to these glyphs by HarfBuzz, or None where it is no CFF face or cannot be cut."""
    from weasyprint.text.ffi import ffi, harfbuzz, harfbuzz_subset
    from weasyprint.text.fonts import get_hb_object_data

    if harfbuzz_subset is None or font.missing or "CFF " not in font.tables:
        return None
    plan = ffi.gc(harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy)

    def add(target: Any, numbers: list[int]) -> None:
        harfbuzz.hb_set_add_sorted_array(target, ffi.new(f"hb_codepoint_t[{len(numbers)}]", numbers), len(numbers))

    add(harfbuzz_subset.hb_subset_input_glyph_set(plan), sorted(glyphs))
    drop = harfbuzz_subset.hb_subset_input_set(plan, harfbuzz_subset.HB_SUBSET_SETS_DROP_TABLE_TAG)
    add(drop, sorted(harfbuzz.hb_tag_from_string(name, -1) for name in _DROPPED + _VERTICAL))
    harfbuzz_subset.hb_subset_input_set_flags(
        plan, harfbuzz_subset.HB_SUBSET_FLAGS_NO_HINTING | harfbuzz_subset.HB_SUBSET_FLAGS_DESUBROUTINIZE
    )
    face = harfbuzz_subset.hb_subset_or_fail(font.hb_face, plan)
    if face == ffi.NULL:
        return None
    data: bytes | None = get_hb_object_data(ffi.gc(face, harfbuzz.hb_face_destroy))
    return data


def _bare(data: bytes, glyphs: Iterable[int]) -> bytes | None:
    """The CFF table of a face, or None where a code of the page (a glyph's old number) does not name its glyph in it.

    HarfBuzz keeps the order of glyphs and may add some that layout could ask for.
    """
    try:
        face = TTFont(io.BytesIO(data), lazy=True)
        named = [0 if name == ".notdef" else int(name.removeprefix("cid")) for name in face["CFF "].cff[0].charset]
        bare: bytes = face.reader["CFF "]
    except (TTLibError, KeyError, ValueError):
        return None
    return bare if named == sorted(named) and set(glyphs) <= set(named) else None
