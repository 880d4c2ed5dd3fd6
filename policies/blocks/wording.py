"""Where a field of a form stands, in the words of the form: 第 2 个条件「营业收入20亿元以上」的标准的金额.

Paths are those of the form (:mod:`.tree`); whatever a path names beyond the schema is left out, never shown raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.blocks import labels
from policies.blocks.shapes import Schema, Shape, shapes_of

#: Fields of the page that no class of the schema has, and parts that the page calls otherwise.
PAGE = {
    "sentence.quote": "条款的原文句子",
    "sentence": "条款的原文句子",
    "bracket": "单位（原文方括号）",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
    "optional_evidence": "选交材料",
    "award": "奖补计算",
    "id": "条款编号",
    "cases": "算例",
}
_COUNTED = {"columns": "栏", "tiers": "档", "year_facts": "项年度数据", "evidence": "项材料", "untranslated": "条表述"}


def where(schema: Schema, definition: Any, path: str) -> str:
    """The place of a field in words; empty for the definition as a whole and for what nobody can see in the form."""
    if path in PAGE:
        return PAGE[path]
    found: list[str] = []
    owner: Schema | None = schema
    value: Any = definition
    steps = path.split(".") if path else []
    while steps and owner is not None:
        name = steps.pop(0)
        shape = shapes_of(owner).get(name)
        value = value.get(name) if isinstance(value, Mapping) else None
        if shape is None:
            if name in ("kind", "type"):
                found.append("种类")
            break
        if shape.kind == "list" and shape.entry is not None and steps and steps[0].isdecimal():
            index = int(steps.pop(0))
            value = value[index] if isinstance(value, list) and index < len(value) else None
            found.append(_entry(name, index, value))
            owner = _class_of(shape.entry, value)
        else:
            found.append(_called(owner, name, top=len(found) == 0))
            owner = _class_of(shape, value)
    # 补贴比例的比例 says no more than 补贴比例
    told = [one for at, one in enumerate(found) if at == 0 or not found[at - 1].endswith(one)]
    return "的".join(told)


def _called(owner: Schema, name: str, *, top: bool) -> str:
    if name == "type" and "quote" in owner.model_fields:
        return "数的种类"
    return PAGE[name] if top and name in PAGE else labels.label(owner, name)


def _class_of(shape: Shape, value: Any) -> Schema | None:
    if shape.kind not in ("part", "union"):
        return None
    if shape.tag == "type" and not isinstance(value, Mapping):
        return shape.parts[0]
    found = shape.part_for(value.get(shape.tag) if shape.tag and isinstance(value, Mapping) else None)
    # a number of no kind yet has the same fields as any
    return found or (shape.parts[0] if shape.tag == "type" else None)


def _entry(name: str, index: int, item: Any) -> str:
    words = f"第 {index + 1} {_COUNTED.get(name) or '个' + labels.entry_label(name)}"
    called = (
        next((item[key] for key in ("label", "name") if isinstance(item.get(key), str) and item[key]), "")
        if (isinstance(item, Mapping))
        else ""
    )
    return f"{words}「{called}」" if called else words
