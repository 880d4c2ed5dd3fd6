"""Which settled amounts no longer stand: something was entered, chosen or approved since, and is not settled yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from awards.models import Award, YearAccount
from awards.queries.accounts import AccountState, with_state
from awards.queries.preview import prepare_settlement


def outdated_sums(awards: Iterable[Award], *, at: datetime) -> dict[int, int]:
    """By key of the award: what settling its account at this instant would give (分), for those whose amount would
    change. One query tells which accounts have anything new; only those are computed."""
    keys = {award.pk for award in awards}
    accounts: Any = with_state(YearAccount.objects.filter(awards__in=keys).distinct(), inside=False)
    found = {}
    for account in accounts.filter(settlement_state=AccountState.OPEN).order_by("pk"):
        for line in prepare_settlement(account, at=at).lines:
            if line.award.pk in keys and line.changes:
                found[line.award.pk] = line.settled_fen
    return found
