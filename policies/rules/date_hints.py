"""Dates that a clause asks for and its rule does not compare: the policy is silent on which day counts."""

from __future__ import annotations

from dataclasses import dataclass

from policies.rules import conditions as c
from policies.rules import nodes as n
from policies.rules import schema as s


@dataclass(frozen=True, slots=True)
class DateHint:
    """A date that the rule does not compare with anything; ``table`` is empty for a plain fact."""

    table: str
    key: str
    label: str


def date_hints(
    clause: s.ClauseDefinition, conditions: tuple[c.ConditionNode, ...], award: n.AwardNode | n.Latitude
) -> tuple[DateHint, ...]:
    """The dates of a clause that neither a window of dates nor the interest on a loan reads."""
    read: set[tuple[str, str]] = set()
    pending = list(conditions)
    while pending:
        node = pending.pop()
        if isinstance(node, c.DateWindow):
            read.add(("", node.operand.key))
        elif isinstance(node, c.Either | c.Every):
            pending += node.parts
        elif isinstance(node, c.Opposite):
            pending.append(node.part)
    for block in award.parts if isinstance(award, n.Total) else (award,):
        if isinstance(block, n.Interest):
            read |= {(block.table, block.drawn_on), (block.table, block.repaid_on)}
    declared: list[tuple[str, s.Column]] = [("", fact) for fact in clause.facts]
    declared += [(fact.key, column) for fact in clause.facts for column in fact.columns]
    return tuple(
        DateHint(table, column.key, column.label)
        for table, column in declared
        if column.type == "date" and (table, column.key) not in read
    )
