"""Forms of the standing words: a new version, and what a specimen is made from."""

from typing import Any

from django import forms

from accounts.forms.base import DayField, LineField, SpokenForm
from letters.actions.text import BODY_LENGTH, NOTE_LENGTH, text_faults
from letters.enums import TextSlot


class WordingForm(SpokenForm):
    """A new version of one wording."""

    body = forms.CharField(
        label="用语", widget=forms.Textarea(attrs={"rows": 5, "data-wide": "true"}), max_length=BODY_LENGTH * 2
    )
    valid_from = DayField(label="自何日起使用", help_text="可以是今天或以后的日期；只对该日起签发的文书起作用。")
    note = LineField(label="修改原因", max_length=NOTE_LENGTH, help_text="写入修改记录。")
    # The newest version that the person saw.
    seen = forms.IntegerField(widget=forms.HiddenInput(), min_value=0)

    def __init__(self, *args: Any, kind: str, slot: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.slot = kind, slot
        if slot == TextSlot.TITLE:
            self.fields["body"].widget = forms.TextInput(attrs={"data-wide": "true"})
            self.fields["body"].help_text = "一行。"
        else:
            self.fields["body"].help_text = "每行印成一段。"

    def clean_body(self) -> str:
        """The same sentences as the live check, together with what else is missing in the form."""
        body: str = self.cleaned_data["body"]
        if faults := text_faults(self.kind, self.slot, body):
            raise forms.ValidationError([forms.ValidationError(sentence) for sentence in faults])
        return body


class SpecimenForm(forms.Form):
    """What is tried out (a place with other words, or nothing), on which day, and after which letter."""

    slot = forms.CharField(required=False, max_length=12)
    body = forms.CharField(required=False, max_length=BODY_LENGTH * 2)
    valid_from = DayField(required=False)
    letter = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    number = forms.CharField(required=False, max_length=60)
