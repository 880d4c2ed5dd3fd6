"""What follows a change of a call's windows, and a clause that left force; delivered by the outbox, safe to repeat."""

from datetime import datetime
from typing import Any

from applications.actions.endings import tell_of_ending
from applications.actions.windows import tell_of_windows
from common.outbox.registry import handler
from policies.actions.calls import WINDOWS_MOVED
from policies.actions.publication import CLAUSE_ENDED
from policies.models import Call, Clause


@handler(WINDOWS_MOVED)
def windows_moved(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the enterprises whose drafts wait until when they can be filed now."""
    tell_of_windows(
        call=Call.objects.get(pk=payload["call"]),
        clause=payload["clause"],
        district=payload["district"],
        reason=payload["reason"],
        at=at,
    )


@handler(CLAUSE_ENDED)
def clause_ended(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the enterprises whose drafts cannot be filed any more."""
    tell_of_ending(
        clause=Clause.objects.select_related("document").get(pk=payload["clause"]), reason=payload["reason"], at=at
    )
