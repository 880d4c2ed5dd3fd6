"""What is still to be paid of an award, and what of it the enterprise has had, in 分."""

from collections.abc import Iterable

from django.db.models import QuerySet, Sum

from awards.enums import LIVE_PAYMENTS, AwardState, PaymentState, RecoveryState, Share
from awards.models import Award, Payment, Recovery, SetOff

#: Recoveries whose sum was decided: it is owed back, or came back.
DEMANDED = (RecoveryState.DECIDED, RecoveryState.DEMANDED, RecoveryState.CLOSED)


def share_fen(award: Award, share: str) -> int:
    """The part of an award that one budget pays (分)."""
    return award.city_fen if share == Share.CITY else award.district_fen


def set_off_by_share(awards: Iterable[int]) -> dict[tuple[int, str], int]:
    """What was set off against awards: (award, share) → 分."""
    sums = SetOff.objects.filter(award__in=set(awards)).values_list("award", "share").annotate(sum=Sum("amount_fen"))
    return {(award, share): fen for award, share, fen in sums.order_by()}


def owed_fen(award: Award, share: str) -> int:
    """What a budget still has to pay of its share: the share less what was set off and what stands on a list or was
    paid. Never below 0: the database refuses more."""
    off = set_off_by_share([award.pk]).get((award.pk, share), 0)
    live = Payment.objects.filter(award=award, share=share, state__in=LIVE_PAYMENTS)
    return share_fen(award, share) - off - (live.aggregate(sum=Sum("amount_fen"))["sum"] or 0)


def had_fen(award: Award) -> int:
    """What the enterprise has had of an award: what was paid, and what was set off in its place."""
    paid = Payment.objects.filter(award=award, state=PaymentState.PAID).aggregate(sum=Sum("amount_fen"))["sum"] or 0
    return paid + (SetOff.objects.filter(award=award).aggregate(sum=Sum("amount_fen"))["sum"] or 0)


def recoverable_fen(award: Award, *, besides: Recovery | None = None) -> int:
    """The most that may be demanded back of an award: what the enterprise has had, less what was demanded before."""
    earlier = Recovery.objects.filter(award=award, state__in=DEMANDED)
    if besides is not None:
        earlier = earlier.exclude(pk=besides.pk)
    return had_fen(award) - (earlier.aggregate(sum=Sum("amount_fen"))["sum"] or 0)


def targets_of(recovery: Recovery) -> QuerySet[Award]:
    """Other awards of the same enterprise that are approved and not paid whole yet, oldest first."""
    return (
        Award.objects.filter(
            account__enterprise=recovery.award.account.enterprise_id,
            state__in=[AwardState.APPROVED, AwardState.PAYING],
        )
        .exclude(pk=recovery.award_id)
        .select_related("application__clause", "unit")
        .order_by("approved_at", "pk")
    )


def free_shares(awards: Iterable[Award]) -> list[tuple[Award, Share, int]]:
    """The shares of awards that are on no list and not paid, with what is owed of each."""
    found = {award.pk: award for award in awards}
    live = set(
        Payment.objects.filter(award__in=found, state__in=LIVE_PAYMENTS).values_list("award", "share").order_by()
    )
    off = set_off_by_share(found)
    rows = []
    for award in found.values():
        for share in Share:
            left = share_fen(award, share) - off.get((award.pk, str(share)), 0)
            if left > 0 and (award.pk, str(share)) not in live:
                rows.append((award, share, left))
    return rows
