"""异议: anybody may object to a published item inside its period, by real name; the lead's two people answer.

An objection holds its item alone. Each one gets its own answer, also where another one already sent the item back: a
written objection is owed a written answer to its own points, read by two people. What the answers mean for the item:

- one is upheld → the item leaves the round, its award goes back to the lead; answers to the others change nothing more;
- all are refuted → the item is listed again, and goes straight on where the period is over.

Locks: application, year account, award, item, objection (awards.actions.publicity); the numbers' lock last.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from applications.actions.messages import Enclosure
from applications.models import Application
from applications.queries.clock import database_now
from awards.actions.locks import lock_awards
from awards.actions.objection_clock import watch_objection
from awards.actions.publicity_closing import release_items
from awards.actions.publicity_parts import Clock, tell_enterprise
from awards.actions.returning import return_award
from awards.enums import ItemState, ObjectionState, RoundState
from awards.letters_publicity import request_receipt_letter, request_reply_letter
from awards.models import Award, Objection, ObjectionFile, PublicityItem, YearAccount
from awards.objector import Objector, read_objection
from awards.permissions import CONFIRMERS, DRAFTERS, require_lead
from awards.workflow import AWARDS, ITEMS, OBJECTIONS
from common import storage
from common.audit.actions import record
from common.errors import Conflict, Invalid, LateError, NotAllowed
from common.prose import read_prose
from common.queries import working_calendar
from common.templatetags.ui import zhdate
from common.uploads import CheckedUpload
from common.workdays import is_late, local_day
from letters.codes import new_token
from reviews.queries.assignment import people_of
from reviews.queries.routes import procedure_settings

OPEN_OBJECTIONS = (ObjectionState.OPEN, ObjectionState.DRAFTED)
MAX_ANSWER = 4000
MAX_NOTE = 500
#: The advisory lock under which numbers of objections are given; any fixed number of this project's own.
NUMBERS = 4_120_611


def next_number(year: int) -> str:
    """The next number of a year, 异议2026-0001.

    No gap and no repetition: objections are never deleted (a trigger refuses it), so their count is the last number;
    the advisory lock, taken last and held to the end of the transaction, keeps two from counting alike. A counter row
    would say the same a second time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBERS, year])
    given = Objection.objects.filter(number__startswith=f"异议{year}-").count()
    return f"异议{year}-{given + 1:04d}"


