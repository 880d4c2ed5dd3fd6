"""One function per gesture of an officer (or job); each is one transaction with its audit event inside."""

from reviews.actions.assignment import assign_task, claim_task, hand_over, release_task
from reviews.actions.corrections import cancel_correction, return_for_correction
from reviews.actions.decisions import confirm_decision, draft_decision, return_draft
from reviews.actions.recusal import recuse
from reviews.actions.reopen import reopen_lead
from reviews.actions.routes import close_withdrawn_case, open_case, resume_case

__all__ = [
    "assign_task",
    "cancel_correction",
    "claim_task",
    "close_withdrawn_case",
    "confirm_decision",
    "draft_decision",
    "hand_over",
    "open_case",
    "recuse",
    "release_task",
    "reopen_lead",
    "resume_case",
    "return_draft",
    "return_for_correction",
]
