"""Change documents for the tests: an example, and what comes of a document."""

from __future__ import annotations

import copy

import pytest

from policies.rules.change import ChangeFault, apply_change
from tests.policies.rules.support import NUMBER, policy

EXAMPLE = {
    "policy": NUMBER,
    "note": "研发中心补贴率下调",
    "clauses": {
        "3.4.2": {"award.rate": "12%", "cap.amount": "10000000.00", "conditions[0].value": "1500000000.00"},
        "3.8.3": {"award.amount": "300000.00"},
        "3.4.5": {"award.row_cap": None},
    },
    "groups": {"研发投入": ["3.3.1", "3.4.2"], "新组": ["3.1.3c", "3.1.3d"]},
    "total_cap": {"rate": "3%"},
    "settings": {"cap_allocation": "clause_order"},
}


def clause(definition, number):
    """One clause of a policy."""
    return next(one for one in definition.clauses if one.id == number)


def told(change, definition=None):
    """What a change changes, in a line each."""
    _, changed = apply_change(definition or policy(), change)
    return [f"{one.section} {one.label}：{one.before} → {one.after}" for one in changed]


def faults(change, definition=None):
    """Path and sentence of every fault of a change."""
    with pytest.raises(ChangeFault) as caught:
        apply_change(definition or policy(), change)
    return {fault["path"]: fault["message"] for fault in caught.value.faults}


def draft(number="3.4.2"):
    """A clause of the shipped policy as plain data."""
    return copy.deepcopy(clause(policy(), number).model_dump(mode="json"))


def drafted(definition, number="3.4.2"):
    """The change that puts a draft in the place of a clause."""
    return {"clauses": {number: {"definition": definition}}}
