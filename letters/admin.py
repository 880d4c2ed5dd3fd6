"""Administration of the standing words and a look at the number series; both go through actions or are read-only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import KeptAdmin, ReadOnlyAdmin
from letters.actions import set_letter_text
from letters.errors import PlaceholderError
from letters.models import LetterText, NumberSeries
from letters.placeholders import PLACEHOLDERS, check_text


class LetterTextForm(forms.ModelForm):
    """A wording from a day on."""

    class Meta:
        model = LetterText
        fields = ["kind", "slot", "body", "valid_from", "note"]
        help_texts = {
            "body": "可用占位符：" + "、".join(f"{{{name}}}（{meaning}）" for name, meaning in PLACEHOLDERS.items())
        }

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        try:
            check_text(body, self.cleaned_data.get("kind"))
        except PlaceholderError as error:
            raise forms.ValidationError(error.message) from error
        return body


@admin.register(LetterText)
class LetterTextAdmin(KeptAdmin):
    form = LetterTextForm
    list_display = ["kind", "slot", "valid_from", "body", "note", "created_by", "created_at"]
    list_filter = ["kind", "slot"]

    def has_change_permission(self, request: HttpRequest, obj: LetterText | None = None) -> bool:
        # A new wording is a new row: the old one tells what earlier letters said.
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        data = form.cleaned_data
        saved = set_letter_text(
            kind=data["kind"],
            slot=data["slot"],
            body=data["body"],
            valid_from=data["valid_from"],
            note=data["note"],
            by=request.user,  # type: ignore[arg-type]  # the site lets administrators in only
            at=timezone.now(),
        )
        obj.pk, obj.created_by, obj.created_at = saved.pk, saved.created_by, saved.created_at


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ["unit", "kind", "year", "prefix", "last_number"]
    list_filter = ["year", "kind"]
