"""The evaluation document: the JSON that the command line and the API take and return.

Reading (:mod:`.intake`) is strict and tells every fault at once; the answer has the agreed shape. The version of the
policy is selected by the policy year, never by today, and a year that no policy governs is a fault, never a fallback.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, cast

from common.money import yuan
from policies.rules.compile import CompiledPolicy
from policies.rules.evaluate import Outcome, evaluate_clause
from policies.rules.explain import Step
from policies.rules.facts import Faults, text
from policies.rules.intake import YEARS, EvaluationFault, EvaluationInput, decision_fault, read_document
from policies.rules.outline import outline_faults
from policies.rules.schema import PolicyDefinition
from policies.rules.settle import Settlement, SettlementError, SettlementInput, settle
from policies.rules.strict_json import NotJSONError, loads

__all__ = [
    "EvaluationFault",
    "EvaluationInput",
    "PolicyNotFoundError",
    "PolicySource",
    "answer",
    "decision_fault",
    "evaluate_document",
    "evaluate_input",
    "evaluate_text",
    "find_policy",
    "outcome_json",
    "read_document",
]


class PolicyNotFoundError(LookupError):
    """No policy for this number and year; ``field`` is the key of the document that is wrong.

    ``nearest``: where only the year is wrong, the newest version of the policy; documents are read against it to find
    their other faults and never computed with it.
    """

    def __init__(
        self,
        message: str,
        field: Literal["policy", "policy_year"] = "policy",
        nearest: PolicyDefinition | CompiledPolicy | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.nearest = nearest


#: Finds the definition for a number and a policy year; raises PolicyNotFoundError. For None (the document names no
#: proper year) it returns the newest version, and a source that keeps one version may return it for any year: reading
#: the document refuses the year and tells the other faults with it.
PolicySource = Callable[[str, int | None], PolicyDefinition | CompiledPolicy]

# ----------------------------------------------------------------------------------------------- answering


def evaluate_input(
    given: EvaluationInput,
    *,
    paid: Mapping[str, int] | None = None,
    closed: Collection[str] = (),
    trace: bool = True,
) -> tuple[list[Outcome], Settlement]:
    """Evaluate and settle a validated document; ``paid`` (clause → 分) stays, and ``closed`` clauses get nothing more,
    see :mod:`.settle`.

    Raises:
        EvaluationFault: a choice is not an eligible claim of its group.
    """
    outcomes = [
        evaluate_clause(claim.clause, {**given.facts, **claim.facts}, given.year, decision=claim.decision, trace=trace)
        for claim in given.claims
    ]
    candidates = {outcome.clause: outcome.amount for outcome in outcomes if outcome.amount is not None}
    faults = Faults()
    for group, choice in given.choices.items():
        if choice not in candidates:
            eligible = [clause for clause in given.policy.groups[group] if clause in candidates]
            advice = (
                f"请从符合条件的条款中选择：{'、'.join(eligible)}。" if eligible else "该类没有符合条件的条款，请删除。"
            )
            faults.add(f"choices.{group}", f"所选条款 {choice} 不是本次符合条件的申报条款，{advice}")
    if faults.found:
        raise EvaluationFault(faults.found)
    waiting = {outcome.clause for outcome in outcomes if outcome.status == "pending"}
    pending = tuple(clause for clause in given.policy.clauses if clause in waiting)  # in printed order
    wanted = SettlementInput(
        given.kind,
        given.facts,
        candidates,
        external=given.external,
        choices=given.choices,
        override=given.override,
        paid=paid or {},
        closed=closed,
        pending=pending,
    )
    try:
        return outcomes, settle(given.policy, wanted, trace=trace)
    except SettlementError as error:
        raise EvaluationFault([{"path": "choices", "message": str(error)}]) from error


def evaluate_document(
    policy: PolicyDefinition | CompiledPolicy,
    doc: Any,
    *,
    paid: Mapping[str, int] | None = None,
    closed: Collection[str] = (),
    trace: bool = True,
) -> dict[str, Any]:
    """Evaluate a document against a policy: the answer of the contract.

    ``doc`` is parsed JSON (see :func:`policies.rules.strict_json.loads`; the result of ``json.loads`` will do).
    ``paid``: amounts in 分 that were fixed before for these claims; they stay and count first against the cap.
    ``closed``: clauses of ``paid`` that get nothing more.

    Raises:
        EvaluationFault: with every fault found.
    """
    outcomes, settlement = evaluate_input(read_document(policy, doc), paid=paid, closed=closed, trace=trace)
    return answer(outcomes, settlement)


def answer(outcomes: list[Outcome], settlement: Settlement) -> dict[str, Any]:
    """Outcomes and settlement as the JSON of the contract."""
    return {
        "claims": [outcome_json(outcome) for outcome in outcomes],
        "settlement": {
            "cap": None if settlement.cap is None else yuan(settlement.cap),
            "total": yuan(settlement.total),
            "lines": [
                {
                    "clause": line.clause,
                    "candidate": yuan(line.candidate),
                    "settled": yuan(line.settled),
                    "reason": line.reason,
                }
                for line in settlement.lines
            ],
            "trace": [_step_json(step) for step in settlement.trace],
        },
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """One claim of the answer; ``floor`` and ``ceiling`` are told while a decision is pending."""
    line: dict[str, Any] = {
        "clause": outcome.clause,
        "status": outcome.status,
        "amount": None if outcome.amount is None else yuan(outcome.amount),
        "unmet": [
            {
                "condition": item.condition,
                "required": item.required,
                "actual": item.actual,
                "short_by": item.short_by or None,
                "sentence": item.sentence,
                "quote": item.quote,
            }
            for item in outcome.unmet
        ],
        "trace": [_step_json(step) for step in outcome.trace],
    }
    if outcome.status == "pending":
        line["floor"] = None if outcome.floor is None else yuan(outcome.floor)
        line["ceiling"] = None if outcome.ceiling is None else yuan(outcome.ceiling)
    return line


def _step_json(step: Step) -> dict[str, Any]:
    return {"step": step.step, "value": step.value, "quote": step.quote, "clause": step.clause}


def evaluate_text(raw: bytes | str, source: PolicySource, *, trace: bool = True, line: int = 1) -> dict[str, Any]:
    """Evaluate one JSON text with the policy that ``source`` finds for it; ``line`` of the file that it begins in.

    Raises:
        EvaluationFault: with every fault found.
    """
    try:
        doc = loads(raw, line=line)
    except NotJSONError as error:
        raise EvaluationFault([{"path": "", "message": str(error)}]) from error
    return evaluate_document(find_policy(doc, source), doc, trace=trace)


def find_policy(doc: Any, source: PolicySource) -> PolicyDefinition | CompiledPolicy:
    """The policy that a parsed document names, for its policy year.

    Raises:
        EvaluationFault: the number is missing or unknown, or nothing governs that year; with every other fault.
    """
    number = doc.get("policy") if isinstance(doc, dict) else None
    if text(number, "policy", Faults(), "政策文号") is None:  # control characters end here, too
        raise EvaluationFault(outline_faults(doc))
    year = doc.get("policy_year")
    whole = isinstance(year, int) and not isinstance(year, bool) and YEARS[0] <= year <= YEARS[1]
    try:
        return source(cast(str, number), year if whole else None)
    except PolicyNotFoundError as error:
        if error.nearest is not None:
            read_document(error.nearest, doc, year_fault=error.message)  # always refuses
        raise EvaluationFault(outline_faults(doc, {error.field: error.message})) from error
