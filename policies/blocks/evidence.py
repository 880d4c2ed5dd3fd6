"""The documents that a clause asks for: those of everyone, then its own in the order of its facts, then optional ones.

The same list that a load of the shipped corpus makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policies.blocks.read import declared


def evidence_of(
    definition: Mapping[str, Any],
    optional: Sequence[str],
    catalogue: Mapping[str, Mapping[str, Any]],
    common: Sequence[str],
    before: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """[{key, label, help, scope, required, common}]; `catalogue`: the documents of the policy by key.

    A key that the catalogue no longer has keeps the words of `before`; without any it is called by its key.
    """
    keys = list(dict.fromkeys((*common, *_asked(definition), *optional)))
    known = {str(one.get("key")): one for one in before}
    found = []
    for key in keys:
        entry = catalogue.get(key) or known.get(key) or {}
        words = {"label": entry.get("label", key), "help": entry.get("help", ""), "scope": entry.get("scope", "own")}
        found.append({"key": key, **words, "required": key not in optional, "common": key in common})
    return found


def optional_in(evidence: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys that are asked for and not insisted on."""
    return [str(one.get("key")) for one in evidence if one.get("required") is False]


def _asked(definition: Mapping[str, Any]) -> Iterator[str]:
    for fact in declared(definition):
        for item in (fact, *declared(fact, "columns")):
            keys = item.get("evidence")
            yield from (key for key in (keys if isinstance(keys, list) else []) if isinstance(key, str) and key)
