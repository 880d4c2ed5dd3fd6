"""What the gestures of 公示 and 异议 share: the lock, the people, the word to the enterprise."""

from collections.abc import Callable, Iterable
from datetime import datetime

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Unit, User
from accounts.notifications import enterprise_users, notify
from awards.models import Award
from awards.permissions import CONFIRMERS, DRAFTERS
from awards.queries.publicity import with_clause

Clock = Callable[[], datetime]


def lock_awards(pks: Iterable[int]) -> dict[int, Award]:
    """Lock awards in the order of their keys and return them with what their rows show."""
    rows = with_clause(Award.objects.select_for_update(of=("self",)).filter(pk__in=list(pks))).order_by("pk")
    return {award.pk: award for award in rows}


def people_of(unit: Unit, *roles: UnitRole) -> list[User]:
    """The people of a unit who hold one of the roles today; 经办 and 审核 where none is named."""
    return list(
        User.objects.filter(
            unit_memberships__unit=unit,
            unit_memberships__role__in=roles or (*DRAFTERS, *CONFIRMERS),
            unit_memberships__is_active=True,
            is_active=True,
        )
        .distinct()
        .order_by("pk")
    )


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
