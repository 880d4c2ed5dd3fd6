"""Filing: complete, in time, once, immutable; corrections, withdrawal and outcomes."""

import copy
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from applications.actions import (
    PointInput,
    cancel_correction,
    decide_application,
    lapse_correction,
    mark_awarded,
    request_correction,
    save_draft,
    send_to_confirm,
    submit_application,
    withdraw_application,
)
from applications.enums import CorrectionState, State
from applications.errors import IncompleteError
from applications.models import Revision
from applications.queries import diff, estimate, evaluation_document, missing, revision_digest
from applications.queries.clock import database_now
from applications.queries.revisions import seen_digest
from common.audit.queries import history
from common.errors import Conflict, Invalid, LateError, NotAllowed, NotFound
from common.outbox.models import OutboxMessage
from letters.models import Letter
from policies.rules.document import evaluate_document
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    FACTS,
    POLICY,
    SHANGHAI,
    YEAR,
    file,
    fill,
    make_call,
    make_correction,
    make_draft,
    make_filed,
    make_filled,
    put_file,
)

KEY = "k" * 32


def submit(application, company, **changes):
    values = {
        "application": application,
        "idempotency_key": KEY,
        "promise": True,
        "by": company.legal,
        "at": AT,
        "clock": lambda: AT,
    }
    return submit_application(**(values | changes))


