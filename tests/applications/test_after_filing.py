"""After filing: immutable revisions, corrections, withdrawal, outcomes; and the estimate."""

import copy
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import Notification
from applications.actions import (
    PointInput,
    cancel_correction,
    decide_application,
    lapse_correction,
    mark_awarded,
    request_correction,
    save_draft,
    withdraw_application,
)
from applications.enums import CorrectionState, State
from applications.models import Revision
from applications.queries import diff, estimate
from common.errors import Conflict, Invalid, LateError, NotAllowed
from common.outbox.models import OutboxMessage
from letters.models import Letter
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    FACTS,
    SHANGHAI,
    file,
    make_call,
    make_correction,
    make_draft,
    make_filed,
    make_filled,
    put_file,
)


class TestImmutable:
    def test_the_database_refuses_to_change_or_delete_a_revision(self, company):
        revision = make_filed(company)
        for act in (
            lambda: Revision.objects.filter(pk=revision.pk).update(facts={}),
            lambda: Revision.objects.filter(pk=revision.pk).delete(),
        ):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                act()

    def test_later_edits_do_not_reach_it(self, company):
        revision = make_filed(company)
        company.enterprise.yearly_figures.update(values={})
        revision.refresh_from_db()
        assert revision.figures["rd_staff"] == 180

    @pytest.mark.parametrize("state", ["under_review", "approved", "correction"])
    def test_the_database_refuses_review_without_filing(self, company, state):
        application = make_draft(company)
        with pytest.raises(IntegrityError, match="application_filed_before_review"), transaction.atomic():
            type(application).objects.filter(pk=application.pk).update(state=state)


class TestCorrection:
    DUE = date(2026, 3, 20)

    def ask(self, revision, *points, due_on=DUE):
        return make_correction(revision.application, UserFactory(), *points, due_on=due_on)

    def test_points_fields_rows_figures_and_documents(self, company):
        revision = make_filed(company)
        correction = self.ask(
            revision,
            PointInput("field", "projects-1-investment", "与合同不一致"),
            PointInput("field", "Y.revenue", "与审计报告不一致"),
            PointInput("evidence", "acceptance", "缺验收意见"),
            PointInput("general", "ignored", "请说明"),
        )
        assert [point.key for point in correction.points.all()] == [
            "projects-1-investment",
            "Y.revenue",
            "acceptance",
            "",
        ]
        revision.application.refresh_from_db()
        assert revision.application.state == State.CORRECTION
        assert "3 月" not in company.legal.notifications.last().body
        assert "2026年3月20日 24:00" in company.legal.notifications.first().body

    def test_every_faulty_point_is_told(self, company):
        revision = make_filed(company)
        with pytest.raises(Invalid) as refused:
            self.ask(
                revision,
                PointInput("field", "projects-2-investment", "第三行不存在"),
                PointInput("evidence", "nothing", "x"),
                PointInput("other", "", "x"),
                PointInput("general", "", "  "),
            )
        assert set(refused.value.errors) == {"points-0-key", "points-1-key", "points-2-target", "points-3-text"}

    def test_no_points_a_past_due_day_one_open_and_the_own_people(self, company):
        revision = make_filed(company)
        values = {
            "application": revision.application,
            "unit": company.enterprise.district,
            "stage_label": "初审",
            "at": AT,
        }
        with pytest.raises(Invalid, match="至少"):
            request_correction(**values, points=[], due_on=self.DUE, by=UserFactory())
        with pytest.raises(Invalid, match="晚于今天"):
            self.ask(revision, due_on=AT.date())
        with pytest.raises(NotAllowed, match="申报企业"):
            request_correction(**values, points=[PointInput("general", "", "x")], due_on=self.DUE, by=company.legal)
        self.ask(revision)
        with pytest.raises(Conflict):
            self.ask(revision)

    def test_refiling_answers_it_and_shows_what_changed(self, company):
        revision = make_filed(company)
        application = revision.application
        correction = self.ask(revision, PointInput("field", "projects-1-investment", "与合同不一致"))
        application.refresh_from_db()
        facts = copy.deepcopy(FACTS["3.4.5"])
        facts["projects"][1]["investment"] = "11000000.00"
        facts["projects"].append({"name": "三期", "investment": "1.00", "accepted_on": "2024-12-01"})
        save_draft(
            application=application,
            facts=facts,
            expected_version=application.draft_version,
            by=company.agent,
            at=AT,
        )
        put_file(application, "invoice", shared=False, by=company.agent, content=b"%PDF-more")
        second = file(application, company, at=AT + timedelta(days=3))
        assert (second.number, second.correction) == (2, correction)
        assert second.application.number == revision.application.number
        correction.refresh_from_db()
        assert correction.state == CorrectionState.ANSWERED
        changes = {change.field: (change.old, change.new) for change in diff(revision, second)}
        assert changes["projects-1-investment"] == ("12,000,000.00 元", "11,000,000.00 元")
        assert changes["projects-2"] == (
            None,
            "项目名称：三期；软硬件、设备投入：1.00 元；验收日期：2024年12月1日",
        )
        assert [value for field, value in changes.items() if field.startswith("evidence:")] == [(None, "invoice.pdf")]
        assert len(changes) == 3
        assert diff(second, second) == []
        assert "补正" in Letter.objects.get(request_key=f"receipt:{second.pk}").title
        first = Revision.objects.get(pk=revision.pk)
        assert first.facts == FACTS["3.4.5"]

    @pytest.mark.parametrize(
        ("moment", "late"),
        [
            (datetime(2026, 3, 20, 23, 59, 59, tzinfo=SHANGHAI), False),
            (datetime(2026, 3, 21, 0, 0, tzinfo=SHANGHAI), True),
        ],
    )
    def test_its_due_day_counts_not_the_window_of_the_call(self, company, moment, late):
        revision = make_filed(company)
        self.ask(revision)
        type(revision.application.call).objects.update(opens_on=date(2026, 2, 1), closes_on=date(2026, 3, 3))
        revision.application.refresh_from_db()
        if late:
            with pytest.raises(LateError, match="2026年3月20日 24:00"):
                file(revision.application, company, at=moment)
        else:
            assert file(revision.application, company, at=moment).number == 2

    def test_cancelled_keeps_its_record(self, company):
        revision = make_filed(company)
        correction = self.ask(revision)
        closed = cancel_correction(correction=correction, reason="材料已收到", by=UserFactory(), at=AT)
        assert (closed.state, closed.cancel_reason) == (CorrectionState.CANCELLED, "材料已收到")
        assert Notification.objects.filter(user=company.legal, body__contains="材料已收到").exists()
        revision.application.refresh_from_db()
        assert revision.application.state == State.UNDER_REVIEW
        with pytest.raises(Conflict, match="已取消"):
            cancel_correction(correction=correction, reason="材料已收到", by=UserFactory(), at=AT)
        assert self.ask(revision).pk != correction.pk

    def test_it_lapses_after_its_due_day_only(self, company):
        revision = make_filed(company)
        correction = self.ask(revision)
        with pytest.raises(Conflict, match="尚未届满"):
            lapse_correction(correction=correction, at=datetime(2026, 3, 20, 23, 59, tzinfo=SHANGHAI))
        lapse_correction(correction=correction, at=datetime(2026, 3, 21, 0, 0, tzinfo=SHANGHAI))
        revision.application.refresh_from_db()
        assert revision.application.state == State.LAPSED
        with pytest.raises(Conflict):
            file(revision.application, company)
        assert make_draft(company).state == State.DRAFT


