"""The standing words as administrators see them: what holds, what is planned, and how it came about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from letters.enums import TextKind, TextSlot
from letters.models import LetterText
from letters.texts import BASES, DEFAULTS, base_of, slots_of
from letters.wording_changes import Piece, changes


@dataclass(frozen=True)
class Wording:
    """One place of a kind of letter. since: None where the words are those built in; planned: the next change."""

    kind: str
    slot: str
    label: str
    body: str
    since: date | None
    planned: LetterText | None


@dataclass(frozen=True)
class KindOfText:
    """A kind of letter or a form of one with its places. shared: the label of the kind whose other words it has."""

    kind: str
    label: str
    wordings: list[Wording]
    shared: str


@dataclass(frozen=True)
class Version:
    """One wording that was set. changes: the way from the one before; state: future, present, past or never (replaced
    before its day came)."""

    text: LetterText
    changes: list[Piece]
    state: str


def _first_of_each(rows: Iterable[LetterText]) -> dict[tuple[str, str], LetterText]:
    return {(row.kind, row.slot): row for row in rows}


def wordings(*, on: date) -> list[KindOfText]:
    """All standing words with what holds on a day, from when, and the next change that is planned."""
    rows = LetterText.objects.all()
    present = _first_of_each(
        rows.filter(valid_from__lte=on).order_by("kind", "slot", "-valid_from", "-pk").distinct("kind", "slot")
    )
    planned = _first_of_each(
        rows.filter(valid_from__gt=on).order_by("kind", "slot", "valid_from", "-pk").distinct("kind", "slot")
    )
    return [
        KindOfText(
            kind=kind,
            label=str(TextKind(kind).label),
            wordings=[
                _wording(kind, slot, present.get((kind, slot)), planned.get((kind, slot))) for slot in slots_of(kind)
            ],
            shared=str(TextKind(base_of(kind)).label) if kind in BASES else "",
        )
        for kind in TextKind.values
    ]


def _wording(kind: str, slot: str, present: LetterText | None, planned: LetterText | None) -> Wording:
    return Wording(
        kind=kind,
        slot=slot,
        label=str(TextSlot(slot).label),
        body=present.body if present else DEFAULTS[kind, slot],
        since=present.valid_from if present else None,
        planned=planned,
    )


def versions(kind: str, slot: str, *, on: date) -> list[Version]:
    """Everything that was set for one place, the newest entry first, each with its difference to what would hold on
    its day without it."""
    rows = list(LetterText.objects.filter(kind=kind, slot=slot).select_related("created_by").order_by("pk"))
    found: list[Version] = []
    for place, row in enumerate(rows):
        before = _holding(rows[:place], row.valid_from)
        body = before.body if before else DEFAULTS[kind, slot]
        found.append(Version(text=row, changes=changes(body, row.body), state=_state(row, rows, on)))
    return found[::-1]


def _holding(rows: Iterable[LetterText], day: date) -> LetterText | None:
    """Which of these rows holds on a day: the latest day counts, and of one day the latest entry."""
    held = [row for row in rows if row.valid_from <= day]
    return max(held, key=lambda row: (row.valid_from, row.pk), default=None)


def _state(row: LetterText, rows: list[LetterText], on: date) -> str:
    if _holding(rows, on) == row:
        return "present"
    if _holding(rows, row.valid_from) != row:
        return "never" if row.valid_from >= on else "past"
    return "future" if row.valid_from > on else "past"


def texts_for(kind: str, *, on: date, instead: Mapping[str, str] | None = None) -> dict[tuple[str, str], str]:
    """All words that a letter of this kind or form is made of on a day, by owner and slot. instead: words of its own
    slots that are tried out."""
    owners = [kind] if base_of(kind) == kind else [base_of(kind), kind]
    rows = _first_of_each(
        LetterText.objects.filter(kind__in=owners, valid_from__lte=on)
        .order_by("kind", "slot", "-valid_from", "-pk")
        .distinct("kind", "slot")
    )
    found = {
        (owner, slot): rows[owner, slot].body if (owner, slot) in rows else DEFAULTS[owner, slot]
        for owner in owners
        for slot in slots_of(owner)
    }
    return found | {(kind, slot): body for slot, body in (instead or {}).items()}
