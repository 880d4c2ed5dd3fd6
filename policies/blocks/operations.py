"""What the buttons of the form do to a definition: add, remove, move; and what stays when a kind changes.

An operation is a text of a button: `add:conditions:compare`, `add:cap`, `remove:facts.0.columns.2`, `up:award.tiers.1`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from policies.blocks.shapes import Schema, Shape, default_json, is_kind, shapes_of
from policies.rules import schema as s

#: A block that becomes a part of these keeps its content inside.
_INTO_LIST = {"sum": "parts", "all": "of", "any": "of"}
_INTO_PART = {"rows": "each", "not": "of"}


class OperationError(ValueError):
    """There is no such operation or nothing at its place; the message is a Chinese sentence."""


def apply(schema: Schema, definition: Mapping[str, Any], operation: str) -> tuple[dict[str, Any], str]:
    """The definition after one operation, and the path of what is new or moved (empty where nothing is).

    Raises OperationError for an operation that does not fit the definition.
    """
    verb, _, rest = operation.partition(":")
    path, _, kind = rest.partition(":")
    changed = copy.deepcopy(dict(definition))
    holder, step, shape, owner = _locate(schema, changed, path)
    match verb:
        case "add" if shape.kind == "list" and shape.entry is not None:
            items = holder.get(step) if isinstance(holder, dict) else None
            if not isinstance(items, list):
                items = []
                holder[step] = items
            items.append(_coded(_blank_entry(shape.entry, kind, str(step), owner), items))
            return changed, f"{path}.{len(items) - 1}"
        case "add" if shape.kind in ("part", "union") and isinstance(step, str):
            holder[step] = blank(shape, kind)
            return changed, path
        case "remove" if isinstance(step, int):
            del holder[step]
            return changed, path.rpartition(".")[0]
        case "remove" if shape.optional:
            holder[step] = None
            return changed, path
        case "up" | "down" if isinstance(step, int):
            other = step - 1 if verb == "up" else step + 1
            if not 0 <= other < len(holder):
                raise OperationError("已经在最前或最后，不能再移动。")
            holder[step], holder[other] = holder[other], holder[step]
            return changed, f"{path.rpartition('.')[0]}.{other}"
    raise OperationError("没有这样的操作，请刷新页面后再试。")


def _locate(schema: Schema, definition: dict[str, Any], path: str) -> tuple[Any, str | int, Shape, Schema]:
    """(container, last step, shape of what stands there, class of the innermost model) of a path."""
    part: Schema | None = schema
    shape, steps = Shape("part", parts=(schema,)), path.split(".")
    current: Any = definition
    holder: Any = None
    step: str | int = ""
    owner = schema
    for text in steps:
        holder = current
        if isinstance(holder, dict) and part is not None and text in part.model_fields:
            step, owner = text, part
            shape, current = shapes_of(part)[text], holder.get(text)
        elif isinstance(holder, list) and text.isdecimal() and int(text) < len(holder) and shape.entry is not None:
            step, shape = int(text), shape.entry
            current = holder[step]
        else:
            raise OperationError("这一处已经不在了，请刷新页面后再试。")
        tag = current.get(shape.tag) if isinstance(current, dict) and shape.tag else None
        part = shape.part_for(tag) if shape.kind in ("part", "union") else None
    return holder, step, shape, owner


def _blank_entry(entry: Shape, kind: str, name: str, owner: Schema) -> Any:
    if entry.kind == "field":
        return ""
    found = blank(entry, kind)
    if entry.kind == "part" and issubclass(entry.parts[0], s.Column):
        found = {**found, **({"type": kind} if kind else {})}
        if name == "year_facts":
            found["scope"] = "year"
    return found


def _coded(entry: Any, beside: list[Any]) -> Any:
    """A new fact, column or option with a code that none beside it has: whoever thinks of none needs none."""
    for name, stem in (("key", "item"), ("value", "option")):
        if isinstance(entry, dict) and entry.get(name) == "":
            taken = {one.get(name) for one in beside if isinstance(one, Mapping)}
            free = next(code for number in count(len(beside) + 1) if (code := f"{stem}{number}") not in taken)
            return {**entry, name: free}
    return entry


def blank(shape: Shape, kind: str = "") -> dict[str, Any]:
    """A new part with nothing filled in; of a union without its kind, an empty one that waits for it."""
    part = shape.part_for(kind) if shape.kind == "union" else shape.parts[0]
    if part is None:
        return {}
    found: dict[str, Any] = {shape.tag: kind} if shape.tag else {}
    for name, inner in shapes_of(part).items():
        if is_kind(part, name):
            found.setdefault(name, kind if shape.tag else part.model_fields[name].default)
        elif inner.has_default:
            found[name] = default_json(inner)
        elif inner.kind in ("part", "union"):
            found[name] = blank(inner)
        elif inner.kind == "list":
            simple = inner.least and inner.entry is not None and inner.entry.kind == "part"
            found[name] = [blank(inner.entry)] if simple and inner.entry is not None else []
        elif inner.kind == "ticks":
            found[name] = []
        elif inner.control != "choice":
            found[name] = ""
    return found


def changed_kind(shape: Shape, drawn: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    """A part of a union as another kind: what fits stays, a block that becomes part of a larger one stays whole."""
    was, new = drawn.get(shape.tag), blank(shape, wanted)
    if not new:
        return {**drawn, shape.tag: wanted} if wanted else {key: drawn[key] for key in drawn if key != shape.tag}
    part = shape.part_for(wanted)
    assert part is not None
    if was and (name := _INTO_LIST.get(wanted)) and _INTO_LIST.get(str(was)) != name and _fits(part, name, was):
        return {**new, **_same(part, shape, drawn, {name}), name: [dict(drawn)]}
    if was and (name := _INTO_PART.get(wanted)) and _fits(part, name, was):
        return {**new, **_same(part, shape, drawn, {name}), name: dict(drawn)}
    for inner in _inside(drawn):
        if inner.get(shape.tag) == wanted:
            return dict(inner)
    return {**new, **_same(part, shape, drawn, set())}


def _fits(part: Schema, name: str, kind: Any) -> bool:
    """Whether a part of this kind may stand in the field."""
    shape = shapes_of(part)[name]
    inner = shape.entry if shape.kind == "list" else shape
    return inner is not None and inner.part_for(kind) is not None


def _inside(drawn: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a larger block holds, first first."""
    found: list[Any] = []
    for name in ("each", "parts", "of"):
        value = drawn.get(name)
        found += value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, Mapping)]


def _same(part: Schema, shape: Shape, drawn: Mapping[str, Any], but: set[str]) -> dict[str, Any]:
    """The fields of the same name and shape."""
    before = shape.part_for(drawn.get(shape.tag))
    if before is None:
        return {name: drawn[name] for name in part.model_fields if name in drawn and name not in but | {shape.tag}}
    old, new = shapes_of(before), shapes_of(part)
    return {
        name: drawn[name]
        for name in new
        if name in drawn
        and name in old
        and name not in but
        and not is_kind(part, name)
        and _bare(old[name]) == _bare(new[name])
    }


def _bare(shape: Shape) -> Shape:
    """What a field holds, whatever it may refer to and whether it must be there."""
    return replace(shape, has_default=False, default=None, optional=False, wanted=())
