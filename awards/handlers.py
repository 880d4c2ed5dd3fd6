"""What follows an approval; delivered by the outbox in a Celery worker, safe to repeat."""

from datetime import datetime
from typing import Any

from awards.actions import compute_award
from common.outbox.registry import handler


@handler("reviews.approved")
def case_approved(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Compute and settle the award of an approved application and ask for its letter."""
    compute_award(application_id=payload["application"], at=at)
