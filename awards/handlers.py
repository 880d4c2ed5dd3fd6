"""What follows an approval, and the parts of simulations; delivered by the outbox in a worker, safe to repeat."""

from datetime import datetime
from typing import Any

from awards.actions import compute_award, simulate_part
from awards.actions.batches import preview_part, settle_item
from awards.actions.objection_clock import ESCALATION, REMINDER, escalate_objection, remind_of_objection
from awards.actions.payment_files import write_files
from awards.actions.payment_send import WRITE_FILES
from awards.actions.publicity_closing import CLOSE, close_round
from awards.actions.recoveries import OVERDUE, remind_overdue
from awards.queries.snapshots import prepare_snapshots
from common.outbox.models import OutboxMessage
from common.outbox.registry import handler


@handler("reviews.approved")
def case_approved(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Compute and settle the award of an approved application and ask for its letter."""
    compute_award(application_id=payload["application"], at=at)


@handler("policies.published")
def policy_published(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Read the facts of the policy's years that it reads otherwise now, so that the next question about the past finds
    them on disk."""
    prepare_snapshots(document=payload["document"])


@handler("awards.simulate_part")
def part_of_simulation(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Compute one part of a simulation."""
    attempts = OutboxMessage.objects.values_list("attempts", flat=True).get(pk=message_id)
    simulate_part(simulation_id=payload["simulation"], number=payload["part"], attempts=attempts, at=at)


@handler(CLOSE)
def publicity_period_over(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """End a publicity round after its last day; what is listed goes on to its approval letter."""
    close_round(round_id=payload["round"], at=at)


@handler("awards.batch_preview")
def part_of_batch(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Preview one part of a batch."""
    attempts = OutboxMessage.objects.values_list("attempts", flat=True).get(pk=message_id)
    preview_part(batch_id=payload["batch"], first=payload["first"], last=payload["last"], attempts=attempts, at=at)


@handler("awards.batch_settle")
def item_of_batch(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Settle one enterprise of a confirmed batch, or leave it out with a sentence."""
    attempts = OutboxMessage.objects.values_list("attempts", flat=True).get(pk=message_id)
    settle_item(item_id=payload["item"], attempts=attempts, at=at)


@handler(REMINDER)
def objection_falls_due(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Remind the lead of an objection whose answer falls due."""
    remind_of_objection(objection_id=payload["objection"], at=at)


@handler(ESCALATION)
def objection_overdue(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the head of the lead that an objection was not answered in time."""
    escalate_objection(objection_id=payload["objection"], at=at)


@handler(OVERDUE)
def recovery_overdue(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Remind of what did not come back by the due day."""
    remind_overdue(recovery_id=payload["recovery"], at=at)


@handler(WRITE_FILES)
def payment_list_files(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Write Excel and PDF of a payment list that was sent."""
    write_files(list_id=payload["list"], at=at)
