"""From an award to what its page draws."""

from typing import Any

from awards.labels import REASONS
from awards.models import Award
from common.money import parse_yuan
from policies.models import Clause


def working(award: Award) -> list[dict[str, Any]]:
    """The trace of the award's own claim, as the engine told it when it was computed."""
    clause_id = award.application.clause.clause_id
    claim: dict[str, Any] = next(claim for claim in award.settlement.answer["claims"] if claim["clause"] == clause_id)
    return list(claim["trace"])


def settlement_rows(award: Award) -> list[dict[str, Any]]:
    """The lines of the year's settlement: clause, candidate, settled (分), why less, and which one is this award's."""
    lines = award.settlement.answer["settlement"]["lines"]
    titles = dict(
        Clause.objects.filter(
            document=award.application.clause.document, clause_id__in=[line["clause"] for line in lines]
        ).values_list("clause_id", "title")
    )
    return [
        {
            "clause": line["clause"],
            "title": titles.get(line["clause"], ""),
            "candidate_fen": parse_yuan(line["candidate"]),
            "settled_fen": parse_yuan(line["settled"]),
            "why": REASONS[line["reason"] or ""],
            "own": line["clause"] == award.application.clause.clause_id,
            "fixed": line["clause"] in award.settlement.fixed,
        }
        for line in lines
    ]
