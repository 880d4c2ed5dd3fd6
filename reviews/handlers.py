"""What follows a filing, a correction or a withdrawal; delivered by the outbox, each safe to repeat."""

from datetime import date, datetime
from typing import Any

from accounts.models import User
from applications.models import Application, Correction, Message, Revision
from common.outbox.models import OutboxMessage
from common.outbox.registry import handler
from reviews.actions.assignment import release_former
from reviews.actions.clock import escalate, remind
from reviews.actions.corrections import lapse_unanswered, remind_of_correction
from reviews.actions.exports import forget_export, write_export
from reviews.actions.messages import tell_officers
from reviews.actions.routes import close_withdrawn_case, open_case, resume_case
from reviews.actions.search import index_cases
from reviews.models import Case


@handler("applications.filed")
def application_filed(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Open the case at the first filing, resume it at a later one."""
    revision = Revision.objects.select_related("application", "clause_version").get(pk=payload["revision"])
    open_case(revision=revision, at=revision.filed_at)
    if revision.number > 1:
        resume_case(revision=revision, at=revision.filed_at)


@handler("applications.withdrawn")
def application_withdrawn(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Close the case of a withdrawn application."""
    close_withdrawn_case(application=Application.objects.get(pk=payload["application"]), at=at)


@handler("applications.message_written")
def message_written(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the officers that the enterprise wrote."""
    tell_officers(message=Message.objects.select_related("application__enterprise").get(pk=payload["message"]), at=at)


@handler("accounts.enterprise_renamed")
def enterprise_renamed(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Find the enterprise's files under what it is called now."""
    index_cases(Case.objects.filter(application__enterprise=payload["enterprise"]))


@handler("policies.clause_renamed")
def clause_renamed(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Find the files of a clause under its new title."""
    index_cases(Case.objects.filter(application__clause=payload["clause"]))


@handler("reviews.correction_reminder")
def correction_reminder(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Remind the enterprise of an open request for correction."""
    remind_of_correction(correction=_correction(payload), at=at)


@handler("reviews.correction_lapse")
def correction_lapse(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Let a file lapse whose correction was not answered in time."""
    lapse_unanswered(correction=_correction(payload), at=at)


@handler("reviews.clock_reminder")
def clock_reminder(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Remind whoever has to act at a stage that ends soon."""
    remind(at=at, **_clock(payload))


@handler("reviews.clock_escalation")
def clock_escalation(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Tell the heads of units that a stage is late."""
    escalate(at=at, **_clock(payload))


def _clock(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "stage_id": payload["stage"],
        "due_on": date.fromisoformat(payload["due_on"]),
        "pauses": payload["pauses"],
    }


@handler("accounts.unit_role_changed")
def unit_role_changed(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Give the tasks of somebody who works in a unit no more back to that unit."""
    release_former(user=User.objects.get(pk=payload["user"]), at=at)


@handler("reviews.export")
def export(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Write the file of an export."""
    attempts = OutboxMessage.objects.values_list("attempts", flat=True).get(pk=message_id)
    write_export(export_id=payload["export"], attempts=attempts, at=at)


@handler("reviews.export_forget")
def export_forget(payload: dict[str, Any], *, at: datetime, message_id: int) -> None:
    """Throw a written export away."""
    forget_export(export_id=payload["export"], at=at)


def _correction(payload: dict[str, Any]) -> Correction:
    return Correction.objects.select_related("application__enterprise").get(pk=payload["correction"])
