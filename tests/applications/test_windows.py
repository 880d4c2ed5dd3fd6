"""Begin and file within one's own window: by clause and district, by leave, to 24:00 of the last day in Shanghai."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notification, Unit
from applications.enums import State
from applications.queries.lists import offers, open_years
from applications.queries.windows import deadline_of, filing_closed
from common.errors import LateError
from common.outbox.actions import run_owed
from policies.actions import issue_call
from policies.actions.calls import Days, change_call_window
from policies.actions.late_filing import grant_late_filing, revoke_late_filing
from policies.actions.windows import add_windows
from policies.models import Call
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import (
    AT,
    CLOSES_ON,
    OPENS_ON,
    SHANGHAI,
    YEAR,
    clause,
    file,
    fill,
    make_call,
    make_company,
    make_draft,
    make_filled,
)

pytestmark = pytest.mark.django_db
AFTER = datetime(2026, 5, 6, 9, 0, tzinfo=SHANGHAI)
LAST_MOMENT = datetime(2026, 5, 20, 23, 59, 59, 999999, tzinfo=SHANGHAI)
MIDNIGHT = datetime(2026, 5, 21, 0, 0, tzinfo=SHANGHAI)


@pytest.fixture
def call(policies_loaded) -> Call:
    return make_call(YEAR)


@pytest.fixture
def company(call):
    return make_company()


def window(call, *, clauses=(), districts=(), closes_on=date(2026, 5, 20), opens_on=OPENS_ON, at=AT):
    return add_windows(
        call,
        clauses=[clause(one) for one in clauses],
        districts=[Unit.objects.get(name=one) for one in districts],
        opens_on=opens_on,
        closes_on=closes_on,
        reason="系统升级",
        by=AdministratorFactory(),
        at=at,
    )


def leave(call, company, *, at=AFTER, closes_on=date(2026, 5, 20)):
    return grant_late_filing(
        call,
        enterprise=company.enterprise,
        clause=clause("3.4.5"),
        closes_on=closes_on,
        reason="系统故障",
        by=AdministratorFactory(),
        at=at,
    )


class TestFiling:
    def test_the_districts_window_takes_until_its_last_moment(self, call, company):
        window(call, districts=["高新区"])
        other = make_filled(make_company(district="经开区"))
        application = make_filled(company)
        assert file(application, company, at=LAST_MOMENT).filed_at == LAST_MOMENT
        assert filing_closed(other, LAST_MOMENT) == "申报已截止：受理至2026年4月30日 24:00。"

    def test_at_midnight_it_is_late_and_says_whose_window_it_was(self, call, company):
        window(call, districts=["高新区"])
        application = make_filled(company)
        with pytest.raises(LateError, match="申报已截止：本县区受理至2026年5月20日 24:00。"):
            file(application, company, at=MIDNIGHT)

    def test_a_window_that_ends_early_ends_early(self, call, company):
        window(call, clauses=["3.4.5"], closes_on=date(2026, 3, 10))
        application = make_filled(company)
        with pytest.raises(LateError, match="本条款受理至2026年3月10日"):
            file(application, company, at=datetime(2026, 3, 11, 0, 0, tzinfo=SHANGHAI))
        make_draft(company, "3.3.1", at=datetime(2026, 3, 11, 0, 0, tzinfo=SHANGHAI))

    def test_one_may_begin_and_file_by_leave(self, call, company):
        with pytest.raises(LateError):
            make_draft(company, at=AFTER)
        leave(call, company)
        application = make_filled_at(company, AFTER)
        assert file(application, company, at=LAST_MOMENT).filed_at == LAST_MOMENT

    def test_by_leave_it_is_late_at_midnight_too(self, call, company):
        application = make_filled(company)
        leave(call, company)
        with pytest.raises(LateError, match="经批准延期受理至2026年5月20日"):
            file(application, company, at=MIDNIGHT)

    def test_a_leave_is_for_one_clause_and_one_enterprise(self, call, company):
        leave(call, company)
        with pytest.raises(LateError):
            make_draft(company, "3.3.1", at=AFTER)
        with pytest.raises(LateError):
            make_draft(make_company(), at=AFTER)

    def test_taken_back_nothing_more_is_filed_and_what_was_filed_stays(self, call, company):
        given = leave(call, company)
        application = make_filled_at(company, AFTER)
        revision = file(application, company, at=AFTER)
        revoke_late_filing(given, reason="理由不成立", by=AdministratorFactory(), at=AFTER)
        revision.application.refresh_from_db()
        assert revision.application.state == State.UNDER_REVIEW
        second = make_company()
        waiting = make_filled(second)
        taken = leave(call, second)
        revoke_late_filing(taken, reason="理由不成立", by=AdministratorFactory(), at=AFTER)
        with pytest.raises(LateError, match="2026年4月30日"):
            file(waiting, second, at=AFTER)

    def test_a_draft_is_filed_under_the_call_that_is_open(self, call, company):
        application = make_filled(company)
        second = issue_call(
            call.document,
            policy_year=YEAR,
            title="第二批",
            text="",
            opens_on=date(2026, 6, 1),
            closes_on=date(2026, 7, 31),
            by=AdministratorFactory(),
            at=AT,
        )
        with pytest.raises(LateError, match="自2026年6月1日起受理"):
            file(application, company, at=AFTER)
        revision = file(application, company, at=datetime(2026, 6, 1, 0, 0, tzinfo=SHANGHAI))
        revision.application.refresh_from_db()
        assert revision.application.call == second


def make_filled_at(company, at):
    return fill(make_draft(company, at=at), company)


class TestWhatTheEnterpriseSees:
    def test_the_deadline_says_why_it_differs(self, call, company):
        draft = make_draft(company)
        assert (deadline_of(draft, AT).due, deadline_of(draft, AT).note) == (CLOSES_ON, "")
        window(call, districts=["高新区"])
        assert deadline_of(draft, AT).note == "本县区受理至2026年5月20日 24:00（申报通知：至2026年4月30日）。"
        window(call, clauses=["3.4.5"], districts=["高新区"], opens_on=date(2026, 1, 15), closes_on=date(2026, 4, 1))
        assert deadline_of(draft, AT).note == (
            "本县区对本条款自2026年1月15日起受理至2026年4月1日 24:00（申报通知：2026年2月1日至2026年4月30日）。"
        )
        leave(call, company)
        assert deadline_of(draft, AFTER).note == "经批准延期至2026年5月20日 24:00，理由：系统故障。"

    def test_the_years_and_clauses_on_offer_are_ones_own(self, call, company):
        day = AFTER.date()
        other = make_company(district="经开区")
        assert open_years(day, company.enterprise) == []
        leave(call, company)
        assert open_years(day, company.enterprise) == [YEAR]
        assert open_years(day, other.enterprise) == []
        on_offer = [offer for article in offers(company.enterprise, YEAR, day) for offer in article.offers]
        assert [(offer.clause.clause_id, offer.closed) for offer in on_offer] == [("3.4.5", "")]

    def test_a_clause_that_closed_early_says_so_and_offers_no_button(self, call, company):
        window(call, clauses=["3.4.5"], closes_on=date(2026, 3, 10))
        on_offer = {
            offer.clause.clause_id: offer
            for article in offers(company.enterprise, YEAR, date(2026, 3, 11))
            for offer in article.offers
        }
        assert on_offer["3.4.5"].closed == "申报已截止：本条款受理至2026年3月10日 24:00。"
        assert on_offer["3.3.1"].closed == ""

    def test_pages_print_the_own_deadline(self, call, company, client, time_machine):
        draft = make_draft(company)
        window(call, districts=["高新区"])
        time_machine.move_to(AFTER)
        client.force_login(company.agent)
        for address in (
            reverse("applications:list"),
            reverse("applications:detail", args=[draft.pk]),
            reverse("applications:start"),
        ):
            html = client.get(address).content.decode()
            assert "2026年5月20日" in html, address
            assert "本县区受理至2026年5月20日 24:00（申报通知：至2026年4月30日）" in html, address

    def test_the_list_asks_once_for_all_windows(self, call, company, client, time_machine):
        time_machine.move_to(AT)
        client.force_login(company.agent)
        make_draft(company)
        address = reverse("applications:list")
        client.get(address)
        with CaptureQueriesContext(connection) as one:
            client.get(address)
        for clause_id in ("3.3.1", "3.1.1", "3.2.3", "3.7.2"):
            make_draft(company, clause_id)
        with CaptureQueriesContext(connection) as five:
            client.get(address)
        assert len(five) == len(one)

    def test_who_is_at_work_hears_of_moved_days(self, call, company, django_capture_on_commit_callbacks):
        make_draft(company)
        filed = make_company()
        file(make_filled(filed), filed)
        Notification.objects.all().delete()
        change_call_window(
            call,
            opens_on=OPENS_ON,
            closes_on=date(2026, 3, 20),
            seen=Days(OPENS_ON, CLOSES_ON),
            reason="预算调整",
            by=AdministratorFactory(),
            at=AT,
        )
        run_owed(at=AT)
        run_owed(at=AT)
        told = Notification.objects.filter(title__startswith="受理时间有变化")
        assert {note.user for note in told} == {company.agent, company.legal}
        assert "2026年3月20日 24:00" in told.first().body
        assert "预算调整" in told.first().body
