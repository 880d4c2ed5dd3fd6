"""A look at the standing words and the number series; the words are changed on their own pages (views/texts.py)."""

from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from letters.models import LetterText, NumberSeries


@admin.register(LetterText)
class LetterTextAdmin(ReadOnlyAdmin):
    list_display = ["kind", "slot", "valid_from", "body", "note", "created_by", "created_at"]
    list_filter = ["kind", "slot"]


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    list_display = ["unit", "kind", "year", "prefix", "last_number"]
    list_filter = ["year", "kind"]
