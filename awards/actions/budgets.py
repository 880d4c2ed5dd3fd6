"""资金预算: money is given (下达), corrected (调整) and named (预算科目); the ratio of city and district is set.

Every movement is an entry that stays; the totals of an envelope are written by the database from its entries.
"""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.enums import UnitKind
from accounts.models import Unit, User
from awards.actions.entries import write_entry
from awards.enums import EntryKind, Share
from awards.models import BudgetRatio, Envelope
from awards.permissions import why_not_budget, why_not_ratio
from awards.queries.budgets import city_payers
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import MAX_FEN, grouped, yuan
from policies.errors import PolicyYearError
from policies.models import Clause, Document
from policies.queries import clause_version_for

#: Signs that a 预算科目 may have; the columns of the database are as long.
CODE_LENGTH, NAME_LENGTH, REASON_LENGTH = 20, 80, 300


def open_envelope(
    *,
    unit: Unit,
    share: str,
    clause: Clause,
    policy_year: int,
    subject_code: str,
    subject_name: str,
    amount_fen: int,
    reason: str,
    by: User,
    at: datetime,
) -> Envelope:
    """下达: the budget of a unit for one clause and policy year, with its first money (分).

    Raises NotAllowed, Invalid with every fault by field, Conflict where this budget was entered already.
    """
    if because := why_not_budget(unit, by):
        raise NotAllowed(because)
    faults = _faults_of_place(unit, share, clause, policy_year) | _faults_of_subject(subject_code, subject_name)
    if not 0 < amount_fen <= MAX_FEN:
        faults["amount"] = ["下达金额须大于 0 元，且在系统可以处理的范围内。"]
    faults |= _faults_of_reason(reason, "请写明下达的依据，例如预算批复的文号。")
    _refuse(faults)
    with transaction.atomic():
        try:
            with transaction.atomic():
                envelope = Envelope.objects.create(
                    unit=unit,
                    share=share,
                    clause=clause,
                    policy_year=policy_year,
                    subject_code=subject_code.strip(),
                    subject_name=subject_name.strip(),
                )
        except IntegrityError as error:
            if "envelope_once" not in str(error):
                raise
            raise Conflict(
                f"{unit.name}{clause.clause_id}条款{policy_year}年度的{Share(share).label}预算已经录入，"
                "增加或减少请在该预算上调整。",
                what="预算已存在",
            ) from error
        write_entry(envelope, EntryKind.GRANT, amount_fen, reason=reason.strip(), by=by, at=at)
        envelope.refresh_from_db()
        record(
            "envelope.opened",
            subject=envelope,
            by=by,
            at=at,
            data={
                "unit": unit.name,
                "share": str(share),
                "clause": clause.clause_id,
                "policy_year": policy_year,
                "amount": yuan(amount_fen),
                "reason": reason.strip(),
            },
        )
        return envelope


def adjust_envelope(
    *, envelope: Envelope, fen: int, reason: str, by: User, at: datetime, seen_amount_fen: int | None = None
) -> Envelope:
    """调整: add to a budget or, with a negative sum (分), take from what is not committed yet.

    `seen_amount_fen`: the budget as its author saw it; where it is another one now, nothing is changed (Conflict), so
    that a form sent twice counts once. Raises NotAllowed, Invalid (also with the free amount where that is too little).
    """
    with transaction.atomic():
        current = Envelope.objects.select_for_update(of=("self",)).select_related("unit", "clause").get(pk=envelope.pk)
        if because := why_not_budget(current.unit, by):
            raise NotAllowed(because)
        faults = _faults_of_reason(reason, "请写明调整的事由，例如追加预算的文号。")
        if fen == 0:
            faults["amount"] = ["调整金额不得为 0 元。"]
        elif abs(fen) > MAX_FEN or current.amount_fen + fen > MAX_FEN:
            faults["amount"] = ["调整后的预算超出系统可以处理的范围，请核对金额。"]
        _refuse(faults)
        if seen_amount_fen is not None and seen_amount_fen != current.amount_fen:
            last = current.entries.filter(kind__in=[EntryKind.GRANT, EntryKind.ADJUST]).select_related("by").last()
            raise Conflict(
                f"该预算在您填写期间已变为 {grouped(current.amount_fen)} 元，请核对是否还需要这次调整。",
                changed_by=str(last.by) if last and last.by else None,
                what=f"预算为 {grouped(current.amount_fen)} 元",
            )
        if current.free_fen + fen < 0:
            raise Invalid(_too_little(current, fen), field="amount")
        write_entry(current, EntryKind.ADJUST, fen, reason=reason.strip(), by=by, at=at)
        before = current.amount_fen
        current.refresh_from_db()
        record(
            "envelope.adjusted",
            subject=current,
            by=by,
            at=at,
            data={"before": yuan(before), "after": yuan(current.amount_fen), "reason": reason.strip()},
        )
        return current


