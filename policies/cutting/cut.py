"""Cutting by the numbering of official documents (GB/T 9704): 一、 sections, （一） articles, 1. paragraphs.

What follows the heading sentence of an article in the same paragraph are its passages, one for each bracket of units.
An unnumbered paragraph behind an article that has its bracket belongs to the section: rules across its articles.
A person may correct kind and place of every cut before it is stored; the numbers follow from both.
"""

import re
from collections.abc import Iterable, Sequence

from policies.cutting.pieces import Cut, Piece, Place
from policies.cutting.sentences import after_brackets, has_bracket, sentences
from policies.lint.text import FOOTNOTE_MARKS, Emendation, flatten, normalise_source, printed_text, squeeze

_CHINESE = "一二三四五六七八九十百〇零"
SECTION = re.compile(rf"^[{_CHINESE}]{{1,4}}、")
ARTICLE = re.compile(rf"^[（(][{_CHINESE}]{{1,4}}[）)]")
PARAGRAPH = re.compile(r"^(?:\d{1,3}[.．、](?!\d)|[（(]\d{1,3}[）)]|[①-⑳])")
DASHED = re.compile(r"^——")
NUMBER = re.compile(r"^[\u4e00-\u9fff]{1,12}\s*[〔［【（(\[]\s*\d{4}\s*[〕］】）)\]]\s*\d{1,5}\s*号$")
_DAY = "[〇○零一二三四五六七八九十]"
DATE = re.compile(rf"^(?:\d{{4}}年\d{{1,2}}月\d{{1,2}}日|{_DAY}{{4}}年{_DAY}{{1,2}}月{_DAY}{{1,3}}日)$")
OPENNESS = re.compile(r"^[（(〔].{0,12}公开.{0,6}[）)〕]$")
FOOTNOTE = re.compile(rf"^[{FOOTNOTE_MARKS}]+\s*(?=[^\s{FOOTNOTE_MARKS}])")
TABLE_RULE = re.compile(r"^\|?[-:|\s]{3,}\|?$")
NOTE = re.compile(r"^(?:备注|注)[:：]")
_TITLE = re.compile(
    r"(?:通知|意见|办法|细则|规定|方案|措施|政策|决定|公告|通告|函|规划|计划|条例)(?:[（(].{1,12}[）)])?$"
)
_ENDS = "。：；！？:;!?"
_LONG = 40

#: Kinds that begin a part of the tree.
_TOP = frozenset({"masthead", "number", "notice_title", "recipients", "date", "openness", "title"})


def cut(source: str, emendations: Iterable[Emendation] = ()) -> list[Cut]:
    """The text as cuts in printed order, footnotes last. `emendations`: declared corrections of the copy.

    A line of the source is a paragraph; cells of a table stand between |. Raises ValueError for an emendation that does
    not stand exactly once.
    """
    for emendation in emendations:
        if source.count(emendation.found) != 1:
            raise ValueError(
                f"勘误「{emendation.found}」在原文中出现 {source.count(emendation.found)} 次，应恰好一次。"
            )
        source = source.replace(emendation.found, emendation.meant)
    lines, footnotes = _paragraphs(source)
    cuts: list[Cut] = []
    state = _State(lines)
    position = 0
    while position < len(lines):
        if "|" in lines[position]:
            rows = []
            while position < len(lines) and "|" in lines[position]:
                if not TABLE_RULE.match(lines[position]):
                    rows.append(_row(lines[position]))
                position += 1
            if cuts and cuts[-1].kind == "paragraph" and _is_table_title(cuts[-1].text):
                cuts[-1] = Cut("table_title", cuts[-1].text, cuts[-1].place)
            cuts.append(Cut("table", "\n".join(rows)))
            continue
        closing = _closing(lines, position) if state.in_section else None
        cuts += [closing] if closing else state.paragraph(_tidied(lines[position]), cuts)
        position += 1
    return cuts + [Cut("footnote", FOOTNOTE.sub("", line)) for line in footnotes]


