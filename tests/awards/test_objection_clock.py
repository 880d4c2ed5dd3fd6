"""The clock of an 异议: whoever has to act is reminded once, the head hears of what is late, an answer ends both."""

from datetime import datetime, timedelta

import pytest

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Notification
from awards.actions.objections import draft_answer
from common.audit.models import AuditEvent
from common.outbox.actions import deliver
from common.outbox.models import OutboxMessage
from tests.factories.applications import SHANGHAI
from tests.factories.awards import make_award
from tests.factories.publicity import answer, make_round, object_to
from tests.factories.reviews import LATER, approver, officer

pytestmark = pytest.mark.django_db

# Filed on Tuesday 3 March 2026, ten working days: Tuesday 17 March. On Friday the 13th two are left.
AMBER = datetime(2026, 3, 13, 9, 0, tzinfo=SHANGHAI)
RED = datetime(2026, 3, 18, 0, 0, tzinfo=SHANGHAI)


@pytest.fixture
def objection(company):
    """An objection to an award of 市工信局, whose 经办, 审核 and 负责人 are there."""
    objection = object_to(make_round(make_award(company)).items.get())
    unit = objection.item.round.unit
    for role in (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER):
        officer(unit, role)
    return objection


def message(kind: str) -> OutboxMessage:
    return OutboxMessage.objects.get(kind=f"awards.objection_{kind}")


def told(title: str) -> list[str]:
    """Who was told, by name."""
    found = Notification.objects.filter(title__startswith=title, topic=NoticeTopic.CLOCK)
    return sorted(found.values_list("user__name", flat=True))


def drafted(objection):
    unit = objection.item.round.unit
    values = {"upheld": False, "answer": "经核对原件，情况如下。", "expected_version": objection.version}
    return draft_answer(objection=objection, **values, by=officer(unit), at=LATER)


def test_both_are_owed_when_the_objection_is_filed(objection):
    assert f"{objection.due_on}" == "2026-03-17"
    assert (message("reminder").due_at, message("escalation").due_at) == (AMBER, RED)


def test_an_objection_that_is_due_at_once_is_reminded_of_at_once(objection):
    from awards.actions.objection_clock import watch_objection

    OutboxMessage.objects.filter(kind__startswith="awards.objection").delete()
    watch_objection(objection, at=AMBER + timedelta(days=1))
    assert message("reminder").due_at == AMBER + timedelta(days=1, seconds=1)


def test_the_handlers_of_the_lead_are_reminded_of_an_open_one(objection):
    deliver(message("reminder").pk, at=AMBER)
    assert told("即将到期：异议2026-0001") == [officer(objection.item.round.unit).name]
    notice = Notification.objects.get(title="即将到期：异议2026-0001")
    assert "请核查并拟定答复，2026年3月17日 24:00 前须书面答复异议人，剩 2 个工作日。" in notice.body
    assert notice.url == f"/awards/publicity/objections/{objection.pk}/"
    deliver(message("reminder").pk, at=AMBER)
    assert len(told("即将到期")) == 1


def test_of_a_drafted_one_whoever_may_confirm_is_reminded(objection):
    drafted(objection)
    deliver(message("reminder").pk, at=AMBER)
    assert told("即将到期") == [approver(objection.item.round.unit).name]
    assert "请审核答复" in Notification.objects.get(title="即将到期：异议2026-0001").body


def test_the_head_hears_of_what_is_late_and_the_trail_keeps_it(objection):
    deliver(message("escalation").pk, at=RED)
    assert told("已逾期：异议2026-0001") == [officer(objection.item.round.unit, UnitRole.LEADER).name]
    event = AuditEvent.objects.get(event="objection.overdue")
    assert (event.data["due_on"], event.data["told"]) == ("2026-03-17", 1)


def test_nobody_is_told_of_an_answered_one(objection):
    answer(objection, upheld=False)
    for kind in ("reminder", "escalation"):
        deliver(message(kind).pk, at=RED)
    assert told("即将到期") + told("已逾期") == []
    assert not AuditEvent.objects.filter(event="objection.overdue").exists()


def test_a_reminder_that_comes_after_the_day_tells_nobody(objection):
    deliver(message("reminder").pk, at=RED)
    assert told("即将到期") == []
