"""Messages and notes about a case, written by the actions of real ones."""

from datetime import datetime
from typing import Any

from accounts.models import Unit, User
from applications.actions.messages import write_message
from applications.models import Message
from reviews.actions.messages import write_to_enterprise
from reviews.actions.notes import write_note
from reviews.enums import NoteScope
from reviews.models import Case, Note
from tests.factories.applications import Company
from tests.factories.reviews import LATER, officer


def unit_named(name: str) -> Unit:
    """A unit of the policy."""
    return Unit.objects.get(name=name)


def make_note(
    case: Case,
    unit: str,
    text: str = "内部看法。",
    *,
    scope: str = NoteScope.UNIT,
    by: User | None = None,
    at: datetime = LATER,
) -> Note:
    """A note of a unit's 经办, unless told otherwise."""
    return write_note(case=case, unit=unit_named(unit), scope=scope, text=text, by=by or officer(unit), at=at)


def make_message(
    case: Case, author: str | Company, text: str = "请补充说明。", *, at: datetime = LATER, **values: Any
) -> Message:
    """A message of a unit's 经办 (by its name) or of the enterprise's 经办人."""
    files = values.pop("files", ())
    if isinstance(author, Company):
        by = values.pop("by", author.agent)
        return write_message(application=case.application, unit=None, text=text, files=files, by=by, at=at)
    by = values.pop("by", None) or officer(author)
    return write_to_enterprise(case=case, unit=unit_named(author), text=text, files=files, by=by, at=at)
