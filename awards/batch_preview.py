"""What a batch keeps of a preview, as JSON, and what stands against settling an enterprise in it, as a sentence."""

from typing import Any

from accounts.enums import UnitRole
from accounts.models import User
from awards.enums import ProposalState, Share
from awards.models import Award, SettlementBatch
from awards.permissions import CONFIRMERS, DRAFTERS, holds
from awards.queries.preview import Prepared, PreparedLine
from awards.queries.shares import paying_unit
from reviews.models import Case
from reviews.permissions import bar_of
from reviews.queries.routes import keeper_task


def preview_of(prepared: Prepared) -> dict[str, Any]:
    """The figures of a prepared settlement, amounts in 分; {} where faults stand against it."""
    if prepared.faults or prepared.policy is None:
        return {}
    return {
        "total_fen": prepared.total_fen,
        "cap_fen": prepared.cap_fen,
        "cap_by_rule_fen": prepared.cap_by_rule_fen,
        "override": prepared.override is not None,
        "lines": [_line(line) for line in prepared.lines],
    }


def _line(line: PreparedLine) -> dict[str, Any]:
    award = line.award
    return {
        "award": award.pk,
        "application": award.application.number,
        "clause": line.clause,
        "clause_pk": award.application.clause_id,
        "unit": award.unit.name,
        "fixed": line.fixed,
        "changes": line.changes,
        "before_fen": line.before_fen,
        "candidate_fen": line.candidate_fen,
        "settled_fen": line.settled_fen,
        "reason": line.reason,
        "city_fen": line.city_fen,
        "district_fen": line.district_fen,
        # By how much each budget's commitment would grow (negative: shrink), and whose it is.
        "needs": []
        if line.fixed
        else [
            {"share": str(share), "unit": paying_unit(award, share).pk, "fen": after - before}
            for share, before, after in (
                (Share.CITY, award.city_fen, line.city_fen),
                (Share.DISTRICT, award.district_fen, line.district_fen),
            )
            if after != before
        ],
    }


def budget_needs(previews: Any) -> dict[tuple[int, str, int], int]:
    """(unit, share, clause) → by how much (分) the commitment of that budget would grow, over several previews."""
    found: dict[tuple[int, str, int], int] = {}
    for preview in previews:
        for line in preview.get("lines", ()):
            for need in line["needs"]:
                key = (need["unit"], need["share"], line["clause_pk"])
                found[key] = found.get(key, 0) + need["fen"]
    return found


def hindrance(prepared: Prepared, batch: SettlementBatch) -> str:
    """Why this enterprise cannot be settled in the batch now; "" where nothing stands against it. The person who
    confirmed is looked at once there is one."""
    if prepared.faults:
        return "".join(prepared.faults)
    if not prepared.is_needed:
        return "核算结果与现有的相同，无需再次核算。"
    own = [line.award for line in prepared.lines if line.award.unit_id == batch.unit_id and not line.fixed]
    if not own:
        return f"{batch.unit.name}没有主办该账户中待核算的申报。"
    if prepared.account.proposals.filter(state=ProposalState.OPEN).exists():
        return "该账户已有一份待审核的核算，请先由审核人员确认或退回。"
    people = [(batch.proposed_by, DRAFTERS)]
    if batch.confirmed_by is not None:
        people.append((batch.confirmed_by, CONFIRMERS))
        if prepared.override is not None and prepared.override.decided_by_id == batch.confirmed_by_id:
            return f"{batch.confirmed_by}批准了突破上限，核算须由另一名审核人员确认。"
    told = (_bar(own, batch, person, roles) for person, roles in people)
    return next((sentence for sentence in told if sentence), "")


def _bar(awards: list[Award], batch: SettlementBatch, person: User, roles: tuple[UnitRole, ...]) -> str:
    """Separation of duties, for each file of the unit: awards.permissions.require_lead in the third person."""
    if not holds(person, batch.unit, roles):
        return f"{person}已没有{batch.unit.name}的{'、'.join(role.label for role in roles)}角色，不能办理。"
    for award in awards:
        bar = bar_of(keeper_task(Case.objects.get(application=award.application_id)), person)
        if bar is not None:
            return f"{award.application.number}：{person}{bar.because}"
    return ""
