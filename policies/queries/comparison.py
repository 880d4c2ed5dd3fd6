"""What differs between two states of a clause or of the rules, in words; and whether only words differ.

The page that sets two states side by side reads `policies.queries.side_by_side`.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from common.canonical import canonical_json
from common.templatetags.ui import zhdate
from policies.drafts import ClauseContent, Content, RulesContent
from policies.lint.brackets import ROLE_LABELS, BracketError, parse_bracket
from policies.rules.differences import Difference, differences, field_label
from policies.rules.schema import ClauseDefinition, FactDecl, Group, PolicyDefinition, TotalCap

T = TypeVar("T")

#: Fields of a definition that a person reads and nothing computes with.
_WORDS = frozenset(
    {"title", "sentence", "label", "help", "quote", "literal", "source", "lifted_quote", "untranslated", "reason"}
)
#: What entries of a list are known by, where a definition cannot be read as one.
_NAMES = ("id", "key", "name", "value")
_SCOPES = {"year": "年度共用", "own": "本条款"}
_MOST_SHOWN = 200
#: A number differs as a whole, a Chinese character for itself.
_TOKEN = re.compile(r"[0-9][0-9,.]*%?|[A-Za-z]+|.", re.DOTALL)

# ------------------------------------------------------------------------------------------------ substance


def is_wording_only(before: ClauseContent, after: ClauseContent) -> bool:
    """Whether two contents of a clause mean the same and differ, if at all, in what is printed.

    Wording: titles, labels, help, notes, the printed sentence, quotations and the spelling of a number. Everything else
    is substance: what is asked for and its types and bounds, numbers, references, conditions, blocks, limits, units and
    their order, which documents are attached, and the last day. The first day is not: a correction begins on its own.
    """
    return _substance(before) == _substance(after)


def _substance(content: ClauseContent) -> Any:
    return {
        "definition": _without_words(_normal(content.definition)),
        "units": _units(content.bracket),
        "evidence": [
            {name: one.get(name) for name in ("key", "scope", "required", "common")} for one in content.evidence
        ],
        "valid_to": content.valid_to,
    }


def _normal(definition: dict[str, Any]) -> Any:
    """A definition with its defaults written out, where it is a valid one: leaving a default away is no substance."""
    found = valid_clause(definition)
    return definition if found is None else found.model_dump(mode="json")


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_words(inner) for key, inner in value.items() if key not in _WORDS}
    if isinstance(value, list | tuple):
        return [_without_words(inner) for inner in value]
    return value


def _units(bracket: str) -> Any:
    """The units as they are read; the bare text where it cannot be read, so that nothing passes for the same."""
    try:
        return parse_bracket(bracket)
    except BracketError:
        return "".join(bracket.split())


# ---------------------------------------------------------------------------------------------- differences


@dataclass(frozen=True)
class Told:
    """One place that differs: its name for people, and what stands there before and after; None where nothing does."""

    label: str
    before: str | None
    after: str | None

    @property
    def parts(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Before and after in pieces, each with whether it differs."""
        return marked(self.before or "", self.after or "")


def told_differences(before: Content, after: Content) -> list[Told]:
    """Every place where two contents of one clause, or of one document's rules, differ; the first is the earlier one.

    Definitions that are valid are told by `policies.rules.differences`; others field by field. Raises TypeError for a
    clause beside rules.
    """
    if isinstance(before, ClauseContent) and isinstance(after, ClauseContent):
        return [
            *_told_text("原文", before.quote, after.quote),
            *_told_units(before.bracket, after.bracket),
            *_told_definition(before, after),
            *_told_evidence(before.evidence, after.evidence),
            *_told_days(before, after),
        ]
    if isinstance(before, RulesContent) and isinstance(after, RulesContent):
        return [*_told_rules(before.definition, after.definition), *_told_days(before, after)]
    raise TypeError("a clause cannot be compared with rules")


