"""What the rows of an award must have in common with its receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from applications.queries.revisions import revision_digest
from awards.enums import AwardState
from awards.labels import REASONS
from awards.models import Award
from common.canonical import digest
from common.money import grouped, parse_yuan, yuan


@dataclass(frozen=True, slots=True)
class Mate:
    """An award of the same account (the award itself is one of them); amounts in 分."""

    approved_fen: int
    settled_fen: int
    version_id: int
    #: The number of the clause's version under which it was filed.
    version: int


def row_faults(award: Award, mates: Mapping[str, Mate]) -> list[str]:
    """Where award, settlement, revision and earlier awards do not agree with the receipt, in sentences.

    mates: the awards of the account by clause.
    """
    try:
        receipt = award.receipt
        return [
            *_award_faults(award, receipt),
            *_settlement_faults(award, receipt),
            *_earlier_faults(award, receipt, mates),
            *_revision_faults(award, receipt["document"]),
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        return ["凭据的内容不完整，不能与奖补记录核对。"]


def _award_faults(award: Award, receipt: Mapping[str, Any]) -> list[str]:
    clause = award.application.clause.clause_id
    line = next((line for line in receipt["answer"]["settlement"]["lines"] if line["clause"] == clause), None)
    candidate, settled = (parse_yuan(line[key]) if line else 0 for key in ("candidate", "settled"))
    reason = (line["reason"] or "") if line else "not_eligible"
    faults = _amount_faults(
        "奖补记录的", ("条款金额", award.candidate_fen, candidate), ("核定金额", award.settled_fen, settled)
    )
    if award.reason != reason:
        faults.append(f"奖补记录的调整原因为“{_reason(award.reason)}”，凭据为“{_reason(reason)}”。")
    if award.state != AwardState.HELD and award.approved_fen != award.candidate_fen:
        faults.append(
            f"牵头单位同意的金额为 {grouped(award.approved_fen)} 元，条款金额为 {grouped(award.candidate_fen)} 元，"
            "两者应当相同。"
        )
    if receipt["policy_year"] != award.account.policy_year:
        faults.append(f"奖补记录属于 {award.account.policy_year} 年度，凭据为 {receipt['policy_year']} 年度。")
    return faults


def _reason(reason: str) -> str:
    return REASONS.get(reason, reason)


def _settlement_faults(award: Award, receipt: Mapping[str, Any]) -> list[str]:
    settlement, answer = award.settled_in, receipt["answer"]["settlement"]
    whole = (
        ("评估文件", settlement.document, receipt["document"]),
        ("结果", settlement.answer, receipt["answer"]),
        ("此前已核定的金额", settlement.fixed, receipt["paid"]),
    )
    cap = None if answer["cap"] is None else parse_yuan(answer["cap"])
    return [
        *(f"年度核算记录的{what}与凭据不同。" for what, stored, told in whole if stored != told),
        *_amount_faults(
            "年度核算记录的",
            ("上限", settlement.cap_fen, cap),
            ("合计", settlement.total_fen, parse_yuan(answer["total"])),
        ),
        *(["奖补记录与年度核算记录不属于同一个年度账户。"] if settlement.account_id != award.account_id else []),
    ]


def _amount_faults(lead: str, *pairs: tuple[str, int | None, int | None]) -> list[str]:
    return [f"{lead}{what}为 {_yuan(stored)}，凭据为 {_yuan(told)}。" for what, stored, told in pairs if stored != told]


def _yuan(fen: int | None) -> str:
    return "无" if fen is None else f"{grouped(fen)} 元"


def _earlier_faults(award: Award, receipt: Mapping[str, Any], mates: Mapping[str, Mate]) -> list[str]:
    """Decisions and what was awarded before must be those of the awards that they name."""
    faults = []
    for clause, decision in receipt["decisions"].items():
        mate = mates.get(clause)
        if mate is None or yuan(mate.approved_fen) != decision["amount"]:
            stands = "没有这一条款的奖补记录" if mate is None else f"奖补记录为 {grouped(mate.approved_fen)} 元"
            faults.append(f"凭据所载条款 {clause} 经审核确定的金额为 {_told(decision['amount'])}，{stands}。")
    for clause, amount in receipt["paid"].items():
        mate = mates.get(clause)
        if mate is None or yuan(mate.settled_fen) != amount:
            stands = "没有这一条款的奖补记录" if mate is None else f"奖补记录为 {grouped(mate.settled_fen)} 元"
            faults.append(f"凭据所载条款 {clause} 此前核定的金额为 {_told(amount)}，{stands}。")
    return faults


def _told(amount: str) -> str:
    return f"{grouped(parse_yuan(amount))} 元"


def _revision_faults(award: Award, document: Mapping[str, Any]) -> list[str]:
    """The figures that were computed with must be those that were filed."""
    revision, clause = award.revision, award.application.clause.clause_id
    facts = next((claim["facts"] for claim in document["claims"] if claim["clause"] == clause), None)
    faults = []
    if revision_digest(revision) != revision.sha256:
        faults.append(f"申报第 {revision.number} 版的内容与其摘要不符，可能被改动。")
    if digest([facts, document["applicant"]]) != digest([revision.facts, revision.figures]):
        faults.append(f"凭据所载数据与申报第 {revision.number} 版不同。")
    return faults
