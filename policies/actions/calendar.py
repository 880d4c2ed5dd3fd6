"""The working calendar: a notice of the State Council, taken over whole."""

import datetime as dt

from django.db import connection, transaction

from accounts.models import User
from common.audit.actions import record
from common.calendar_notice import Notice, read_notice
from common.canonical import digest
from common.errors import Conflict, Invalid
from common.models import CalendarDay
from common.workdays import local_day
from policies.permissions import require_editor
from policies.queries.calendar_page import CalendarPlan, plan_notice

#: Any number that nothing else locks by: notices are taken over one after another.
_LOCK = 7305611402302
SOURCE_LENGTH = 100
#: Notices come late in the year before; nobody enters one for a year further off.
_YEARS_AHEAD = 1
EARLIEST = 2004


def checked_notice(
    *, text: str, year: int, source: str, whole: bool, at: dt.datetime
) -> tuple[Notice, str, CalendarPlan]:
    """The notice, the source that its days will name, and what it would change; nothing is written.

    source: the number of the notice; where it is empty, that of the text. Raises Invalid with every fault at once
    (`text`, `year`, `source`).
    """
    faults: dict[str, list[str]] = {}
    last = local_day(at).year + _YEARS_AHEAD
    if not EARLIEST <= year <= last:
        faults["year"] = [f"年份须在 {EARLIEST} 至 {last} 之间，请核对。"]
        year = min(max(year, EARLIEST), last)
    notice = read_notice(text, year=year, whole=whole)
    if notice.faults:
        faults["text"] = [f"{one.holiday}：{one.message}" if one.holiday else one.message for one in notice.faults]
    named = source.strip() or notice.number
    if not named or len(named) > SOURCE_LENGTH:
        faults["source"] = [f"请填写通知的文号，最多 {SOURCE_LENGTH} 字，例如 国办发明电〔2025〕7号。"]
    elif notice.number and source.strip() and notice.number != source.strip():
        faults["source"] = [f"您填写的文号是{source.strip()}，通知正文写的是{notice.number}，请核对。"]
    if faults:
        raise Invalid("没有保存，请更正下列各项；没有改动工作日历。", errors=faults)
    return notice, named, plan_notice(notice, source=named, whole=whole)


def store_notice(
    *, text: str, year: int, source: str, whole: bool, expected: str, by: User, at: dt.datetime
) -> CalendarPlan:
    """Take a notice over, all or nothing: its days are written with its number as their source; a notice of the whole
    year also takes out what is stored for the year and not in it.

    expected: `plan_digest` of the plan that `by` saw. Due days that stand already do not move; days that are left are
    counted with the new calendar. Raises NotAllowed, Invalid as `checked_notice` (also where nothing would change),
    Conflict where the calendar was changed meanwhile.
    """
    require_editor(by)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        notice, named, plan = checked_notice(text=text, year=year, source=source, whole=whole, at=at)
        if plan_digest(plan) != expected:
            raise Conflict("在您核对期间，工作日历已有变化。请重新核对下面的改动再保存。", what="工作日历")
        if not plan.written and not plan.removed:
            raise Invalid("工作日历已与该通知一致，没有需要保存的改动。", field="text")
        for row in plan.removed:
            row.delete()
        for one in plan.written:
            CalendarDay.objects.update_or_create(
                day=one.day, defaults={"is_working": one.is_working, "name": one.name, "source": named}
            )
        subject = CalendarDay.objects.get(day=notice.days[0].day)
        record(
            "policies.calendar_stored",
            subject=subject,
            by=by,
            at=at,
            data={
                "year": year,
                "source": named,
                "whole": whole,
                "days": [[one.day.isoformat(), one.is_working] for one in notice.days],
                "changes": [[one.day.isoformat(), one.before, one.after] for one in plan.changes],
                "text_sha256": digest(text),
            },
        )
    return plan


def plan_digest(plan: CalendarPlan) -> str:
    """What a person saw before saving: the rows to write and to take out."""
    written = [[one.day.isoformat(), one.is_working, one.name] for one in plan.written]
    return digest([written, [row.day.isoformat() for row in plan.removed]])
