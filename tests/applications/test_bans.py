"""限制申报: while a ban holds nothing is started or filed; drafts stay, and what was filed goes on."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Ban, Unit
from applications.actions import start_application, submit_application
from applications.enums import State
from applications.models import Application, Revision
from applications.queries.windows import filing_closed
from common.errors import NotAllowed
from common.workdays import end_of_day, local_day
from policies.models import Clause
from reviews.actions import return_for_correction
from tests.factories.accounts import UserFactory
from tests.factories.applications import AT, YEAR, PointInput, file, fill, make_call, make_draft, make_filled
from tests.factories.reviews import case_of, officer, task_of

TODAY = local_day(AT)


def ban(company, *, first=TODAY, last=TODAY, **values) -> Ban:
    return Ban.objects.create(
        enterprise=company.enterprise,
        first_day=first,
        last_day=last,
        reason="市工信局决定追回DZ2023-0001的奖补资金 1,000.00 元",
        source_key=f"test:{Ban.objects.count()}",
        decided_by=UserFactory(),
        decided_at=AT,
        **values,
    )


def start(company, clause="3.2.3", at=AT) -> Application:
    return start_application(
        enterprise=company.enterprise,
        clause=Clause.objects.get(clause_id=clause),
        policy_year=YEAR,
        by=company.agent,
        at=at,
    )


def submit(application, company, at=AT) -> Revision:
    return submit_application(
        application=application,
        idempotency_key="a-key-of-its-own",
        promise=True,
        by=company.legal,
        at=at,
        clock=lambda: at,
    )


def test_nothing_is_started_and_the_sentence_says_why_and_until_when(company):
    ban(company, last=TODAY + timedelta(days=30))
    with pytest.raises(NotAllowed) as refused:
        start(company)
    assert "决定追回DZ2023-0001的奖补资金" in refused.value.message
    assert f"{TODAY + timedelta(days=30):%Y年%-m月%-d日}" in refused.value.message
    assert not Application.objects.exists()


def test_nothing_is_filed_and_the_draft_stays(company):
    application = make_filled(company)
    draft = application.draft
    ban(company)
    with pytest.raises(NotAllowed, match="限制申报至"):
        submit(application, company)
    application.refresh_from_db()
    assert (application.state, application.draft, application.number) == (State.DRAFT, draft, None)
    assert not Revision.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "lifted"),
    [(1, 30, False), (-30, -1, False), (-30, 30, True)],
    ids=["begins tomorrow", "ended yesterday", "lifted"],
)
def test_a_ban_that_does_not_hold_today(company, first, last, lifted):
    application = make_filled(company)
    more = {"lifted_by": UserFactory(), "lifted_at": AT, "lifted_reason": "已整改"} if lifted else {}
    ban(company, first=TODAY + timedelta(days=first), last=TODAY + timedelta(days=last), **more)
    assert submit(application, company).number == 1


def test_both_days_count_to_the_second(company):
    application = make_filled(company)
    ban(company)
    with pytest.raises(NotAllowed):
        submit(application, company, at=end_of_day(TODAY) - timedelta(seconds=1))
    assert submit(application, company, at=end_of_day(TODAY)).number == 1


def test_of_several_the_longest_is_told(company):
    ban(company, last=TODAY + timedelta(days=5))
    ban(company, last=TODAY + timedelta(days=50))
    with pytest.raises(NotAllowed, match=f"{TODAY + timedelta(days=50):%Y年%-m月%-d日}"):
        start(company)


def test_another_enterprise_is_not_concerned(company, stranger):
    make_call()
    ban(company)
    assert start(stranger).state == State.DRAFT


def test_a_correction_of_what_was_filed_before_is_answered(company):
    case = case_of(file(make_filled(company), company))
    task = task_of(case)
    return_for_correction(
        task=task,
        expected_version=task.version,
        points=[PointInput("general", "", "请补充。")],
        by=officer(Unit.objects.get(pk=task.unit_id)),
        at=AT,
    )
    ban(company)
    application = Application.objects.get(pk=case.application_id)
    assert file(fill(application, company), company).number == 2


class TestPages:
    def test_start_and_check_say_it_and_offer_nothing(self, company, client):
        today = timezone.localdate()
        make_call(closes_on=today + timedelta(days=1))
        application = make_draft(company)
        ban(company, first=today, last=today + timedelta(days=30))
        client.force_login(company.legal)
        text = client.get(reverse("applications:start")).content.decode()
        assert "现在不能申报" in text
        assert "决定追回DZ2023-0001" in text
        assert 'name="clause"' not in text
        Ban.objects.update(lifted_by=UserFactory(), lifted_at=AT, lifted_reason="已整改")
        assert 'name="clause"' in client.get(reverse("applications:start")).content.decode()
        Ban.objects.update(lifted_by=None, lifted_at=None, lifted_reason="")
        assert "限制申报至" in client.get(reverse("applications:check", args=[application.pk])).content.decode()

    def test_the_officers_see_it_on_the_case(self, company, client):
        case = case_of(file(make_filled(company), company))
        today = timezone.localdate()
        ban(company, first=today, last=today)
        client.force_login(officer("高新区"))
        text = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "该企业限制申报至" in text
        assert "已提交的申报继续办理" in text

    def test_it_does_not_hide_that_the_window_closed(self, company):
        application = make_draft(company)
        ban(company)
        assert filing_closed(application, AT).startswith("本企业限制申报至")
        late = end_of_day(application.call.closes_on)
        assert filing_closed(application, late).startswith("申报已截止")
