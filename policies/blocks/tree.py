"""A definition, valid or not, as nodes that a form shows.

Names of a form are paths (`facts.0.columns.1.key`). Beside the fields stand markers, so that a part without a filled-in
field is told from a part that is not there: `P:on` a part, `P:was` the kind it was drawn with, `P:flag` and `P:ticks` a
box or boxes, `P:json` a value that no field can show. :mod:`.read` is the inverse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from policies.blocks import labels
from policies.blocks.amounts import show_bound, show_day, show_money
from policies.blocks.choices import Around, Options, Scope
from policies.blocks.shapes import Control, Schema, Shape, default_json, is_kind, shapes_of
from policies.lint.faults import MAX_DEPTH
from policies.rules import schema as s

NodeKind = Literal["field", "ticks", "part", "list", "absent", "raw"]

#: Fields that the page shows elsewhere: the number and the sentence are the clause's.
ELSEWHERE = frozenset({"id", "sentence"})
#: Fields that mean something only beside a certain type of fact.
_ONLY_FOR: dict[str, tuple[str, ...]] = {
    "entry_unit": ("money",),
    "minimum": ("money", "count", "date"),
    "maximum": ("money", "count", "date"),
    "choices": ("choice",),
    "columns": ("table",),
    "min_rows": ("table",),
    "max_rows": ("table",),
}


@dataclass(slots=True)
class Node:
    """One thing that a form shows."""

    path: str
    kind: NodeKind
    label: str
    help: str = ""
    control: Control = "text"
    #: What stands in the control: a text, a yes or no, keys that are ticked, JSON.
    value: Any = ""
    options: Options = field(default_factory=list)
    #: Something must stand here.
    required: bool = False
    #: A number or passage with its quotation: its wrapper carries the path for static/js/mark.js.
    cited: bool = False
    #: What number its quotation holds: money, rate, times, count; empty where it holds none or the kind is a choice.
    number: str = ""
    #: A quotation without a number, in a field of its own: it is marked in the text, too.
    marked: bool = False
    children: list[Node] = field(default_factory=list)
    #: Fields that few need, and whether one of them holds something.
    rare: list[Node] = field(default_factory=list)
    #: Kinds that a new entry or an absent part may have; empty where there is one kind only.
    kinds: Options = field(default_factory=list)
    #: What one entry is called: 填报项.
    entry: str = ""
    #: The name of the field that says the kind, and the kind that was drawn.
    tag: str = ""
    was: str = ""
    #: An entry of a list, an optional part: it can be taken away; an entry can be moved.
    removable: bool = False
    first: bool = True
    last: bool = True
    #: What an entry is: 比较：年度营业收入达到20亿元以上.
    title: str = ""
    #: Sentences of the lints, put there by the page.
    faults: list[Any] = field(default_factory=list)
    #: The field of a form, put there by the page; and whether a folded part is shown open.
    bound: Any = None
    opened: bool = False
    #: What is chosen here decides what else the form asks for.
    decides: bool = False
    #: The sentences of a block that are shown beside it.
    said_here: bool = False
    said: Any = ()

    @property
    def name(self) -> str:
        """The last step of the path."""
        return self.path.rsplit(".", 1)[-1]

    def part(self, name: str) -> Node | None:
        """A child by the name of its field."""
        return next((child for child in (*self.children, *self.rare) if child.name == name), None)

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for child in (*self.children, *self.rare):
            yield from child.walk()


def tree(schema: Schema, definition: Any, around: Around) -> Node:
    """The form of a definition; whatever cannot be shown in its field is kept as it is."""
    raw = definition if isinstance(definition, Mapping) else {}
    facts = [fact for fact in raw.get("facts") or () if isinstance(fact, Mapping)] if _is_list(raw.get("facts")) else []
    return _part("", schema, raw, Scope(around, facts), "", depth=0)


def posted_as(node: Node) -> dict[str, list[str]]:
    """What a browser posts of a form that nobody touched."""
    data: dict[str, list[str]] = {}
    for one in node.walk():
        data.update(_posted(one))
    return data


def _posted(node: Node) -> Iterator[tuple[str, list[str]]]:
    match node.kind:
        case "field" if node.control == "flag":
            yield f"{node.path}:flag", ["1"]
            if node.value:
                yield node.path, ["1"]
        case "field":
            yield node.path, [node.value]
        case "ticks":
            yield f"{node.path}:ticks", ["1"]
            yield node.path, list(node.value)
        case "raw":
            yield f"{node.path}:json", [node.value]
        case "part" if node.path:
            yield f"{node.path}:on", ["1"]
            if node.tag:
                yield f"{node.path}.{node.tag}", [node.was]
                yield f"{node.path}:was", [node.was]


# ------------------------------------------------------------------------------------------------- drawing


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _join(path: str, name: str | int) -> str:
    return f"{path}.{name}" if path else str(name)


def _part(path: str, part: Schema, raw: Mapping[str, Any], scope: Scope, label: str, *, depth: int) -> Node:
    """The fields of one model."""
    node = Node(path, "part", label, cited=bool(path) and "quote" in part.model_fields)
    if "literal" in part.model_fields:
        node.number = part.model_fields["type"].default
    if part in (s.Rows, s.LoanInterest):
        scope = scope.inside(raw.get("table"), in_row=False)
    for name, shape in shapes_of(part).items():
        if (not path and name in ELSEWHERE) or is_kind(part, name) or not _belongs(part, name, raw, shape):
            continue
        inner = scope.inside(raw.get("table"), in_row=True) if name == "each" else scope
        child = _field(_join(path, name), part, name, shape, raw, inner, depth)
        (node.rare if labels.is_rare(part, name) else node.children).append(child)
    if "label" in part.model_fields or part is s.Group:  # what is meant, then the passage that says it
        node.children.sort(key=lambda child: child.name == "quote")
    known = set(part.model_fields)
    if strange := {key: value for key, value in raw.items() if key not in known}:
        node.children.append(Node(_join(path, "*"), "raw", "系统不认识的内容", value=_json(strange)))
    return node


def _belongs(part: Schema, name: str, raw: Mapping[str, Any], shape: Shape) -> bool:
    """Whether a field is shown: of a type of fact that has no use for it only where something stands there."""
    wanted = _ONLY_FOR.get(name) if issubclass(part, s.Column) else None
    if wanted is None or raw.get("type") in wanted:
        return True
    return name in raw and raw[name] != default_json(shape)


def _field(path: str, owner: Schema, name: str, shape: Shape, raw: Mapping[str, Any], scope: Scope, depth: int) -> Node:
    label = labels.label(owner, name)
    value = raw[name] if name in raw else default_json(shape)
    if depth > MAX_DEPTH:
        return _kept(path, label, value)
    match shape.kind:
        case "part" | "union":
            node = _inner(path, shape, value, scope, label, depth)
            node.removable = node.kind == "part" and shape.optional
            node.required = not shape.optional
        case "list":
            node = _list(path, name, shape, value, scope, label, depth)
        case "ticks":
            node = _ticks(path, shape, name, value, raw, scope, label)
        case _:
            node = _control(path, owner, name, shape, value, raw, scope, label)
    node.help = labels.help_text(owner, name)
    return node


def _kept(path: str, label: str, value: Any) -> Node:
    """A value that no field can show, kept as it is."""
    return Node(path, "raw", label, value=_json(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _inner(path: str, shape: Shape, value: Any, scope: Scope, label: str, depth: int) -> Node:
    """A part of its own, or the place where one may be put."""
    kinds = [(kind, labels.kind_label(shape.tag, kind)) for kind in shape.kinds]
    if value is None:
        return Node(path, "absent", label, kinds=kinds)
    if not isinstance(value, Mapping):
        return _kept(path, label, value)
    tag = value.get(shape.tag) if shape.tag else None
    part = shape.part_for(tag)
    if part is None:
        return _undecided(path, shape, value, label, kinds)
    node = _part(path, part, value, scope, label, depth=depth + 1)
    if shape.tag:
        node.tag, node.was, node.kinds = shape.tag, str(tag), kinds
    node.title = _title(part, value, shape.tag)
    return node


def _undecided(path: str, shape: Shape, value: Mapping[str, Any], label: str, kinds: Options) -> Node:
    """A part of no known kind: a number keeps what was typed, everything else waits for its kind."""
    tag = value.get(shape.tag)
    node = Node(path, "part", label, tag=shape.tag, was=tag if isinstance(tag, str) else "", kinds=kinds)
    node.cited = shape.tag == "type"
    rest = {key: inner for key, inner in value.items() if key != shape.tag or not isinstance(tag, str)}
    if node.cited:
        number = shape.parts[0]
        for name in ("quote", "literal", "value"):
            inner = rest.pop(name, "")
            text = inner if isinstance(inner, str) else _json(inner)
            words = labels.label(number, name) if name != "value" else "数值"
            control: Control = "long" if name == "quote" else "text"
            node.children.append(Node(_join(path, name), "field", words, control=control, value=text, required=True))
    if rest:
        node.children.append(Node(_join(path, "*"), "raw", "其他内容", value=_json(rest)))
    return node


def _list(path: str, name: str, shape: Shape, value: Any, scope: Scope, label: str, depth: int) -> Node:
    entry = shape.entry
    if not _is_list(value) or entry is None:
        return _kept(path, label, value) if value is not None else Node(path, "list", label)
    node = Node(path, "list", label, entry=labels.entry_label(name), required=shape.least > 0)
    if entry.tag:
        node.kinds = [(kind, labels.kind_label(entry.tag, kind)) for kind in entry.kinds]
    elif name in ("facts", "year_facts", "columns") and entry.parts:
        types = shapes_of(entry.parts[0])["type"].literals
        node.kinds = [(one, labels.option("type", one)) for one in types if name != "year_facts" or one != "table"]
    for index, item in enumerate(value):
        place = _join(path, index)
        words = f"{'第 ' if name in ('tiers', 'parts') else ''}{index + 1}{' ' if name in ('tiers', 'parts') else ''}"
        called = f"{words}{node.entry}" if name in ("tiers", "parts") else f"{node.entry} {index + 1}"
        if entry.kind == "field":
            options = list(scope.around.evidence.items()) if entry.source == "evidence" else []
            child = _text(place, called, item, options)
        else:
            child = _inner(place, entry, item, scope, called, depth)
        child.removable, child.first, child.last = True, index == 0, index == len(value) - 1
        node.children.append(child)
    return node


def _text(path: str, label: str, value: Any, options: Options) -> Node:
    if not isinstance(value, str):
        return _kept(path, label, value)
    if not options:
        return Node(path, "field", label, value=value, required=True)
    return Node(path, "field", label, control="ref", value=value, options=_offered(options, value), required=True)


def _offered(options: Options, value: str) -> Options:
    """The options, with what stands there now among them."""
    if value and value not in {key for key, _ in options}:
        return [*options, (value, f"{value}（没有这一项）")]
    return options


def _ticks(path: str, shape: Shape, name: str, value: Any, raw: Mapping[str, Any], scope: Scope, label: str) -> Node:
    if value is None:
        value = []
    if not _is_list(value) or not all(isinstance(item, str) for item in value) or len(set(value)) != len(value):
        return _kept(path, label, value)
    options = scope.entries(shape, name, raw)
    words = dict(options)
    # What is ticked stands first, in its own order: a browser posts in the order of the page.
    ordered = [(key, words.get(key, f"{key}（没有这一项）")) for key in value]
    ordered += [(key, told) for key, told in options if key not in value]
    return Node(path, "ticks", label, value=list(value), options=ordered, required=shape.least > 0)


def _control(
    path: str, owner: Schema, name: str, shape: Shape, value: Any, raw: Mapping[str, Any], scope: Scope, label: str
) -> Node:
    required = not shape.has_default and not shape.optional
    node = Node(path, "field", label, control=shape.control, required=required, marked=name.endswith("_quote"))
    if shape.control == "flag":
        if not isinstance(value, bool):
            return _kept(path, label, value)
        node.value = value
        return node
    if value is None:
        value = ""
    if shape.control == "whole" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return _kept(path, label, value)
    node.value = _shown(shape.control, value, raw)
    node.decides = name in ("type", "table") or (owner is s.OneOf and name == "fact")
    if shape.control == "choice":
        known = [(str(one), labels.option(name, one)) for one in shape.literals]
        node.options = _offered(known, value)
    elif shape.control == "ref":
        node.options = _offered(scope.references(shape.wanted), value)
    elif shape.control == "day":
        node.options = [(word, show_day(word)) for word in shape.literals]
    return node


def _shown(control: Control, value: str, raw: Mapping[str, Any]) -> str:
    match control:
        case "money":
            return show_money(value)
        case "day":
            return show_day(value)
        case "bound":
            return show_bound(value, raw.get("type"))
    return value


def _title(part: Schema, raw: Mapping[str, Any], tag: str) -> str:
    """What an entry is, for its head: its kind and what it is called."""
    kind = labels.SHORT.get(str(raw.get(tag)), "") if tag == "kind" else ""
    if issubclass(part, s.Column):
        kind = labels.option("type", raw.get("type")) if raw.get("type") else ""
    name = next((raw[key] for key in ("label", "name") if isinstance(raw.get(key), str) and raw[key]), "")
    if issubclass(part, s.Column):
        return f"{name or '未命名'}（{kind}）" if kind else name
    return f"{kind}：{name}" if kind and name else kind or name
