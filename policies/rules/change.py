"""A change to a policy, as a question: what if the rate were 12 %? A change document is laid over a definition.

The document is JSON; every part may be left out::

    {"policy": "洪府发〔2023〕30号",
     "note": "研发中心补贴率下调",
     "clauses": {"3.4.2": {"award.rate": "12%", "cap.amount": "10000000.00", "conditions[0].value": "1500000000.00"},
                 "3.8.3": {"award.amount": "300000.00"},
                 "3.4.5": {"award.row_cap": null}},
     "groups": {"研发投入": ["3.3.1", "3.4.2"], "新组": ["3.1.3c", "3.1.3d"]},
     "total_cap": {"rate": "3%"},
     "year_facts": {"exports": {"key": "exports", "label": "出口额", "type": "money", "scope": "year"}},
     "settings": {"cap_allocation": "clause_order"}}

The keys inside a clause are the places of its numbers as :func:`adjustable` lists them; null takes away what is
optional (a cap, a row cap, a floor or ceiling, a whole condition, tier or block), ``exempt`` is true or false. Keys
count places as they stand today, whatever else the document takes away. ``"definition": {…}`` puts a whole
ClauseDefinition (a draft) in the clause's place, and stands alone there; null instead of a clause's keys is a policy
without that clause: it pays nothing any more. A group's list replaces the group, a new name adds one, null dissolves
it. ``"total_cap": null`` takes the cap on the sum away, ``{"definition": {…}}`` puts a whole TotalCap in its place.
``year_facts`` declares figures of the year, new ones and others in the place of those of the same key, for the clauses
and the cap of the document to read. A changed number keeps no quotation:
it stands in no text yet, and says so (:data:`SUPPOSED`); the name of a condition that prints the old number prints the
new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from common.canonical import digest
from policies.rules import adjustable as a
from policies.rules.adjustable import Adjustable
from policies.rules.change_across import lay_cap, lay_figures
from policies.rules.change_clause import SUPPOSED, Changed, clause_path, lay_clause, set_number, told
from policies.rules.compile import DefinitionError, compiled
from policies.rules.definition_faults import compile_fault, schema_faults
from policies.rules.facts import Faults, is_object, join, kind_of, text, unknown_keys
from policies.rules.intake import EvaluationFault
from policies.rules.schema import ClauseDefinition, PolicyDefinition
from policies.rules.wording import quoted

__all__ = ["NOTHING", "SUPPOSED", "Adjustable", "ChangeFault", "Changed", "adjustable", "apply_change", "change_hash"]

_SECTIONS = ("policy", "note", "clauses", "groups", "total_cap", "year_facts", "settings")

#: The fault of a document that changes nothing.
NOTHING = "这份文档没有改变任何规定：请写出要调整的项目，并填写与现行规定不同的值。"


class ChangeFault(EvaluationFault):
    """A change document that cannot be laid over the policy, with every fault."""

    title = "调整文档有误"


def adjustable(policy: PolicyDefinition) -> list[Adjustable]:
    """Every place that a change may name, in printed order: clauses, groups, total cap, settings."""
    found = [
        place.adjustable for clause in policy.clauses for place in a.clause_places(clause).values() if place.listed
    ]
    cap = a.total_cap(policy)
    return [*found, *a.groups(policy), *([cap.adjustable] if cap else []), *a.settings(policy)]


def apply_change(policy: PolicyDefinition, change: Any) -> tuple[PolicyDefinition, list[Changed]]:
    """Lay a change document (parsed JSON) over a policy.

    The result is valid and compiles. A place named with today's value is accepted and not told; a document that
    changes nothing at all is a fault.

    Raises:
        ChangeFault: (an :class:`EvaluationFault`) every fault with its path and a sentence.
    """
    overlay = _Overlay(policy)
    if is_object(change, "", overlay.faults):
        overlay.lay(change)
    changed = None if overlay.faults.found else overlay.result()
    if changed is None:
        raise ChangeFault(overlay.faults.found)
    return changed, overlay.changed


def change_hash(change: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical change document."""
    return digest(change)


