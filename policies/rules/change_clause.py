"""Lay the part of a change document that names one clause over that clause."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from policies.rules import adjustable as a
from policies.rules.adjustable import Adjustable, Place
from policies.rules.change_values import check_json, is_same, read_number
from policies.rules.compile import DefinitionError, compile_policy
from policies.rules.definition_faults import compile_fault, schema_faults
from policies.rules.differences import differences
from policies.rules.facts import Faults, is_object, join, kind_of
from policies.rules.schema import ClauseDefinition, PolicyDefinition
from policies.rules.wording import quoted

#: The quotation of a number that a change supposes.
SUPPOSED = "（模拟假设，原文没有此数）"


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that a change document changes, for people to read; values as they are printed (15%, 2,000 万元)."""

    section: str
    label: str
    before: str
    after: str


def told(found: Adjustable, after: str) -> Changed:
    """A place that changes to what is printed ``after``."""
    return Changed(found.section, found.label, found.shown, after)


def clause_path(clause: str, key: str = "") -> str:
    """Where a clause, or one of its keys, stands in a change document."""
    base = f'clauses["{clause}"]' if re.fullmatch(r"[\w.]{1,60}", clause) else join("clauses", clause)
    if not key:
        return base
    return f"{base}.{key}" if re.fullmatch(r"[\w.\[\]]{1,80}", key) else join(base, key)


def lay_clause(
    policy: PolicyDefinition, clause: ClauseDefinition, keys: dict[str, Any], faults: Faults
) -> tuple[ClauseDefinition, list[Changed]]:
    """The clause as the keys change it, and what they change; the clause as it is where a fault is noted."""
    known, changed = len(faults.found), list[Changed]()
    drafted = "definition" in keys
    if drafted:
        data = _draft(clause, keys, faults)
    else:
        data, changed = _adjust(clause, keys, faults)
    if len(faults.found) > known:
        return clause, []
    path = clause_path(clause.id, "definition" if drafted else "")
    after = _validated(policy, clause, data, path, faults)
    if after is None:
        return clause, []
    return after, _differences(policy, clause, after) if drafted else changed


def _validated(
    policy: PolicyDefinition, clause: ClauseDefinition, data: dict[str, Any], path: str, faults: Faults
) -> ClauseDefinition | None:
    try:
        after = ClauseDefinition.model_validate(data)
        compile_policy(policy.model_copy(update={"clauses": (after,), "groups": ()}))
    except ValidationError as error:
        for where, message in schema_faults(error, data, path):
            faults.add(where, message)
        return None
    except DefinitionError as error:
        faults.add(path, compile_fault(error))
        return None
    if scoped := [fact.key for fact in after.facts if fact.scope != "own"]:
        faults.add(f"{path}.facts", f"年度数据只能在政策中声明，请将 {'、'.join(scoped)} 的 scope 改为 own。")
        return None
    return after


# -------------------------------------------------------------------------------------------------- drafts


def _draft(clause: ClauseDefinition, keys: dict[str, Any], faults: Faults) -> dict[str, Any]:
    path, given = clause_path(clause.id, "definition"), keys["definition"]
    others = [key for key in keys if key != "definition"]
    if others:
        faults.add(path, "definition 会替换整个条款，不能与本条款的其他调整同时出现，请只保留一种。")
    if not is_object(given, path, Faults()):
        faults.add(path, f"应为完整的条款定义（对象 {{…}}），实际是{kind_of(given)}。")
        return {}
    check_json(given, path, faults)
    if "id" in given and given["id"] != clause.id:
        faults.add(f"{path}.id", f"条款编号应与所替换的条款相同，即 {clause.id}。")
    return dict(given)


def _differences(policy: PolicyDefinition, before: ClauseDefinition, after: ClauseDefinition) -> list[Changed]:
    """Where a draft differs from the clause that it replaces."""
    lead = f"条款 {before.id}"
    sides = [policy.model_copy(update={"clauses": (clause,)}) for clause in (before, after)]
    return [
        Changed(before.id, one.label.removeprefix(lead).lstrip(" 的") or lead, one.before or "无", one.after or "无")
        for one in differences(*sides)
    ]


