"""A correction that nobody answers: reminded once, then the file lapses; jobs that come twice do it once."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Notification
from applications.actions import PointInput
from applications.enums import CorrectionState, State
from common.audit.queries import history
from common.errors import Conflict
from common.outbox.actions import run_owed
from common.outbox.models import OutboxMessage
from policies.models import PolicySetting
from reviews import handlers
from reviews.actions import return_for_correction
from reviews.actions.corrections import lapse_unanswered
from reviews.enums import CaseState, StageState
from tests.factories.applications import AT, SHANGHAI, file
from tests.factories.reviews import LATER, case_of, make_case, officer, running, task_of

# Sent back on 3 March 2026, five working days: 10 March.
LAST_MOMENT = datetime(2026, 3, 10, 23, 59, 59, tzinfo=SHANGHAI)
TOO_LATE = datetime(2026, 3, 11, 0, 0, tzinfo=SHANGHAI)


@pytest.fixture
def case(company):
    case = make_case(company)
    send_back(case)
    return case


def send_back(case, at=LATER):
    task = task_of(case)
    points = [PointInput("general", "", "请补充。")]
    return return_for_correction(task=task, expected_version=task.version, points=points, by=officer(task.unit), at=at)


def message(kind: str) -> OutboxMessage:
    return OutboxMessage.objects.get(kind=kind)


def test_the_lapse_is_owed_from_the_end_of_the_due_day(case):
    assert message("reviews.correction_lapse").due_at == TOO_LATE
    assert message("reviews.correction_reminder").due_at == TOO_LATE - timedelta(days=2)


def test_unanswered_the_file_lapses_after_the_due_day_and_not_before(case):
    correction = case.application.corrections.get()
    with pytest.raises(Conflict, match="尚未届满"):
        lapse_unanswered(correction=correction, at=LAST_MOMENT)
    payload = message("reviews.correction_lapse").payload
    handlers.correction_lapse(payload, at=TOO_LATE, message_id=1)
    handlers.correction_lapse(payload, at=TOO_LATE, message_id=1)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == (CaseState.LAPSED, TOO_LATE)
    assert case.application.state == State.LAPSED
    assert case.application.corrections.get().state == CorrectionState.LAPSED
    assert set(case.stages.values_list("state", flat=True)) == {StageState.CANCELLED}
    assert [event.event for event in history(case)].count("case.lapsed") == 1


def test_through_the_outbox_the_reminder_comes_first(case, company):
    run_owed(at=TOO_LATE - timedelta(days=1))
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    assert Notification.objects.filter(user=company.legal, title__startswith="补正即将到期").count() == 1
    run_owed(at=TOO_LATE)
    case.refresh_from_db()
    assert case.state == CaseState.LAPSED


def test_an_answer_in_time_is_neither_reminded_nor_lapsed(case, company):
    file(case.application, company, at=LATER)
    for kind in ("reviews.correction_reminder", "reviews.correction_lapse"):
        OutboxMessage.objects.filter(kind=kind).update(due_at=LATER)
    reminder = message("reviews.correction_reminder").payload
    assert handlers.correction_reminder(reminder, at=TOO_LATE, message_id=1) is None
    handlers.correction_lapse(message("reviews.correction_lapse").payload, at=TOO_LATE, message_id=1)
    case.refresh_from_db()
    assert case.application.state == State.UNDER_REVIEW
    assert not Notification.objects.filter(title__startswith="补正即将到期").exists()


def test_where_the_settings_say_no_the_unit_decides(case, policies_loaded):
    PolicySetting.objects.filter(document=policies_loaded, key="correction_lapse").update(value=False)
    assert lapse_unanswered(correction=case.application.corrections.get(), at=TOO_LATE) is False
    case.refresh_from_db()
    assert case.state == CaseState.OPEN


class TestHandlersComeTwice:
    def test_a_filing_opens_one_case(self, company):
        case = make_case(company)
        payload = {"application": case.application_id, "revision": case.application.revisions.get().pk}
        handlers.application_filed(payload, at=AT, message_id=1)
        assert [event.event for event in history(case)] == ["case.opened"]

    def test_an_answer_resumes_once_and_never_a_later_request(self, case, company):
        revision = file(case.application, company, at=LATER)
        payload = {"application": case.application_id, "revision": revision.pk}
        handlers.application_filed(payload, at=LATER, message_id=1)
        handlers.application_filed(payload, at=LATER, message_id=1)
        assert [event.event for event in history(case)].count("case.resumed") == 1
        send_back(case)
        handlers.application_filed(payload, at=LATER, message_id=1)
        assert running(case).state == StageState.PAUSED
        assert case_of(revision) == case

    def test_a_withdrawal_closes_once(self, company):
        case = make_case(company)
        for _ in range(2):
            handlers.application_withdrawn({"application": case.application_id}, at=LATER, message_id=1)
        assert [event.event for event in history(case)] == ["case.opened", "case.withdrawn"]
