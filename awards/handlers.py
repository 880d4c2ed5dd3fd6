"""What follows an approval, and the parts of simulations; delivered by the outbox in a worker, safe to repeat."""

from datetime import datetime
from typing import Any

from awards.actions import compute_award, simulate_part
from common.outbox.models import OutboxMessage
from common.outbox.registry import handler


@handler("reviews.approved")
def case_approved(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Compute and settle the award of an approved application and ask for its letter."""
    compute_award(application_id=payload["application"], at=at)


@handler("awards.simulate_part")
def part_of_simulation(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Compute one part of a simulation."""
    attempts = OutboxMessage.objects.values_list("attempts", flat=True).get(pk=message_id)
    simulate_part(simulation_id=payload["simulation"], number=payload["part"], attempts=attempts, at=at)
