"""A change to a policy, as a question: what if the rate were 12 %? A change document is laid over a definition.

The document is JSON; every part may be left out::

    {"policy": "洪府发〔2023〕30号",
     "note": "研发中心补贴率下调",
     "clauses": {"3.4.2": {"award.rate": "12%", "cap.amount": "10000000.00", "conditions[0].value": "1500000000.00"},
                 "3.8.3": {"award.amount": "300000.00"},
                 "3.4.5": {"award.row_cap": null}},
     "groups": {"研发投入": ["3.3.1", "3.4.2"], "新组": ["3.1.3c", "3.1.3d"]},
     "total_cap": {"rate": "3%"},
     "settings": {"cap_allocation": "clause_order"}}

The keys inside a clause are the places of its numbers as :func:`adjustable` lists them; null takes away what is
optional (a cap, a row cap, a floor or ceiling, a whole condition). ``"definition": {…}`` puts a whole ClauseDefinition
(a draft) in the clause's place. A group's list replaces the group, a new name adds one, null dissolves it.
``"total_cap": null`` takes the cap on the sum away. A changed number keeps no quotation: it stands in no text yet, and
says so (:data:`SUPPOSED`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from policies.rules.schema import PolicyDefinition

#: The quotation of a number that a change supposes.
SUPPOSED = "（模拟假设，原文没有此数）"


@dataclass(frozen=True, slots=True)
class Adjustable:
    """One place of a definition that a change document may name."""

    #: A clause's id, or "groups", "total_cap", "settings".
    section: str
    #: The key inside the section: ``award.rate``, ``conditions[0].value``, ``研发投入``, ``day_count``.
    key: str
    #: What it is, for people: 补贴比例, 单项上限, 条件“年度营业收入达到20亿元以上”.
    label: str
    kind: Literal["money", "rate", "times", "count", "clauses", "choice"]
    #: As a change document writes it: "15%", "20000000.00", 100, ["3.3.1"], 360; None where there is none now.
    value: Any
    optional: bool
    quote: str
    #: For kind "choice": every possible value.
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that a change document changes, for people to read; values as they are printed (15%, 2,000 万元)."""

    section: str
    label: str
    before: str
    after: str


def adjustable(policy: PolicyDefinition) -> list[Adjustable]:
    """Every place that a change may name, in printed order: clauses, groups, total cap, settings."""
    raise NotImplementedError


def apply_change(policy: PolicyDefinition, change: Any) -> tuple[PolicyDefinition, list[Changed]]:
    """Lay a change document (parsed JSON) over a policy.

    Raises:
        policies.rules.document.EvaluationFault: every fault with its path and a sentence.
    """
    raise NotImplementedError


def change_hash(change: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical change document."""
    from common.canonical import digest

    return digest(change)
