"""The normalised form of a source text, and where a quotation stands in it.

The copies of the official documents have page breaks, blanks and footnote marks inside sentences. Quotations are
compared in one normal form: no emphasis marks, no footnote marks, no table rules, and no white space except between two
ASCII letters or figures (so that 「Micro LED」 keeps its blank and 「500 亿元」 loses it).
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Digits of footnote marks; a mark of several is one number: ¹² is the twelfth.
FOOTNOTE_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹"

_FOOTNOTE_LINE = re.compile(rf"^[{FOOTNOTE_MARKS}]+\s*[^\s{FOOTNOTE_MARKS}]")
_TABLE_RULE = re.compile(r"^\|[-|\s]+\|$")
_MARKS = re.compile(rf"\*\*|[{FOOTNOTE_MARKS}]|\s*\|\s*")
_BLANKS = re.compile(r"\s+")
_EMPHASIS = re.compile(rf"\*\*|[{FOOTNOTE_MARKS}]")
# A number goes on here: 「0.5%」 cut to 「5%」 is another number, so is 「100-200万元」 cut to 「200万元」.
_NUMBER_BEFORE = re.compile(r"(?:\d[-—~～至.,]?|[.一二三四五六七八九十百千两])$")
_NUMBER_FIRST = re.compile(r"[\d一二三四五六七八九十百千万亿两.%％]")
_NUMBER_LAST = re.compile(r"[\d.,]$")


@dataclass(frozen=True)
class Emendation:
    """A declared correction of an error of the copy, e.g. a word doubled at a line break."""

    found: str
    meant: str
    reason: str


def sha256(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8 as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def squeeze(text: str) -> str:
    """Return `text` in the normal form in which quotations are compared; idempotent."""
    bare = _MARKS.sub("", text)

    def blank(match: re.Match[str]) -> str:
        before = bare[match.start() - 1] if match.start() else ""
        after = bare[match.end()] if match.end() < len(bare) else ""
        return " " if _is_ascii_word(before) and _is_ascii_word(after) else ""

    return _BLANKS.sub(blank, bare)


def _is_ascii_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def normalise_source(source: str, emendations: Iterable[Emendation] = ()) -> str:
    """Return the whole source document in normal form: the body first, the footnotes after it, in their order.

    Raises ValueError if an emendation does not stand exactly once in the source.
    """
    for emendation in emendations:
        if source.count(emendation.found) != 1:
            raise ValueError(
                f"勘误「{emendation.found}」在原文中出现 {source.count(emendation.found)} 次，应恰好一次。"
            )
        source = source.replace(emendation.found, emendation.meant)
    lines = [line.strip() for line in source.splitlines()]
    footnotes = [line for line in lines if _FOOTNOTE_LINE.match(line)]
    body = [line for line in lines if not _FOOTNOTE_LINE.match(line) and not _TABLE_RULE.match(line)]
    return squeeze("\n".join(body)) + squeeze("\n".join(footnotes))


def flatten(text: str) -> str:
    """Return a normalised text file (one paragraph a line) as the one string in which quotations are looked up."""
    return squeeze(text)


def stands_in(quote: str, text: str) -> bool:
    """Tell whether the quotation stands word for word in the flattened text; an empty quotation never does."""
    needle = squeeze(quote)
    return bool(needle) and needle in text


def stands_whole(quote: str, text: str) -> bool:
    """As `stands_in`, and at some place where neither end of the quotation cuts a number of the text in two."""
    needle = squeeze(quote)
    start = text.find(needle) if needle else -1
    while start >= 0:
        end = start + len(needle)
        cut_before = _NUMBER_FIRST.match(needle) and _NUMBER_BEFORE.search(text[max(0, start - 2) : start])
        cut_after = _NUMBER_LAST.search(needle) and re.match(r"[\d.,%％万亿]", text[end : end + 1])
        if not cut_before and not cut_after:
            return True
        start = text.find(needle, start + 1)
    return False


def printed_text(nodes: Iterable[tuple[str, str]]) -> str:
    """The normalised text file of a document from its nodes (kind, text) in reading order, one paragraph a line.

    A passage runs on in the paragraph of the node before it; a node of kind "rules" opens an empty paragraph for its
    passages. Its SHA-256 is the pinned `source_sha256`, so a database knows whether it still holds that very text.
    """
    lines: list[str] = []
    for kind, text in nodes:
        bare = _EMPHASIS.sub("", text)
        if kind == "passage" and lines:
            lines[-1] += bare
        elif kind == "rules":
            lines.append("")
        elif bare:
            lines.append(bare)
    return "".join(f"{line}\n" for line in lines)
