"""From a lint's path to the field of the form: `facts["projects"].label` is `facts.0.label`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.blocks.tree import Node
from policies.lint.faults import entry, field


def places_of(definition: Any) -> dict[str, str]:
    """Lint path → path of the form, of every part and entry of a definition."""
    return dict(_walk(definition, "", ""))


def _walk(value: Any, told: str, path: str) -> Iterator[tuple[str, str]]:
    yield told, path
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(inner, field(told, str(name)), f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, entry(told, value, index), f"{path}.{index}" if path else str(index))


def field_of(told: str, places: Mapping[str, str]) -> str:
    """The path of the form that a lint's path means, as near as there is one; what is missing is named all the same."""
    if told in places:
        return places[told]
    rest = told
    while rest:
        cut = max(rest.rfind("."), rest.rfind("["))
        rest = rest[: max(cut, 0)]
        if rest in places:
            tail = told[len(rest) :].lstrip(".")
            return ".".join(filter(None, (places[rest], tail))) if re.fullmatch(r"[a-z_]+", tail) else places[rest]
    return told if re.fullmatch(r"[a-z_]+", told) else ""


def attach(tree: Node, faults: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Put faults, by path of the form, at their nodes or the nearest outer ones; the rest comes back."""
    nodes = {node.path: node for node in tree.walk()}
    left: dict[str, list[Any]] = {}
    for path, found in faults.items():
        place = path
        while place and place not in nodes:
            place = place.rpartition(".")[0]
        if place:
            nodes[place].faults += found
        else:
            left.setdefault(path, []).extend(found)
    return left
