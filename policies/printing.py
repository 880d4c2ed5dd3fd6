"""A printed text cut into runs for the page: bold, footnote marks, linked sentences, brackets, search hits.

Pure, and no HTML: templates set each run and escape it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.library_terms import spans
from policies.lint.text import FOOTNOTE_MARKS, squeeze

_BRACKET = re.compile(r"\[[^\[\]]*单位：[^\[\]]*\]")
_MAX_TERMS = 8


@dataclass(frozen=True)
class Run:
    """Characters that are set alike. `note` is a footnote number (the text is then its mark), `link` a clause id."""

    text: str
    bold: bool = False
    note: int = 0
    link: str = ""
    bracket: bool = False
    hit: bool = False


def search_terms(query: str) -> list[str]:
    """The words of a search box, each in the normal form of the texts; at most eight, without repetition."""
    words = (squeeze(word) for word in query.replace("\x00", "").split())
    return list(dict.fromkeys(word for word in words if word))[:_MAX_TERMS]


def runs(text: str, *, links: Iterable[tuple[str, str]] = (), terms: Sequence[str] = ()) -> list[Run]:
    """Cut `text` (with `**` and footnote marks) into runs; `links` are (sentence, clause id)."""
    plain, bold, notes = _read_marks(text)
    linked = [""] * len(plain)
    for sentence, clause_id in links:
        start = plain.find(squeeze(sentence))
        if start >= 0:
            linked[start : start + len(squeeze(sentence))] = [clause_id] * len(squeeze(sentence))
    bracket = _covered(plain, [match.span() for match in _BRACKET.finditer(plain)])
    hit = _covered(plain, spans(plain, terms))
    out: list[Run] = []
    for index, char in enumerate(plain):
        if index in notes:
            out.append(Run(str(notes[index]), note=notes[index]))
        run = Run(char, bold[index], 0, linked[index], bracket[index], hit[index])
        last = out[-1] if out else None
        if last and not last.note and _same(last, run):
            out[-1] = Run(last.text + char, last.bold, 0, last.link, last.bracket, last.hit)
        else:
            out.append(run)
    if len(plain) in notes:
        out.append(Run(str(notes[len(plain)]), note=notes[len(plain)]))
    return out


def snippet(text: str, terms: Sequence[str], width: int = 90) -> str:
    """At most about `width` characters of a text around the first hit, with … where it was cut."""
    found = spans(text, terms)
    start = max(0, (min(found)[0] if found else 0) - width // 3)
    end = min(len(text), start + width)
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _read_marks(text: str) -> tuple[str, list[bool], dict[int, int]]:
    """The bare characters, whether each is bold, and footnote numbers by the index they stand before."""
    plain: list[str] = []
    bold: list[bool] = []
    notes: dict[int, int] = {}
    is_bold, index = False, 0
    while index < len(text):
        if text.startswith("**", index):
            is_bold = not is_bold
            index += 2
            continue
        mark = FOOTNOTE_MARKS.find(text[index])
        if mark >= 0:
            # Digits that stand together are one number: ¹² is the twelfth footnote.
            notes[len(plain)] = notes.get(len(plain), 0) * 10 + mark
        else:
            plain.append(text[index])
            bold.append(is_bold)
        index += 1
    return "".join(plain), bold, notes


def _covered(text: str, spans: Iterable[tuple[int, int]]) -> list[bool]:
    flags = [False] * len(text)
    for start, end in spans:
        flags[start:end] = [True] * (end - start)
    return flags


def _same(one: Run, other: Run) -> bool:
    return (one.bold, one.link, one.bracket, one.hit) == (other.bold, other.link, other.bracket, other.hit)
