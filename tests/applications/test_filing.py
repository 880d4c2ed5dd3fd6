"""Filing: complete, in time, once, by the right person."""

import copy
from datetime import date, datetime

import pytest

from applications.actions import (
    save_draft,
    send_to_confirm,
    submit_application,
)
from applications.enums import State
from applications.errors import IncompleteError
from applications.models import Revision
from applications.queries import evaluation_document, missing, revision_digest
from applications.queries.clock import database_now
from applications.queries.revisions import seen_digest
from common.audit.queries import history
from common.errors import Conflict, Invalid, LateError, NotAllowed, NotFound
from common.outbox.models import OutboxMessage
from letters.models import Letter
from policies.rules.document import evaluate_document
from tests.factories.applications import (
    AT,
    FACTS,
    POLICY,
    SHANGHAI,
    YEAR,
    file,
    fill,
    make_draft,
    make_filed,
    make_filled,
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
        loan = {key: value for key, value in FACTS["3.1.2"]["loans"][0].items() if key != "principal"}
        application.draft = {"loans": [loan], "_raw": {"loans-0-principal": "五百"}}
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
