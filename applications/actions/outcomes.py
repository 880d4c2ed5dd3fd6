"""How an application ends: withdrawn by the enterprise, decided by reviews, awarded by awards; and how it goes back."""

from datetime import datetime
from typing import Literal

from django.db import transaction

from accounts.models import User
from applications.actions.locking import lock
from applications.actions.reasons import read_reason
from applications.enums import CorrectionState
from applications.models import Application
from applications.permissions import require_outsider, require_step
from applications.workflow import TABLE
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.outbox.actions import enqueue


@transaction.atomic
def withdraw_application(*, application: Application, reason: str, by: User, at: datetime) -> Application:
    """Give up a draft, or withdraw a filed application with a reason; an open correction ends with it.

    Raises NotFound, NotAllowed (a filed one is withdrawn by the legal representative), Conflict, Invalid.
    """
    application = lock(application)
    step = "withdraw" if application.filed_at else "discard"
    require_step(step, application, by)
    reason = read_reason(reason)
    if not reason and application.filed_at:
        raise Invalid("请写明撤回的原因。", field="reason")
    TABLE.apply(application, step, changes={"ended_at": at})
    application.corrections.filter(state=CorrectionState.OPEN).update(state=CorrectionState.CANCELLED, closed_at=at)
    record("applications.withdrawn", subject=application, by=by, at=at, data={"reason": reason, "step": step})
    if application.filed_at:
        enqueue(
            "applications.withdrawn",
            {"application": application.pk},
            key=f"applications.withdrawn:{application.pk}",
            at=at,
            inline=True,
        )
    return application


@transaction.atomic
def decide_application(
    *,
    application: Application,
    outcome: Literal["approve", "refuse"],
    expected_version: int,
    by: User,
    at: datetime,
) -> Application:
    """Write the outcome of the review into the state; reviews has checked who decides.

    Raises Conflict where the application changed since `expected_version` or is not under review, NotAllowed for
    members of the enterprise.
    """
    application = lock(application)
    require_outsider(application, by)
    if outcome not in {"approve", "refuse"}:
        raise ValueError(f"unknown outcome {outcome!r}")
    if application.version != expected_version:
        raise Conflict(
            f"申报在您查看之后有变化，当前为“{application.get_state_display()}”。请查看最新内容后再决定。",
            what=application.get_state_display(),
        )
    ended = {"ended_at": at} if outcome == "refuse" else {}
    TABLE.apply(application, outcome, changes=ended)
    record(
        f"applications.{'approved' if outcome == 'approve' else 'refused'}",
        subject=application,
        by=by,
        at=at,
        data={"version": application.version},
    )
    return application


@transaction.atomic
def mark_awarded(*, application: Application, by: User | None, at: datetime) -> Application:
    """The award stands: the application ends as awarded. Raises Conflict unless it was approved, NotAllowed."""
    application = lock(application)
    require_outsider(application, by)
    TABLE.apply(application, "award", changes={"ended_at": at})
    record("applications.awarded", subject=application, by=by, at=at)
    return application


@transaction.atomic
def reopen_application(*, application: Application, by: User, at: datetime) -> Application:
    """An approved or awarded application goes back under review; reviews has checked who sends it back.

    Raises Conflict from any other state, NotAllowed for members of the enterprise.
    """
    application = lock(application)
    require_outsider(application, by)
    TABLE.apply(application, "reopen", changes={"ended_at": None})
    record("applications.reopened", subject=application, by=by, at=at, data={"version": application.version})
    return application
