"""Two at once, on real connections; each race with a control that shows it when the lock is taken away."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import OperationalError, connection

from accounts.actions.figures import save_figures
from applications.actions import (
    attach,
    decide_application,
    remove_attachment,
    save_draft,
    start_application,
    submit_application,
    withdraw_application,
)
from applications.enums import State
from applications.errors import DraftConflict
from applications.models import Application, ApplicationCounter, Attachment, Correction, Revision
from common.errors import Conflict, DomainError
from tests.applications.test_drafting import PNG
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    YEAR,
    clause,
    load_policies,
    make_call,
    make_company,
    make_correction,
    make_draft,
    make_filed,
    make_filled,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(transactional_db):
    load_policies()
    return make_company()


def together(*acts):
    """Run the acts at the same moment, each on its own connection; answers or DomainErrors, in order."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=20)
            return act()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def filing(application, company, key="k" * 32):
    fresh = Application.objects.get(pk=application.pk)
    return lambda: submit_application(
        application=fresh, idempotency_key=key, promise=True, by=company.legal, at=AT, clock=lambda: AT
    )


class TestFiling:
    def test_a_double_click_makes_one_revision_and_both_get_it(self, company):
        application = make_filled(company)
        first, second = together(filing(application, company), filing(application, company))
        assert first == second
        assert Revision.objects.count() == 1
        assert ApplicationCounter.objects.get().last == 1

    def test_two_windows_with_two_keys_one_files_the_other_is_told(self, company):
        application = make_filled(company)
        answers = together(filing(application, company), filing(application, company, key="j" * 32))
        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Revision"]
        assert Revision.objects.count() == 1

    def test_control_without_the_lock_the_double_click_is_refused_instead_of_answered(self, company, monkeypatch):
        """Both read "nothing filed yet" before either writes: the second meets a constraint instead of its answer."""
        application = make_filled(company)
        reading = threading.Barrier(2)

        def unlocked(given):
            return Application.objects.select_related("enterprise__district", "clause__document", "call").get(
                pk=given.pk
            )

        from applications.actions import filing as module

        write = module._write_revision

        def after_both_have_read(*values):
            reading.wait(timeout=20)
            return write(*values)

        monkeypatch.setattr(module, "lock", unlocked)
        monkeypatch.setattr(module, "lock_enterprise", lambda given: given.enterprise)
        monkeypatch.setattr(module, "lock_figures", lambda given: None)
        monkeypatch.setattr(module, "require_step", lambda *values, **options: None)
        monkeypatch.setattr(module, "_write_revision", after_both_have_read)
        from django.db import IntegrityError

        def guarded(act):
            def run():
                try:
                    return act()
                except IntegrityError as error:
                    return error

            return run

        answers = together(guarded(filing(application, company)), guarded(filing(application, company)))
        assert sum(isinstance(answer, Revision) for answer in answers) == 1  # the constraint still holds
        assert sum(isinstance(answer, (Conflict, IntegrityError)) for answer in answers) == 1  # but one got no answer

    def test_numbers_of_many_filings_are_unique_and_without_gap(self, company):
        make_call()
        ids = ["3.4.5", "3.3.1", "3.4.2", "3.8.2"]
        acts = [filing(make_filled(company, clause_id), company, key=f"{n}" * 32) for n, clause_id in enumerate(ids)]
        together(*acts)
        numbers = sorted(Application.objects.values_list("number", flat=True))
        assert numbers == [f"DZ{YEAR}-{number:04d}" for number in range(1, 5)]

    def test_filing_while_the_draft_is_saved_files_one_of_the_two_whole(self, company):
        application = make_filled(company)
        before = application.draft
        after = {"projects": before["projects"][:1]}

        def save():
            return save_draft(
                application=application,
                facts=after,
                expected_version=application.draft_version,
                by=company.agent,
                at=AT,
            )

        filed, saved = together(filing(application, company), save)
        assert filed.facts in (before, after)
        if isinstance(saved, Conflict):
            assert filed.facts == before

    def test_withdrawing_and_deciding(self, company):
        application = make_filed(company).application
        application.refresh_from_db()
        officer = UserFactory()
        answers = together(
            lambda: withdraw_application(application=application, reason="改报", by=company.legal, at=AT),
            lambda: decide_application(
                application=application,
                outcome="approve",
                expected_version=application.version,
                by=officer,
                at=AT,
            ),
        )
        assert sum(isinstance(answer, Conflict) for answer in answers) == 1
        application.refresh_from_db()
        assert application.state in {State.WITHDRAWN, State.APPROVED}


