"""Who may come to 政策维护, calls and late filing: administrators change, auditors read the call."""

from typing import Any

from policies.models import CallWindow, LateFiling
from tests.architecture.row import ADMINISTRATOR, AUDITOR, NONE, Row
from tests.architecture.world import World
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT, clause

READERS = ADMINISTRATOR | AUDITOR
CALL: Any = {"world": lambda world: {"pk": world.call.pk}, "missing": lambda side: {"pk": NONE}}


def _window(world: World) -> dict[str, int]:
    days = {"opens_on": world.call.opens_on, "closes_on": world.call.closes_on}
    row, _ = CallWindow.objects.get_or_create(call=world.call, clause=clause("3.7.2"), district=None, defaults=days)
    return {"pk": world.call.pk, "window": row.pk}


def _leave(world: World) -> dict[str, int]:
    row = LateFiling.objects.filter(call=world.call).first() or LateFiling.objects.create(
        call=world.call,
        enterprise=world.sides["a"].company.enterprise,
        clause=clause("3.7.2"),
        closes_on=world.call.closes_on,
        reason="系统故障",
        granted_by=AdministratorFactory(),
        granted_at=AT,
    )
    return {"pk": world.call.pk, "leave": row.pk}


WINDOW: Any = {"world": _window, "missing": lambda side: {"pk": NONE, "window": NONE}}

ROWS: dict[str, Row] = {
    "editing:calls": Row(READERS),
    "editing:call_new": Row(ADMINISTRATOR),
    "editing:call": Row(READERS, **CALL),
    "editing:call_days": Row(ADMINISTRATOR, **CALL),
    "editing:window_new": Row(ADMINISTRATOR, **CALL),
    "editing:window": Row(ADMINISTRATOR, **WINDOW),
    "editing:window_end": Row(ADMINISTRATOR, **WINDOW),
    "editing:late_new": Row(ADMINISTRATOR, **CALL),
    "editing:late_revoke": Row(ADMINISTRATOR, world=_leave, missing=lambda side: {"pk": NONE, "leave": NONE}),
}
