"""How rounds, items and objections read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from accounts.models import User
from awards.enums import ItemState, ObjectionState, RoundState
from awards.models import Award, Objection, PublicityRound
from awards.queries.publicity import period_of
from common.workdays import WorkingCalendar

ROUND_TONES: dict[RoundState, str] = {
    RoundState.DRAFT: "warning",
    RoundState.OPEN: "info",
    RoundState.CLOSED: "success",
    RoundState.CANCELLED: "neutral",
}
ITEM_TONES: dict[ItemState, str] = {
    ItemState.LISTED: "info",
    ItemState.HELD: "warning",
    ItemState.RELEASED: "success",
    ItemState.UPHELD: "danger",
}
OBJECTION_TONES: dict[ObjectionState, str] = {
    ObjectionState.OPEN: "warning",
    ObjectionState.DRAFTED: "info",
    ObjectionState.UNFOUNDED: "neutral",
    ObjectionState.UPHELD: "danger",
}
#: What the objector is told of each state.
TOLD: dict[ObjectionState, tuple[str, str]] = {
    ObjectionState.OPEN: ("正在核查", "主办单位正在核查，所涉事项暂缓办理。"),
    ObjectionState.DRAFTED: ("正在核查", "主办单位正在核查，所涉事项暂缓办理。"),
    ObjectionState.UNFOUNDED: ("异议不成立", "核查已结束，异议不成立。理由见答复。"),
    ObjectionState.UPHELD: ("异议成立", "核查已结束，异议成立，所涉事项退回重新审核。详见答复。"),
}


def round_row(publicity: PublicityRound, *, at: datetime, today: date) -> dict[str, Any]:
    """A row of a list of rounds; `items_count` and `total_fen` are annotated."""
    return {
        "round": publicity,
        "tone": ROUND_TONES[RoundState(publicity.state)],
        "period": period_of(publicity, at=at, today=today),
    }


def objection_row(objection: Objection, *, today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    """A row of the desk; an answered objection has no clock."""
    waits = objection.state in (ObjectionState.OPEN, ObjectionState.DRAFTED)
    return {
        "objection": objection,
        "tone": OBJECTION_TONES[ObjectionState(objection.state)],
        "days_left": calendar.working_days_left(today, objection.due_on) if waits else None,
        "waits": waits,
    }


def award_rows(awards: Sequence[Award], ticked: set[int] | None) -> list[dict[str, Any]]:
    """The awards to choose from; all of them ticked where nothing was chosen yet."""
    return [{"award": award, "ticked": ticked is None or award.pk in ticked} for award in awards]


def units_in_role(user: User, role: str) -> list[Any]:
    """The units in which the user holds a role today, by their order."""
    members = user.unit_memberships.filter(is_active=True, unit__is_active=True, role=role).select_related("unit")
    return sorted({member.unit for member in members}, key=lambda unit: (unit.order, unit.pk))