def _tidied(line: str) -> str:
    """A paragraph without the blanks that copies have inside sentences; emphasis and footnote marks stay."""
    kept = re.split(rf"(\*\*|[{FOOTNOTE_MARKS}])", line)
    out = ""
    for piece in kept:
        if piece and (piece == "**" or piece in FOOTNOTE_MARKS):
            out += piece
            continue
        word = squeeze(piece)
        joins = out[-1:].isascii() and out[-1:].isalnum() and word[:1].isascii() and word[:1].isalnum()
        out += (" " if piece[:1].isspace() and joins else "") + word
    return out


def _row(line: str) -> str:
    cells = line.strip().strip("|") if line.strip().startswith("|") else line
    return "|".join(squeeze(cell) for cell in cells.split("|"))


def _paragraphs(source: str) -> tuple[list[str], list[str]]:
    """The paragraphs of the body, and the footnotes. What a page of the copy broke in two goes on: a long paragraph
    that stops in the middle of a sentence, and a bracket of units on a line of its own."""
    lines: list[str] = []
    footnotes: list[str] = []
    for line in (raw.strip() for raw in source.splitlines()):
        if not line:
            continue
        if FOOTNOTE.match(line):
            footnotes.append(line)
        elif lines and _goes_on(lines[-1], line):
            lines[-1] += line
        else:
            lines.append(line)
    return lines, footnotes


def _goes_on(before: str, line: str) -> bool:
    if "|" in before or "|" in line or _begins(line):
        return False
    if line.startswith("[") and "单位：" in line[:12]:
        return True
    return len(before) > _LONG and before[-1] not in _ENDS + "]”）)" and not _TITLE.search(before)


def _begins(line: str) -> bool:
    return any(form.match(line) for form in (SECTION, ARTICLE, PARAGRAPH, DASHED))


def _is_table_title(text: str) -> bool:
    return len(text) <= _LONG and text[-1:] not in _ENDS and not _begins(text)


def _closing(lines: Sequence[str], position: int) -> Cut | None:
    """What stands below the text and belongs to no article: who signs (a short line before the day), the day, and how
    open the document is."""
    text = _tidied(lines[position])
    if DATE.match(text):
        return Cut("date", text)
    if OPENNESS.match(text):
        return Cut("openness", text)
    signs = position + 1 < len(lines) and DATE.match(_tidied(lines[position + 1]))
    return Cut("paragraph", text, Place.DOCUMENT) if signs and _is_table_title(text) else None


