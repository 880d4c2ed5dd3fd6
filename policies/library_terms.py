"""What a word of a search is found as: full and half width, capitals, brackets and percentages in either spelling.

Pure. A pattern means the same to PostgreSQL (`~*`) and to Python's `re` with IGNORECASE, so that what the database
finds is what a page marks.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

#: Signs that stand for one another in a search, whatever the width.
_ALIKE = ("(（〔［[【", ")）〕］]】", '“”"＂「」', "-－—–", "~～〜", ",，", ":：", ";；", "%％", "·・")
_CLASSES = {char: group for group in _ALIKE for char in group}
_DIGITS = "零一二三四五六七八九"
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.[0-9]+)?[%％]")
_SPOKEN = re.compile(r"百分之([零一二三四五六七八九十百]{1,5})")


@lru_cache(maxsize=512)
def pattern(term: str) -> str:
    """The regular expression under which a word is found."""
    folded = unicodedata.normalize("NFKC", term)
    percent = _percent(folded)
    if percent is not None:
        return percent
    return "".join(_class(char) for char in folded)


def _class(char: str) -> str:
    alike = set(_CLASSES.get(char, char))
    if "!" <= char <= "~":
        alike.add(chr(ord(char) + 0xFEE0))  # the full width twin
    if len(alike) == 1:
        return re.escape(char) if not char.isalnum() and char.isascii() else char
    # In a bracket expression of PostgreSQL and of Python these four mean something.
    inside = "".join(f"\\{one}" if one in "\\]^-[" else one for one in sorted(alike))
    return f"[{inside}]"


def _percent(folded: str) -> str | None:
    """5% and 百分之五 find one another, and 5% is not found inside 15% or 0.5%."""
    if written := _PERCENT.fullmatch(folded):
        digits = folded[:-1]
        spoken = spoken_number(int(written[1])) if "." not in digits else ""
        body = "".join(_class(char) for char in digits)
    elif (said := _SPOKEN.fullmatch(folded)) and (value := read_number(said[1])) is not None:
        spoken, body = said[1], "".join(_class(char) for char in str(value))
    else:
        return None
    either = f"(?<![0-9.０-９．]){body}[%％]"
    return f"(?:{either}|百分之{spoken}(?![零一二三四五六七八九十百]))" if spoken else either


def spoken_number(value: int) -> str:
    """A whole number up to 199 as a percentage is spoken: 5 五, 10 十, 25 二十五, 100 一百; "" beyond."""
    if value > 100:
        return ""
    if value == 100:
        return "百"
    tens, ones = divmod(value, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def read_number(text: str) -> int | None:
    """The whole number that a percentage names; None where it is none up to 100."""
    return next((value for value in range(101) if spoken_number(value) == text), None)


def found_in(text: str, terms: Iterable[str]) -> bool:
    """Whether every word stands somewhere in the text."""
    return all(re.search(pattern(term), text, re.IGNORECASE) for term in terms)


def adjacent(terms: Sequence[str]) -> str:
    """The pattern of the words one after another, in their order, with at most blanks between."""
    return r"\s*".join(pattern(term) for term in terms)


def spans(text: str, terms: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand."""
    return [match.span() for term in terms for match in re.finditer(pattern(term), text, re.IGNORECASE)]


#: What a word counts where it stands: a title says more than a sentence, a sentence more than a label.
WEIGHTS = {"title": 100, "sentence": 10, "label": 1}


def score(fields: Sequence[tuple[str, str]], terms: Sequence[str]) -> int:
    """How well fields, each with its kind of `WEIGHTS`, answer the words; 0 where a word is found in none of them.

    Each word counts where it says most; words that stand together in one field count as many more.
    """
    total = 0
    for term in terms:
        best = max((WEIGHTS[kind] for kind, text in fields if re.search(pattern(term), text, re.IGNORECASE)), default=0)
        if not best:
            return 0
        total += best
    if len(terms) > 1:
        joined = adjacent(terms)
        together = (WEIGHTS[kind] for kind, text in fields if re.search(joined, text, re.IGNORECASE))
        total += max(together, default=0) * len(terms)
    return total
