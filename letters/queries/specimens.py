"""Which letters a specimen of other words can be made after, and making it."""

from datetime import date

from django.db.models import Q

from accounts.enums import SystemRole
from accounts.models import User
from letters.content import from_json
from letters.enums import LetterKind
from letters.models import Letter, LetterQuerySet
from letters.queries.wordings import texts_for
from letters.specimen import Specimen, from_examples, from_letter, masked_name
from letters.texts import base_of

SHOWN = 8


def cases_for(kind: str, user: User) -> LetterQuerySet:
    """The issued letters of a kind or form that keep their placeholders' values, newest first; for administrators, who
    see nothing of them but a specimen (letters/specimen.py)."""
    if not user.is_active or user.system_role != SystemRole.ADMINISTRATOR:
        return Letter.objects.none()
    return (
        Letter.objects.numbered()
        .filter(kind=base_of(kind), context__template=kind)
        # A letter to a private person is nobody's model.
        .exclude(Q(enterprise=None) & ~Q(kind=LetterKind.PUBLICITY))
        .exclude(context__values=[])
        .select_related("unit")
        .order_by("-pk")
    )


def matching(cases: LetterQuerySet, number: str) -> list[tuple[Letter, str]]:
    """The newest of these letters, or those with this 发文字号 or 受理编号, each with the masked name.

    They cannot be found by name: that would tell whether an enterprise was refused.
    """
    if number:
        cases = cases.filter(Q(number=number) | Q(context__values__contains=[{"label": "受理编号", "value": number}]))
    return [(letter, masked_name(str(letter.context.get("recipient", "")))) for letter in cases[:SHOWN]]


def make_specimen(kind: str, letter: Letter | None, *, on: date, instead: dict[str, str]) -> Specimen:
    """The specimen of a kind or form with the words of a day; after a letter, or from examples where none is given.

    instead: words that are tried out, slot → text. Raises PlaceholderError where a placeholder cannot be filled.
    """
    texts = texts_for(kind, on=on, instead=instead)
    return from_letter(letter, from_json(letter.context), texts) if letter else from_examples(kind, texts)
