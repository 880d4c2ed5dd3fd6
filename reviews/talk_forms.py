"""The forms of messages and notes on the case page, and what the page shows of them."""

from typing import Any

from django import forms
from django.urls import reverse

from accounts.models import Unit, User
from applications.forms.messages import MessageForm
from applications.models import MessageFile
from applications.queries.messages import thread
from common.errors import DomainError
from reviews.actions.notes import MAX_NOTE
from reviews.enums import NoteScope
from reviews.models import Case, Task
from reviews.queries.talk import notes_of, writers_units


class WritingUnit(forms.Form):
    """For which unit somebody writes who belongs to several; with one unit it is not asked."""

    unit = forms.ChoiceField(label="以哪个单位的名义", required=False)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = units
        self.fields["unit"].choices = [(str(unit.pk), unit.name) for unit in units]  # type: ignore[attr-defined]
        if len(units) < 2:
            self.fields["unit"].widget = forms.HiddenInput()

    def chosen_unit(self) -> Unit | None:
        """The unit that was sent, or the only one; None where the person writes for none."""
        sent = self.data.get("unit", "")
        found = next((unit for unit in self.units if str(unit.pk) == sent), None)
        return found or (self.units[0] if self.units and not sent else None)


class OfficersMessageForm(WritingUnit, MessageForm):
    """A message to the enterprise."""

    field_order = ["unit", "text", "attachments"]


class InternalNoteForm(WritingUnit):
    """An internal note. Its ids differ from those of the page's other forms."""

    field_order = ["unit", "text", "scope"]
    text = forms.CharField(
        label="备注内容",
        max_length=MAX_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-depends": "sending"}),
    )
    scope = forms.ChoiceField(
        label="谁可以看到",
        choices=NoteScope.choices,
        initial=NoteScope.UNIT,
        required=False,
        widget=forms.RadioSelect(attrs={"data-depends": "sending"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "internal_%s"} | kwargs)

    def refuse(self, error: DomainError) -> None:
        """Show the action's sentences beside the fields, and nothing else."""
        self.is_valid()
        self.errors.clear()
        for name, sentences in error.errors.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)


def talk_of(
    case: Case,
    reader: User,
    *,
    task: Task | None = None,
    message_form: OfficersMessageForm | None = None,
    note_form: InternalNoteForm | None = None,
) -> dict[str, Any]:
    """What the case page shows of messages and notes, with forms for whoever may write.

    task: the task of the page, to whose unit the forms are set and to which sending returns.
    """
    may = writers_units(case, reader, "write_message", "write_note")
    own = {"unit": str(task.unit_id)} if task is not None else {}

    def address(file: MessageFile) -> str:
        return reverse("reviews:message_file", args=[case.pk, file.pk])

    if message_form is None and may["write_message"]:
        message_form = OfficersMessageForm(units=may["write_message"], initial=own)
    if note_form is None and may["write_note"]:
        note_form = InternalNoteForm(units=may["write_note"], initial=own)
    return {
        "entries": thread(case.application, officers=True, address=address),
        "notes": list(notes_of(case, reader)),
        "message_form": message_form,
        "internal_form": note_form,
        "task": task,
    }
