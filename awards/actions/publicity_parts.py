"""What the gestures of 公示 and 异议 share: the people, the word to the enterprise, what leaves a draft by itself."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import F

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import enterprise_users, notify
from awards.enums import RoundState
from awards.models import Award, PublicityItem, PublicityRound
from common.audit.actions import record

Clock = Callable[[], datetime]


def tell_enterprise(award: Award, *, title: str, body: str, at: datetime) -> None:
    """Tell the people of the enterprise what happened to its award."""
    notify(
        enterprise_users(award.application.enterprise),
        title=title,
        body=body,
        url=f"/awards/{award.pk}/",
        topic=NoticeTopic.DECISION,
        at=at,
    )


def take_off_draft(award: Award, *, by: User, at: datetime) -> PublicityRound | None:
    """Take a locked award off the draft round it stands on, if any: the other rows stay as they were drafted.

    The author of the draft stays its author and is told; whoever has the draft open finds it changed (its version).
    """
    publicity = (
        PublicityRound.objects.select_for_update(of=("self",))
        .select_related("drafted_by")
        .filter(state=RoundState.DRAFT, items__award=award)
        .first()
    )
    if publicity is None:
        return None
    kept = list(publicity.items.exclude(award=award).order_by("order"))
    publicity.items.all().delete()
    # Rows of a list are never changed, only written anew: the same words and amounts under their new order.
    PublicityItem.objects.bulk_create(
        PublicityItem(
            round=publicity,
            award_id=item.award_id,
            order=order,
            name=item.name,
            clause=item.clause,
            amount_fen=item.amount_fen,
        )
        for order, item in enumerate(kept, start=1)
    )
    PublicityRound.objects.filter(pk=publicity.pk).update(version=F("version") + 1)
    publicity.refresh_from_db(fields=["version"])
    left = [item.award_id for item in kept]
    told = {"title": publicity.title, "awards": left, "count": len(left), "added": [], "removed": [award.pk]}
    record("publicity.changed", subject=publicity, by=by, at=at, data=told)
    rest = f"名单还有 {len(left)} 项。" if left else "名单已空，请重新选择奖补或取消这批公示。"
    notify(
        [publicity.drafted_by] if publicity.drafted_by != by else [],
        title=f"公示名单减少一项：{publicity.title}",
        body=f"{award.application.number}已由 {by} 退回牵头审核，从待发布的名单中移出；{rest}",
        url=f"/awards/publicity/{publicity.pk}/",
        topic=NoticeTopic.TASK,
        at=at,
    )
    return publicity
