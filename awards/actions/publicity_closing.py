"""The end of a 公示: what nobody objected to goes on to its approval letter and to payment, by itself."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Unit
from accounts.notifications import notify
from applications.queries.clock import database_now
from awards.actions.locks import lock_awards
from awards.actions.publicity_parts import Clock, tell_enterprise
from awards.enums import ItemState, RoundState
from awards.letters import request_award_letter
from awards.models import Award, PublicityItem, PublicityRound
from awards.permissions import PAYERS
from awards.queries.publicity import periods_after
from awards.workflow import AWARDS, ITEMS, ROUNDS
from common.audit.actions import record
from common.errors import Conflict
from common.money import grouped, yuan
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from common.workdays import is_late, local_day
from reviews.queries.assignment import people_of

#: The outbox kind that ends a period.
CLOSE = "awards.publicity_close"


def close_round(*, round_id: int, at: datetime, clock: Clock | None = None) -> PublicityRound:
    """End a period: everything listed goes on to its approval letter, what is held waits for its answer.

    Safe to repeat. `clock` decides whether the period is over and is the database's own, as for objections: read while
    the awards are held, so that no objection is taken after the closing and none before it is lost.
    Raises Conflict where the period still runs; the outbox asks again.
    """
    with transaction.atomic():
        awards = lock_awards(PublicityItem.objects.filter(round=round_id).values_list("award", flat=True))
        current = (
            PublicityRound.objects.select_for_update(of=("self",))
            .select_related("published_by", "unit")
            .get(pk=round_id)
        )
        if current.state == RoundState.CLOSED:
            return current
        moment = (clock or database_now)()
        if current.last_day is None or not is_late(moment, current.last_day):
            raise Conflict("公示期未满，不能结束。", what=current.get_state_display())
        listed = list(current.items.select_for_update().filter(state=ItemState.LISTED).order_by("order"))
        ROUNDS.apply(current, "close", changes={"closed_at": at})
        release_items(current, [(item, awards[item.award_id]) for item in listed], at=at)
        record(
            "publicity.closed",
            subject=current,
            by=None,
            at=at,
            data={
                "released": [item.award_id for item in listed],
                "held": list(current.items.filter(state=ItemState.HELD).values_list("award", flat=True)),
            },
        )
        return current


def release_items(publicity: PublicityRound, rows: Sequence[tuple[PublicityItem, Award]], *, at: datetime) -> None:
    """Send items with their locked awards on: approved, due for payment, letter in the name of who published them.

    Tells each enterprise, and the paying unit once.
    """
    calendar, today = working_calendar(), local_day(at)
    periods = periods_after((award for _, award in rows), on=today)
    for item, award in rows:
        ITEMS.apply(item, "release", changes={"ended_at": at})
        due_on = calendar.add_working_days(today, periods[award.application.clause.document_id].payment)
        AWARDS.apply(award, "approve", changes={"approved_at": at, "due_on": due_on})
        request_award_letter(award=award, by=publicity.published_by, at=at)
        record(
            "award.approved",
            subject=award,
            by=None,
            at=at,
            data={"round": publicity.pk, "amount": yuan(award.settled_fen), "due_on": due_on.isoformat()},
        )
        tell_enterprise(
            award,
            title=f"公示期满，已批复：{award.application.number}",
            body=f"核定金额 {grouped(award.settled_fen)} 元，批复另行送达；拨付期限为{zhdate(due_on)}。",
            at=at,
        )
    if rows:
        total = sum(award.settled_fen for _, award in rows)
        payers = {user.pk: user for unit in Unit.objects.filter(is_finance=True) for user in people_of(unit, PAYERS)}
        notify(
            payers.values(),
            title=f"待拨付：{publicity.title}",
            body=f"公示期满，{len(rows)} 笔奖补已批复，合计 {grouped(total)} 元，请列入拨付清单。",
            url="/awards/payments/",
            topic=NoticeTopic.TASK,
            at=at,
        )
