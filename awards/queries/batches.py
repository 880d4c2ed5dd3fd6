"""Batches as people look at them: what waits in which call, and what a batch would take from budgets."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from accounts.models import Unit, UnitMember, User
from awards.batch_preview import budget_needs
from awards.enums import OPEN, AwardState, BatchItemState, BatchState, Share
from awards.models import Award, Envelope, SettlementBatch, YearAccount
from awards.permissions import DRAFTERS
from policies.models import Call, Clause


def accounts_to_settle(call: Call, unit: Unit) -> QuerySet[YearAccount]:
    """The accounts with open awards of applications of this call that the unit keeps, in the order of enterprises."""
    awards = Award.objects.filter(application__call=call, unit=unit, state__in=OPEN)
    return YearAccount.objects.filter(pk__in=awards.values("account")).order_by("enterprise__name", "pk")


@dataclass(frozen=True)
class Startable:
    """A call of which a unit of the person may settle all: how many accounts, and how many never settled awards."""

    unit: Unit
    call: Call
    accounts: int
    waiting: int
    open_batch: SettlementBatch | None

    @property
    def key(self) -> str:
        return f"{self.unit.pk}-{self.call.pk}"


def startable(user: User) -> list[Startable]:
    """What the person may start, the newest calls first; a constant number of queries."""
    units = {
        member.unit_id: member.unit
        for member in UnitMember.objects.filter(
            user=user, is_active=True, unit__is_active=True, role__in=DRAFTERS
        ).select_related("unit")
    }
    counted = (
        Award.objects.filter(unit__in=units, state__in=OPEN, application__call__isnull=False)
        .order_by()
        .values("unit", "application__call")
        .annotate(accounts=Count("account", distinct=True))
    )
    waiting = {
        (row["unit"], row["application__call"]): row["count"]
        for row in Award.objects.filter(unit__in=units, state=AwardState.CANDIDATE)
        .order_by()
        .values("unit", "application__call")
        .annotate(count=Count("pk"))
    }
    calls = Call.objects.in_bulk([row["application__call"] for row in counted])
    running = {
        (batch.unit_id, batch.call_id): batch
        for batch in SettlementBatch.objects.filter(
            unit__in=units, state__in=[BatchState.PREVIEWING, BatchState.READY, BatchState.RUNNING]
        )
    }
    found = [
        Startable(
            units[row["unit"]],
            calls[row["application__call"]],
            row["accounts"],
            waiting.get(key, 0),
            running.get(key),
        )
        for row in counted
        for key in [(row["unit"], row["application__call"])]
    ]
    return sorted(found, key=lambda one: (-one.call.policy_year, -one.call.opens_on.toordinal(), one.unit.order))


@dataclass(frozen=True)
class Need:
    """What a batch would take from one budget; `envelope` is None where it was not entered."""

    unit: Unit
    share: Share
    clause: Clause
    envelope: Envelope | None
    fen: int

    @property
    def free_fen(self) -> int:
        return self.envelope.free_fen if self.envelope else 0

    @property
    def remains_fen(self) -> int:
        return self.free_fen - self.fen

    @property
    def words(self) -> str:
        if self.envelope is None:
            return "尚未录入预算，有关企业将不能核定"
        return "不足，先核定的先占用，其余企业将不能核定" if self.remains_fen < 0 else "够用"


def needs_of(batch: SettlementBatch) -> list[Need]:
    """What settling everything that was previewed would take, budget by budget; a constant number of queries."""
    previews = batch.items.filter(state=BatchItemState.PREVIEWED).values_list("preview", flat=True)
    needed = budget_needs(previews)
    units = Unit.objects.in_bulk([unit for unit, _, _ in needed])
    clauses = Clause.objects.in_bulk([clause for _, _, clause in needed])
    envelopes = {
        (row.unit_id, row.share, row.clause_id): row
        for row in Envelope.objects.filter(
            unit__in=units, clause__in=clauses, policy_year=batch.call.policy_year
        ).select_related("unit", "clause")
    }
    found = [
        Need(units[unit], Share(share), clauses[clause], envelopes.get((unit, share, clause)), fen)
        for (unit, share, clause), fen in needed.items()
    ]
    return sorted(found, key=lambda need: (need.share, need.unit.order, need.unit.pk, need.clause.order))
