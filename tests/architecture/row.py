"""One row of the table of addresses, and the roles that it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.architecture.world import Side, World

ENTERPRISE = frozenset({"legal", "agent"})
AGENT = frozenset({"agent"})
DECIDERS = frozenset({"handler", "approver"})
MANAGERS = frozenset({"approver", "leader"})
OFFICERS = DECIDERS | {"finance", "leader"}
AUDITOR = frozenset({"auditor"})
ADMINISTRATOR = frozenset({"administrator"})
EVERYBODY = ENTERPRISE | OFFICERS | AUDITOR | ADMINISTRATOR | {"expert", "nobody"}
PUBLIC = EVERYBODY | {"anonymous"}


@dataclass(frozen=True)
class Row:
    """One address. `own`: its arguments for a side's object; None where it names none. `missing`: for no object."""

    door: frozenset[str]
    own: Callable[[Side], dict[str, Any]] | None = None
    sees: frozenset[str] | None = None
    missing: Callable[[Side], dict[str, Any]] | None = None
    world: Callable[[World], dict[str, Any]] | None = None
    #: Roles that get past the door only to be told in words that this is another role's to do.
    told: frozenset[str] = frozenset()
    #: Takes what a form sends; whoever opens the address is led to the object's page, and that page decides.
    leads: bool = False

    @property
    def shown_to(self) -> frozenset[str]:
        """The roles that are shown an object of their side."""
        return self.door if self.sees is None else self.sees


NONE = 99_999_999


def pk_of(pick: Callable[[Side], int]) -> Any:
    """Arguments of an address for the object that `pick` finds (or makes) for a side, and for none."""
    return {"own": lambda side: {"pk": pick(side)}, "missing": lambda side: {"pk": NONE}}
