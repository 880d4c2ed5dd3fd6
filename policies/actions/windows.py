"""Windows of a call by clause and district: added, moved, given up; every step is recorded of the call."""

import datetime as dt
from collections.abc import Sequence
from itertools import product

from django.db import transaction

from accounts.enums import UnitKind
from accounts.models import Unit, User
from common.errors import Conflict, Invalid
from policies.actions.calls import (
    Days,
    locked_call,
    require_kept,
    require_not_past,
    require_ordered,
    require_reason,
    require_seen,
    tell_moved,
)
from policies.models import Call, CallWindow, Clause
from policies.permissions import require_editor
from policies.queries.calls import clauses_of

ADDED, CHANGED, ENDED = "policies.window_added", "policies.window_changed", "policies.window_ended"


def words_of(clause: Clause | None, district: Unit | None) -> str:
    """What a window is for: 高新区 3.4.5 “5G+智慧工厂”建设补助."""
    return " ".join(str(part) for part in (district, clause) if part is not None)


def add_windows(
    call: Call,
    *,
    clauses: Sequence[Clause],
    districts: Sequence[Unit],
    opens_on: dt.date,
    closes_on: dt.date,
    reason: str,
    by: User,
    at: dt.datetime,
) -> list[CallWindow]:
    """Give clauses, districts, or each of the clauses in each of the districts, days of their own.

    Raises NotAllowed and Invalid: nothing named, a clause that is not of the call, a unit that is no district, places
    that have a window already (all are named), days in the wrong order or past, days on which one could file so far
    left out, no reason (fields `clauses`, `districts`, `opens_on`, `closes_on`, `reason`).
    """
    require_editor(by)
    reason = require_reason(reason)
    if not clauses and not districts:
        raise Invalid("请至少选择一个条款或一个县区。", field="clauses")
    days = Days(opens_on, closes_on)
    require_ordered(days)
    require_not_past(closes_on, at)
    for district in districts:
        if district.kind != UnitKind.DISTRICT or not district.is_active:
            raise Invalid(f"{district}不是县区（开发区），不能单独规定受理时间。", field="districts")
    with transaction.atomic():
        locked = locked_call(call)
        _require_of_call(locked, clauses)
        places = list(product(dict.fromkeys(clauses) or [None], dict.fromkeys(districts) or [None]))
        taken = {(row.clause_id, row.district_id) for row in locked.windows.all()}
        twice = [
            words_of(clause, district)
            for clause, district in places
            if (clause and clause.pk, district and district.pk) in taken
        ]
        if twice:
            raise Invalid(
                f"已有受理时间：{'、'.join(twice)}。请去掉这几项，或在下表中修改已有的受理时间。",
                field="clauses" if clauses else "districts",
            )
        added: list[CallWindow] = []

        def add() -> None:
            for clause, district in places:
                row = CallWindow(call=locked, clause=clause, district=district, opens_on=opens_on, closes_on=closes_on)
                row.save(force_insert=True)
                added.append(row)

        require_kept(locked, add, at)
        for row in added:
            data = {"window": row.pk, **place_of(row), "after": days.as_json(), "reason": reason}
            tell_moved(locked, ADDED, data, clause=row.clause, district=row.district, by=by, at=at)
    return added


def change_window(
    window: CallWindow, *, opens_on: dt.date, closes_on: dt.date, seen: Days, reason: str, by: User, at: dt.datetime
) -> CallWindow:
    """Move the days of one window; `seen` are those that stood on the screen.

    Raises NotAllowed, Conflict where it was changed or given up meanwhile, Invalid as `change_call_window` does.
    """
    require_editor(by)
    reason = require_reason(reason)
    days = Days(opens_on, closes_on)
    require_ordered(days)
    with transaction.atomic():
        locked, row = _locked(window)
        before = Days.of(row)
        require_seen(before, seen)
        if days == before:
            raise Invalid("日期没有变化。", field="closes_on")
        if closes_on != before.closes_on:
            require_not_past(closes_on, at)

        def move() -> None:
            row.opens_on, row.closes_on = opens_on, closes_on
            row.save(update_fields=["opens_on", "closes_on"])

        require_kept(locked, move, at)
        data = {
            "window": row.pk,
            **place_of(row),
            "before": before.as_json(),
            "after": days.as_json(),
            "reason": reason,
        }
        tell_moved(locked, CHANGED, data, clause=row.clause, district=row.district, by=by, at=at)
    return row


def end_window(window: CallWindow, *, seen: Days, reason: str, by: User, at: dt.datetime) -> None:
    """Give up a window, so that the next broader one counts again; what it said stays in the audit trail.

    Raises NotAllowed, Conflict, Invalid (where days on which one could file so far would be left out, `reason`).
    """
    require_editor(by)
    reason = require_reason(reason)
    with transaction.atomic():
        locked, row = _locked(window)
        before = Days.of(row)
        require_seen(before, seen)
        data = {"window": row.pk, **place_of(row), "before": before.as_json(), "reason": reason}
        try:
            require_kept(locked, row.delete, at)
        except Invalid as error:
            # There are no fields for days here.
            raise Invalid(f"不能取消这项受理时间：{error.message}") from error
        tell_moved(locked, ENDED, data, clause=row.clause, district=row.district, by=by, at=at)


def _locked(window: CallWindow) -> tuple[Call, CallWindow]:
    """The call under its lock, and the window as it stands; Conflict where it was given up."""
    locked = locked_call(window.call)
    row = locked.windows.select_related("clause", "district").filter(pk=window.pk).first()
    if row is None:
        raise Conflict("这项受理时间在此期间已被取消，请返回申报通知查看。", what="受理时间已取消")
    return locked, row


def _require_of_call(call: Call, clauses: Sequence[Clause]) -> None:
    possible = {clause.pk for clause in clauses_of(call)}
    foreign = [str(clause) for clause in clauses if clause.pk not in possible]
    if foreign:
        raise Invalid(f"{'、'.join(foreign)}不在这份申报通知的范围内，请选择通知所列的条款。", field="clauses")


def place_of(row: CallWindow) -> dict[str, str]:
    """What a window is for, as its events tell it."""
    found = {}
    if row.clause is not None:
        found["clause"] = str(row.clause)
    if row.district is not None:
        found["district"] = row.district.name
    return found