class TestWhatIsCheckedIsFiled:
    """While a filing is being checked nobody changes the figures or the evidence that it is about to store."""

    @pytest.fixture
    def attempts(self):
        return []

    def meanwhile(self, monkeypatch, act, attempts):
        """Let `act` be tried on another connection after the check and before the revision is written."""
        from applications.actions import filing as module

        def attempt():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '300ms'")
                attempts.append(act())
            except OperationalError as error:
                attempts.append(error)
            finally:
                connection.close()

        write = module._write_revision

        def patched(*values):
            thread = threading.Thread(target=attempt)
            thread.start()
            thread.join(30)
            return write(*values)

        monkeypatch.setattr(module, "_write_revision", patched)

    def figures(self, company):
        return save_figures(
            enterprise=company.enterprise, policy_year=YEAR, values={}, expected_version=1, by=company.agent, at=AT
        )

    def test_figures(self, company, monkeypatch, attempts):
        application = make_filled(company)
        self.meanwhile(monkeypatch, lambda: self.figures(company), attempts)
        assert filing(application, company)().figures["rd_staff"] == 180
        assert [type(attempt) for attempt in attempts] == [OperationalError]

    def test_shared_evidence(self, company, monkeypatch, attempts):
        application, other = make_filled(company), make_draft(company, "3.3.1")
        shared = Attachment.objects.get(evidence_key="business_license")
        self.meanwhile(
            monkeypatch,
            lambda: remove_attachment(application=other, attachment=shared, by=company.agent, at=AT),
            attempts,
        )
        keys = [item["key"] for item in filing(application, company)().evidence]
        assert "business_license" in keys
        assert [type(attempt) for attempt in attempts] == [OperationalError]

    def test_control_without_the_locks_an_empty_year_is_filed(self, company, monkeypatch, attempts):
        application = make_filled(company)
        self.meanwhile(monkeypatch, lambda: self.figures(company), attempts)
        monkeypatch.setattr("applications.actions.filing.lock_figures", lambda application: None)
        assert filing(application, company)().figures == {"kind": "enterprise"}


class TestOthers:
    def test_starting_twice(self, company):
        make_call()

        def begin():
            return start_application(
                enterprise=company.enterprise, clause=clause("3.4.5"), policy_year=YEAR, by=company.agent, at=AT
            )

        answers = together(begin, begin)
        assert sum(isinstance(answer, Conflict) for answer in answers) == 1
        assert Application.objects.count() == 1

    def test_two_windows_save_one_is_told_what_stands(self, company):
        application = make_draft(company)

        def save(name):
            return lambda: save_draft(
                application=application,
                facts={"projects": [{"name": name}]},
                expected_version=1,
                by=company.agent,
                at=AT,
            )

        answers = together(save("甲"), save("乙"))
        (conflict,) = [answer for answer in answers if isinstance(answer, DraftConflict)]
        application.refresh_from_db()
        assert conflict.saved == application.draft

    def test_the_same_file_twice_is_one_attachment(self, company):
        from io import BytesIO

        application = make_draft(company)

        def put():
            return attach(
                application=application,
                evidence_key="contract",
                upload=BytesIO(PNG),
                name="合同.png",
                by=company.agent,
                at=AT,
            )

        first, second = together(put, put)
        assert first == second
        assert Attachment.objects.count() == 1

    def test_one_open_correction(self, company):
        application = make_filed(company).application
        officer = UserFactory()

        def ask():
            return make_correction(application, officer, due_on=date(2026, 3, 20))

        answers = together(ask, ask)
        assert sum(isinstance(answer, Conflict) for answer in answers) == 1
        assert Correction.objects.count() == 1
