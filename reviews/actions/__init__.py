"""One function per gesture of an officer (or job); each is one transaction with its audit event inside."""

from reviews.actions.corrections import cancel_correction, recuse, return_for_correction
from reviews.actions.decisions import confirm_decision, draft_decision, return_draft
from reviews.actions.routes import close_withdrawn_case, open_case, resume_case

__all__ = [
    "cancel_correction",
    "close_withdrawn_case",
    "confirm_decision",
    "draft_decision",
    "open_case",
    "recuse",
    "resume_case",
    "return_draft",
    "return_for_correction",
]
