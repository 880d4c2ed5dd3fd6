"""What the rows of an award must have in common with its receipt."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from applications.queries.revisions import revision_digest
from awards.labels import REASONS
from awards.models import Award
from common.canonical import digest
from common.money import grouped, parse_yuan, yuan


@dataclass(frozen=True, slots=True)
class Mate:
    """One line of the award's settlement (that of the award itself is one of them), with what was agreed and filed.

    Later settlements may have changed the other awards since, or they went back to their lead: what the settlement did
    stands in its lines. Amounts in 分.
    """

    award_id: int
    approved_fen: int
    candidate_fen: int
    settled_fen: int
    reason: str
    fixed: bool
    city_fen: int
    district_fen: int
    #: What was filed, and when: the newest of the mates gives the figures of the year.
    revision_id: int
    filed_at: datetime
    figures: Mapping[str, Any]
    version_id: int
    #: The number of the clause's version under which it was filed.
    version: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an award: the lines of its settlement by clause, and the checked figures of its account."""

    mates: Mapping[str, Mate]
    #: key → (entered at, value) of every row, in the order in which they were entered.
    checked: Mapping[str, Sequence[tuple[datetime, Any]]]


def row_faults(award: Award, beside: Beside, cap_keys: Collection[str] = ()) -> list[str]:
    """Where award, settlement, revision and the other lines do not agree with the receipt, in sentences.

    cap_keys: the figures of the year that the cap reads; a settlement takes them as a bureau checked them.
    """
    try:
        receipt = award.receipt
        return [
            *_award_faults(award, receipt),
            *_line_faults(award, beside.mates),
            *_settlement_faults(award, receipt),
            *_earlier_faults(award, receipt, beside.mates),
            *_revision_faults(award, receipt["document"], beside, cap_keys),
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
    if award.approved_fen != award.candidate_fen:
        faults.append(
            f"牵头单位同意的金额为 {grouped(award.approved_fen)} 元，条款金额为 {grouped(award.candidate_fen)} 元，"
            "两者应当相同。"
        )
    if receipt["policy_year"] != award.account.policy_year:
        faults.append(f"奖补记录属于 {award.account.policy_year} 年度，凭据为 {receipt['policy_year']} 年度。")
    return faults


def _line_faults(award: Award, mates: Mapping[str, Mate]) -> list[str]:
    """The award says what the line of its own settlement says."""
    line = mates.get(award.application.clause.clause_id)
    if line is None or line.award_id != award.pk:
        return ["年度核算记录中没有该笔奖补的明细。"]
    pairs = (
        ("条款金额", line.candidate_fen, award.candidate_fen),
        ("核定金额", line.settled_fen, award.settled_fen),
        ("市级金额", line.city_fen, award.city_fen),
        ("县区级金额", line.district_fen, award.district_fen),
    )
    return [
        f"年度核算明细的{what}为 {_yuan(stored)}，奖补记录为 {_yuan(told)}。"
        for what, stored, told in pairs
        if stored != told
    ]


def _reason(reason: str) -> str:
    return REASONS.get(reason, reason)


def _settlement_faults(award: Award, receipt: Mapping[str, Any]) -> list[str]:
    settlement, answer = award.settled_in, receipt["answer"]["settlement"]
    whole = (
        ("评估文件", settlement.document, receipt["document"]),
        ("结果", settlement.answer, receipt["answer"]),
        ("此前已核定的金额", settlement.fixed, receipt["paid"]),
        ("不再变动的条款", sorted(settlement.fixed), receipt.get("closed", sorted(settlement.fixed))),
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


def _revision_faults(award: Award, document: Mapping[str, Any], beside: Beside, cap_keys: Collection[str]) -> list[str]:
    """The facts that were computed with must be those that were filed, the figures of the year those of the newest
    revision of the settlement, with what bureaus checked laid over them."""
    revision, clause = award.revision, award.application.clause.clause_id
    facts = next((claim["facts"] for claim in document["claims"] if claim["clause"] == clause), None)
    faults = []
    if revision_digest(revision) != revision.sha256:
        faults.append(f"申报第 {revision.number} 版的内容与其摘要不符，可能被改动。")
    if digest(facts) != digest(revision.facts):
        faults.append(f"凭据所载数据与申报第 {revision.number} 版不同。")
    if beside.mates and not _is_applicant(award, document["applicant"], beside, cap_keys):
        faults.append("凭据所载年度数据与最近一次申报的数据和核定的数据不同。")
    return faults


def _is_applicant(award: Award, told: Mapping[str, Any], beside: Beside, cap_keys: Collection[str]) -> bool:
    """Whether these are the figures of the newest revision, with checked ones for those that the cap reads.

    Which of several checked values held at that moment is not asked: their instants are those of the gestures, not of
    the lock. One that was checked before the settlement cannot be the filed one, unless both are the same.
    """
    # Of two revisions that were filed at once, that of the later award counts.
    filed = max(beside.mates.values(), key=lambda mate: (mate.filed_at, mate.award_id)).figures
    made_at = award.settled_in.made_at
    for key in {*told, *filed}:
        rows = beside.checked.get(key, ()) if key in cap_keys else ()
        allowed = [value for _, value in rows]
        if not any(at < made_at for at, _ in rows):
            allowed.append(filed.get(key))
        if digest(told.get(key)) not in {digest(value) for value in allowed}:
            return False
    return True
