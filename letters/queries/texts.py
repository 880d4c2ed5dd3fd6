"""Standing words in force on a day."""

from collections.abc import Mapping
from datetime import date

from letters.content import FormField, Paragraph
from letters.models import LetterText
from letters.placeholders import fill
from letters.texts import DEFAULTS, owner_of


def text_in_force(kind: str, slot: str, *, on: date) -> str:
    """The wording that holds on a day: the administrator's latest, else the one built in, else empty."""
    row = LetterText.objects.filter(kind=kind, slot=slot, valid_from__lte=on).order_by("-valid_from", "-pk").first()
    return row.body if row else DEFAULTS.get((kind, slot), "")


def phrase(kind: str, slot: str, *, on: date, values: Mapping[str, str] | None = None) -> str:
    """The wording that holds on a day with its placeholders filled; raises PlaceholderError where a value lacks."""
    return fill(text_in_force(kind, slot, on=on), values or {})


def wording(kind: str, slot: str, *, on: date, values: Mapping[str, str]) -> str:
    """The filled words of one place of a letter on a day, as one text; lines are parted by line breaks.

    kind: a LetterKind or a form of one (TextKind); a form without words of its own for the slot says what its kind
    says. values: all placeholders that the kind may use (letters/placeholders.py). Raises PlaceholderError.
    """
    return phrase(owner_of(kind, slot), slot, on=on, values=values)


def paragraphs(kind: str, slot: str, *, on: date, values: Mapping[str, str], level: int = 0) -> tuple[Paragraph, ...]:
    """The filled words of one place as paragraphs that know where they come from; blank lines are left out.

    level: of the numbering (content.Paragraph); raises what `wording` raises.
    """
    owner = owner_of(kind, slot)
    text = phrase(owner, slot, on=on, values=values)
    return tuple(Paragraph(line, level, f"{owner}.{slot}") for line in text.splitlines() if line.strip())


def kept_values(values: Mapping[str, str]) -> tuple[FormField, ...]:
    """What stood in place of the placeholders, as a letter keeps it (LetterContent.values)."""
    return tuple(FormField(label=name, value=value) for name, value in values.items())
