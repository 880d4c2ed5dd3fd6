"""Every number and every quotation of the shipped policy, spoilt one by one, is refused at its place."""

import pytest

from policies.lint.faults import walk
from policies.lint.numbers import numbers
from tests.policies.lint.support import judged, shipped

NUMBERS = [
    (number.path, number.kind)
    for number in numbers({"clauses": shipped()["clauses"], "total_cap": shipped()["total_cap"]})
]
QUOTES = [path for path, table in walk(shipped()) if isinstance(table.get("quote"), str)]


def at(policy, path):
    """The table of a policy at a path."""
    return next(table for place, table in walk(policy) if place == path)


def other(value, kind):
    """Another value of the same kind, close to the first."""
    if kind == "count":
        return value + 1
    if kind == "money":
        return f"{int(value.replace('.', '')) + 1:03d}"[:-2] + f".{(int(value.replace('.', '')) + 1) % 100:02d}"
    return "99.5%" if kind == "rate" else "1.000001"


def test_the_policy_has_its_numbers_and_quotations():
    assert len(NUMBERS) >= 30
    assert len(QUOTES) >= len(NUMBERS)
    assert {kind for _, kind in NUMBERS} == {"money", "rate", "times", "count"}


@pytest.mark.parametrize(("path", "kind"), NUMBERS)
def test_another_value_is_refused(path, kind):
    def change(policy):
        number = at(policy, path)
        number["value"] = other(number["value"], kind)

    faults = judged(change)
    assert [fault.path for fault in faults if fault.refuses and "读作" in fault.message] == [f"{path}.value"]


@pytest.mark.parametrize("path", QUOTES)
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_quotation_with_one_other_character_is_refused(path, where):
    def change(policy):
        table = at(policy, path)
        quote = table["quote"]
        index = {"first": 0, "middle": len(quote) // 2, "last": len(quote) - 1}[where]
        table["quote"] = f"{quote[:index]}〇{quote[index + 1 :]}"

    faults = judged(change)
    assert any(fault.path == f"{path}.quote" and fault.refuses and "不在原文中" in fault.message for fault in faults)


@pytest.mark.parametrize(("path", "kind"), NUMBERS)
def test_a_number_without_quotation_or_literal_is_refused(path, kind):
    for name, words in (("quote", "没有“引文”"), ("literal", "没有“原文中的数”")):
        faults = judged(lambda policy, name=name: at(policy, path).pop(name))
        assert [fault.path for fault in faults if words in fault.message] == [f"{path}.{name}"]