def substantial_differences(before: ClauseContent, after: ClauseContent) -> list[Told]:
    """As `told_differences`, without what may differ between a text and its correction (see `is_wording_only`): empty
    where only words differ."""
    if is_wording_only(before, after):
        return []
    evidence = {one.get("key"): one for one in after.evidence}
    old = replace(
        before,
        definition=_reworded(before.definition, after.definition),
        quote=after.quote,
        bracket=after.bracket if _units(before.bracket) == _units(after.bracket) else before.bracket,
        valid_from=after.valid_from,
        evidence=[
            {**one, **{name: value for name, value in evidence.get(one.get("key"), {}).items() if name in _WORDS}}
            for one in before.evidence
        ],
    )
    return told_differences(old, after) or told_differences(before, after)


def _reworded(before: Any, after: Any) -> Any:
    """The state before in the words of the one after, wherever the two correspond."""
    if isinstance(before, dict) and isinstance(after, dict):
        kept = {key: _reworded(value, after.get(key)) for key, value in before.items() if key not in _WORDS}
        return kept | {key: value for key, value in after.items() if key in _WORDS}
    if isinstance(before, list) and isinstance(after, list):
        old, new = _called(before), _called(after)
        if old is not None and new is not None:
            return [_reworded(one, new.get(name)) for name, one in old.items()]
        return [_reworded(one, other) for one, other in zip_longest(before, after[: len(before)])]
    return before


