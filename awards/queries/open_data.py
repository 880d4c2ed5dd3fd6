"""Awards that everybody may read: those whose publicity ended without an objection that stands, from the 批复 on.

Only what the 公示 showed (name, clause, amount) and what follows from it: district, unit, day, and what was paid. No
account, no number of a register, no person, no file number. An award that goes back to its lead disappears; the one
that takes its place is another record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, F, Max, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from awards.enums import AwardState, PaymentState
from awards.models import Award, Payment, PaymentResult

PUBLISHED = (AwardState.APPROVED, AwardState.PAYING, AwardState.PAID)
#: Rows fetched at once when all are streamed.
CHUNK = 2000


@dataclass(frozen=True)
class OpenAward:
    """One published award. Amounts in 分: awarded, and paid so far (reversals taken away)."""

    pk: int
    year: int
    approved: datetime
    changed: datetime
    awarded_fen: int
    disbursed_fen: int
    recipient_id: int
    recipient: str
    district: str
    unit_code: str
    unit: str
    unit_name: str
    clause_id: str
    clause: str
    document: str
    document_number: str
    slug: str


@dataclass(frozen=True)
class Choice:
    """What the published awards are narrowed to; what is empty narrows nothing."""

    year: int | None = None
    #: The number of a clause, and the slug of its document: without one the clauses of all documents with this number.
    clause: str = ""
    document: str = ""
    district: str = ""
    unit: str = ""
    words: str = ""


@dataclass(frozen=True)
class Totals:
    """How many awards, and their sums in 分."""

    count: int
    awarded_fen: int
    disbursed_fen: int


def published(choice: Choice | None = None) -> QuerySet[Award]:
    """The published awards, newest first; for everybody, so that nobody's permission narrows them."""
    choice = choice or Choice()
    found = Award.objects.filter(state__in=PUBLISHED)
    if choice.year:
        found = found.filter(account__policy_year=choice.year)
    if choice.clause:
        found = found.filter(application__clause__clause_id=choice.clause)
    if choice.document:
        found = found.filter(application__clause__document__slug=choice.document)
    if choice.district:
        found = found.filter(application__enterprise__district__code=choice.district)
    if choice.unit:
        found = found.filter(unit__code=choice.unit)
    for word in choice.words.split():
        found = found.filter(account__enterprise__name__icontains=word)
    return found.order_by("-approved_at", "-pk")


def _paid() -> Coalesce:
    rows = Payment.objects.filter(award=OuterRef("pk"), state=PaymentState.PAID).order_by().values("award")
    return Coalesce(
        Subquery(rows.annotate(sum=Sum("amount_fen")).values("sum"), output_field=BigIntegerField()), Value(0)
    )


def _changed() -> Greatest:
    results = PaymentResult.objects.filter(payment__award=OuterRef("pk")).order_by().values("payment__award")
    latest = Subquery(results.annotate(latest=Max("at")).values("latest"))
    approved = F("approved_at")
    return Greatest(approved, Coalesce(F("paid_at"), approved), Coalesce(latest, approved))


def _values(found: QuerySet[Award]) -> QuerySet[Award, Any]:
    columns: QuerySet[Award, Any] = found.values(
        "pk",
        year=F("account__policy_year"),
        approved=F("approved_at"),
        changed=_changed(),
        awarded_fen=F("settled_fen"),
        disbursed_fen=_paid(),
        recipient_id=F("account__enterprise_id"),
        recipient=F("account__enterprise__name"),
        district=F("application__enterprise__district__name"),
        unit_code=F("unit__code"),
        unit_name=F("unit__name"),
        clause_id=F("application__clause__clause_id"),
        clause=F("application__clause__title"),
        document=F("application__clause__document__title"),
        document_number=F("application__clause__document__number"),
        slug=F("application__clause__document__slug"),
        unit_full=F("unit__full_name"),
    )
    return columns


def _row(values: dict[str, Any]) -> OpenAward:
    # `unit` is the award's own column, so that the name of the unit travels under another one.
    return OpenAward(unit=values.pop("unit_full"), **values)


def open_rows(found: QuerySet[Award], first: int, last: int) -> list[OpenAward]:
    """The awards from `first` up to, without, `last`."""
    return [_row(values) for values in _values(found)[first:last]]


def open_stream(found: QuerySet[Award]) -> Iterator[OpenAward]:
    """All of them, a few thousand in memory at a time."""
    for values in _values(found).iterator(chunk_size=CHUNK):
        yield _row(values)


def open_totals(found: QuerySet[Award]) -> Totals:
    """Count and sums of the awards."""
    sums = found.order_by().aggregate(awarded=Coalesce(Sum("settled_fen"), 0))
    paid = Payment.objects.filter(award__in=found.order_by().values("pk"), state=PaymentState.PAID)
    disbursed = paid.aggregate(sum=Coalesce(Sum("amount_fen"), 0))["sum"]
    return Totals(count=found.count(), awarded_fen=int(sums["awarded"]), disbursed_fen=int(disbursed))


def latest_change(found: QuerySet[Award]) -> datetime | None:
    """When anything about these awards changed last; None where there are none."""
    latest: datetime | None = found.order_by().annotate(changed=_changed()).aggregate(latest=Max("changed"))["latest"]
    return latest
