"""From a recovery to what its pages draw."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from accounts.models import User
from awards.enums import ReceiptKind, RecoveryState
from awards.models import Recovery, RecoveryReceipt
from awards.models.recovery import TOLD
from common.templatetags.ui import zhdate
from common.workdays import WorkingCalendar
from letters.enums import LetterState
from letters.models import Letter

TONES: dict[RecoveryState, str] = {
    RecoveryState.FOUND: "warning",
    RecoveryState.DRAFTED: "warning",
    RecoveryState.DECIDED: "info",
    RecoveryState.DEMANDED: "info",
    RecoveryState.CLOSED: "success",
    RecoveryState.DROPPED: "neutral",
}
#: The tabs of the list: key, label, states.
TABS: tuple[tuple[str, str, tuple[RecoveryState, ...]], ...] = (
    ("deciding", "待决定", (RecoveryState.FOUND, RecoveryState.DRAFTED, RecoveryState.DECIDED)),
    ("demanded", "待退款", (RecoveryState.DEMANDED,)),
    ("closed", "已结清", (RecoveryState.CLOSED,)),
    ("dropped", "不予追回", (RecoveryState.DROPPED,)),
)


def recovery_row(recovery: Recovery, *, today: date, calendar: WorkingCalendar) -> dict[str, Any]:
    """One line of the list; the recovery has `standing_fen` (RecoveryQuerySet.with_sums)."""
    standing: int = recovery.standing_fen  # type: ignore[attr-defined]
    demanded = recovery.state == RecoveryState.DEMANDED
    return {
        "recovery": recovery,
        "tone": TONES[RecoveryState(recovery.state)],
        "demanded": demanded,
        "outstanding_fen": (recovery.amount_fen or 0) - standing if demanded else None,
        "days_left": calendar.working_days_left(today, recovery.due_on) if demanded and recovery.due_on else None,
    }


def receipt_rows(recovery: Recovery, receipts: Sequence[RecoveryReceipt]) -> list[dict[str, Any]]:
    """The entries in order, each with what was still outstanding after it (分)."""
    left, rows = recovery.amount_fen or 0, []
    for row in receipts:
        left -= row.amount_fen
        if row.set_off is not None:
            told = f"从 {row.set_off.award.application.number} 的{row.set_off.get_share_display()}资金抵扣"
        elif row.reverses is not None:
            told = f"冲减 {zhdate(row.reverses.on)} 到账的一笔（{row.reverses.reference}）：{row.note}"
        else:
            told = row.note
        rows.append({"receipt": row, "told": told, "left_fen": left, "reversed": hasattr(row, "reversed_by")})
    return rows


def standing_entries(rows: Sequence[dict[str, Any]]) -> list[RecoveryReceipt]:
    """Those entries that a reversal may take back."""
    return [row["receipt"] for row in rows if row["receipt"].kind == ReceiptKind.TRANSFER and not row["reversed"]]


def steps_of(recovery: Recovery, letter: Letter | None, *, inside: bool, days_left: int | None) -> list[dict[str, Any]]:
    """The way of a recovery for components/timeline.html. inside: the finding and who did what are told too."""
    state, unit = RecoveryState(recovery.state), recovery.unit.name
    if state == RecoveryState.DROPPED:
        return [
            _found(recovery),
            _step("不予追回", _who(unit, recovery.decided_by), "done", recovery.decided_at, recovery.reason),
        ]
    steps = []
    if inside:
        steps.append(_found(recovery))
        drafting = state == RecoveryState.FOUND
        steps.append(
            _step("拟定决定", unit, "current")
            if drafting
            else _step("拟定决定", _who(unit, recovery.drafted_by), "done", recovery.drafted_at)
        )
    decided = recovery.decided_at is not None
    who = _who(unit, recovery.decided_by) if inside and decided else unit
    now = "current" if state == RecoveryState.DRAFTED else "todo"
    steps.append(_step("决定追回", who, "done" if decided else now, recovery.decided_at))
    issued = letter is not None and letter.state == LetterState.ISSUED
    steps.append(
        _step("追回通知", unit, "done", letter.issued_at, letter.number or "")
        if letter is not None and issued
        # The paying unit does not read the letter; the state tells that it went out.
        else _step("追回通知", unit, "done" if state in TOLD else "current" if decided else "todo")
    )
    closed, demanded = state == RecoveryState.CLOSED, state == RecoveryState.DEMANDED
    steps.append(
        _step("退回款项", "企业", "done" if closed else "current" if demanded else "todo", recovery.closed_at)
        | {"due": recovery.due_on, "days_left": days_left if demanded else None}
    )
    return steps


def _who(unit: str, person: User | None) -> str:
    """Unit and name; nobody is called 市工信局 市工信局经办, as demonstration people would be."""
    return str(person) if str(person).startswith(unit) else f"{unit} {person}"


def _found(recovery: Recovery) -> dict[str, Any]:
    return _step("发现问题", str(recovery.found_by), "done", recovery.found_at)


def _step(label: str, unit: str, state: str, at: Any = None, note: str = "") -> dict[str, Any]:
    return {"label": label, "unit": unit, "state": state, "at": at, "due": None, "days_left": None, "note": note}
