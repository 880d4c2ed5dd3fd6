"""Until when the enterprise can still file, in words: the same sentences on the pages and in the refusal."""

from datetime import datetime

from accounts.bans import ban_sentence, standing_ban
from accounts.models import Enterprise
from applications.enums import CorrectionState, State
from applications.models import Application, Correction
from common.workdays import is_late, local_day
from policies.models import Call


def call_closed(call: Call | None, moment: datetime) -> str:
    """Why nothing is taken at the moment: no call, not begun, or over at 24:00 of its last day in Shanghai.

    "" while the window is open.
    """
    if call is None:
        return "该年度此条款没有申报通知，暂不能申报。请留意政策库中的申报通知。"
    day = local_day(moment)
    if day < call.opens_on:
        return f"申报尚未开始：自{call.opens_on:%Y年%-m月%-d日}起受理。"
    if day > call.closes_on:
        return f"申报已截止：受理至{call.closes_on:%Y年%-m月%-d日} 24:00。"
    return ""


def correction_closed(correction: Correction, moment: datetime) -> str:
    """Why the answer to a correction comes too late; "" before the end of its last day."""
    if is_late(moment, correction.due_on):
        return f"补正期限已过：应于{correction.due_on:%Y年%-m月%-d日} 24:00 前提交。"
    return ""


def ban_closed(enterprise: Enterprise, moment: datetime) -> str:
    """Why the enterprise may start and file nothing at the moment (accounts.Ban); "" where it may.

    Drafts stay, and what was filed before the ban goes on.
    """
    ban = standing_ban(enterprise, on=local_day(moment))
    return ban_sentence(ban) if ban else ""


def filing_closed(application: Application, moment: datetime) -> str:
    """Why an application that waits for its enterprise cannot be filed any more; "" while it can and once filed."""
    if application.state in {State.DRAFT, State.CONFIRMING}:
        return call_closed(application.call, moment) or ban_closed(application.enterprise, moment)
    if application.state == State.CORRECTION:
        correction = application.corrections.filter(state=CorrectionState.OPEN).first()
        return correction_closed(correction, moment) if correction else ""
    return ""
