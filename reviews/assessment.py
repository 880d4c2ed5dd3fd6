"""What the engine says of a filed revision: the figure that reviewers see beside the file."""

from dataclasses import dataclass, field
from typing import Any

from applications.models import Revision
from applications.queries import evaluation_document
from applications.queries.definitions import policy_of
from common.money import parse_yuan, yuan
from policies.rules.document import evaluate_document


@dataclass(frozen=True)
class Assessment:
    """The engine's answer for one revision; amounts in 分, None where nothing is settled.

    `status` is eligible, not_eligible or pending (an amount is the reviewer's to decide within floor and ceiling).
    """

    status: str
    amount_fen: int | None
    floor_fen: int | None
    ceiling_fen: int | None
    unmet: list[dict[str, Any]] = field(default_factory=list)
    trace: list[dict[str, Any]] = field(default_factory=list)
    discretionary: bool = False


def _fen(text: str | None) -> int | None:
    return None if text is None else parse_yuan(text)


def assess(revision: Revision, *, amount_fen: int | None = None) -> Assessment:
    """Evaluate a revision under the clause version that was fixed when it was filed.

    For a discretionary clause `amount_fen` is the decision to try; without it the answer is pending. Raises
    EvaluationFault (common.errors.Invalid) when the decision lies outside its bounds.
    """
    policy = policy_of(revision)
    document = evaluation_document(revision, policy)
    first = evaluate_document(policy, document)["claims"][0]
    discretionary = first["status"] == "pending"
    answer = first
    if discretionary and amount_fen is not None:
        document["claims"][0]["decision"] = {"amount": yuan(amount_fen)}
        answer = evaluate_document(policy, document)["claims"][0]
    return Assessment(
        status=answer["status"],
        amount_fen=_fen(answer["amount"]),
        floor_fen=_fen(first.get("floor")),
        ceiling_fen=_fen(first.get("ceiling")),
        unmet=answer["unmet"],
        trace=answer["trace"],
        discretionary=discretionary,
    )
