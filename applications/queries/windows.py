"""Until when the enterprise can still file, in words: the same sentences on the pages and in the refusal.

Whatever decides whether one may begin or file asks for the enterprise's own window (policies.queries.window_for).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.bans import ban_sentence, standing_ban
from accounts.models import Enterprise
from applications.enums import CorrectionState, State
from applications.models import Application, Correction
from common.workdays import is_late, local_day
from policies.queries import Window, Windows, version_or_none, window_for
from policies.window_words import closed_sentence, why_sentence

BEFORE_FILING = (State.DRAFT, State.CONFIRMING)


def window_of(application: Application, moment: datetime) -> Window | None:
    """The days on which this enterprise may file this application, as they stand at the moment; None without a call.

    Of several calls of the year it need not be the one under which the draft was begun.
    """
    return window_for(
        application.clause, application.policy_year, enterprise=application.enterprise, on=local_day(moment)
    )


def window_closed(window: Window | None, moment: datetime) -> str:
    """Why nothing is taken at the moment: no call, not begun, or over at 24:00 of its last day in Shanghai.

    "" while the window is open.
    """
    return closed_sentence(window, local_day(moment))


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


def clause_closed(application: Application) -> str:
    """Why an application that was never filed can be filed no more, whatever its window: the clause left force and no
    version governs its year; "" while one does."""
    if version_or_none(application.clause, application.policy_year) is not None:
        return ""
    return f"该条款已停用或终止，没有适用于 {application.policy_year} 年度的版本，不再受理。"


def filing_closed(application: Application, moment: datetime) -> str:
    """Why an application that waits for its enterprise cannot be filed any more; "" while it can and once filed."""
    if application.state in BEFORE_FILING:
        return (
            clause_closed(application)
            or window_closed(window_of(application, moment), moment)
            or ban_closed(application.enterprise, moment)
        )
    if application.state == State.CORRECTION:
        correction = application.corrections.filter(state=CorrectionState.OPEN).first()
        return correction_closed(correction, moment) if correction else ""
    return ""


@dataclass(frozen=True)
class Deadline:
    """The day by which the enterprise has to act, and why it differs from the call's ("" where it does not)."""

    due: date
    note: str = ""


def deadlines(applications: Sequence[Application], moment: datetime) -> dict[int, Deadline]:
    """By key, the deadlines of those applications that wait for their enterprise; constant in queries.

    Corrections should be prefetched.
    """
    waiting = [item for item in applications if item.state in BEFORE_FILING]
    windows = Windows(
        policy_years={item.policy_year for item in waiting}, enterprises={item.enterprise_id for item in waiting}
    )
    found = {}
    for item in waiting:
        window = windows.window(item.clause, item.policy_year, enterprise=item.enterprise, on=local_day(moment))
        if window is not None:
            found[item.pk] = Deadline(window.closes_on, why_sentence(window))
    for item in applications:
        if item.state == State.CORRECTION:
            correction = next((one for one in item.corrections.all() if one.state == CorrectionState.OPEN), None)
            if correction is not None:
                found[item.pk] = Deadline(correction.due_on)
    return found


def deadline_of(application: Application, moment: datetime) -> Deadline | None:
    """The deadline of one application, where it is the enterprise's turn."""
    return deadlines([application], moment).get(application.pk)
