"""Where an award stands after what happened to its rows: paid whole, or back to be paid."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Sum

from accounts.models import User
from awards.enums import AwardState, PaymentState, ResultKind
from awards.models import Award, Payment, PaymentResult
from awards.queries.owed import set_off_by_share
from awards.workflow import AWARDS
from common.audit.actions import record
from common.money import yuan
from common.workdays import end_of_day

#: Rows that keep an award 拨付中; one of a draft is not on its way yet.
ON_THEIR_WAY = (PaymentState.SENT, PaymentState.PAID)


def _paid(awards: Iterable[int]) -> dict[int, int]:
    sums = Payment.objects.filter(award__in=set(awards), state=PaymentState.PAID).values_list("award")
    return dict(sums.annotate(sum=Sum("amount_fen")).order_by())


def move_awards(found: Iterable[Award], *, by: User, at: datetime) -> None:
    """Take each locked award where its rows now say: all paid → 已拨付, nothing on a list any more → back to 已批复."""
    awards = {award.pk: award for award in found}
    paid, set_off = _paid(awards), Counter[int]()
    for (pk, _), fen in set_off_by_share(awards).items():
        set_off[pk] += fen
    standing = set(
        Payment.objects.filter(award__in=awards, state__in=ON_THEIR_WAY).values_list("award", flat=True).order_by()
    )
    days: Mapping[int, date] = dict(
        PaymentResult.objects.filter(payment__award__in=awards, kind=ResultKind.PAID, payment__state=PaymentState.PAID)
        .order_by("on")
        .values_list("payment__award", "on")
    )  # the last day of each award stays
    for pk, award in sorted(awards.items()):
        if paid.get(pk, 0) + set_off[pk] == award.settled_fen:
            _finish(award, days.get(pk), by=by, at=at)
        elif pk not in standing and award.state == AwardState.PAYING:
            AWARDS.apply(award, "fall_back")


def _finish(award: Award, on: date | None, *, by: User | None, at: datetime) -> None:
    """The award is paid whole: by the day of the bank, and never later than it was told."""
    day_end = end_of_day(on) - timedelta(microseconds=1) if on else at
    AWARDS.apply(award, "finish_paying", changes={"paid_at": min(at, day_end), "due_on": None})
    record(
        "award.paid",
        subject=award,
        by=by,
        at=at,
        data={"application": award.application.number, "settled": yuan(award.settled_fen)},
    )


def finish_where_nothing_is_owed(award: Award, *, by: User | None, at: datetime) -> bool:
    """Finish a locked award of which payments and set-offs leave nothing to be paid; whether it is finished.

    To be called inside the transaction of a set-off, which alone may take the last 分 without a payment.
    """
    if award.state not in {AwardState.APPROVED, AwardState.PAYING}:
        return award.state == AwardState.PAID
    set_off = sum(set_off_by_share([award.pk]).values())
    if _paid([award.pk]).get(award.pk, 0) + set_off != award.settled_fen:
        return False
    last = PaymentResult.objects.filter(
        payment__award=award, payment__state=PaymentState.PAID, kind=ResultKind.PAID
    ).order_by("-on")
    found = last.values_list("on", flat=True).first()
    _finish(award, None if set_off else found, by=by, at=at)
    return True
