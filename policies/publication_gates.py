"""What other rooms say of a publication: gates that may refuse it, and panels that its page links to.

`policies` knows nobody behind it in the house; a room that has something to say of drafts (the impact on past years)
registers here when its application is ready.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from policies.lint import LintFault
from policies.models import Publication

#: Asked before the page is shown and again at publishing: what stands in the way. Errors refuse, warnings are told.
Gate = Callable[[Publication], list[LintFault]]


@dataclass(frozen=True)
class Panel:
    """A page of another room about one publication: how the link is called, and where it leads."""

    label: str
    url: str


_gates: list[Gate] = []
_panels: dict[str, str] = {}


def register(gate: Gate) -> Gate:
    """Let a gate be asked; registering it again changes nothing. Answers the gate, so that it serves as a decorator."""
    if gate not in _gates:
        _gates.append(gate)
    return gate


def register_panel(label: str, url_name: str) -> None:
    """Let the page of a publication link to an address with the publication's number as its one argument."""
    _panels[url_name] = label


def gate_faults(publication: Publication) -> list[LintFault]:
    """What all gates say of a publication, in the order in which they registered."""
    return [fault for gate in _gates for fault in gate(publication)]


def panels_of(publication: Publication) -> list[Panel]:
    """The pages of other rooms about a publication; an address that does not exist is left out."""
    found = []
    for name, label in _panels.items():
        try:
            found.append(Panel(label, reverse(name, args=[publication.pk])))
        except NoReverseMatch:
            continue
    return found