class TestEnds:
    def test_withdrawing_after_filing(self, company):
        revision = make_filed(company)
        values = {"application": revision.application, "at": AT}
        with pytest.raises(NotAllowed):
            withdraw_application(**values, reason="改报其他条款", by=company.agent)
        with pytest.raises(Invalid, match="原因"):
            withdraw_application(**values, reason="", by=company.legal)
        correction = make_correction(revision.application, UserFactory(), due_on=date(2026, 3, 20))
        done = withdraw_application(**values, reason="改报其他条款", by=company.legal)
        assert (done.state, done.ended_at) == (State.WITHDRAWN, AT)
        correction.refresh_from_db()
        assert correction.state == CorrectionState.CANCELLED
        assert OutboxMessage.objects.filter(kind="applications.withdrawn").count() == 1
        with pytest.raises(Conflict):
            withdraw_application(**values, reason="再次", by=company.legal)

    def test_a_draft_given_up_owes_nothing(self, company):
        withdraw_application(application=make_draft(company), reason="", by=company.agent, at=AT)
        assert not OutboxMessage.objects.filter(kind="applications.withdrawn").exists()

    @pytest.mark.parametrize(
        ("outcome", "state", "ended"), [("approve", State.APPROVED, None), ("refuse", State.REFUSED, AT)]
    )
    def test_deciding(self, company, outcome, state, ended):
        application = make_filed(company).application
        officer = UserFactory()
        values = {"application": application, "outcome": outcome, "at": AT}
        with pytest.raises(Conflict):
            decide_application(**values, expected_version=application.version - 1, by=officer)
        with pytest.raises(NotAllowed):
            decide_application(**values, expected_version=application.version, by=company.legal)
        decided = decide_application(**values, expected_version=application.version, by=officer)
        assert (decided.state, decided.ended_at) == (state, ended)
        with pytest.raises(Conflict):
            decide_application(**values, expected_version=decided.version, by=officer)

    def test_no_decision_while_a_correction_is_open(self, company):
        application = make_filed(company).application
        make_correction(application, UserFactory(), due_on=date(2026, 3, 20))
        application.refresh_from_db()
        with pytest.raises(Conflict, match="待补正"):
            decide_application(
                application=application,
                outcome="approve",
                expected_version=application.version,
                by=UserFactory(),
                at=AT,
            )

    def test_awarded_after_approval_only(self, company):
        application = make_filed(company).application
        with pytest.raises(Conflict):
            mark_awarded(application=application, by=None, at=AT)
        decide_application(
            application=application, outcome="approve", expected_version=application.version, by=UserFactory(), at=AT
        )
        assert mark_awarded(application=application, by=None, at=AT).state == State.AWARDED


class TestEstimate:
    def test_of_a_complete_draft(self, company):
        answer = estimate(make_filled(company))
        assert (answer["status"], answer["amount"], answer["missing"]) == ("eligible", "9000000.00", [])
        assert answer["trace"]

    def test_an_empty_draft_says_what_is_missing(self, company):
        answer = estimate(make_draft(company))
        assert (answer["status"], answer["amount"]) == ("incomplete", None)
        assert any(fault.section == "facts" for fault in answer["missing"])

    def test_unfinished_rows_are_left_out_and_named(self, company):
        application = make_filled(company)
        application.draft["projects"].append({"name": "三期"})
        answer = estimate(application)
        assert answer["amount"] == "9000000.00"
        assert answer["left_out"] == ["“5G+智慧工厂”项目第 3 条"]

    def test_unmet_conditions_and_pending_amounts(self, company):
        make_call()
        application = make_filled(company, "3.4.2")
        company.enterprise.yearly_figures.update(
            values={**company.enterprise.yearly_figures.get().values, "rd_staff": 99}
        )
        answer = estimate(application)
        assert answer["status"] == "not_eligible"
        assert "100" in answer["unmet"][0]["required"]
        assert estimate(make_filled(company, "3.4.4"))["status"] == "pending"