class _State:
    """Where the cut is: before the first section, in a section, in an article; whether an article is complete."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.in_section = self.in_article = self.complete = False
        first = next((index for index, line in enumerate(lines) if SECTION.match(line)), len(lines))
        head = lines[:first]
        titles = [line for line in head if _TITLE.search(squeeze(line)) and squeeze(line)[-1:] not in _ENDS]
        # Of two titles the first is that of the notice that issues the document.
        self._notice = titles[0] if len(titles) > 1 else ""
        self._titles = titles[1:] if len(titles) > 1 else titles
        self._seen_title = False

    def paragraph(self, text: str, before: Sequence[Cut]) -> list[Cut]:
        """The cuts of one paragraph."""
        if SECTION.match(text):
            self.in_section, self.in_article, self.complete = True, False, False
            return _heading("section", text)
        if self.in_section and ARTICLE.match(text):
            self.in_article = True
            cuts = _heading("article", text)
            self.complete = has_bracket(text)
            return cuts
        if not self.in_section:
            return [Cut(self._head_kind(text, before), text)]
        if before and before[-1].kind == "table" and NOTE.match(text):
            return [Cut("table_note", text)]
        if self.in_article and self.complete and not PARAGRAPH.match(text) and not DASHED.match(text):
            # Unnumbered, behind an article that has its bracket: it speaks of all articles of the section.
            self.in_article = False
            return [Cut("rules", ""), *(Cut("passage", one) for one in sentences(text))]
        if self.in_article:
            self.complete = self.complete or has_bracket(text)
        return [Cut("paragraph", text)]

    def _head_kind(self, text: str, before: Sequence[Cut]) -> str:
        tidy = [_tidied(line) for line in self._titles]
        if NUMBER.match(text):
            return "number"
        if DATE.match(text):
            return "date"
        if OPENNESS.match(text):
            return "openness"
        if not before and text.endswith("文件") and len(text) <= _LONG:
            return "masthead"
        if self._notice and text == _tidied(self._notice) and not self._seen_title:
            self._seen_title = True
            return "notice_title"
        if text in tidy:
            return "title"
        titled = bool(before) and before[-1].kind in ("title", "notice_title")
        salutation = text.endswith(("：", ":"))
        return "recipients" if titled and salutation else "paragraph"


def _heading(kind: str, text: str) -> list[Cut]:
    """A heading and what runs on in its paragraph: the heading ends with its first sentence."""
    if kind == "section" and "。" not in text:
        return [Cut(kind, text)]
    parts = sentences(text)
    head, rest = parts[0], "".join(parts[1:])
    if kind == "section" and rest:
        return [Cut(kind, head), *(Cut("passage", one) for one in after_brackets(rest))]
    return [Cut(kind, head), *(Cut("passage", one) for one in after_brackets(rest))]


# ------------------------------------------------------------------------------------------------------ numbers


def numbered(cuts: Sequence[Cut]) -> list[Piece]:
    """The cuts with their numbers: 3 a section, 3.4 its fourth article, 3.4.1 the first piece of that.

    Before the first article of a section stands 3.0; run-in words before paragraphs stand at 1.1.0. The head is 0.1,
    0.2 …, footnotes fn1 …; what a person hung under nothing behind the first section is t1, t2 ….
    """
    pieces: list[Piece] = []
    section = article = rules = ""
    counts: dict[str, int] = {}
    taken: set[str] = set()
    sections = 0

    def next_of(parent: str, prefix: str | None = None) -> str:
        stem = f"{parent}." if prefix is None else prefix
        counts[stem] = counts.get(stem, 0) + 1
        return f"{stem}{counts[stem]}"

    for index, one in enumerate(cuts):
        if one.kind == "footnote":
            ref, parent = next_of("", "fn"), ""
        elif one.kind == "section":
            sections += 1
            ref, parent = str(sections), ""
            section, article, rules = ref, "", ""
        elif one.place == Place.DOCUMENT or not section or (one.kind in _TOP and one.place == Place.AUTO):
            ref, parent = (next_of("", "t"), "") if section else (next_of("0"), "")
        elif one.kind in ("article", "rules"):
            ref, parent = next_of(section), section
            article, rules = (ref, "") if one.kind == "article" else ("", ref)
        else:
            parent = section if one.place == Place.SECTION else (article or rules or section)
            ref = _lead(parent, cuts, index) or next_of(parent)
        ref = _free(ref, taken)
        taken.add(ref)
        pieces.append(Piece(ref, parent, one.kind, one.text))
    return pieces


def _free(ref: str, taken: set[str]) -> str:
    """The number, with b, c … where several pieces stand before the first article or paragraph."""
    free = (f"{ref}{letter}" for letter in ("", *"bcdefghijklmnopqrstuvwxyz"))
    return next((one for one in free if one not in taken), f"{ref}.{len(taken)}")


def _lead(parent: str, cuts: Sequence[Cut], index: int) -> str:
    """3.0 for what stands before the first article of a section, 1.1.0 for run-in words before paragraphs."""
    if "." not in parent:
        articles = _later(cuts, index, stop=("section",), want=("article",))
        return f"{parent}.0" if articles else ""
    if cuts[index].kind != "passage":
        return ""
    begins = ("section", "article", "rules")
    return f"{parent}.0" if _later(cuts, index, stop=begins, want=("paragraph", "table_title", "table")) else ""


def _later(cuts: Sequence[Cut], index: int, *, stop: tuple[str, ...], want: tuple[str, ...]) -> bool:
    """Whether one of the wanted kinds follows before one that stops the search."""
    for one in cuts[index + 1 :]:
        if one.kind in want and one.place == Place.AUTO:
            return True
        if one.kind in stop:
            return False
    return False


def same_text(source: str, pieces: Sequence[Piece], emendations: Iterable[Emendation] = ()) -> bool:
    """Whether the pieces together are the source, word for word and in its order: nothing lost, nothing added."""
    printed = printed_text((piece.kind, piece.text) for piece in pieces)
    return normalise_source(source, emendations) == flatten(printed)
