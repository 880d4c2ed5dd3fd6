"""Documents for the tests of the engine, on the shipped corpus."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings

from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.corpus import corpus_policies
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.schema import PolicyDefinition

#: Generated tests: the same examples in every run, and no clock that could fail them on a busy machine.
STEADY = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

NUMBER = "洪府发〔2023〕30号"

#: Figures with which every condition on the year holds and the cap does not bind.
GOOD_YEAR: dict[str, Any] = {
    "kind": "enterprise",
    "newly_introduced": False,
    "sales_ex_tax": "9000000000.00",
    "revenue": "9000000000.00",
    "revenue_prev": "5000000000.00",
    "rd_expense": "100000000.00",
    "rd_staff": 100,
}


def policy() -> PolicyDefinition:
    """The shipped policy."""
    return corpus_policies()[NUMBER]


@cache
def variant(**settings: Any) -> CompiledPolicy:
    """The shipped policy with other values for some settings."""
    data = policy().model_dump(mode="json")
    for key, value in settings.items():
        data["settings"][key]["value"] = value
    return compiled(PolicyDefinition.model_validate(data))


def document(*claims: dict[str, Any], year: int = 2024, **changes: Any) -> dict[str, Any]:
    """A document for the shipped policy; keyword arguments change figures of the applicant or top-level keys."""
    top = {key: changes.pop(key) for key in ("external_awards", "choices", "cap_override") if key in changes}
    return {
        "policy": NUMBER,
        "policy_year": year,
        "applicant": {**GOOD_YEAR, **changes},
        "claims": list(claims),
        **top,
    }


def claim(clause: str, decision: str | None = None, **facts: Any) -> dict[str, Any]:
    """One claim."""
    found: dict[str, Any] = {"clause": clause, "facts": facts}
    return found if decision is None else {**found, "decision": {"amount": decision}}


def loan(principal: str, drawn: str, repaid: str | None = None, paid: str = "99999999.00") -> dict[str, Any]:
    """One loan of 3.1.2."""
    return {"principal": principal, "drawn_on": drawn, "repaid_on": repaid, "interest_paid": paid}


def evaluate(*claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Evaluate a document of these claims with the shipped policy."""
    return evaluate_document(policy(), document(*claims, **changes))


def first(*claims: dict[str, Any], **changes: Any) -> tuple[str, str | None]:
    """Status and amount of the first claim."""
    result = evaluate(*claims, **changes)["claims"][0]
    return result["status"], result["amount"]


def faults(doc: Any) -> list[dict[str, str]]:
    """The faults of a document; it must have some."""
    try:
        evaluate_document(policy(), doc)
    except EvaluationFault as fault:
        return fault.faults
    raise AssertionError("the document was accepted")
