"""Whatever order of preparing, sending, paying, returning and reversing: everything reconciles to the 分."""

import pgtrigger
import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from awards.actions.payments import cancel_list, prepare_list, remove_row, reverse_result
from awards.enums import LIVE_PAYMENTS, AwardState, EntryKind, ListState, PaymentState, ResultKind, Share
from awards.models import Award, Envelope, EnvelopeEntry, Payment, PaymentList
from common.errors import DomainError
from common.workdays import local_day
from letters.models import Letter
from tests.awards.payments import TOLD, leader, payable, paying, result, rows_of, send, tell
from tests.factories.applications import YEAR
from tests.factories.awards import payer

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["prepare", "send", "paid", "returned", "reverse", "cancel", "remove", "mixed"]),
        st.integers(0, 7),
        st.sampled_from(list(Share)),
    ),
    min_size=4,
    max_size=18,
)


def take(step, pick, share, awards):
    """One gesture on something picked; what the house refuses changes nothing."""
    lists = list(PaymentList.objects.order_by("pk"))
    rows = list(Payment.objects.order_by("pk"))
    if step == "prepare":
        chosen = awards[: 1 + pick % len(awards)] if pick % 2 else awards[pick % len(awards) :]
        district = awards[0].application.enterprise.district if share == Share.DISTRICT else None
        prepare_list(
            unit=paying(), share=share, district=district, policy_year=YEAR, awards=chosen, by=payer(), at=TOLD
        )
    elif step == "reverse" and rows:
        row = rows[pick % len(rows)]
        # The letter would be made by the worker meanwhile.
        with pgtrigger.ignore("letters.Letter:letter_no_delete"):
            Letter.objects.filter(request_key=f"payment:{row.pk}", state="queued").delete()
        reverse_result(payment=row, reason="误录", on=local_day(TOLD), by=leader(), at=TOLD)
    elif lists:
        listing = lists[pick % len(lists)]
        if step == "send":
            send(listing, at=TOLD)
        elif step == "cancel":
            cancel_list(payment_list=listing, expected_version=listing.version, by=payer(), at=TOLD)
        elif step == "remove":
            remove_row(payment=rows[pick % len(rows)], expected_version=listing.version, by=payer(), at=TOLD)
        else:
            kinds = {"paid": [ResultKind.PAID], "returned": [ResultKind.RETURNED]}.get(step, list(ResultKind)[:2])
            open_rows = [row for row in rows_of(listing) if row.state == PaymentState.SENT]
            told = [result(row.row, kinds[at % len(kinds)]) for at, row in enumerate(open_rows)]
            tell(listing, *(told or [result(1, kinds[0])]))


def sums(rows, **by):
    return rows.filter(**by).aggregate(sum=Sum("amount_fen"))["sum"] or 0


def reconcile(awards):
    """What must hold after every gesture."""
    for award in Award.objects.filter(pk__in=[one.pk for one in awards]):
        own = Payment.objects.filter(award=award)
        for share, part in ((Share.CITY, award.city_fen), (Share.DISTRICT, award.district_fen)):
            assert sums(own, share=share, state__in=LIVE_PAYMENTS) in {0, part}
        paid = sums(own, state=PaymentState.PAID)
        assert paid <= award.settled_fen
        assert (award.state == AwardState.PAID) == (paid == award.settled_fen)
        assert (award.paid_at is not None) == (award.state == AwardState.PAID)
        on_its_way = own.filter(state__in=[PaymentState.SENT, PaymentState.PAID]).exists()
        assert on_its_way == (award.state in {AwardState.PAYING, AwardState.PAID})
    for envelope in Envelope.objects.all():
        assert envelope.paid_fen == sums(envelope.payments, state=PaymentState.PAID)
        entries = EnvelopeEntry.objects.filter(envelope=envelope)
        moved = {
            kind: entries.filter(kind=kind).aggregate(sum=Sum("fen"))["sum"] or 0
            for kind in (EntryKind.PAY, EntryKind.UNPAY)
        }
        assert envelope.paid_fen == moved[EntryKind.PAY] - moved[EntryKind.UNPAY]
    for listing in PaymentList.objects.all():
        rows = listing.rows.exclude(state=PaymentState.DROPPED)
        if listing.state != ListState.CANCELLED:
            assert (listing.count, listing.total_fen) == (rows.count(), sums(rows))
        assert (listing.state == ListState.SENT) == rows.filter(state=PaymentState.SENT).exists()
    for row in Payment.objects.exclude(Q(state="planned") | Q(state="dropped")):
        kinds = [one.kind for one in row.results.order_by("pk")]
        assert (
            kinds
            == {"sent": [], "paid": ["paid"], "returned": ["returned"], "reversed": ["paid", "reversed"]}[row.state]
        )
    numbers = sorted(PaymentList.objects.values_list("number", flat=True))
    assert numbers == [f"BF2026-{at:04d}" for at in range(1, len(numbers) + 1)]


@pytest.fixture
def three(policies_loaded):
    awards = [payable("3.4.5"), payable("3.4.5"), payable("3.3.2")]
    payer(), payer(another=True), leader()
    return awards


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(steps=STEPS)
def test_everything_reconciles(three, steps):
    with transaction.atomic():
        done = 0
        for step, pick, share in steps:
            try:
                with transaction.atomic():
                    take(step, pick, share, three)
                    done += 1
            except DomainError:
                pass
            reconcile(three)
        transaction.set_rollback(True)
