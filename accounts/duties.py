"""What a person has in hand, as told by whoever knows it: shown before an account is switched off.

The rooms to the left cannot be imported here; reviews registers what it gives people when it starts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.models import User

#: Lines that a source prints; the rest is counted.
LINES = 10


@dataclass(frozen=True)
class Duty:
    """One kind of work that a person has in hand: how many, the first of them by name, and what becomes of them."""

    title: str
    count: int
    counter: str
    lines: Sequence[str]
    after: str

    @property
    def more(self) -> int:
        """How many are not printed."""
        return self.count - len(self.lines)


DutySource = Callable[[User], Sequence[Duty]]
_SOURCES: list[DutySource] = []


def register_duties(source: DutySource) -> None:
    """Let a room say what people have in hand; registered twice is once."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def duties_of(user: User) -> list[Duty]:
    """Everything that a person has in hand, in the order in which the rooms registered; nothing of none."""
    return [duty for source in _SOURCES for duty in source(user) if duty.count]
