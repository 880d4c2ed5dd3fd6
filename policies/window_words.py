"""What an enterprise is told of its own window where it differs from the call's, as sentences."""

import datetime as dt

from common.templatetags.ui import zhdate
from policies.queries.windows import Why, Window

_WHOSE = {Why.CLAUSE: "本条款", Why.DISTRICT: "本县区", Why.BOTH: "本县区对本条款"}


def why_sentence(window: Window) -> str:
    """Why the days differ from those of the call: 本县区受理至2026年5月8日 24:00…; "" where they are the call's."""
    if window.why == Why.CALL:
        return ""
    if window.late is not None:
        return f"经批准延期至{zhdate(window.closes_on)} 24:00，理由：{window.late.reason.rstrip('。')}。"
    call = window.call
    whose = _WHOSE[window.why]
    if window.opens_on != call.opens_on:
        return (
            f"{whose}自{zhdate(window.opens_on)}起受理至{zhdate(window.closes_on)} 24:00"
            f"（申报通知：{zhdate(call.opens_on)}至{zhdate(call.closes_on)}）。"
        )
    return f"{whose}受理至{zhdate(window.closes_on)} 24:00（申报通知：至{zhdate(call.closes_on)}）。"


def closed_sentence(window: Window | None, day: dt.date) -> str:
    """Why nothing is taken on a day: no call, not begun, or over; "" while the window is open."""
    if window is None:
        return "该年度此条款没有申报通知，暂不能申报。请留意政策库中的申报通知。"
    whose = _WHOSE.get(window.why, "")
    if day < window.opens_on:
        return f"申报尚未开始：{whose}自{zhdate(window.opens_on)}起受理。"
    if day > window.closes_on:
        late = "经批准延期" if window.late is not None else ""
        return f"申报已截止：{whose or late}受理至{zhdate(window.closes_on)} 24:00。"
    return ""
