"""One claim after the other, as the scalar engine answers, in the shape of the columns: what both must agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from policies.rules.columns import MISSING, Reason, Status, YearBuilder, YearColumns, YearResults, run_year
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.document import EvaluationInput, read_document
from policies.rules.evaluate import evaluate_clause
from policies.rules.schema import PolicyDefinition
from policies.rules.settle import SettlementInput, settle

Paid = Mapping[str, int]


def columns_of(
    policy: CompiledPolicy, given: Sequence[EvaluationInput], year: int, paid: Sequence[Paid] = ()
) -> YearColumns:
    """Documents of one year as columns."""
    builder = YearBuilder(policy, year)
    for number, item in enumerate(given):
        builder.add(item, id=number, paid=paid[number] if paid else {})
    return builder.build()


def scalar(given: EvaluationInput, paid: Paid | None = None) -> dict[str, Any]:
    """One document by the scalar engine."""
    paid = paid or {}
    claims: dict[str, Any] = {}
    candidates = {}
    for claim in given.claims:
        facts = {**given.facts, **claim.facts}
        outcome = evaluate_clause(claim.clause, facts, given.year, decision=claim.decision, trace=False)
        failing = [k for k, node in enumerate(claim.clause.conditions) if not node.holds(facts, given.year)]
        claims[claim.clause.id] = [outcome.status, outcome.amount, failing, 0, None]
        if outcome.amount is not None:
            candidates[claim.clause.id] = outcome.amount
    choices = {group: clause for group, clause in given.choices.items() if clause in candidates}
    wanted = SettlementInput(given.kind, given.facts, candidates, given.external, choices, given.override, paid)
    settlement = settle(given.policy, wanted, trace=False)
    for line in settlement.lines:
        claims[line.clause][3:] = [line.settled, line.reason]
    dropped = choices != given.choices
    return {"claims": claims, "cap": settlement.cap, "total": settlement.total, "dropped": dropped}


def by_column(policy: CompiledPolicy, year: YearColumns, results: YearResults) -> list[dict[str, Any]]:
    """Results of a year, applicant by applicant, in the words of :func:`scalar`."""
    found: list[dict[str, Any]] = [
        {
            "claims": {},
            "cap": None if results.cap[row] == MISSING else int(results.cap[row]),
            "total": int(results.total[row]),
            "dropped": bool(results.choice_dropped[row]),
        }
        for row in range(len(year))
    ]
    for clause, answer in results.claims.items():
        for k, row in enumerate(year.claims[clause].applicant):
            failing = [bit for bit in range(len(policy.clauses[clause].conditions)) if int(answer.unmet[k]) >> bit & 1]
            reason = Reason(answer.reason[k])
            found[row]["claims"][clause] = [
                Status(answer.status[k]).name.lower(),
                None if answer.amount[k] == MISSING else int(answer.amount[k]),
                failing,
                int(answer.settled[k]),
                None if reason is Reason.NONE else reason.name.lower(),
            ]
    return found


def both(
    policy: PolicyDefinition | CompiledPolicy, docs: Sequence[Any], paid: Sequence[Paid] = (), year: int = 2024
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(by column, one by one) for documents of one year, all of them in one run."""
    rules = compiled(policy)
    given = [read_document(rules, doc) for doc in docs]
    columns = columns_of(rules, given, year, paid)
    one_by_one = [scalar(item, paid[k] if paid else None) for k, item in enumerate(given)]
    return by_column(rules, columns, run_year(rules, columns)), one_by_one


def only(columns: YearColumns, clause: str, **changes: Any) -> YearColumns:
    """The same year with other columns of one clause."""
    return replace(columns, claims={**columns.claims, clause: replace(columns.claims[clause], **changes)})
