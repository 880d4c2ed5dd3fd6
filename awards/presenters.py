"""From an award to what its page draws."""

from typing import Any

from awards.labels import REASONS, VERDICTS
from awards.models import Award
from awards.queries.receipts import Proof, may_read_receipt
from common.money import parse_yuan
from policies.models import Clause
from policies.rules.receipt import Verdict


def working(award: Award) -> list[dict[str, Any]]:
    """The trace of the award's own claim, as the engine told it when it was computed."""
    clause_id = award.application.clause.clause_id
    claim: dict[str, Any] = next(claim for claim in award.settled_in.answer["claims"] if claim["clause"] == clause_id)
    return list(claim["trace"])


def settlement_rows(award: Award) -> list[dict[str, Any]]:
    """The lines of the year's settlement: clause, candidate, settled (分), why less, and which one is this award's."""
    lines = award.settled_in.answer["settlement"]["lines"]
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
            "fixed": line["clause"] in award.settled_in.fixed,
        }
        for line in lines
    ]


_VERDICT_TONES: dict[Verdict, str] = {"same": "success", "wording": "info", "different": "danger", "touched": "danger"}
_VERDICT_SENTENCES: dict[Verdict, str] = {
    "same": "刚才按凭据重新计算，各项金额与计算过程均与凭据相同。",
    "wording": "刚才按凭据重新计算，各项金额与凭据相同，计算过程的文字表述不同。",
    "different": "刚才按凭据重新计算，结果与凭据不同或不能证明，请与核算单位联系。",
    "touched": "凭据或有关记录出具后可能被改动，请与核算单位联系。",
}
#: The sums of a receipt, by what they cover.
_SUMS = (
    ("sha256", "凭据"),
    ("facts_sha256", "申报数据"),
    ("answer_sha256", "核算结果"),
    ("definition_sha256", "条款定义"),
    ("source_sha256", "政策原文"),
    ("engine_sha256", "计算程序"),
)


def receipt_section(proof: Proof, user: Any) -> dict[str, Any]:
    """What the page tells about the receipt of one award: verdict, remarks, later changes, sums, download."""
    receipt = proof.award.receipt if isinstance(proof.award.receipt, dict) else {}
    return {
        "verdict": proof.verdict,
        "label": VERDICTS[proof.verdict],
        "tone": _VERDICT_TONES[proof.verdict],
        "sentence": _VERDICT_SENTENCES[proof.verdict],
        "remarks": proof.remarks,
        "since": proof.since,
        "sums": [(label, receipt.get(key, "")) for key, label in _SUMS],
        "may_read": may_read_receipt(proof.award, user),
    }
