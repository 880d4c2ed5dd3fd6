"""What goes over when a unit's duties go to another, as told by whoever keeps it (docs/adr/0015-units-by-date.md).

The rooms to the left cannot be imported here; each registers what it moves and what stands in the way. All of it is
carried out in the transaction of the merger: everything goes over, or nothing does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from accounts.models import Unit, User


class Mover(Protocol):
    """One room's part in a merger."""

    def obstacles(self, unit: Unit, successor: Unit) -> Sequence[str]:
        """What cannot go over and must be finished first, as sentences."""
        ...

    def move(self, unit: Unit, successor: Unit, *, by: User | None, at: datetime) -> Sequence["Moved"]:
        """Hand over what is open, with an audit event each; called in a transaction, locks files and never units."""
        ...


@dataclass(frozen=True)
class Moved:
    """How many of one kind went over."""

    label: str
    count: int
    counter: str


_MOVERS: list[Mover] = []


def register_mover(mover: Mover) -> None:
    """Let a room take part in mergers; registered twice is once."""
    if not any(type(known) is type(mover) for known in _MOVERS):
        _MOVERS.append(mover)


def obstacles(unit: Unit, successor: Unit) -> list[str]:
    """Everything that stands in the way of a merger today, as sentences."""
    return [sentence for mover in _MOVERS for sentence in mover.obstacles(unit, successor)]


def move_all(unit: Unit, successor: Unit, *, by: User | None, at: datetime) -> list[Moved]:
    """Hand everything open over, room by room."""
    return [moved for mover in _MOVERS for moved in mover.move(unit, successor, by=by, at=at) if moved.count]