class TestSubmit:
    @pytest.mark.parametrize("clause_id", FACTS)
    def test_every_clause_can_be_filed(self, company, clause_id):
        revision = make_filed(company, clause_id)
        application = revision.application
        assert application.state == State.UNDER_REVIEW
        assert application.number == f"DZ{YEAR}-0001"
        answer = evaluate_document(published(), evaluation_document(revision))
        assert revision.estimate["status"] == answer["claims"][0]["status"]
        assert revision.estimate["amount"] == answer["claims"][0]["amount"]

    def test_the_snapshot_is_whole_and_hashes_to_its_hash(self, company):
        application = make_filled(company)
        revision = submit(application, company)
        revision.refresh_from_db()
        assert revision.facts == FACTS["3.4.5"]
        assert revision.figures["revenue"] == "3200000000.00"
        assert {item["key"] for item in revision.evidence} >= {"contract", "invoice", "business_license"}
        assert revision.estimate["amount"] == "9000000.00"
        assert revision.sha256 == revision_digest(revision)
        changed = copy.copy(revision)
        changed.facts = revision.facts | {"projects": []}
        assert revision_digest(changed) != revision.sha256
        assert (revision.prepared_by, revision.filed_by) == (company.legal, company.legal)

    def test_nullable_facts_are_null_in_the_snapshot(self, company):
        assert make_filed(company, "3.1.2").facts["loans"][0]["repaid_on"] is None

    def test_what_follows_is_owed_in_the_same_transaction(self, company):
        revision = submit(make_filled(company), company)
        message = OutboxMessage.objects.get(key=f"applications.filed:{revision.pk}")
        assert message.payload == {"application": revision.application_id, "revision": revision.pk}
        letter = Letter.objects.get(request_key=f"receipt:{revision.pk}")
        assert letter.subject_key == f"application:{revision.application_id}"
        assert letter.unit == company.enterprise.district
        assert {"label": "申报编号", "value": f"DZ{YEAR}-0001"} in letter.context["fields"]
        assert "applications.filed" in [event.event for event in history(revision.application)]
        assert company.agent.notifications.count() == 1

    def test_the_same_key_answers_with_the_same_revision(self, company):
        application = make_filled(company)
        first = submit(application, company)
        assert submit(application, company) == first
        assert submit(application, company, promise=False) == first
        assert Revision.objects.count() == 1

    def test_another_key_after_filing_is_told_the_number(self, company):
        application = make_filled(company)
        submit(application, company)
        with pytest.raises(Conflict, match=f"DZ{YEAR}-0001"):
            submit(application, company, idempotency_key="j" * 32)

    def test_a_key_of_another_application_never_answers_for_this_one(self, company):
        submit(make_filled(company), company)
        other = make_filled(company, "3.3.1")
        with pytest.raises(Conflict, match="提交凭证"):
            submit(other, company)
        other.refresh_from_db()
        assert other.state == State.DRAFT
        with pytest.raises(Invalid, match="提交凭证"):
            submit(other, company, idempotency_key="")

    def test_only_the_legal_representative_files(self, company, stranger):
        application = make_filled(company)
        with pytest.raises(NotAllowed, match="法定代表人"):
            submit(application, company, by=company.agent)
        with pytest.raises(NotFound):
            submit(application, company, by=stranger.legal)
        send_to_confirm(application=application, by=company.agent, at=AT)
        assert submit(application, company).prepared_by == company.agent

    @pytest.mark.parametrize(
        ("moment", "late"),
        [
            (datetime(2026, 4, 30, 23, 59, 59, 999999, tzinfo=SHANGHAI), False),
            (datetime(2026, 5, 1, 0, 0, tzinfo=SHANGHAI), True),
        ],
    )
    def test_late_is_late_by_the_clock_of_the_database(self, company, moment, late):
        application = make_filled(company)
        if late:
            with pytest.raises(LateError, match="2026年4月30日 24:00"):
                submit(application, company, clock=lambda: moment)
            assert not Revision.objects.exists()
        else:
            assert submit(application, company, clock=lambda: moment).filed_at == moment

    def test_the_caller_cannot_choose_the_time(self, company):
        application = make_filled(company)
        application.call.opens_on = application.call.closes_on = date(2020, 1, 1)
        application.call.save()
        with pytest.raises(LateError):
            submit_application(
                application=application,
                idempotency_key=KEY,
                promise=True,
                by=company.legal,
                at=datetime(2020, 1, 1, 12, tzinfo=SHANGHAI),
            )
        assert database_now().tzinfo is not None

    def test_everything_missing_is_told_at_once(self, company):
        application = make_draft(company)
        with pytest.raises(IncompleteError) as refused:
            submit(application, company, promise=False)
        sections = [fault.section for fault in refused.value.faults]
        assert {"figures", "facts", "evidence", "promise"} == set(sections)
        assert sections == sorted(sections, key=["figures", "facts", "evidence", "promise"].index)
        assert len(refused.value.faults) == 6 + 1 + 9 + 1
        assert all(fault.message.endswith("。") for fault in refused.value.faults)
        assert not Revision.objects.exists()

    def test_unreadable_values_and_the_engine_s_findings_keep_it_from_filing(self, company):
        application = fill(make_draft(company, "3.1.2"), company)
        loan = FACTS["3.1.2"]["loans"][0] | {"repaid_on": "2024-02-01"}
        application.draft = {"loans": [loan]}
        application.save()
        (fault,) = missing(application)
        assert fault.field_id.startswith("id_loans-0-")
        assert fault.section == "facts"
        application.draft = {"loans": [FACTS["3.1.2"]["loans"][0]], "_raw": {"loans-0-principal": "五百"}}
        del application.draft["loans"][0]["principal"]
        application.save()
        with pytest.raises(IncompleteError) as refused:
            submit(application, company)
        assert [fault.field_id for fault in refused.value.faults] == ["id_loans-0-principal"]

    def test_an_unverified_enterprise_cannot_file(self, company):
        application = make_filled(company)
        company.enterprise.status, company.enterprise.verified_at, company.enterprise.verified_by = (
            "pending",
            None,
            None,
        )
        company.enterprise.save()
        with pytest.raises(IncompleteError, match="1 处"):
            submit(application, company)

    def test_content_changed_since_it_was_checked(self, company):
        application = make_filled(company)
        seen = seen_digest(application)
        facts = {"projects": FACTS["3.4.5"]["projects"][:1]}
        save_draft(
            application=application,
            facts=facts,
            expected_version=application.draft_version,
            by=company.agent,
            at=AT,
        )
        with pytest.raises(Conflict, match="核对之后有变化"):
            submit(application, company, seen=seen)
        application.refresh_from_db()
        assert submit(application, company, seen=seen_digest(application)).facts == facts

    def test_an_association_states_only_what_the_clause_reads(self, policies_loaded):
        from tests.factories.applications import make_company

        association = make_company(kind="association", district="红谷滩区")
        application = make_draft(association, "3.8.2")
        assert "figures" not in [fault.section for fault in missing(application)]
        assert file(fill(application, association), association).figures["kind"] == "association"

    def test_numbers_run_per_policy_year(self, company, stranger):
        numbers = [
            make_filed(company, "3.4.5").application.number,
            make_filed(company, "3.3.1").application.number,
            make_filed(stranger, "3.4.5", year=2025).application.number,
            make_filed(stranger, "3.4.5").application.number,
        ]
        assert numbers == ["DZ2024-0001", "DZ2024-0002", "DZ2025-0001", "DZ2024-0003"]

    def test_a_failed_filing_takes_no_number(self, company, monkeypatch):
        application = make_filled(company)

        def broken(**values):
            raise RuntimeError("printer on fire")

        monkeypatch.setattr("applications.actions.filing.request_receipt", broken)
        with pytest.raises(RuntimeError):
            submit(application, company)
        monkeypatch.undo()
        assert submit(application, company).application.number == f"DZ{YEAR}-0001"


def published():
    from policies.queries import published_policy

    return published_policy(POLICY, YEAR)


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
        assert changes["projects-2-name"] == (None, "三期")
        assert [value for field, value in changes.items() if field.startswith("evidence:")] == [(None, "invoice.pdf")]
        assert len(changes) == 5
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
        closed = cancel_correction(correction=correction, by=UserFactory(), at=AT)
        assert closed.state == CorrectionState.CANCELLED
        revision.application.refresh_from_db()
        assert revision.application.state == State.UNDER_REVIEW
        with pytest.raises(Conflict, match="已取消"):
            cancel_correction(correction=correction, by=UserFactory(), at=AT)
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
