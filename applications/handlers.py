"""What follows a change of a call's windows; delivered by the outbox, safe to repeat."""

from datetime import datetime
from typing import Any

from applications.actions.windows import tell_of_windows
from common.outbox.registry import handler
from policies.actions.calls import WINDOWS_MOVED
from policies.models import Call


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
