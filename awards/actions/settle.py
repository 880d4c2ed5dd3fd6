"""核算: the 经办 of a lead proposes the settlement of an account, its 审核 confirms it; amounts, budgets and letters
follow in one transaction.

What is public, on its way or paid stays (awards.enums.FIXED); everything else of the account is settled anew, so that
choice and cap hold for all of it together. Order of locks: applications, year account, awards, envelopes.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Unit, User
from accounts.notifications import enterprise_users, notify, unit_users
from applications.actions import mark_awarded
from applications.enums import State
from applications.models import Application
from awards.actions.entries import commit_shares
from awards.enums import OPEN, AwardState, ProposalState, Share
from awards.letters import request_zero_letter
from awards.models import Award, Settlement, SettlementBatchItem, SettlementLine, SettlementProposal, YearAccount
from awards.permissions import CONFIRMERS, DRAFTERS, holds, require_lead
from awards.queries.preview import Prepared, PreparedLine, prepare_settlement, require_sound
from awards.workflow import AWARDS, PROPOSALS
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.money import grouped, yuan
from policies.actions import keep_definition
from policies.rules.receipt import build_receipt


def lock_for_settlement(account_id: int) -> YearAccount:
    """Lock the applications of an account's open awards, the account and its awards, always in this order.

    Raises Conflict where an approval came in between: its application is not locked, and taking that lock now would
    turn the order round.
    """
    awards = Award.objects.filter(account=account_id, state__in=OPEN)
    applications = Application.objects.select_for_update().filter(pk__in=awards.values("application")).order_by("pk")
    locked = {application.pk for application in applications.only("pk")}
    account = YearAccount.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=account_id)
    standing = list(Award.objects.select_for_update(of=("self",)).filter(account=account).order_by("pk"))
    if {award.application_id for award in standing if award.state in OPEN} - locked:
        raise Conflict("该企业刚有一件申报通过审核，请刷新后按最新内容核算。", what="有新的申报通过审核")
    return account


def settling_units(prepared: Prepared) -> set[Unit]:
    """The leads that may settle an account: each keeps the file of an award that the settlement would change, or of an
    open one where only what was entered is put on record."""
    return {line.award.unit for line in prepared.lines if line.changes or (not prepared.changes and not line.fixed)}


def propose_settlement(
    *, account: YearAccount, unit: Unit, remark: str = "", seen: str = "", by: User, at: datetime
) -> SettlementProposal:
    """Propose to settle an account as it stands now (经办 of a lead that keeps one of its open files).

    seen: the digest of what the person looked at, where there was a page. Raises Invalid with every fault, Conflict
    where something changed since, a proposal is open or nothing would change, NotAllowed.
    """
    with transaction.atomic():
        account = lock_for_settlement(account.pk)
        prepared = prepare_settlement(account, at=at)
        require_sound(prepared)
        _require_settler(prepared, unit, by, DRAFTERS)
        if account.proposals.filter(state=ProposalState.OPEN).exists():
            raise Conflict("该账户已有一份待审核的核算，请先由审核人员确认或退回。", what="已有待审核的核算")
        if seen and seen != prepared.digest:
            raise Conflict("页面打开之后内容有变化，请核对最新的核算结果后重新提出。", what="依据已变化")
        if not prepared.is_needed:
            raise Conflict("核算结果与现有的相同，无需再次核算。", what="没有变化")
        proposal = SettlementProposal.objects.create(
            account=account,
            unit=unit,
            digest=prepared.digest,
            document=prepared.document,
            answer=prepared.answer,
            remark=remark.strip(),
            proposed_by=by,
            proposed_at=at,
        )
        record("settlement.proposed", subject=account, by=by, at=at, data=_told(prepared) | {"proposal": proposal.pk})
        notify(
            [user for user in unit_users(unit) if user != by],
            title=f"待审核：{account.enterprise.name}{account.policy_year}年度核算",
            body=f"经办人 {by} 提出核算，合计 {grouped(prepared.total_fen)} 元，请审核。",
            url=f"/awards/accounts/{account.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return proposal


def confirm_settlement(*, proposal: SettlementProposal, expected_version: int, by: User, at: datetime) -> Settlement:
    """Confirm a proposal (审核 of the same lead, another person): amounts stand, budgets are taken, zeros are told.

    Raises Conflict where anything that the amounts depend on changed since it was proposed, Invalid where a budget does
    not suffice, NotAllowed.
    """
    with transaction.atomic():
        account = lock_for_settlement(proposal.account_id)
        current = SettlementProposal.objects.select_related("unit", "proposed_by").get(pk=proposal.pk)
        if current.version != expected_version or current.state != ProposalState.OPEN:
            raise Conflict("这份核算已被处理，请刷新后查看。", what=current.get_state_display())
        prepared = prepare_settlement(account, at=at)
        require_sound(prepared)
        _require_settler(prepared, current.unit, by, CONFIRMERS)
        if current.proposed_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员确认。")
        if prepared.override is not None and prepared.override.decided_by_id == by.pk:
            raise NotAllowed("您批准了突破上限，核算须由另一名审核人员确认。")
        if prepared.digest != current.digest:
            raise Conflict("核算所依据的内容在提出之后有变化，请退回后按最新内容重新提出。", what="依据已变化")
        PROPOSALS.apply(current, "confirm", changes={"closed_by": by, "closed_at": at})
        return settle_account(
            prepared, unit=current.unit, proposed_by=current.proposed_by, by=by, at=at, proposal=current
        )


def withdraw_proposal(
    *, proposal: SettlementProposal, expected_version: int, note: str = "", by: User, at: datetime
) -> SettlementProposal:
    """Send a proposal back (审核, with a note) or take it back (its author). Raises Conflict, Invalid, NotAllowed."""
    with transaction.atomic():
        account = lock_for_settlement(proposal.account_id)
        current = SettlementProposal.objects.select_related("unit", "proposed_by").get(pk=proposal.pk)
        if current.version != expected_version or current.state != ProposalState.OPEN:
            raise Conflict("这份核算已被处理，请刷新后查看。", what=current.get_state_display())
        own = current.proposed_by_id == by.pk
        if not own and not holds(by, current.unit, CONFIRMERS):
            raise NotAllowed(f"退回核算由{current.unit.name}的审核人员办理，您没有这一角色。")
        if not own and not note.strip():
            raise Invalid("请写明退回原因。", field="note")
        PROPOSALS.apply(current, "withdraw", changes={"closed_by": by, "closed_at": at, "note": note.strip()})
        record("settlement.withdrawn", subject=account, by=by, at=at, data={"proposal": current.pk, "note": note})
        if not own:
            notify(
                [current.proposed_by],
                title=f"核算退回：{account.enterprise.name}{account.policy_year}年度",
                body=note.strip(),
                url=f"/awards/accounts/{account.pk}/",
                topic=NoticeTopic.TASK,
                at=at,
            )
        return current


def settle_account(
    prepared: Prepared,
    *,
    unit: Unit,
    proposed_by: User,
    by: User,
    at: datetime,
    proposal: SettlementProposal | None = None,
    batch_item: SettlementBatchItem | None = None,
) -> Settlement:
    """Write a prepared settlement of a locked account. The caller holds the locks and has checked who may.

    Awards whose amount changes after their approval letter go back to 已核定: they are shown again, and the new letter
    replaces the old one. Raises Invalid where a budget does not suffice.
    """
    account, policy = prepared.account, prepared.policy
    if policy is None:
        raise ValueError("a settlement with faults cannot be written")
    keep_definition(policy, at=at)  # the receipt names it by its hash
    settlement = Settlement.objects.create(
        account=account,
        number=(account.settlements.aggregate(last=Max("number"))["last"] or 0) + 1,
        document=prepared.document,
        fixed={clause: yuan(fen) for clause, fen in prepared.fixed.items()},
        answer=prepared.answer,
        cap_fen=prepared.cap_fen,
        cap_by_rule_fen=prepared.cap_by_rule_fen,
        total_fen=prepared.total_fen,
        override=prepared.override,
        proposal=proposal,
        batch_item=batch_item,
        unit=unit,
        proposed_by=proposed_by,
        confirmed_by=by,
        made_at=at,
    )
    receipt = build_receipt(policy, prepared.document, prepared.answer, paid=prepared.fixed, closed=prepared.fixed)
    commit_shares(
        [
            (
                line.award,
                {Share.CITY: line.award.city_fen, Share.DISTRICT: line.award.district_fen},
                {Share.CITY: line.city_fen, Share.DISTRICT: line.district_fen},
            )
            for line in prepared.lines
            if not line.fixed
        ],
        by=by,
        at=at,
    )
    # All lines before any letter: it tells what became of the others.
    SettlementLine.objects.bulk_create(
        SettlementLine(
            settlement=settlement,
            award=line.award,
            clause_id_text=line.clause,
            fixed=line.fixed,
            before_fen=line.before_fen,
            candidate_fen=line.candidate_fen,
            settled_fen=line.settled_fen,
            reason=line.reason,
            city_share=line.city_share,
            city_fen=line.city_fen,
            district_fen=line.district_fen,
        )
        for line in prepared.lines
    )
    for line in prepared.lines:
        if not line.fixed:
            _write_award(line, settlement, receipt, by=by, at=at)
    record("settlement.confirmed", subject=account, by=by, at=at, data=_told(prepared) | {"number": settlement.number})
    notify(
        enterprise_users(account.enterprise),
        title=f"奖补金额已核定：{account.policy_year}年度",
        body=f"本年度核定合计 {grouped(prepared.total_fen)} 元，各项金额和核减原因见“我的奖补”。",
        url=f"/awards/accounts/{account.pk}/",
        topic=NoticeTopic.DECISION,
        at=at,
    )
    _tell_other_leads(prepared, unit, at=at)
    return settlement


def _tell_other_leads(prepared: Prepared, unit: Unit, *, at: datetime) -> None:
    """Tell the leads of other files whose amounts this settlement changed after they had been settled before."""
    others: dict[Unit, list[PreparedLine]] = {}
    for line in prepared.lines:
        if line.changes and line.before_fen is not None and line.award.unit_id != unit.pk:
            others.setdefault(line.award.unit, []).append(line)
    account = prepared.account
    for other, lines in others.items():
        told = "；".join(
            f"{line.award.application.number}由 {grouped(line.before_fen or 0)} 元变为 {grouped(line.settled_fen)} 元"
            for line in lines
        )
        notify(
            unit_users(other),
            title=f"核定金额有变化：{account.enterprise.name}",
            body=f"{unit.name}核定该企业{account.policy_year}年度奖补，本单位主办的{told}，请按新的金额办理。",
            url=f"/awards/accounts/{account.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )


def _write_award(
    line: PreparedLine, settlement: Settlement, receipt: dict[str, object], *, by: User, at: datetime
) -> None:
    """Put the result on an award; one that stands approved and keeps its amount stays approved."""
    award = line.award
    values = {
        "settlement": settlement,
        "candidate_fen": line.candidate_fen,
        "settled_fen": line.settled_fen,
        "city_fen": line.city_fen,
        "district_fen": line.district_fen,
        "reason": line.reason,
        "receipt": receipt,
    }
    if award.state == AwardState.APPROVED and not line.changes:
        Award.objects.filter(pk=award.pk).update(**values)
        return
    values |= {"approved_at": None, "due_on": None}
    AWARDS.apply(award, "settle" if line.settled_fen else "settle_at_nothing", changes=values)
    application = award.application
    if application.state == State.APPROVED:
        mark_awarded(application=application, by=None, at=at)
    if line.changes:
        record(
            "award.settled",
            subject=award,
            by=by,
            at=at,
            data={
                "application": application.number,
                "clause": line.clause,
                "candidate": yuan(line.candidate_fen),
                "before": None if line.before_fen is None else yuan(line.before_fen),
                "settled": yuan(line.settled_fen),
                "reason": line.reason,
                "settlement": settlement.number,
            },
        )
    if not line.settled_fen and line.changes:
        request_zero_letter(award=award, by=by, at=at)


def _require_settler(prepared: Prepared, unit: Unit, by: User, roles: Iterable[UnitRole]) -> None:
    """Raise NotAllowed unless the person may settle for a lead that keeps one of the files that change."""
    own = [line.award for line in prepared.lines if line.award.unit_id == unit.pk and not line.fixed]
    if not own:
        raise NotAllowed(f"{unit.name}没有主办该账户中待核算的申报，不能提出核算。")
    require_lead(own, by, roles)


def _told(prepared: Prepared) -> dict[str, object]:
    return {
        "total": yuan(prepared.total_fen),
        "cap": None if prepared.cap_fen is None else yuan(prepared.cap_fen),
        "override": prepared.override.pk if prepared.override else None,
        "lines": {line.clause: yuan(line.settled_fen) for line in prepared.lines},
        "digest": prepared.digest,
    }
