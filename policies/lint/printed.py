"""What a clause prints, whether or not it pays money: its sentence, its bracket of units, its quota."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from policies.lint.brackets import BracketError, parse_bracket
from policies.lint.citations import number_faults, quotation_faults
from policies.lint.faults import LintFault, plain
from policies.lint.schema import checked
from policies.lint.text import flatten, squeeze, stands_in
from policies.rules.schema import CitedCount

_COPY = "请从原文逐字复制。"


def lint_printed(
    sentence: str, bracket: str, source_text: str, units: Collection[str], quota: Mapping[str, Any] | None = None
) -> list[LintFault]:
    """Faults at `sentence`, `bracket` and `quota`; units: every name that a bracket may print."""
    flat = flatten(source_text)
    faults: list[LintFault] = []
    if not stands_in(sentence, flat):
        faults.append(LintFault("sentence", f"「{sentence}」不在原文中。", _COPY))
    faults += lint_bracket(bracket, flat, units)
    if quota is not None:
        raw = plain(quota)
        faults += checked(CitedCount, raw, "quota")[1]
        faults += [*quotation_faults(raw, flat, squeeze(sentence), "quota"), *number_faults(raw, "quota")]
    return faults


def lint_bracket(bracket: str, flat: str, units: Collection[str]) -> list[LintFault]:
    """The bracket stands in the text and reads as known units."""
    faults = []
    if not stands_in(bracket, flat):
        faults.append(LintFault("bracket", f"「{bracket}」不在原文中。", _COPY))
    try:
        read = parse_bracket(bracket)
    except BracketError as error:
        return [*faults, LintFault("bracket", str(error), "请按原文写成 [牵头单位：…；配合单位：…；责任单位：…]。")]
    names = (*read.lead, *read.cooperating, *read.responsible)
    strange = [name for name in names if name not in units]
    return faults + [
        LintFault("bracket", f"单位「{name}」没有登记。", "请先登记该单位或单位组，或改正名称。") for name in strange
    ]
