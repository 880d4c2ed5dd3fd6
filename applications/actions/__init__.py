"""Gestures on applications, one function each."""

from applications.actions.attachments import attach, remove_attachment
from applications.actions.corrections import PointInput, cancel_correction, lapse_correction, request_correction
from applications.actions.drafting import return_to_draft, save_draft, send_to_confirm, start_application
from applications.actions.filing import submit_application
from applications.actions.outcomes import decide_application, mark_awarded, reopen_application, withdraw_application

__all__ = [
    "PointInput",
    "attach",
    "cancel_correction",
    "decide_application",
    "lapse_correction",
    "mark_awarded",
    "remove_attachment",
    "reopen_application",
    "request_correction",
    "return_to_draft",
    "save_draft",
    "send_to_confirm",
    "start_application",
    "submit_application",
    "withdraw_application",
]
