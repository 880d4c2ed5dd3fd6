"""Standing words in force on a day."""

from collections.abc import Mapping
from datetime import date

from letters.models import LetterText
from letters.placeholders import fill
from letters.texts import DEFAULTS


def text_in_force(kind: str, slot: str, *, on: date) -> str:
    """The wording that holds on a day: the administrator's latest, else the one built in, else empty."""
    row = LetterText.objects.filter(kind=kind, slot=slot, valid_from__lte=on).order_by("-valid_from", "-pk").first()
    return row.body if row else DEFAULTS.get((kind, slot), "")


def phrase(kind: str, slot: str, *, on: date, values: Mapping[str, str] | None = None) -> str:
    """The wording that holds on a day with its placeholders filled; raises PlaceholderError where a value lacks."""
    return fill(text_in_force(kind, slot, on=on), values or {})
