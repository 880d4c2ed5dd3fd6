"""The enterprise's side: applications, their drafts, filed revisions, attachments and corrections."""

from applications.models.application import Application, ApplicationCounter, Revision
from applications.models.attachment import Attachment
from applications.models.correction import Correction, CorrectionPoint
from applications.models.message import Message, MessageFile

__all__ = [
    "Application",
    "ApplicationCounter",
    "Attachment",
    "Correction",
    "CorrectionPoint",
    "Message",
    "MessageFile",
    "Revision",
]
