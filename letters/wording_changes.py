"""What two wordings have in common and in what they differ, in pieces that a page can mark."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

#: A placeholder, a Latin word or a number stays in one piece; every other character stands alone.
_TOKEN = re.compile(r"\{[^{}]*\}|[A-Za-z]+|[0-9]+|.", re.DOTALL)
#: Shorter common pieces between two changes are told as changed: single characters in common help nobody to read.
_SHORTEST_COMMON = 2

KEPT, ADDED, REMOVED = "kept", "added", "removed"


@dataclass(frozen=True)
class Piece:
    """A stretch of text and what became of it: kept, added or removed."""

    change: str
    text: str


def changes(before: str, after: str) -> list[Piece]:
    """The way from one wording to another: what stays, what goes, what comes, in the order of reading."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    steps: list[tuple[list[str], list[str]]] = []  # what goes and what comes; equal lists: what stays
    for tag, i, j, k, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = old[i:j], new[k:end]
        short = tag == "equal" and len("".join(gone)) < _SHORTEST_COMMON and i > 0 and j < len(old)
        if steps and (short or (tag != "equal" and steps[-1][0] != steps[-1][1])) and steps[-1][0] != steps[-1][1]:
            steps[-1] = (steps[-1][0] + gone, steps[-1][1] + come)
        else:
            steps.append((gone, come))
    pieces: list[Piece] = []
    for gone, come in steps:
        if gone == come:
            pieces.append(Piece(KEPT, "".join(gone)))
            continue
        pieces += [Piece(change, "".join(tokens)) for change, tokens in ((REMOVED, gone), (ADDED, come)) if tokens]
    return pieces
