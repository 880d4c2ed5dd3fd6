"""A file that came in after its window, by leave: who reviews it sees that it is late and why."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from applications.queries.late import late_leave, late_note
from common.errors import LateError
from common.outbox.actions import run_owed
from policies.actions.calls import Days, change_call_window
from policies.actions.late_filing import grant_late_filing, revoke_late_filing
from reviews.models import Case
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import (
    CLOSES_ON,
    OPENS_ON,
    SHANGHAI,
    _policies_of_package,
    clause,
    file,
    make_call,
    make_company,
    make_filled,
    policies_loaded,
)
from tests.factories.reviews import make_case, officer

__all__ = ["_policies_of_package", "policies_loaded"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policies_loaded")]

AFTER = datetime(2026, 5, 6, 9, 0, tzinfo=SHANGHAI)
UNTIL = date(2026, 5, 20)


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def filled(company):
    make_call()
    return make_filled(company)


def grant(company, *, at=AFTER, until=UNTIL):
    return grant_late_filing(
        make_call(), enterprise=company.enterprise, clause=clause("3.4.5"), closes_on=until,
        reason="受理期间系统故障。", by=AdministratorFactory(), at=at,
    )  # fmt: skip


def test_refused_without_leave_taken_with_it_and_told_to_the_officer(company, filled, client):
    with pytest.raises(LateError, match="申报已截止"):
        file(filled, company, at=AFTER)
    grant(make_company())
    with pytest.raises(LateError, match="申报已截止"):
        file(filled, company, at=AFTER)
    grant(company)
    file(filled, company, at=AFTER + timedelta(hours=1))
    filled.refresh_from_db()
    note = late_note(filled)
    assert note.text == (
        "受理时间至2026年4月30日止；本件于2026年5月6日提交，经批准可提交至2026年5月20日。理由：受理期间系统故障。"
    )
    run_owed(at=AFTER + timedelta(hours=2))
    case = Case.objects.get(application=filled)
    client.force_login(officer("高新区"))
    page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
    assert "逾期申报，经批准受理" in page
    assert "受理期间系统故障" in page
    client.force_login(company.legal)
    assert "逾期申报，经批准受理" in client.get(reverse("applications:detail", args=[filled.pk])).content.decode()


def test_a_leave_taken_back_before_the_filing_helps_nobody_and_after_it_is_told(company, filled):
    leave = grant(company)
    revoke_late_filing(leave, reason="误予", by=AdministratorFactory(), at=AFTER + timedelta(hours=1))
    with pytest.raises(LateError):
        file(filled, company, at=AFTER + timedelta(hours=2))
    again = grant(company, at=AFTER + timedelta(hours=3))
    file(filled, company, at=AFTER + timedelta(hours=4))
    revoke_late_filing(again, reason="误予", by=AdministratorFactory(), at=AFTER + timedelta(days=1))
    filled.refresh_from_db()
    assert late_leave(filled) == again
    assert "已于2026年5月7日撤销，撤销前提交的申报有效" in late_note(filled).text


def test_within_the_window_nothing_is_late(company, filled):
    make_case(make_company())
    grant(company)
    file(filled, company, at=AFTER + timedelta(hours=1))
    change_call_window(
        make_call(), opens_on=OPENS_ON, closes_on=UNTIL, seen=Days(OPENS_ON, CLOSES_ON), reason="全市延期",
        by=AdministratorFactory(), at=AFTER + timedelta(days=1),
    )  # fmt: skip
    filled.refresh_from_db()
    assert late_note(filled) is None
