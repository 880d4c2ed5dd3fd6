"""Telling enterprises at work on an application that its clause left force."""

from datetime import datetime

from accounts.enums import NoticeTopic
from accounts.notifications import enterprise_users, notify
from applications.actions.locking import address_of, text_of
from applications.models import Application
from applications.queries.windows import BEFORE_FILING
from policies.models import Clause
from policies.queries import version_or_none


def tell_of_ending(*, clause: Clause, reason: str, at: datetime) -> int:
    """Tell everybody with an unfinished application for the clause that no version governs its year any more; how many
    applications that concerns. Drafts of years that a version still governs follow it by themselves and hear nothing.

    Called by the outbox, inside the transaction that marks the message.
    """
    drafts = Application.objects.filter(clause=clause, state__in=BEFORE_FILING)
    count = 0
    governed: dict[int, bool] = {}
    for application in drafts.select_related("clause__document", "enterprise").order_by("pk"):
        year = application.policy_year
        if year not in governed:
            governed[year] = version_or_none(clause, year) is not None
        if governed[year]:
            continue
        notify(
            enterprise_users(application.enterprise),
            title=f"条款不再受理：{text_of(application)}",
            body=f"该条款已没有适用于 {year} 年度的版本，这份草稿不能提交。理由：{reason}",
            url=address_of(application),
            topic=NoticeTopic.CLOCK,
            at=at,
        )
        count += 1
    return count
