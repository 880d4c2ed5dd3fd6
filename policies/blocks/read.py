"""What was posted, back as the JSON of a definition: the inverse of :mod:`.tree`.

A text that is no value of its kind stays as it was typed, and a sentence says why; the lints say the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.blocks import labels
from policies.blocks.amounts import (
    TypedError,
    read_bound,
    read_day,
    read_money,
    read_rate,
    read_times,
    read_whole,
)
from policies.blocks.operations import changed_kind
from policies.blocks.shapes import Schema, Shape, default_json, is_kind, shapes_of
from policies.blocks.tree import ELSEWHERE

Posted = Mapping[str, Sequence[str]]

#: Parts inside parts; what a browser drew is never deeper.
_DEPTH = 24
_INDEX = re.compile(r"[0-9]{1,4}")
#: Characters that no text holds and no database keeps.
_INVISIBLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(55296, 57344)))
_MISSING = object()


@dataclass
class Read:
    """The definition as JSON, and what could not be read: (path of the field, sentence)."""

    definition: dict[str, Any]
    faults: list[tuple[str, str]] = field(default_factory=list)


def read(schema: Schema, posted: Posted, fixed: Mapping[str, Any] | None = None) -> Read:
    """The definition that a form says; `fixed` are the fields that the page does not ask for (id, sentence)."""
    reader = _Reader(posted)
    found = reader.part("", schema, 0)
    head = {name: (fixed or {}).get(name) for name in schema.model_fields if name in ELSEWHERE}
    return Read({**head, **found}, reader.faults)


def clean(text: str) -> str:
    """A text without what nobody can see, its lines as everywhere."""
    return text.replace("\r\n", "\n").translate(_INVISIBLE).strip()


class _Reader:
    def __init__(self, posted: Posted) -> None:
        self.posted = posted
        self.faults: list[tuple[str, str]] = []
        # entries of lists: the numbers posted right below each path
        self.below: dict[str, set[int]] = {}
        for name in posted:
            steps = name.split(":", 1)[0].split(".")
            for depth, step in enumerate(steps):
                if _INDEX.fullmatch(step):
                    self.below.setdefault(".".join(steps[:depth]), set()).add(int(step))

    def text(self, name: str) -> str | None:
        """The text of a control; None where it was not posted."""
        values = self.posted.get(name)
        return clean(values[-1]) if values else None

    def kept(self, path: str) -> Any:
        """A value that no field could show."""
        text = self.text(f"{path}:json")
        if text is None:
            return _MISSING
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text

    def part(self, path: str, part: Schema, depth: int) -> dict[str, Any]:
        """The fields of one model."""
        found: dict[str, Any] = {}
        for name, shape in shapes_of(part).items():
            if not path and name in ELSEWHERE:
                continue
            if is_kind(part, name):
                if shape.has_default:
                    found[name] = shape.default
                continue
            place = f"{path}.{name}" if path else name
            value = self.kept(place)
            if value is _MISSING:
                value = self.value(place, shape, part, path, depth)
            if value is not _MISSING:
                found[name] = value
        strange = self.kept(f"{path}.*" if path else "*")
        return {**strange, **found} if isinstance(strange, dict) else found

    def value(self, path: str, shape: Shape, part: Schema, owner: str, depth: int) -> Any:
        """What one field says; _MISSING where nothing does."""
        match shape.kind:
            case "part" | "union":
                return self.inner(path, shape, depth)
            case "list":
                return self.list(path, shape, depth)
            case "ticks":
                if f"{path}:ticks" not in self.posted:
                    return _unasked(shape)
                ticked = list(dict.fromkeys(clean(one) for one in self.posted.get(path, ())))
                if len(ticked) < shape.least:
                    self.faults.append((path, f"请在“{labels.label(part, path.rsplit('.', 1)[-1])}”中至少勾选一项。"))
                return ticked
        if shape.control == "flag":
            return path in self.posted if f"{path}:flag" in self.posted else _unasked(shape)
        text = self.text(path)
        if text is None:
            return _unasked(shape)
        return self.typed(path, text, shape, part, owner)

    def typed(self, path: str, text: str, shape: Shape, part: Schema, owner: str) -> Any:
        """What a text says as a value of its kind; the text itself where it says nothing."""
        if not text:
            if shape.optional:
                return None
            if not shape.has_default:
                verb = "选择" if shape.control in ("choice", "ref") else "填写"
                self.faults.append((path, f"请{verb}“{labels.label(part, path.rsplit('.', 1)[-1])}”。"))
            return _MISSING if shape.control == "choice" else default_json(shape) if shape.has_default else text
        try:
            return self.reader(shape, owner)(text)
        except TypedError as error:
            self.faults.append((path, str(error)))
            return text

    def reader(self, shape: Shape, owner: str) -> Callable[[str], Any]:
        """How a control's text is read."""
        match shape.control:
            case "day":
                return lambda text: read_day(text, shape.literals)
            case "bound":
                kind = self.text(f"{owner}.type")
                return lambda text: read_bound(text, kind)
        readers: dict[str, Callable[[str], Any]] = {
            "money": read_money,
            "rate": read_rate,
            "times": read_times,
            "whole": read_whole,
        }
        return readers.get(shape.control, str)

    def inner(self, path: str, shape: Shape, depth: int) -> Any:
        """A part of its own; None or nothing where it is not there."""
        if f"{path}:on" not in self.posted or depth > _DEPTH:
            return None if shape.optional else _MISSING
        if not shape.tag:
            return self.part(path, shape.parts[0], depth + 1)
        wanted, was = self.text(f"{path}.{shape.tag}") or "", self.text(f"{path}:was") or ""
        if shape.tag == "type":  # numbers have the same fields, whatever they count
            return self.number(path, shape, wanted, depth)
        part = shape.part_for(was)
        if part is None:
            kept = self.kept(f"{path}.*")
            drawn = kept if isinstance(kept, dict) else {}
        else:
            drawn = {shape.tag: was, **self.part(path, part, depth + 1)}
        if wanted == was:
            return {shape.tag: was, **drawn} if was else drawn
        return changed_kind(shape, drawn, wanted)

    def number(self, path: str, shape: Shape, wanted: str, depth: int) -> dict[str, Any]:
        part = shape.part_for(wanted)
        if part is not None:
            return {shape.tag: wanted, **self.part(path, part, depth + 1)}
        texts = {name: self.text(f"{path}.{name}") for name in ("quote", "literal", "value")}
        kept = self.kept(f"{path}.*")
        found = {name: text for name, text in texts.items() if text}
        return {**(kept if isinstance(kept, dict) else {}), **({shape.tag: wanted} if wanted else {}), **found}

    def list(self, path: str, shape: Shape, depth: int) -> list[Any]:
        """The entries of a list in the order of their numbers."""
        entry, found = shape.entry, []
        assert entry is not None
        for index in sorted(self.below.get(path, ())):
            place = f"{path}.{index}"
            value = self.kept(place)
            if value is _MISSING and entry.kind == "field":
                text = self.text(place)
                value = _MISSING if text is None else text
            elif value is _MISSING:
                value = self.inner(place, entry, depth)
            if value is not _MISSING:
                found.append(value)
        return found


def _unasked(shape: Shape) -> Any:
    return default_json(shape) if shape.has_default else _MISSING


def declared(definition: Mapping[str, Any], name: str = "facts") -> list[Mapping[str, Any]]:
    """The facts that a definition declares, those that are none left out."""
    items = definition.get(name)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
