"""States of a letter as a table; the database trigger `letter_guard` refuses everything else."""

from letters.enums import LetterState
from letters.errors import LetterStateError

# gesture → (states it may start from, state it leads to)
TRANSITIONS: dict[str, tuple[frozenset[LetterState], LetterState]] = {
    "issue": (frozenset({LetterState.QUEUED}), LetterState.ISSUED),
    "void": (frozenset({LetterState.ISSUED}), LetterState.VOID),
}

_REFUSED = {
    LetterState.QUEUED: "该文书尚未签发。",
    LetterState.ISSUED: "该文书已经签发，内容不能再变更。",
    LetterState.VOID: "该文书已经作废。",
}


def target(gesture: str, state: str) -> LetterState:
    """The state a gesture leads to; raises LetterStateError where it leads nowhere."""
    sources, leads_to = TRANSITIONS[gesture]
    present = LetterState(state)
    if present not in sources:
        raise LetterStateError(_REFUSED[present], what=present.label)
    return leads_to