def file_objection(
    *,
    item: PublicityItem,
    name: str,
    phone: str,
    address: str = "",
    text: str,
    files: Sequence[Enclosure] = (),
    at: datetime,
    clock: Clock | None = None,
) -> Objection:
    """Object to one item of a published round; anybody may, by real name and in time.

    `clock` decides what is late and is the database's own, read while the award is held; filed_at is its answer.
    The same person's same words with the same files about the same item are the objection that stands already.
    Raises Invalid with every fault, LateError after the end of the last day, Conflict where the item left the round.
    """
    objector, checked = read_objection(name=name, phone=phone, address=address, text=text, files=files)
    hashes = [storage.put(file.data) for file in checked]
    with transaction.atomic():
        award = lock_awards([item.award_id])[item.award_id]
        current = PublicityItem.objects.select_for_update(of=("self",)).select_related("round__unit").get(pk=item.pk)
        standing = _standing(current, objector, hashes)
        if standing is not None:
            return standing
        moment = (clock or database_now)()
        _require_open(current, moment)
        if current.state == ItemState.LISTED:
            ITEMS.apply(current, "hold")
            AWARDS.apply(award, "object")
            tell_enterprise(
                award,
                title=f"公示事项收到异议：{award.application.number}",
                body="该事项暂缓办理，等待核查；公示的其他事项不受影响。核查需要补充说明的，主办单位会与您联系。",
                at=at,
            )
        objection = _write(current, award, objector, checked, hashes, moment)
        record(
            "objection.filed",
            subject=objection,
            by=None,
            at=at,
            data={"number": objection.number, "item": current.pk, "award": award.pk, "files": hashes},
        )
        request_receipt_letter(objection=objection, at=at)
        watch_objection(objection, at=moment)
        notify(
            people_of(current.round.unit, (*DRAFTERS, *CONFIRMERS)),
            title=f"收到异议：{objection.number}",
            body=f"对《{current.round.title}》第{current.order}项的异议，请于{zhdate(objection.due_on)}前核查并答复。",
            url=f"/awards/publicity/objections/{objection.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return objection


def _require_open(item: PublicityItem, moment: datetime) -> None:
    """Raise LateError or Conflict unless the item may be objected to at this instant."""
    publicity = item.round
    if publicity.last_day is None:
        raise Conflict("这批公示尚未发布。")
    if is_late(moment, publicity.last_day) or publicity.state != RoundState.OPEN or item.state == ItemState.RELEASED:
        raise LateError(
            f"公示期已于{zhdate(publicity.last_day)}二十四时结束，不能再提出异议。"
            f"如有问题需要反映，可向{publicity.unit.full_name}书面提出（{publicity.contact}）。"
        )
    if item.state == ItemState.UPHELD:
        raise Conflict("该事项已因异议退回重新审核，不再按本次公示办理，无需再提出异议。", what="已退回")


def _standing(item: PublicityItem, objector: Objector, hashes: list[str]) -> Objection | None:
    """The objection that says the same already; names are encrypted, so they are compared here and not in a query."""
    for found in item.objections.filter(text=objector.text).prefetch_related("files"):
        same = (found.name, found.phone, found.address) == (objector.name, objector.phone, objector.address)
        if same and sorted(file.sha256 for file in found.files.all()) == sorted(hashes):
            return found
    return None


def _write(
    item: PublicityItem,
    award: Award,
    objector: Objector,
    checked: Sequence[CheckedUpload],
    hashes: Sequence[str],
    moment: datetime,
) -> Objection:
    today = local_day(moment)
    days = procedure_settings(award.application.clause.document, on=today).after.objection
    objection = Objection.objects.create(
        item=item,
        number=next_number(today.year),
        code=new_token(),
        name=objector.name,
        phone=objector.phone,
        address=objector.address,
        text=objector.text,
        filed_at=moment,
        due_on=working_calendar().add_working_days(today, days),
    )
    ObjectionFile.objects.bulk_create(
        ObjectionFile(
            objection=objection,
            name=file.clean_name,
            kind=file.kind,
            content_type=file.content_type,
            size=file.size,
            sha256=sha256,
        )
        for file, sha256 in zip(checked, hashes, strict=True)
    )
    return objection


def _locked(objection: Objection, *, deciding: bool = False) -> tuple[Objection, PublicityItem, Award]:
    """The objection with its item and award, all locked in order; application and account first where it is decided,
    because an upheld one sends the file back."""
    award_id = objection.item.award_id
    if deciding:
        found = Award.objects.get(pk=award_id)
        Application.objects.select_for_update().get(pk=found.application_id)
        YearAccount.objects.select_for_update(of=("self",)).get(pk=found.account_id)
    award = lock_awards([award_id])[award_id]
    item = PublicityItem.objects.select_for_update(of=("self",)).select_related("round__unit").get(pk=objection.item_id)
    current = Objection.objects.select_for_update(of=("self",)).select_related("drafted_by").get(pk=objection.pk)
    current.item = item
    return current, item, award


def _require_version(current: Objection, expected_version: int) -> None:
    if current.version != expected_version:
        raise Conflict(
            f"这件异议在您操作期间已变为“{current.get_state_display()}”，请查看最新内容后再操作。",
            changed_by=str(current.drafted_by) if current.state == ObjectionState.DRAFTED else None,
            what=current.get_state_display(),
        )


def draft_answer(
    *, objection: Objection, upheld: bool | None, answer: str, expected_version: int, by: User, at: datetime
) -> Objection:
    """Put down what the check found and what is to be answered (经办). Raises Invalid, Conflict, NotAllowed."""
    errors: dict[str, list[str]] = {}
    plain = ""
    if upheld is None:
        errors["upheld"] = ["请选择异议是否成立。"]
    try:
        plain = read_prose(answer, field="answer", name="答复内容", limit=MAX_ANSWER)
    except Invalid as refused:
        errors |= refused.errors
    if errors:
        raise Invalid("答复没有提交，请按提示更正。", errors=errors)
    with transaction.atomic():
        current, _, award = _locked(objection)
        require_lead([award], by, DRAFTERS)
        _require_version(current, expected_version)
        OBJECTIONS.apply(
            current,
            "draft",
            changes={"upheld": upheld, "answer": plain, "drafted_by": by, "drafted_at": at, "return_note": ""},
        )
        record("objection.drafted", subject=current, by=by, at=at, data={"number": current.number, "upheld": upheld})
        notify(
            [user for user in people_of(award.unit, CONFIRMERS) if user != by],
            title=f"待审核：{current.number}的答复",
            body=f"经办人 {by} 拟认定异议{'成立' if upheld else '不成立'}，请于{zhdate(current.due_on)}前审核。",
            url=f"/awards/publicity/objections/{current.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return current


def return_answer(*, objection: Objection, expected_version: int, note: str, by: User, at: datetime) -> Objection:
    """Send a drafted answer back with a note (审核); what was drafted stays to be reworked. Raises Invalid, Conflict,
    NotAllowed."""
    plain = read_prose(note, field="note", name="退回说明", limit=MAX_NOTE)
    with transaction.atomic():
        current, _, award = _locked(objection)
        require_lead([award], by, CONFIRMERS)
        _require_version(current, expected_version)
        drafted_by = current.drafted_by
        OBJECTIONS.apply(current, "return", changes={"return_note": plain})
        record("objection.returned", subject=current, by=by, at=at, data={"number": current.number, "note": plain})
        notify(
            [drafted_by] if drafted_by else [],
            title=f"答复退回：{current.number}",
            body=plain,
            url=f"/awards/publicity/objections/{current.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
        return current


def decide_objection(*, objection: Objection, expected_version: int, by: User, at: datetime) -> Objection:
    """Confirm a drafted answer (审核, another person than drafted it): it goes to the objector, and the item moves.

    Raises Conflict, NotAllowed; the errors of `return_award` where an upheld objection cannot send the file back.
    """
    with transaction.atomic():
        current, item, award = _locked(objection, deciding=True)
        require_lead([award], by, CONFIRMERS)
        _require_version(current, expected_version)
        if current.drafted_by_id == by.pk:
            raise NotAllowed("经办和审核须为不同的人，请由本单位另一名审核人员答复。")
        upheld = bool(current.upheld)
        OBJECTIONS.apply(current, "uphold" if upheld else "refute", changes={"decided_by": by, "decided_at": at})
        record("objection.decided", subject=current, by=by, at=at, data={"number": current.number, "upheld": upheld})
        if item.state == ItemState.HELD:
            if upheld:
                _send_back(current, item, award, by=by, at=at)
            elif not item.objections.filter(state__in=OPEN_OBJECTIONS).exists():
                _go_on(item, award, at=at)
        request_reply_letter(objection=current, by=by, at=at)
        return current


def _send_back(objection: Objection, item: PublicityItem, award: Award, *, by: User, at: datetime) -> None:
    """Take the item out of the round and return its award; the reason names no objector and none of their words."""
    ITEMS.apply(item, "uphold", changes={"ended_at": at})
    return_award(
        award=award,
        reason=f"公示期间的异议（{objection.number}）经核查成立，退回重新审核。",
        expected_version=award.version,
        by=by,
        at=at,
        upheld=True,
    )
    tell_enterprise(
        award,
        title=f"异议成立：{award.application.number}",
        body="经核查，对该事项的异议成立，该事项退出本次公示，退回主办单位重新审核；结果另行告知。",
        at=at,
    )


def _go_on(item: PublicityItem, award: Award, *, at: datetime) -> None:
    """List an item again whose objections were all refuted; where its round has closed it goes straight on.

    A round whose last day is over but which is not closed yet takes the item along when it closes.
    """
    ITEMS.apply(item, "go_on")
    AWARDS.apply(award, "answer")
    if item.round.state == RoundState.CLOSED:
        release_items(item.round, [(item, award)], at=at)
        return
    tell_enterprise(
        award,
        title=f"异议不成立：{award.application.number}",
        body="经核查，对该事项的异议不成立，公示继续；期满无其他异议即批复。",
        at=at,
    )


def look_at_identity(*, objection: Objection, by: User, at: datetime, what: str = "identity") -> Any:
    """Record that somebody looks at who objected, before it is shown (经办 or 审核 of the lead, nothing against them).

    what: "identity", "file:<pk>" or "letter:<pk>". Raises NotAllowed.
    """
    award = Award.objects.select_related("unit", "application").get(pk=objection.item.award_id)
    require_lead([award], by, (*DRAFTERS, *CONFIRMERS))
    with transaction.atomic():
        return record(
            "objection.identity_seen", subject=objection, by=by, at=at, data={"number": objection.number, "what": what}
        )
