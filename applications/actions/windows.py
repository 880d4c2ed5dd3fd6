"""Telling enterprises at work on an application that its days have changed."""

from datetime import datetime

from accounts.enums import NoticeTopic
from accounts.notifications import enterprise_users, notify
from applications.actions.locking import address_of, text_of
from applications.models import Application
from applications.queries.windows import BEFORE_FILING, window_of
from common.templatetags.ui import zhdate
from policies.models import Call


def tell_of_windows(*, call: Call, clause: int | None, district: int | None, reason: str, at: datetime) -> int:
    """Tell everybody with a draft of the call until when it can be filed now; how many drafts that concerns.

    `clause`, `district`: keys of what the changed window is for, None for everything. Called by the outbox, inside
    the transaction that marks the message.
    """
    drafts = Application.objects.filter(call=call, state__in=BEFORE_FILING)
    if clause is not None:
        drafts = drafts.filter(clause=clause)
    if district is not None:
        drafts = drafts.filter(enterprise__district=district)
    count = 0
    for application in drafts.select_related("clause__document", "enterprise").order_by("pk"):
        window = window_of(application, at)
        if window is None:
            continue
        notify(
            enterprise_users(application.enterprise),
            title=f"受理时间有变化：{text_of(application)}",
            body=(
                f"现自{zhdate(window.opens_on)}起受理至{zhdate(window.closes_on)} 24:00，请在此之前提交。理由：{reason}"
            ),
            url=address_of(application),
            topic=NoticeTopic.CLOCK,
            at=at,
        )
        count += 1
    return count