class _Overlay:
    """A policy while a change is laid over it; collects faults and what changes."""

    def __init__(self, policy: PolicyDefinition) -> None:
        self.policy = policy
        self.data: dict[str, Any] = policy.model_dump(mode="json", exclude={"clauses"})
        self.clauses: dict[str, ClauseDefinition] = {clause.id: clause for clause in policy.clauses}
        self.faults = Faults()
        self.changed: list[Changed] = []

    def lay(self, change: dict[str, Any]) -> None:
        """Every part of the document."""
        unknown_keys(change, _SECTIONS, "", self.faults, f"部分（可用：{'、'.join(_SECTIONS)}）")
        number = self.policy.number
        if "policy" in change and change["policy"] != number:
            self.faults.add("policy", f"政策文号与所调整的政策不符，应为“{number}”；请更正，或删除这一项。")
        if change.get("note") is not None:
            text(change["note"], "note", self.faults, "说明")
        self._year_facts(self._section(change, "year_facts"))
        self._clauses(self._section(change, "clauses"))
        self._groups(self._section(change, "groups"))
        if "total_cap" in change:
            self._total_cap(change["total_cap"])
        self._settings(self._section(change, "settings"))
        if not self.faults.found and not self.changed:
            self.faults.add("", NOTHING)

    def _section(self, change: dict[str, Any], name: str) -> dict[str, Any]:
        found = change.get(name, {})
        return found if is_object(found, name, self.faults) else {}

    def result(self) -> PolicyDefinition | None:
        """The changed policy, validated and compiled; None where a fault is noted."""
        data = {**self.data, "clauses": [clause.model_dump(mode="json") for clause in self.clauses.values()]}
        try:
            policy = PolicyDefinition.model_validate(data)
            compiled(policy)
        except ValidationError as error:
            for path, message in schema_faults(error, data, ""):
                self.faults.add(path.removeprefix("."), message)
        except DefinitionError as error:
            self.faults.add("", compile_fault(error))
        else:
            return policy
        return None

    # -- the parts

    def _year_facts(self, given: dict[str, Any]) -> None:
        """What clauses and cap of the document read has to stand before they are laid."""
        figures, changed = lay_figures(self.policy, given, self.faults)
        self.policy = self.policy.model_copy(update={"year_facts": figures})
        self.data["year_facts"] = [figure.model_dump(mode="json") for figure in figures]
        self.changed += changed

    def _clauses(self, given: dict[str, Any]) -> None:
        for name in given:
            if name not in self.clauses:
                self.faults.add(clause_path(name), f"未知的条款，应为下列之一：{'、'.join(self.clauses)}。")
        for clause in self.policy.clauses:
            if clause.id in given and given[clause.id] is None:
                del self.clauses[clause.id]
                self.changed.append(Changed(clause.id, "整个条款", a.IN_FORCE, a.TAKEN_AWAY))
            elif clause.id in given and is_object(given[clause.id], clause_path(clause.id), self.faults):
                after, changed = lay_clause(self.policy, clause, given[clause.id], self.faults)
                self.clauses[clause.id] = after
                self.changed += changed

    def _groups(self, given: dict[str, Any]) -> None:
        before = {group.name: list(group.clauses) for group in self.policy.groups}
        left = {name: [one for one in members if one in self.clauses] for name, members in before.items()}
        after = {name: members for name, members in left.items() if members}
        for name, members in given.items():
            path = join("groups", name)
            if members is None and name not in before:
                self.faults.add(path, f"没有这一类，无从取消；现有：{'、'.join(before) or '（无）'}。")
            elif members is None:
                after.pop(name, None)
            elif self._is_group(name, members, path):
                after[name] = members
        self._check_groups(given, after)
        kept = {group["name"]: group for group in self.data["groups"]}
        new = {"quote": SUPPOSED, "reason": SUPPOSED, "confirmed": False}
        self.data["groups"] = [{**new, **kept.get(name, {}), "name": name, "clauses": after[name]} for name in after]
        for name in {**before, **after}:
            sides = before.get(name), after.get(name)
            if name not in given and sides[0] != sides[1]:
                continue  # a clause that is gone is told once, not for its group, too
            if set(sides[0] or ()) != set(sides[1] or ()):
                shown = [a.printed(side, "clauses") for side in sides]
                self.changed.append(Changed("groups", a.group_label(name), *shown))

    def _is_group(self, name: str, members: Any, path: str) -> bool:
        known = len(self.faults.found)
        text(name, path, self.faults, "同类型名称")
        if not name.strip():
            self.faults.add(path, "请给这一类起名。")
        if not isinstance(members, list) or not members:
            shown = "空数组" if members == [] else kind_of(members)
            self.faults.add(path, f'应为条款编号的数组（如 ["3.3.1", "3.4.2"]），实际是{shown}；取消这一类请用 null。')
            return False
        for index, member in enumerate(members):
            if not isinstance(member, str) or member not in self.clauses:
                self.faults.add(f"{path}[{index}]", f"未知的条款，应为下列之一：{'、'.join(self.clauses)}。")
            elif member in members[:index]:
                self.faults.add(f"{path}[{index}]", f"条款 {member} 在同一类中重复出现，请只保留一个。")
        if len(members) == 1 and len(self.faults.found) == known:
            self.faults.add(path, "一类至少要有两个条款，只有一个条款时不起作用；请补充条款，或用 null 取消这一类。")
        return len(self.faults.found) == known

    def _check_groups(self, given: dict[str, Any], groups: dict[str, list[str]]) -> None:
        """No clause in two groups; no group with clauses inside and outside the cap on the sum."""
        home: dict[str, str] = {}
        for name in sorted(groups, key=lambda name: name in given):  # tell the group that the document names
            for member in groups[name]:
                if member in home:
                    message = f"条款 {member} 已在{quoted(home[member])}类中，一个条款只能属于一类，请从其中一类删除。"
                    self.faults.add(join("groups", name), message)
                home.setdefault(member, name)
            outside = [member for member in groups[name] if self.clauses[member].exempt]
            if 0 < len(outside) < len(groups[name]):
                self.faults.add(
                    self._mixed_by(name, groups[name], given),
                    f"{quoted(name)}类混有计入和不计入累计奖补上限的条款（不计入的：{'、'.join(outside)}），"
                    "同一类须一致，请调整分类或 exempt。",
                )

    def _mixed_by(self, name: str, members: list[str], given: dict[str, Any]) -> str:
        """The path of what mixes a group: the group itself, or the clause whose exemption the document changes."""
        was = {clause.id: clause.exempt is not None for clause in self.policy.clauses}
        turned = [member for member in members if (self.clauses[member].exempt is not None) != was[member]]
        return join("groups", name) if name in given or not turned else clause_path(turned[0], "exempt")

    def _total_cap(self, given: Any) -> None:
        place = a.total_cap(self.policy)
        if given is not None:
            if not is_object(given, "total_cap", self.faults):
                return
            if "definition" in given:
                cap, changed = lay_cap(self.policy, given, self.faults)
                self.data["total_cap"] = cap
                self.changed += changed
                return
            unknown_keys(given, ("rate",), "total_cap", self.faults, "字段（只能调整 rate，或用 definition 整项替换）")
            if "rate" not in given:
                return
            given = given["rate"]
        if place is None:
            if given is not None:
                self.faults.add("total_cap", "现行政策没有累计奖补上限，无从调整，请删除这一项。")
        elif given is None:
            self.data["total_cap"] = None
            self.changed.append(told(place.adjustable, a.printed(None, "rate")))
        elif after := set_number(self.data["total_cap"], place, given, "total_cap.rate", self.faults):
            self.changed.append(told(place.adjustable, after))

    def _settings(self, given: dict[str, Any]) -> None:
        known = {found.key: found for found in a.settings(self.policy)}
        listed = "、".join(f"{key}（{found.label}）" for key, found in known.items())
        for key in given:
            if key in a.NO_AMOUNT:
                label = quoted(getattr(self.policy.settings, key).label)
                self.faults.add(join("settings", key), f"{label}不影响奖补金额，不在模拟范围内，请删除这一项。")
            elif key not in known:
                self.faults.add(join("settings", key), f"没有这一项设置，可以调整的有：{listed}。")
        for key, found in known.items():
            if key in given and self._is_setting(found, given[key]) and given[key] != found.value:
                self.data["settings"][key]["value"] = given[key]
                self.changed.append(told(found, a.setting_words(key, given[key])))

    def _is_setting(self, found: Adjustable, value: Any) -> bool:
        path, label = f"settings.{found.key}", quoted(found.label)
        if found.kind == "choice":
            if any(type(value) is type(option) and value == option for option in found.options):
                return True
            pairs = zip(found.options, found.option_labels, strict=True)
            allowed = "、".join(f"{json.dumps(option)}（{words}）" for option, words in pairs)
            self.faults.add(path, f"{label}应为下列之一：{allowed}。")
            return False
        setting = getattr(self.policy.settings, found.key)
        try:
            type(setting).model_validate({**setting.model_dump(), "value": value})
        except ValidationError:
            self.faults.add(path, f'{label}的格式不正确，应与现行值 "{found.value}" 写法相同。')
            return False
        return True
