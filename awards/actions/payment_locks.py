"""What the gestures of 拨付 lock, always in this order: payment list, awards by primary key, envelopes by primary key,
letters, the counter of payment lists, and last the counter of letters.

The list comes first because it says which awards are meant; nothing that locks awards (settlement, objection, set-off,
reopening) ever locks a list afterwards, so the two orders cannot meet.
"""

from collections.abc import Iterable

from awards.actions.locks import lock_awards
from awards.models import Envelope, Payment, PaymentList

#: The columns that are decrypted when they are read; gestures that need no account leave them alone.
BANK = ("account_name", "bank_name", "bank_code", "account_number")


def lock_list(pk: int) -> PaymentList:
    """The locked list with its unit, district and the people who made and sent it."""
    return (
        PaymentList.objects.select_for_update(of=("self",))
        .select_related("unit", "district", "prepared_by", "sent_by")
        .get(pk=pk)
    )


def lock_rows(listing: PaymentList, *, rows: Iterable[int] | None = None) -> list[Payment]:
    """The rows of a locked list (or those with these numbers) with their locked awards and envelopes, by number."""
    found = listing.rows.defer(*BANK).order_by("row")
    payments = list(found if rows is None else found.filter(row__in=set(rows)))
    awards = lock_awards(payment.award_id for payment in payments)
    envelopes = lock_envelopes(payment.envelope_id for payment in payments)
    for payment in payments:
        payment.list = listing
        payment.award = awards[payment.award_id]
        payment.envelope = envelopes[payment.envelope_id]
    return payments


def lock_envelopes(pks: Iterable[int]) -> dict[int, Envelope]:
    """The locked envelopes by primary key."""
    envelopes = (
        Envelope.objects.select_for_update(of=("self",))
        .select_related("unit", "clause")
        .filter(pk__in=set(pks))
        .order_by("pk")
    )
    return {envelope.pk: envelope for envelope in envelopes}
