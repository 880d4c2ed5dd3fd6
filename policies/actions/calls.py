"""Issuing calls for applications, and moving the days of a call that was issued.

Windows move forward only as far as nothing is undone: every day on which one could have filed so far stays a day of
the window, so that no file that was filed comes to stand outside it (`require_kept`).
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.enums import UnitKind
from accounts.models import Unit, User
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.outbox.actions import enqueue
from common.templatetags.ui import zhdate
from common.workdays import local_day
from policies.models import Call, CallWindow, Clause, Document
from policies.permissions import require_editor
from policies.queries.calls import clauses_of
from policies.queries.versions import governed_clauses
from policies.queries.windows import Window, window_in

#: Outbox kind: the days of a call moved; whoever has begun an application under it hears of it.
WINDOWS_MOVED = "policies.windows_moved"

MAX_REASON = 500


@dataclass(frozen=True)
class Days:
    """The first and the last day of a window, both whole."""

    opens_on: dt.date
    closes_on: dt.date

    @classmethod
    def of(cls, row: Call | CallWindow | Window) -> "Days":
        """The days of a call, of one of its windows or of what somebody may file in."""
        return cls(row.opens_on, row.closes_on)

    def as_json(self) -> dict[str, str]:
        """For an audit event."""
        return {"opens_on": self.opens_on.isoformat(), "closes_on": self.closes_on.isoformat()}

    def __str__(self) -> str:
        return f"{zhdate(self.opens_on)}至{zhdate(self.closes_on)}"


def check_call(
    document: Document, *, policy_year: int, opens_on: dt.date, closes_on: dt.date, clauses: Sequence[Clause] = ()
) -> None:
    """Raise PolicyYearError if the document does not govern the year, Invalid for a document in preparation, a window
    that ends before it opens or a clause that pays nothing or belongs elsewhere."""
    if not document.is_public:
        raise Invalid(f"{document.number}还在准备中，公开后才能发布申报通知。", field="document")
    require_ordered(Days(opens_on, closes_on))
    possible = set(governed_clauses(document, policy_year).values_list("pk", flat=True))
    for clause in clauses:
        if clause.pk not in possible:
            raise Invalid(f"{clause}不是{document.number}在{policy_year}年度的资金条款。", field="clauses")


def issue_call(
    document: Document,
    *,
    policy_year: int,
    title: str,
    text: str,
    opens_on: dt.date,
    closes_on: dt.date,
    clauses: Sequence[Clause] = (),
    by: User | None,
    at: dt.datetime,
) -> Call:
    """Open a window for claims of one policy year; without clauses it is for every monetary clause of the document.

    `by` None: the demonstration data. Raises NotAllowed, what `check_call` raises, and Invalid for a last day that is
    past and for a call of the same title, document and year.
    """
    if by is not None:
        require_editor(by)
    check_call(document, policy_year=policy_year, opens_on=opens_on, closes_on=closes_on, clauses=clauses)
    require_not_past(closes_on, at)
    with transaction.atomic():
        Document.objects.select_for_update().get(pk=document.pk)  # sent twice, a call is issued once
        if Call.objects.filter(document=document, policy_year=policy_year, title=title).exists():
            raise Invalid("该文件这一年度已有同名的申报通知。需要改受理时间的，请在原通知中修改。", field="title")
        call = Call.objects.create(
            document=document,
            policy_year=policy_year,
            title=title,
            text=text,
            opens_on=opens_on,
            closes_on=closes_on,
        )
        call.clauses.set(clauses)
        record(
            "policies.call_issued",
            subject=call,
            by=by,
            at=at,
            data={
                "policy_year": policy_year,
                **Days(opens_on, closes_on).as_json(),
                "clauses": [clause.clause_id for clause in clauses],
            },
        )
    return call


def change_call_window(
    call: Call, *, opens_on: dt.date, closes_on: dt.date, seen: Days, reason: str, by: User, at: dt.datetime
) -> Call:
    """Move the days of a call's own window; `seen` are those that stood on the screen.

    Raises NotAllowed, Conflict where they were changed meanwhile, Invalid (fields `opens_on`, `closes_on`, `reason`)
    for days in the wrong order, past, or that would leave out days on which one could file already.
    """
    require_editor(by)
    reason = require_reason(reason)
    days = Days(opens_on, closes_on)
    require_ordered(days)
    with transaction.atomic():
        locked = locked_call(call)
        before = Days.of(locked)
        require_seen(before, seen)
        if days == before:
            raise Invalid("日期没有变化。", field="closes_on")
        if closes_on != before.closes_on:
            require_not_past(closes_on, at)

        def move() -> None:
            locked.opens_on, locked.closes_on = opens_on, closes_on
            locked.save(update_fields=["opens_on", "closes_on"])

        require_kept(locked, move, at)
        tell_moved(
            locked,
            "policies.call_window_changed",
            {"before": before.as_json(), "after": days.as_json(), "reason": reason},
            by=by,
            at=at,
        )
    return locked


# ------------------------------------------------------------------------------------------------------ parts


def locked_call(call: Call) -> Call:
    """The call under a lock that every change of its windows and leaves takes; filings that name it do not wait."""
    return Call.objects.select_for_update(of=("self",), no_key=True).select_related("document").get(pk=call.pk)


def require_reason(reason: str) -> str:
    """The reason without blanks around it; Invalid where there is none."""
    text = reason.strip()
    if not text:
        raise Invalid("请写明理由，理由记入审计记录。", field="reason")
    if len(text) > MAX_REASON:
        raise Invalid(f"理由最多 {MAX_REASON} 个字，请缩短。", field="reason")
    return text


def require_ordered(days: Days) -> None:
    """Raise Invalid for a window that ends before it opens."""
    if days.closes_on < days.opens_on:
        raise Invalid("截止日期不能早于开始日期。", field="closes_on")


def require_not_past(day: dt.date, at: dt.datetime) -> None:
    """Raise Invalid for a last day before today."""
    today = local_day(at)
    if day < today:
        raise Invalid(
            f"截止日期已经过去，应为今天（{zhdate(today)}）或以后。今天起不再受理的，请填今天。", field="closes_on"
        )


def require_seen(present: Days, seen: Days) -> None:
    """Raise Conflict unless the window still has the days that stood on the screen."""
    if present != seen:
        raise Conflict(
            f"受理时间在此期间已改为{present}，您填写的内容仍在本页，请核对后再提交。", what=f"受理时间{present}"
        )


def require_kept(call: Call, change: Callable[[], object], at: dt.datetime) -> None:
    """Make a change of windows and raise Invalid where it takes away days on which somebody could file already.

    Looks at every clause of the call in every district, before and after.
    """
    today = local_day(at)
    places = [
        (clause, district) for clause in clauses_of(call) for district in Unit.objects.filter(kind=UnitKind.DISTRICT)
    ]
    before = _standing(call, places)
    change()
    for (clause, district), was, now in zip(places, before, _standing(call, places), strict=True):
        if was.opens_on > today:
            continue
        late = now.opens_on > was.opens_on
        if late or now.closes_on < min(was.closes_on, today):
            raise Invalid(
                f"{district}的条款{clause}自{zhdate(was.opens_on)}起已在受理，改后为{Days.of(now)}，"
                "已提交的申报会落在受理时间以外。开始日期不能晚于已开始受理的日期；需要提前结束的，"
                "请把截止日期改为今天或以后。",
                field="opens_on" if late else "closes_on",
            )


def _standing(call: Call, places: Iterable[tuple[Clause, Unit]]) -> list[Window]:
    """The window of each clause and district, read afresh."""
    fresh = Call.objects.prefetch_related("windows").get(pk=call.pk)
    return [window_in(fresh, clause, district) for clause, district in places]


def tell_moved(
    call: Call,
    event: str,
    data: Mapping[str, object],
    *,
    clause: Clause | None = None,
    district: Unit | None = None,
    by: User | None,
    at: dt.datetime,
) -> None:
    """Record what happened to a call's windows and owe the news to those who are at work on an application.

    `clause`, `district`: what the window is for; None: for all of the call. `by` None: the daily job.
    """
    entry = record(event, subject=call, by=by, at=at, data=data)
    payload = {
        "call": call.pk,
        "clause": clause and clause.pk,
        "district": district and district.pk,
        "reason": data["reason"],
    }
    enqueue(WINDOWS_MOVED, payload, key=f"{WINDOWS_MOVED}:{entry.pk}", at=at)
