"""Starting, saving, attaching, asking for confirmation."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction

from accounts.actions.figures import save_figures
from applications.actions import (
    attach,
    remove_attachment,
    return_to_draft,
    save_draft,
    send_to_confirm,
    start_application,
    withdraw_application,
)
from applications.drafts import RAW_KEY
from applications.enums import State
from applications.errors import DraftConflict
from applications.models import Application, Attachment
from common.audit.queries import history
from common.errors import Conflict, Invalid, LateError, NotFound, TooLarge
from policies.errors import PolicyYearError
from tests.factories.accounts import PendingEnterpriseFactory, UserFactory
from tests.factories.applications import AT, FIGURES, SHANGHAI, YEAR, clause, make_call, make_draft

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077 53de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082".replace(" ", "")
)


def begin(company, clause_id="3.4.5", year=YEAR, at=AT, by=None):
    return start_application(
        enterprise=company.enterprise, clause=clause(clause_id), policy_year=year, by=by or company.agent, at=at
    )


class TestStart:
    def test_a_draft_with_the_version_of_the_policy_year(self, company):
        make_call()
        application = begin(company)
        assert application.state == State.DRAFT
        assert application.number is None
        assert application.clause_version.valid_from <= date(YEAR, 12, 31) <= application.clause_version.valid_to
        assert [event.event for event in history(application)] == ["applications.started"]

    @pytest.mark.parametrize(
        ("at", "opened"),
        [
            (datetime(2026, 1, 31, 23, 59, 59, tzinfo=SHANGHAI), False),
            (datetime(2026, 2, 1, 0, 0, tzinfo=SHANGHAI), True),
            (datetime(2026, 4, 30, 23, 59, 59, 999999, tzinfo=SHANGHAI), True),
            (datetime(2026, 5, 1, 0, 0, tzinfo=SHANGHAI), False),
        ],
    )
    def test_the_window_begins_at_0_and_ends_at_24(self, company, at, opened):
        make_call()
        if opened:
            assert begin(company, at=at).pk
        else:
            with pytest.raises(LateError) as late:
                begin(company, at=at)
            assert "受理" in late.value.message

    def test_without_a_call(self, company):
        with pytest.raises(LateError, match="没有申报通知"):
            begin(company)

    @pytest.mark.parametrize("year", [2022, 2026])
    def test_a_year_without_a_policy_is_a_sentence_and_never_another_version(self, company, year):
        with pytest.raises(PolicyYearError) as refused:
            begin(company, year=year)
        assert str(year) in refused.value.message

    def test_a_second_one_for_the_same_clause_and_year_is_refused(self, company):
        make_draft(company)
        with pytest.raises(Conflict, match="已有此条款的申报"):
            begin(company)
        assert begin(company, "3.3.1").pk

    def test_the_database_refuses_a_second_one_too(self, company):
        application = make_draft(company)
        with pytest.raises(IntegrityError, match="application_once"), transaction.atomic():
            Application.objects.create(
                enterprise=application.enterprise,
                clause=application.clause,
                policy_year=YEAR,
                call=application.call,
                clause_version=application.clause_version,
                created_at=AT,
                created_by=company.agent,
            )

    def test_again_after_giving_up(self, company):
        withdraw_application(application=make_draft(company), reason="", by=company.agent, at=AT)
        assert begin(company).state == State.DRAFT

    def test_strangers_unverified_and_clauses_without_money(self, company, stranger):
        make_call()
        with pytest.raises(NotFound):
            begin(company, by=stranger.legal)
        with pytest.raises(Invalid, match="不是资金条款"):
            begin(company, "3.4.3")
        company.enterprise.status, company.enterprise.verified_at, company.enterprise.verified_by = (
            "pending",
            None,
            None,
        )
        company.enterprise.save()
        with pytest.raises(Invalid, match="核实"):
            begin(company)

    def test_a_pending_enterprise_of_somebody_else_is_not_told_about(self, company):
        make_call()
        other = PendingEnterpriseFactory(district=company.enterprise.district)
        with pytest.raises(NotFound):
            start_application(enterprise=other, clause=clause("3.4.5"), policy_year=YEAR, by=company.agent, at=AT)


class TestSaveDraft:
    def save(self, application, facts, version=None, by=None):
        return save_draft(
            application=application,
            facts=facts,
            expected_version=application.draft_version if version is None else version,
            by=by or application.created_by,
            at=AT,
        )

    def test_half_filled_and_wrong_values_are_kept(self, company):
        application = make_draft(company)
        facts = {"projects": [{"name": "一期"}], RAW_KEY: {"projects-0-investment": "五百"}}
        saved = self.save(application, facts)
        assert (saved.draft, saved.draft_version) == (facts, 2)

    def test_equal_content_changes_nothing(self, company):
        application = self.save(make_draft(company), {"projects": [{"name": "一期"}]})
        again = self.save(application, {"projects": [{"name": "一期"}]}, version=1)
        assert again.draft_version == 2

    def test_two_windows(self, company):
        application = make_draft(company)
        self.save(application, {"projects": [{"name": "一期"}]}, by=company.legal)
        with pytest.raises(DraftConflict) as conflict:
            self.save(application, {"projects": [{"name": "二期"}]}, version=1)
        assert conflict.value.saved == {"projects": [{"name": "一期"}]}
        assert conflict.value.saved_version == 2
        assert "法人甲" in conflict.value.changed_by
        assert conflict.value.status == 409

    def test_unknown_keys_size_state_and_strangers(self, company, stranger):
        application = make_draft(company)
        with pytest.raises(Invalid, match="没有的项目"):
            self.save(application, {"loans": []})
        with pytest.raises(TooLarge):
            self.save(application, {"projects": [{"name": "长" * 500}] * 1100})
        with pytest.raises(Invalid, match="最多 200 行，现有 201 行"):
            self.save(application, {"projects": [{"name": "项目"}] * 201})
        with pytest.raises(NotFound):
            self.save(application, {}, by=stranger.legal)
        send_to_confirm(application=application, by=company.agent, at=AT)
        with pytest.raises(Conflict, match="待法定代表人确认"):
            self.save(application, {"projects": [{"name": "一期"}]})


class TestConfirmation:
    def test_there_and_back(self, company):
        application = send_to_confirm(application=make_draft(company), by=company.agent, at=AT)
        assert application.state == State.CONFIRMING
        assert application.prepared_by == company.agent
        (message,) = company.legal.notifications.all()
        assert message.url.endswith("/check/")
        with pytest.raises(Invalid, match="原因"):
            return_to_draft(application=application, reason=" ", by=company.legal, at=AT)
        application = return_to_draft(application=application, reason="金额不对", by=company.legal, at=AT)
        assert application.state == State.DRAFT
        assert company.agent.notifications.get().body == "金额不对"

    def test_nobody_to_confirm(self, company):
        application = make_draft(company)
        company.enterprise.members.filter(user=company.legal).update(is_active=False)
        with pytest.raises(Invalid, match="人员管理"):
            send_to_confirm(application=application, by=company.agent, at=AT)

    def test_a_member_who_was_removed_meanwhile_is_a_stranger(self, company):
        application = make_draft(company)
        company.enterprise.members.filter(user=company.agent).update(is_active=False)
        with pytest.raises(NotFound):
            send_to_confirm(application=application, by=company.agent, at=AT)


class TestAttachments:
    def put(self, application, key="contract", data=PNG, name="合同.png", by=None, **values):
        return attach(
            application=application,
            evidence_key=key,
            upload=BytesIO(data),
            name=name,
            by=by or application.created_by,
            at=AT,
            **values,
        )

    def test_own_and_shared_evidence(self, company):
        application = make_draft(company)
        own, shared = self.put(application), self.put(application, "business_license")
        assert own.application == application
        assert shared.application is None
        other = make_draft(company, "3.3.1")
        remove_attachment(application=other, attachment=shared, by=company.legal, at=AT)
        with pytest.raises(NotFound):
            remove_attachment(application=other, attachment=own, by=company.legal, at=AT)
        shared.refresh_from_db()
        assert (shared.removed_at, shared.removed_by) == (AT, company.legal)

    def test_the_same_file_twice_is_once_and_removal_twice_is_once(self, company):
        application = make_draft(company)
        first = self.put(application)
        assert self.put(application) == first
        for _ in range(2):
            remove_attachment(application=application, attachment=first, by=company.agent, at=AT)
        assert self.put(application) != first
        assert Attachment.objects.count() == 2

    def test_replacing(self, company):
        application = make_draft(company)
        first = self.put(application)
        second = self.put(application, data=PNG + b"", key="invoice")
        assert second.pk != first.pk
        pdfless = BytesIO(PNG)
        with pytest.raises(NotFound):
            attach(
                application=application, evidence_key="nothing", upload=pdfless, name="x.png", by=company.agent, at=AT
            )
        replaced = self.put(application, key="contract", replaces=first)
        first.refresh_from_db()
        assert replaced == first  # equal bytes: nothing to replace
        assert first.removed_at is None

    def test_a_limit_of_files(self, company):
        application = make_draft(company)
        for number in range(20):
            Attachment.objects.create(
                enterprise=application.enterprise,
                policy_year=YEAR,
                application=application,
                evidence_key="contract",
                name=f"{number}.pdf",
                kind="pdf",
                content_type="application/pdf",
                size=1,
                sha256=f"{number:064d}",
                uploaded_at=AT,
                uploaded_by=company.agent,
            )
        with pytest.raises(TooLarge, match="最多上传 20 个"):
            self.put(application)

    def test_refused_content_empty_file_strangers_and_states(self, company, stranger):
        application = make_draft(company)
        for data in (b"", b"MZ\x90", b"hello"):
            with pytest.raises(Invalid) as refused:
                self.put(application, data=data)
            assert refused.value.status == 422
        with pytest.raises(NotFound):
            self.put(application, by=stranger.agent)
        send_to_confirm(application=application, by=company.agent, at=AT)
        with pytest.raises(Conflict):
            self.put(application)
        assert not Attachment.objects.exists()

    def test_too_large(self, company, settings):
        settings.UPLOAD_MAX_BYTES = 10
        with pytest.raises(Invalid) as refused:
            self.put(make_draft(company))
        assert refused.value.status == 413


def test_figures_are_shared_by_the_applications_of_the_year(company):
    from applications.queries import evaluation_document

    first, second = make_draft(company), make_draft(company, "3.4.2")
    save_figures(
        enterprise=company.enterprise,
        policy_year=YEAR,
        values=dict(FIGURES),
        expected_version=None,
        by=company.agent,
        at=AT,
    )
    assert evaluation_document(first)["applicant"] == evaluation_document(second)["applicant"]
    assert evaluation_document(first)["applicant"] == {"kind": "enterprise"} | FIGURES


def test_visible_to(company, stranger):
    application = make_draft(company)
    assert list(Application.objects.visible_to(company.legal)) == [application]
    assert not Application.objects.visible_to(stranger.legal).exists()
    assert not Application.objects.visible_to(UserFactory()).exists()
    company.legal.is_active = False
    assert not Application.objects.visible_to(company.legal).exists()