def set_subject(*, envelope: Envelope, subject_code: str, subject_name: str, by: User, at: datetime) -> Envelope:
    """Name the 预算科目 that payment lists print; lists made before keep theirs. Raises NotAllowed, Invalid."""
    with transaction.atomic():
        current = Envelope.objects.select_for_update(of=("self",)).select_related("unit").get(pk=envelope.pk)
        if because := why_not_budget(current.unit, by):
            raise NotAllowed(because)
        _refuse(_faults_of_subject(subject_code, subject_name))
        before = (current.subject_code, current.subject_name)
        current.subject_code, current.subject_name = subject_code.strip(), subject_name.strip()
        if before != (current.subject_code, current.subject_name):
            current.save(update_fields=["subject_code", "subject_name"])
            record(
                "envelope.subject_set",
                subject=current,
                by=by,
                at=at,
                data={"before": list(before), "after": [current.subject_code, current.subject_name]},
            )
        return current


def set_ratio(
    *,
    document: Document,
    clause: Clause | None,
    valid_from: date,
    city_share: int,
    reason: str,
    by: User,
    at: datetime,
) -> BudgetRatio:
    """The city's share (whole per cent, 0–100) of what is settled from a day on, for one clause or (None) for all that
    have no ratio of their own. Amounts that stand keep theirs. Raises NotAllowed, Invalid, Conflict (the same again).
    """
    if because := why_not_ratio(by):
        raise NotAllowed(because)
    faults = _faults_of_reason(reason, "请写明分担比例的依据，例如财政体制文件的文号。")
    if isinstance(city_share, bool) or not isinstance(city_share, int) or not 0 <= city_share <= 100:
        faults["city_share"] = ["市级分担比例须为 0 至 100 的整数（百分比）。"]
    if clause is not None and (clause.document_id != document.pk or not clause.is_monetary):
        faults["clause"] = ["请选择该文件中给予资金的条款。"]
    _refuse(faults)
    with transaction.atomic():
        # The document's row stands for its list of ratios, so that the same form sent twice is one ratio.
        Document.objects.select_for_update().get(pk=document.pk)
        newest = (
            BudgetRatio.objects.filter(document=document, clause=clause, valid_from=valid_from).order_by("-pk").first()
        )
        share = f"{city_share}%"
        if newest is not None and newest.city_share == share:
            raise Conflict(f"自该日起的市级分担比例已经是 {share}，无需重复录入。", what="已录入")
        ratio = BudgetRatio.objects.create(
            document=document,
            clause=clause,
            valid_from=valid_from,
            city_share=share,
            reason=reason.strip(),
            set_by=by,
            set_at=at,
        )
        record(
            "budget_ratio.set",
            subject=ratio,
            by=by,
            at=at,
            data={
                "document": document.number,
                "clause": clause.clause_id if clause else None,
                "valid_from": valid_from.isoformat(),
                "city_share": share,
                "reason": reason.strip(),
            },
        )
        return ratio


def _faults_of_place(unit: Unit, share: str, clause: Clause, policy_year: int) -> dict[str, list[str]]:
    """What stands against a budget of this unit for this clause and year: it could never be used."""
    if not clause.is_monetary:
        return {"clause": [f"{clause.clause_id}条款不给予资金，不需要预算。"]}
    try:
        clause_version_for(clause, policy_year)
    except PolicyYearError:
        return {"policy_year": [f"{clause.clause_id}条款不适用于{policy_year}年度，请核对政策年度。"]}
    if share == Share.DISTRICT and unit.kind != UnitKind.DISTRICT:
        return {"unit": [f"县区级预算属于县区，{unit.name}不是县区。"]}
    if share == Share.CITY:
        payers = city_payers(clause, policy_year)
        if unit.name not in payers:
            names = "、".join(sorted(payers))
            return {"unit": [f"{clause.clause_id}条款的市级资金由{names}的预算安排，不是{unit.name}。"]}
    return {} if share in Share.values else {"share": ["请选择市级或县区级。"]}


def _faults_of_subject(code: str, name: str) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    code, name = code.strip(), name.strip()
    if code and not (code.isascii() and code.isdigit() and len(code) <= CODE_LENGTH):
        faults["subject_code"] = [f"预算科目编码只能是数字，最多 {CODE_LENGTH} 位。"]
    if len(name) > NAME_LENGTH:
        faults["subject_name"] = [f"预算科目名称最多 {NAME_LENGTH} 字。"]
    if code and not name:
        faults["subject_name"] = ["填写了预算科目编码，请一并填写科目名称。"]
    return faults


def _faults_of_reason(reason: str, missing: str) -> dict[str, list[str]]:
    if not reason.strip():
        return {"reason": [missing]}
    return {"reason": [f"事由最多 {REASON_LENGTH} 字。"]} if len(reason.strip()) > REASON_LENGTH else {}


def _refuse(faults: dict[str, list[str]]) -> None:
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)


def _too_little(envelope: Envelope, fen: int) -> str:
    return (
        f"该预算已占用 {grouped(envelope.committed_fen)} 元，可调减的余额为 {grouped(envelope.free_fen)} 元，"
        f"不能调减 {grouped(-fen)} 元。"
    )
