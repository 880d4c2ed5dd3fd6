"""Messages of the outbox that letters answer (found by common.outbox at start)."""

from datetime import datetime
from typing import Any

from common.outbox.registry import handler
from letters.actions.issue import issue_letter
from letters.actions.request import RENDER


@handler(RENDER)
def render_letter(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Render, number and issue the ordered letter, inside the transaction that marks the message as done."""
    issue_letter(letter_id=payload["letter_id"], at=at)