def marked(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Two texts in pieces, each with whether it differs from the other text."""
    old: list[tuple[str, bool]] = []
    new: list[tuple[str, bool]] = []
    first, second = (_TOKEN.findall(text) for text in (before, after))
    for tag, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if a < b:
            old.append(("".join(first[a:b]), tag != "equal"))
        if c < d:
            new.append(("".join(second[c:d]), tag != "equal"))
    return old, new


def valid_clause(definition: Any) -> ClauseDefinition | None:
    """The definition of a clause as the engine reads it; None where it is not one (nothing is paid, or faults)."""
    return _valid(ClauseDefinition.model_validate, definition)


def valid_facts(definition: Mapping[str, Any]) -> tuple[FactDecl, ...] | None:
    """The figures of the year that rules declare; None where they have faults."""
    return _valid(_FACTS.validate_python, tuple(_list(definition.get("year_facts"))))


def valid_cap(definition: Mapping[str, Any]) -> TotalCap | None:
    """The cap of rules across clauses; None where there is none or it has faults."""
    return _valid(TotalCap.model_validate, definition.get("total_cap"))


def valid_groups(definition: Mapping[str, Any]) -> tuple[Group, ...] | None:
    """The groups of rules across clauses; None where they have faults."""
    return _valid(_GROUPS.validate_python, tuple(_list(definition.get("groups"))))


_FACTS = TypeAdapter(tuple[FactDecl, ...])
_GROUPS = TypeAdapter(tuple[Group, ...])


def _valid(read: Callable[[Any], T], value: Any) -> T | None:
    try:
        return read(value)
    except ValidationError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _told_text(label: str, before: str, after: str) -> Iterator[Told]:
    if before != after:
        yield Told(label, before or None, after or None)


def _told_units(before: str, after: str) -> Iterator[Told]:
    """Units by role where both brackets can be read, the printed text otherwise and where only that differs."""
    if before == after:
        return
    try:
        old, new = parse_bracket(before), parse_bracket(after)
    except BracketError:
        yield Told("单位", before or None, after or None)
        return
    if old == new:
        yield Told("单位的原文写法", before, after)
    for label, role in ROLE_LABELS.items():
        first, second = ("、".join(getattr(side, role)) for side in (old, new))
        yield from _told_text(label, first, second)


def _told_definition(before: ClauseContent, after: ClauseContent) -> Iterator[Told]:
    old, new = valid_clause(before.definition), valid_clause(after.definition)
    if old is None or new is None:
        yield from (one for one in _told_plain(before.definition, after.definition, "") if one.label != "原文")
        return
    lead = f"条款 {old.id}"
    for one in differences(_policy(clauses=(old,)), _policy(clauses=(new,))):
        if one.path.endswith("].sentence"):  # the same text as the version's own, told already
            continue
        yield _told(one, one.label.removeprefix(lead).lstrip(" 的") or lead)


def _told_rules(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Told]:
    sides = []
    for definition in (before, after):
        facts, groups = valid_facts(definition), valid_groups(definition)
        cap = valid_cap(definition)
        if facts is None or groups is None or (cap is None and definition.get("total_cap")):
            yield from _told_plain(before, after, "")
            return
        sides.append(_policy(year_facts=facts, groups=groups, total_cap=cap))
    yield from (_told(one, one.label) for one in differences(*sides))


def _policy(**parts: Any) -> PolicyDefinition:
    """A policy of which only some parts count: enough to be compared, never to compute with."""
    return PolicyDefinition.model_construct(**{**dict.fromkeys(PolicyDefinition.model_fields), **parts})


def _told(one: Difference, label: str) -> Told:
    return Told(label, *(None if value == "无" else value for value in (one.before, one.after)))


def _told_evidence(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Told]:
    old, new = ({str(one.get("key")): one for one in side} for side in (before, after))
    for key, one in {**old, **new}.items():
        place = f"申报材料「{one.get('label') or key}」"
        first, second = old.get(key), new.get(key)
        if first is None or second is None:
            yield Told(place, _evidence_words(first), _evidence_words(second))
            continue
        yield from _told_text(f"{place}的名称", str(first.get("label", "")), str(second.get("label", "")))
        yield from _told_text(f"{place}的说明", str(first.get("help", "")), str(second.get("help", "")))
        told = [_evidence_words(side) or "" for side in (first, second)]
        yield from _told_text(f"{place}的要求", *told)
    order = [[key for key in side if key in old and key in new] for side in (old, new)]
    if order[0] != order[1]:
        yield Told("申报材料的次序", *("、".join(str(new[key].get("label") or key) for key in side) for side in order))


def _evidence_words(one: Mapping[str, Any] | None) -> str | None:
    if one is None:
        return None
    words = ["必须提供" if one.get("required") else "可以不提供", _SCOPES.get(str(one.get("scope")), "")]
    return "，".join(word for word in (*words, "各条款共同材料" if one.get("common") else "") if word)


def _told_days(before: Content, after: Content) -> Iterator[Told]:
    for label, name, none in (("生效日期", "valid_from", ""), ("失效日期", "valid_to", "没有写明")):
        first, second = (day_words(getattr(side, name)) or none for side in (before, after))
        yield from _told_text(label, first, second)


def day_words(day: dt.date | None) -> str:
    """2026年1月1日; empty for none."""
    return zhdate(day) if day else ""


# ------------------------------------------------------------------------------------- what is no definition


def _told_plain(before: Any, after: Any, label: str) -> Iterator[Told]:
    """Two pieces of JSON, field by field under the names that people know."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            called = field_label(object, name)
            place = f"{label}的{called}" if label else called
            yield from _told_plain(before.get(name), after.get(name), place)
    elif isinstance(before, list) and isinstance(after, list):
        for name, (first, second) in _paired(before, after).items():
            yield from _told_plain(first, second, f"{label}{name}")
    else:
        yield Told(label or "定义", _plain_words(before), _plain_words(after))


def _paired(before: list[Any], after: list[Any]) -> dict[str, tuple[Any, Any]]:
    """Entries by what they are called; by their place where one of them has no name of its own."""
    old, new = _called(before), _called(after)
    if old is None or new is None:
        pairs = enumerate(zip_longest(before, after), start=1)
        return {f"第 {number} 项": pair for number, pair in pairs}
    return {f"「{name}」": (old.get(name), new.get(name)) for name in {**old, **new}}


def _called(items: list[Any]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for item in items:
        names = [item[name] for name in _NAMES if isinstance(item.get(name), str)] if isinstance(item, dict) else []
        if not names or names[0] in found:
            return None
        found[names[0]] = item
    return found


def _plain_words(value: Any) -> str | None:
    match value:
        case None | "" | [] | {}:
            return None
        case bool():
            return "是" if value else "否"
        case str() | int():
            return str(value)
        case BaseModel():
            return str(value)
    text = canonical_json(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
