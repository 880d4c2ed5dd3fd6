"""A made-up policy that uses every block and condition once, also those that the shipped one does not need."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from policies.rules.schema import PolicyDefinition
from tests.policies.rules.support import policy

QUOTE = "演示条文"


def cited(value: Any, kind: str | None = None) -> dict[str, Any]:
    """A number with a made-up quotation."""
    found = {"value": value, "literal": str(value), "quote": QUOTE}
    return {"type": kind, **found} if kind else found


def fact(key: str, kind: str, **more: Any) -> dict[str, Any]:
    """A declared fact, labelled by its key."""
    return {"key": key, "label": key, "type": kind, **more}


def heads(label: str, op: str, value: int) -> dict[str, Any]:
    """A condition on the number of heads."""
    return {"kind": "compare", "label": label, "fact": "heads", "op": op, "value": cited(value, "count")}


STEP = {
    "kind": "step",
    "of": "base",
    "tiers": [
        {"at_least": cited("100.00"), "amount": cited("1.00")},
        {"at_least": cited("1000.00"), "rate": cited("1%")},
        {"at_least": cited("10000.00"), "rate": cited("2.5%")},
    ],
}

CLAUSES: dict[str, dict[str, Any]] = {
    "1.1": {"facts": [fact("base", "money")], "award": STEP},
    "1.2": {
        "facts": [fact("base", "money"), fact("heads", "count")],
        "award": {
            "kind": "sum",
            "parts": [
                {"kind": "rate", "of": "base", "rate": cited("0.5%")},
                {"kind": "per_unit", "amount": cited("3.00"), "count": "heads", "unit": "人"},
                {"kind": "external", "fact": "base", "times": cited("0.5")},
            ],
        },
    },
    "1.3": {
        "facts": [fact("sites", "table", columns=[fact("base", "money"), fact("name", "text")])],
        "award": {
            "kind": "rows",
            "table": "sites",
            "row_label": "name",
            "each": {**STEP, "of": "row.base"},
            "row_cap": cited("200.00"),
        },
    },
    "1.4": {
        "facts": [fact("sites", "table", columns=[fact("name", "text")])],
        "award": {"kind": "rows", "table": "sites", "each": {"kind": "fixed", "amount": cited("7.00")}},
    },
    "1.5": {
        "facts": [fact("flag", "flag"), fact("heads", "count"), fact("day", "date", nullable=True)],
        "conditions": [
            {
                "kind": "growth",
                "label": "增长一成",
                "now": "Y.revenue",
                "before": "Y.revenue_prev",
                "by": cited("10%", "rate"),
            },
            {"kind": "is_true", "label": "有标志", "fact": "flag", "quote": QUOTE},
            {"kind": "given", "label": "有日期", "fact": "day", "quote": QUOTE},
            {
                "kind": "within_dates",
                "label": "当年",
                "fact": "day",
                "not_before": "year_start",
                "not_after": "year_end",
                "quote": QUOTE,
            },
            {
                "kind": "any",
                "label": "人数",
                "of": [
                    heads("不足三人", "lt", 3),
                    {
                        "kind": "all",
                        "of": [
                            {
                                "kind": "compare",
                                "label": "超过九人",
                                "fact": "heads",
                                "op": "gt",
                                "value": cited(9, "count"),
                            },
                            heads("不超过二十人", "le", 20),
                        ],
                    },
                ],
            },
            {
                "kind": "not",
                "label": "不是十三人",
                "quote": QUOTE,
                "of": {
                    "kind": "all",
                    "of": [
                        heads("a", "ge", 13),
                        heads("b", "le", 13),
                    ],
                },
            },
        ],
        "award": {"kind": "fixed", "amount": cited("10.00")},
    },
}


def data(**clauses: dict[str, Any]) -> dict[str, Any]:
    """The definition as plain data; keyword arguments replace clauses (1.1 is written c1_1)."""
    found = policy().model_dump(mode="json")
    chosen = copy.deepcopy(CLAUSES)
    chosen.update({key.removeprefix("c").replace("_", "."): value for key, value in clauses.items()})
    found["groups"] = []
    found["clauses"] = [
        {"id": key, "title": key, "sentence": QUOTE, "facts": [], "conditions": [], **clause}
        for key, clause in chosen.items()
    ]
    return found


@cache
def _plain() -> PolicyDefinition:
    return PolicyDefinition.model_validate(data())


def synthetic(**clauses: dict[str, Any]) -> PolicyDefinition:
    """The definition, validated."""
    return PolicyDefinition.model_validate(data(**clauses)) if clauses else _plain()
