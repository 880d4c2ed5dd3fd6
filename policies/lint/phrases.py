"""Conditions as short phrases, for sentences about them: 「年度营业收入」≥ 2,000,000,000.00 元."""

from policies.lint.domains import Domain, Quantity, Space, shown_day
from policies.lint.search import threshold
from policies.rules.schema import (
    AllOf,
    AnyOf,
    CitedRate,
    Compare,
    Condition,
    Given,
    Growth,
    IsTrue,
    Not,
    OneOf,
    WithinDates,
)

_SIGN = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_NAMED_DAYS = {
    "valid_from": "施行日",
    "year_start": "政策年度首日",
    "valid_to": "有效期截止日",
    "year_end": "政策年度末日",
}


def name_of(item: Condition) -> str:
    """What a condition is called; conditions joined by `all` have no label of their own."""
    return "、".join(name_of(part) for part in item.of) if isinstance(item, AllOf) else item.label


def phrase(item: Condition, space: Space) -> str:
    """What a condition requires."""
    if isinstance(item, AllOf):
        return " 且 ".join(phrase(part, space) for part in item.of)
    if isinstance(item, AnyOf):
        return "（" + " 或 ".join(phrase(part, space) for part in item.of) + "）"
    if isinstance(item, Not):
        return f"不满足“{phrase(item.of, space)}”"
    if isinstance(item, Growth):
        by = item.by.value if isinstance(item.by, CitedRate) else _value(space, item.now, threshold(item.by))
        return f"{_label(space, item.now)}比{_label(space, item.before)}增长 {_SIGN[item.op]} {by}"
    label = _label(space, item.fact)
    if isinstance(item, Compare):
        mark = (
            item.value.value if isinstance(item.value, CitedRate) else _value(space, item.fact, threshold(item.value))
        )
        return f"{label}{_SIGN[item.op]} {mark}"
    if isinstance(item, OneOf):
        quantity = space.quantity(item.fact)
        labels = {choice.value: choice.label for choice in quantity.decl.choices} if quantity else {}
        return f"{label}属于{'、'.join(labels.get(value, '没有这一项') for value in item.values)}"
    if isinstance(item, IsTrue):
        return f"{label}为“是”"
    if isinstance(item, Given):
        return f"{label}已填写"
    return f"{label}{_window(item)}"


def _window(item: WithinDates) -> str:
    ends = (("不早于", item.not_before), ("不晚于", item.not_after))
    return "、".join(f"{word}{_NAMED_DAYS.get(str(day)) or shown_day(day)}" for word, day in ends if day is not None)


def _label(space: Space, ref: str) -> str:
    quantity = space.quantity(ref)
    return f"「{quantity.label}」" if quantity else "所选的数据"


def _value(space: Space, ref: str, value: int) -> str:
    quantity = space.quantity(ref)
    return quantity.shown(value) if quantity else str(value)


def span(quantity: Quantity, domain: Domain | None = None) -> str:
    """Where the values of a fact lie: 0 至 1,000,000,000."""
    domain = domain or quantity.domain
    return f"{quantity.shown(domain.low)} 至 {quantity.shown(domain.high)}"
