"""Sentences that may become clauses, and the bracket of units that is printed for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from policies.cutting.sentences import sentences
from policies.lint.brackets import find_brackets

_BRACKET = re.compile(r"\[[^\[\]]*单位：[^\[\]]*\]")
_NUMBER = re.compile(r"\d")
#: 一、 （一） 1． number a passage and are no part of its sentence.
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[．.、](?!\d))\s*")


@dataclass(frozen=True)
class Suggestion:
    """A passage that a bracket of units was printed for: where, what may be its sentence (the likeliest first)."""

    ref: str
    clause_id: str
    choices: tuple[str, ...]
    bracket: str
    passage: str


def unnumbered(passage: str) -> str:
    """A passage without the number that is printed before it: 1．对…的企业 → 对…的企业."""
    return _NUMBERING.sub("", passage.strip())


def choices_of(text: str) -> list[str]:
    """What may be a clause's sentence in a piece of the text: each sentence, and all of them together; no brackets."""
    passages = [unnumbered(part) for part in _BRACKET.split(text) if part.strip()]
    found: list[str] = []
    for passage in passages:
        each = sentences(passage)
        found += each
        if len(each) > 1:
            found.append(passage)
    return list(dict.fromkeys(found))


def brackets_after(text: str, sentence: str, following: Sequence[str]) -> list[str]:
    """The brackets that are printed after a sentence of a text and of what follows it, the nearest first."""
    start = text.find(sentence)
    rest = text[start + len(sentence) :] if sentence and start >= 0 else text
    found = find_brackets(rest)
    for later in following:
        found += find_brackets(later)
    return list(dict.fromkeys(found))


def suggestions(pieces: Sequence[tuple[str, str]], taken: Sequence[str]) -> list[Suggestion]:
    """One for each bracket of the text (pieces: number, words in reading order), where `taken` (sentences of clauses
    that are there) has none of its sentences; numbered by the piece, with a, b … where it has several."""
    found: list[Suggestion] = []
    for ref, text in pieces:
        brackets = list(_BRACKET.finditer(text))
        start = 0
        for number, bracket in enumerate(brackets):
            passage = unnumbered(text[start : bracket.start()])
            start = bracket.end()
            each = [one for one in sentences(passage) if one]
            if not each or any(one in passage for one in taken):
                continue
            # The sentence with figures is the likeliest one; the passage as a whole may be it, too.
            likeliest = next((one for one in reversed(each) if _NUMBER.search(one)), passage)
            choices = list(dict.fromkeys([likeliest, passage, *each]))
            letter = chr(ord("a") + number) if len(brackets) > 1 and number < 26 else ""
            found.append(Suggestion(ref, f"{ref}{letter}", tuple(choices), bracket.group(), passage))
    return found
