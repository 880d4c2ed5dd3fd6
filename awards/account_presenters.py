"""From an account to what its page draws, for the officers of its files and for the enterprise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from accounts.enums import UnitRole
from accounts.models import Unit, User
from applications.queries.standing import VersionNote, rules_note
from awards.actions.overrides import override_unit
from awards.actions.settle import settling_units
from awards.enums import AwardState, ProposalState, Share
from awards.explain import Explainer, override_words
from awards.labels import REASONS, TONES
from awards.models import Award, Settlement, SettlementProposal, YearAccount
from awards.permissions import CONFIRMERS, DRAFTERS, holds, why_not_for_lead, why_not_on_account
from awards.queries.accounts import units_of, year_figures
from awards.queries.budgets import Outlook, place_outlook
from awards.queries.caps import Cap, cap_of
from awards.queries.groups import AccountGroup, groups_of
from awards.queries.preview import Prepared, cap_keys, prepare_settlement
from awards.queries.shares import paying_unit
from common.errors import Invalid
from common.money import grouped, parse_yuan
from policies.rules.schema import FactDecl


@dataclass(frozen=True)
class Gestures:
    """What this person may do on the account; lists of units to act for, and why not, in a sentence, where it says."""

    #: Leads for which the person may propose.
    propose: tuple[Unit, ...]
    confirm: bool
    withdraw: bool
    override: bool
    enter: tuple[Unit, ...]
    because: str = ""


def is_inside(account: YearAccount, user: User) -> bool:
    """Whether the person reads the account as an officer; members of the enterprise read what is told to them."""
    return not account.enterprise.members.filter(user=user, is_active=True).exists()


def gestures_of(account: YearAccount, prepared: Prepared, proposal: SettlementProposal | None, user: User) -> Gestures:
    """The buttons of the page; the actions ask again."""
    if user.system_role or not is_inside(account, user):
        return Gestures((), False, False, False, ())
    awards = [line.award for line in prepared.lines if not line.fixed]
    proposing = tuple(
        unit
        for unit in sorted(settling_units(prepared), key=lambda unit: (unit.order, unit.pk))
        if not _why_not(awards, unit, user, DRAFTERS)
    )
    because, confirm, withdraw = "", False, False
    if proposal is not None:
        confirmer = holds(user, proposal.unit, CONFIRMERS)
        because = _why_not(awards, proposal.unit, user, CONFIRMERS)
        if confirmer and not because and proposal.proposed_by_id == user.pk:
            because = "这份核算由您提出，须由另一名审核人员确认。"
        if confirmer and not because and prepared.override and prepared.override.decided_by_id == user.pk:
            because = "您批准了突破上限，核算须由另一名审核人员确认。"
        confirm, withdraw = not because, confirmer or proposal.proposed_by_id == user.pk
        because = because if confirmer else ""
    clear = not why_not_on_account(account, user)
    try:
        override = clear and holds(user, override_unit(account), (UnitRole.LEADER,))
    except Invalid:
        override = False
    enter = tuple(units_of(account, user, (*DRAFTERS, *CONFIRMERS))) if clear else ()
    return Gestures(proposing, confirm, withdraw, override, enter, because)


def _why_not(awards: Sequence[Award], unit: Unit, user: User, roles: tuple[UnitRole, ...]) -> str:
    own = [award for award in awards if award.unit_id == unit.pk]
    if not own:
        return f"{unit.name}没有主办该账户中待核算的申报。"
    return next((because for award in own if (because := why_not_for_lead(award, user, roles))), "")


def open_proposal(account: YearAccount) -> SettlementProposal | None:
    """The proposal that waits for its confirmation."""
    return (
        account.proposals.filter(state=ProposalState.OPEN).select_related("unit", "proposed_by").order_by("-pk").first()
    )


def account_context(account: YearAccount, user: User, *, at: datetime, today: date) -> dict[str, Any]:
    """Everything that the page tells; forms come from the view."""
    inside = is_inside(account, user)
    prepared = prepare_settlement(account, at=at)
    awards = [line.award for line in prepared.lines] or None
    visible = set(Award.objects.visible_to(user).filter(account=account).values_list("pk", flat=True))
    context: dict[str, Any] = {
        "account": account,
        "enterprise": account.enterprise,
        "inside": inside,
        "prepared": prepared,
        "cap": cap_of(account, awards),
        "groups": groups_of(account, awards),
        "settlements": [
            settlement_section(row, inside=inside)
            for row in account.settlements.select_related(
                "override__unit", "override__decided_by", "proposed_by", "confirmed_by", "unit", "account"
            ).order_by("-number")
        ],
        "awards": _award_rows(account, visible),
        "rules_note": _rules_note(account),
    }
    if inside:
        proposal = open_proposal(account)
        context |= {
            "proposal": proposal,
            "stale": proposal is not None and proposal.digest != prepared.digest,
            "gestures": gestures_of(account, prepared, proposal, user),
            "lines": prepared_rows(prepared, visible),
            "totals": _totals(prepared),
            "working": Explainer.of_prepared(prepared, inside=True).cap() if prepared.answer else [],
            "budgets": budget_rows(prepared, on=today),
            "external": list(account.external_awards.select_related("unit", "entered_by", "withdrawn_by")),
            "overrides": [
                {"row": row, "words": override_words(row, inside=True)}
                for row in account.overrides.select_related("unit", "decided_by", "withdrawn_by").order_by("-pk")
            ],
            "figures": figure_rows(account, prepared),
        }
    else:
        context["cap"] = cap = _told_cap(account, context["cap"])
        context["override_told"] = override_words(cap.override, inside=False) if cap.override else ""
    return context


def _rules_note(account: YearAccount) -> VersionNote | None:
    """That the account stands under other rules than those of the year now, where it does."""
    first = account.files().filter(filed_at__isnull=False).select_related("clause__document", "rules")
    file = first.order_by("filed_at", "pk").first()
    return rules_note(file) if file else None


def _told_cap(account: YearAccount, cap: Cap) -> Cap:
    """The cap as the enterprise reads it: a decision about it is told once a settlement was made with it."""
    if cap.override is None or account.settlements.filter(override=cap.override).exists():
        return cap
    return replace(cap, override=None, now_fen=cap.by_rule_fen)


def _award_rows(account: YearAccount, visible: set[int]) -> list[dict[str, Any]]:
    """The awards of the account that this person sees, newest first, with why less by the settlement that stands."""
    rows = (
        account.awards.filter(pk__in=visible)
        .select_related("application__clause", "settlement", "unit")
        .order_by("application__clause__order", "-pk")
    )
    explainers: dict[int, Explainer] = {}
    found = []
    for award in rows:
        why = ""
        if award.settlement is not None:
            award.settlement.account = account
            explainer = explainers.setdefault(
                award.settlement.pk, Explainer.of_settlement(award.settlement, inside=False)
            )
            line = next((line for line in explainer.lines if line.award.pk == award.pk), None)
            why = explainer.why(line) if line is not None else REASONS[award.reason]
        found.append({"award": award, "tone": TONES[AwardState(award.state)], "why": why})
    return found


def prepared_rows(prepared: Prepared, visible: set[int]) -> list[dict[str, Any]]:
    """Before → after of every award, in the order of the clauses."""
    explainer = Explainer.of_prepared(prepared, inside=True)
    rows = [
        {
            "line": line,
            "award": line.award,
            "clause": line.clause,
            "title": line.award.application.clause.title,
            "linked": line.award.pk in visible,
            "why": explainer.why(line),
            "difference": None if line.before_fen is None else line.settled_fen - line.before_fen,
            "reopens": line.changes and line.award.state == AwardState.APPROVED,
        }
        for line in prepared.lines
    ]
    return sorted(rows, key=lambda row: (row["award"].application.clause.order, row["award"].pk))


def _totals(prepared: Prepared) -> dict[str, int]:
    lines = prepared.lines
    return {
        "candidate": sum(line.candidate_fen for line in lines),
        "before": sum(line.before_fen or 0 for line in lines),
        "after": sum(line.settled_fen for line in lines),
        "city": sum(line.city_fen for line in lines),
        "district": sum(line.district_fen for line in lines),
    }


def budget_rows(prepared: Prepared, *, on: date) -> list[Outlook]:
    """Both budgets of every award that the settlement changes: what is left, what is taken, what would be left."""
    rows = []
    for line in prepared.lines:
        if not line.changes:
            continue
        clause, year = line.award.application.clause, prepared.account.policy_year
        for share, before, after in (
            (Share.CITY, line.award.city_fen, line.city_fen),
            (Share.DISTRICT, line.award.district_fen, line.district_fen),
        ):
            if before == after == 0:
                continue
            unit = paying_unit(line.award, share)
            rows.append(place_outlook(unit, share, clause, year, after - before, on=on, without=line.award))
    return rows


def figure_rows(account: YearAccount, prepared: Prepared) -> list[dict[str, Any]]:
    """The checked figures, newest of each key first, as they read; whether the cap reads them."""
    known = year_figures(account)
    used = set(cap_keys(prepared.policy)) if prepared.policy else set()
    seen: set[str] = set()
    rows = []
    for row in account.checked_figures.select_related("unit", "entered_by").order_by("-pk"):
        rows.append(
            {
                "row": row,
                "label": known[row.key].label if row.key in known else row.key,
                "value": figure_words(known.get(row.key), row.value),
                "counts": row.key in used and row.key not in seen,
                "replaced": row.key in seen,
            }
        )
        seen.add(row.key)
    return rows


def figure_words(fact: FactDecl | None, value: Any) -> str:
    """A figure as people read it."""
    if fact is not None and fact.type == "money":
        return f"{grouped(parse_yuan(value))} 元"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def settlement_section(settlement: Settlement, *, inside: bool) -> dict[str, Any]:
    """One settlement of the history, opening into its working."""
    explainer = Explainer.of_settlement(settlement, inside=inside)
    lines = sorted(explainer.lines, key=lambda line: (line.award.application.clause.order, line.award.pk))
    return {
        "settlement": settlement,
        "cap": explainer.cap(),
        "lines": [{"line": line, "award": line.award, "why": explainer.why(line)} for line in lines],
        "trace": settlement.answer["settlement"].get("trace", []) if inside else [],
    }


__all__ = ["AccountGroup", "Gestures", "account_context", "is_inside", "open_proposal", "settlement_section"]