# ------------------------------------------------------------------------------------------- single places


def _adjust(clause: ClauseDefinition, keys: dict[str, Any], faults: Faults) -> tuple[dict[str, Any], list[Changed]]:
    data, places = clause.model_dump(mode="json"), a.clause_places(clause)
    known = "、".join(f"{key}（{place.adjustable.label}）" for key, place in places.items() if place.listed)
    for key in keys:
        if key not in places:
            faults.add(clause_path(clause.id, key), f"条款 {clause.id} 没有这一项，可以调整的有：{known}。")
    named = {key: place for key, place in places.items() if key in keys}
    gone = {place.removes for key, place in named.items() if keys[key] is None and place.adjustable.optional}
    items: list[Place] = []
    changed: list[Changed] = []
    for key, place in named.items():
        path, given = clause_path(clause.id, key), keys[key]
        whole = next((way for way in gone if place.way[: len(way)] == way and place.way != way), None)
        if whole is not None and not (given is None and place.removes == whole):
            said = f"{a.key_of(whole)} 已整项取消（null），不能同时调整其中的内容，请只保留一种。"
            faults.add(path, said)
        elif given is None and place.adjustable.optional and isinstance(place.removes[-1], int):
            items.append(place)
            changed.append(told(place.adjustable, a.TAKEN_AWAY))
        elif after := _set(data, place, given, path, faults):
            changed.append(told(place.adjustable, after))
    for place in sorted(items, key=lambda place: place.removes, reverse=True):  # from the end: places keep their number
        del _at(data, place.removes[:-1])[place.removes[-1]]
    return data, changed


def _set(data: dict[str, Any], place: Place, given: Any, path: str, faults: Faults) -> str:
    """Set or take away one place; answers its new value as printed, empty where nothing changes."""
    found = place.adjustable
    if given is None and found.optional:
        if found.value is None or _at(data, place.removes) is None:
            return ""
        _put(data, place.removes, None)
        return a.TAKEN_AWAY if found.kind == "part" else a.printed(None, found.kind)
    if found.kind == "part":
        faults.add(path, f"{quoted(found.label)}在此只能整项取消（null）；要调整其中的数，请写出该数的完整位置。")
    elif found.kind == "flag":
        if not isinstance(given, bool):
            faults.add(path, f"{quoted(found.label)}应为 true 或 false，实际是{kind_of(given)}。")
        elif given != found.value:
            _put(data, place.way, {"quote": SUPPOSED} if given else None)
            return a.printed(given, "flag")
    else:
        return set_number(data, place, given, path, faults)
    return ""


def set_number(data: dict[str, Any], place: Place, given: Any, path: str, faults: Faults) -> str:
    """Put a number in the place of another, without a quotation; answers as :func:`_set` does."""
    found = place.adjustable
    value = read_number(place, given, path, faults)
    if value is None or is_same(found.kind, value, found.value):
        return ""
    literal = a.literal_of(value, found.kind, found.unit)
    cited = {"type": found.kind, "value": value, "literal": literal, "quote": SUPPOSED}
    old = _put(data, place.way, cited | ({"unit": found.unit} if found.kind == "count" else {}))
    owner = _at(data, place.way[:-1])
    if old and "label" in owner:  # a condition whose name prints the number
        owner["label"] = owner["label"].replace(old["literal"], literal)
    return a.printed(value, found.kind, found.unit)


def _at(data: Any, way: a.Way) -> Any:
    for step in way:
        data = data[step]
    return data


def _put(data: dict[str, Any], way: a.Way, value: Any) -> Any:
    """Set a value, making what it stands in where that is missing; answers what was there."""
    node: Any = data
    for step in way[:-1]:
        if node[step] is None:
            node[step] = {}
        node = node[step]
    old = node.get(way[-1]) if isinstance(node, dict) else node[way[-1]]
    node[way[-1]] = copy.deepcopy(value)
    return old
