"""What happened to a call, in words: read out of its audit events."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from common.audit.models import AuditEvent
from common.templatetags.ui import zhdate

_TITLES = {
    "policies.call_issued": "发布通知",
    "policies.call_window_changed": "修改受理时间",
    "policies.window_added": "单独规定受理时间",
    "policies.window_changed": "修改单独规定的受理时间",
    "policies.window_ended": "取消单独规定的受理时间",
    "policies.late_filing_granted": "准予逾期申报",
    "policies.late_filing_revoked": "撤销逾期申报的准予",
}


@dataclass(frozen=True)
class Told:
    """One event: when, who, what, about whom, from what to what, and why."""

    at: dt.datetime
    who: str
    what: str
    about: str
    change: str
    reason: str


def told(events: Iterable[AuditEvent]) -> list[Told]:
    """The events of a call as its page tells them, in the order given."""
    return [
        Told(
            event.at,
            event.actor_name,
            _TITLES[event.event],
            _about(event.data),
            _change(event.data),
            str(event.data.get("reason", "")),
        )
        for event in events
        if event.event in _TITLES
    ]


def _about(data: Mapping[str, Any]) -> str:
    names = [data[key] for key in ("enterprise", "district", "clause") if data.get(key)]
    return " ".join(str(name) for name in names)


def _change(data: Mapping[str, Any]) -> str:
    if "late_filing" in data:
        return f"至{_day(data['closes_on'])}"
    before, after = data.get("before"), data.get("after")
    if before and after:
        return f"{_days(before)}，改为{_days(after)}"
    days = after or before or (data if "opens_on" in data else None)
    return _days(days) if days else ""


def _days(days: Mapping[str, Any]) -> str:
    return f"{_day(days['opens_on'])}至{_day(days['closes_on'])}"


def _day(text: str) -> str:
    return zhdate(dt.date.fromisoformat(text))
