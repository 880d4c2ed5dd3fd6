"""Search by any part of a name, code, number or clause: pieces of one and two characters under a core GIN index.

A Chinese word has no spaces around it, so every two neighbouring characters of a text are a piece, and single
characters too. A query's pieces narrow by the index; the text itself is then asked, since pieces may be scattered.
"""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from reviews.models import Case

#: Between the parts of the text; no query contains it, so that no match runs from one part into the next.
SEPARATOR = "\n"
#: Words of a query that count; more only cost time.
MOST_WORDS = 12


def fold(text: str) -> str:
    """Full width as half width, capitals as small letters: what is compared on both sides."""
    return unicodedata.normalize("NFKC", text).casefold()


def words(query: str) -> list[str]:
    """The folded words of a query; nothing but blanks has none."""
    return fold(query.replace("\0", " ")).split()[:MOST_WORDS]


def pieces(part: str) -> set[str]:
    """All one- and two-character pieces of a folded part."""
    return set(part) | {part[at : at + 2] for at in range(len(part) - 1)}


def document(parts: Iterable[str]) -> tuple[str, list[str]]:
    """Text and pieces under which something with these parts is found."""
    folded = [" ".join(fold(part).split()) for part in parts if part.strip()]
    tokens: set[str] = set().union(*(pieces(part) for part in folded))
    return SEPARATOR.join(folded), sorted(tokens)


def matching(query: str, prefix: str = "") -> Q:
    """The condition on a case reached through `prefix` (ends with __); every word must be found, no word finds all."""
    wanted = words(query)
    if not wanted:
        return Q()
    # A word of one character is its own piece; of a longer one the pairs say more than its single characters.
    tokens = sorted({word[at : at + 2] for word in wanted for at in range(max(len(word) - 1, 1))})
    condition = Q(**{f"{prefix}search_tokens__contains": tokens})
    for word in wanted:
        condition &= Q(**{f"{prefix}search_text__contains": word})
    return condition


def search(cases: "QuerySet[Case, Any]", query: str) -> "QuerySet[Case, Any]":
    """The cases in which every word of the query is found, wherever in name, code, number or clause it stands."""
    return cases.filter(matching(query))
