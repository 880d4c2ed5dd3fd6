"""Money and a unit whose duties go to another: what is on its way is finished first, nothing is moved.

An award, a budget and a list name the unit that answers for them, and the database keeps it so; half of it in other
hands would leave amounts that nobody can account for (docs/adr/0015-units-by-date.md).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet

from accounts.mergers import Moved
from accounts.models import Unit, User
from awards.enums import AwardState, BatchState, ListState, ProposalState, RecoveryState, RoundState
from awards.models import (
    Award,
    Envelope,
    PaymentList,
    PublicityRound,
    Recovery,
    SettlementBatch,
    SettlementProposal,
)
from common.money import grouped

#: Awards for which nothing is owed by their unit any more.
ENDED = (AwardState.PAID, AwardState.NOTHING, AwardState.RETURNED)


class MoneyMover:
    """The part of awards in a merger: it moves nothing and says what must be finished."""

    def obstacles(self, unit: Unit, successor: Unit) -> list[str]:
        """Awards, settlements, publicity, payment lists, repayments and budgets of the unit that are under way."""
        counted: Sequence[tuple[str, str, QuerySet]] = (
            ("尚未拨付完的奖补", "件", Award.objects.filter(unit=unit).exclude(state__in=ENDED)),
            ("待审核的核算", "份", SettlementProposal.objects.filter(unit=unit, state=ProposalState.OPEN)),
            (
                "未完成的批量核算",
                "批",
                SettlementBatch.objects.filter(unit=unit).exclude(state__in=[BatchState.DONE, BatchState.WITHDRAWN]),
            ),
            (
                "未结束的公示",
                "批",
                PublicityRound.objects.filter(unit=unit, state__in=[RoundState.DRAFT, RoundState.OPEN]),
            ),
            (
                "未办结的拨付清单",
                "份",
                PaymentList.objects.filter(
                    Q(unit=unit) | Q(district=unit), state__in=[ListState.DRAFT, ListState.SENT]
                ),
            ),
            (
                "未了结的追回",
                "件",
                Recovery.objects.filter(unit=unit).exclude(state__in=[RecoveryState.CLOSED, RecoveryState.DROPPED]),
            ),
        )
        found = [
            f"{unit.name}有{what} {number} {counter}，须先办结。"
            for what, counter, rows in counted
            if (number := rows.count())
        ]
        owed = Envelope.objects.filter(unit=unit, committed_fen__gt=F("paid_fen"))
        fen = sum(row.committed_fen - row.paid_fen for row in owed)
        if fen:
            found.append(f"{unit.name}的预算中有已占用尚未拨付的金额 {grouped(fen)} 元，须先拨付或释放。")
        return found

    def move(self, unit: Unit, successor: Unit, *, by: User | None, at: datetime) -> list[Moved]:
        """Nothing: what is finished goes on naming the unit, and people of the successor act for it (permissions)."""
        return []
