"""内部备注: read by those whom the author chose, by nobody of the enterprise anywhere, taken back by the author."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from accounts.models import UnitMember
from common.audit.models import AuditEvent
from common.errors import Invalid, NotAllowed, NotFound
from common.outbox.actions import run_owed
from letters.models import Letter
from reviews.actions.notes import withdraw_note
from reviews.enums import NoteScope, Outcome, StageKind
from reviews.models import Case, Note, Recusal
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.applications import AT
from tests.factories.reviews import LATER, advance_to, approver, decide, make_case, officer, task_of
from tests.factories.talk import make_note, unit_named

L = StageKind.LEAD
SCRIPT = "<script>alert(1)</script>"
SECRET = "只给内部看的话-7f3a"


@pytest.fixture
def case(company) -> Case:
    return advance_to(make_case(company, "3.2.3"), L)


def url(name: str, case: Case, *args) -> str:
    return reverse(f"reviews:{name}", args=[case.pk, *args])


def page_of(client, case: Case, reader) -> str:
    client.force_login(reader)
    return client.get(url("case", case)).content.decode()


class TestWhoWrites:
    @pytest.mark.parametrize("role", [UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER])
    def test_handling_people_and_heads_do(self, case, role):
        assert make_note(case, "市商务局", by=officer("市商务局", role)).pk

    @pytest.mark.parametrize("role", [UnitRole.FINANCE, UnitRole.EXPERT])
    def test_others_do_not(self, case, role):
        with pytest.raises(NotAllowed):
            make_note(case, "市商务局", by=officer("市商务局", role))

    def test_units_not_reached_and_the_recused_do_not(self, company):
        case = make_case(company, "3.2.3")
        with pytest.raises(NotAllowed, match="没有办理本案卷"):
            make_note(case, "市商务局")
        Recusal.objects.create(case=case, user=officer("高新区"), reason="回避", at=LATER)
        with pytest.raises(NotAllowed, match="已回避"):
            make_note(case, "高新区")

    def test_every_fault_is_told(self, case):
        with pytest.raises(Invalid) as refused:
            make_note(case, "市商务局", "  ", scope="everybody")
        assert set(refused.value.errors) == {"text", "scope"}
        assert not Note.objects.exists()

    def test_sent_twice_is_once(self, case):
        first = make_note(case, "市商务局")
        assert make_note(case, "市商务局", at=LATER + timedelta(minutes=1)) == first
        assert make_note(case, "市商务局", scope=NoteScope.CASE) != first
        assert Note.objects.count() == 2

    def test_the_record_names_neither_words_nor_case_page(self, case):
        note = make_note(case, "市商务局", SECRET)
        event = AuditEvent.objects.get(event="case.note_written")
        assert (event.subject_type, event.subject_id) == ("reviews.note", str(note.pk))
        assert SECRET not in str(event.data)


class TestWhoReads:
    def test_the_own_unit_reads_what_is_for_it(self, case, client):
        make_note(case, "市商务局", SECRET)
        for reader in (officer("市商务局"), approver("市商务局"), officer("市商务局", UnitRole.FINANCE)):
            assert SECRET in page_of(client, case, reader)
        for reader in (officer("市工信局"), officer("高新区"), AuditorFactory()):
            assert SECRET not in page_of(client, case, reader)

    def test_all_who_take_part_and_auditors_read_what_is_for_the_case(self, case, client):
        make_note(case, "市商务局", SECRET, scope=NoteScope.CASE)
        for reader in (officer("市商务局"), officer("市工信局"), officer("高新区"), AuditorFactory()):
            assert SECRET in page_of(client, case, reader)

    def test_a_person_of_two_units_reads_both(self, case, client):
        make_note(case, "市商务局", SECRET)
        both = officer("市工信局")
        UnitMember.objects.create(unit=unit_named("市商务局"), user=both, role=UnitRole.HANDLER)
        assert SECRET in page_of(client, case, both)

    def test_hostile_words_stay_words(self, case, client):
        make_note(case, "市商务局", f"{SCRIPT}\n\"'><img src=x onerror=alert(2)>")
        page = page_of(client, case, officer("市商务局"))
        assert SCRIPT not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in page

    def test_as_many_questions_for_50_notes_as_for_1(self, case, client):
        reader = officer("市商务局")

        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                page_of(client, case, reader)
            return len(captured)

        make_note(case, "市商务局", "一")
        count()
        few = count()
        for number in range(49):
            make_note(case, "市商务局", str(number))
        assert count() == few


class TestTheEnterpriseNeverReads:
    def test_no_page_letter_message_or_mail_of_it_holds_a_note(self, case, client, company):
        for scope in NoteScope:
            make_note(case, "市商务局", f"{SECRET}-{scope}", scope=scope)
        for name in ("市商务局", "市工信局"):
            decide(task_of(case, name), outcome=Outcome.REFUSE, reasons="不符合条件。")
        run_owed(at=LATER)
        pk = case.application_id
        addresses = [
            "/",
            "/applications/",
            *(f"/applications/{pk}/{tail}" for tail in ("", "figures/", "facts/", "evidence/", "receipt/")),
            f"/applications/{pk}/revisions/1/",
            "/letters/",
            "/awards/",
            "/me/messages/",
            "/me/profile/",
            "/enterprise/",
            "/api/v1/openapi.json",
        ]
        for person in (company.legal, company.agent):
            client.force_login(person)
            read = 0
            for address in addresses:
                answer = client.get(address)
                assert SECRET not in answer.content.decode(errors="replace"), address
                read += answer.status_code == 200
            assert read > 8
            for address in (url("case", case), url("note", case), f"/reviews/tasks/{task_pk(case)}/"):
                assert client.get(address).status_code == 403
        letters = Letter.objects.all()
        assert letters.exists()
        assert SECRET not in str(list(letters.values()))
        assert SECRET not in str(list(company.legal.notifications.values()))

    def test_the_enterprise_cannot_write_one(self, case, client, company):
        client.force_login(company.legal)
        data = {"text": "x", "scope": "case", "unit": unit_named("市商务局").pk}
        assert client.post(url("note", case), data).status_code == 403
        assert not Note.objects.exists()


def task_pk(case: Case) -> int:
    return case.stages.order_by("order")[0].tasks.all()[0].pk


class TestTakingBack:
    def test_it_stays_as_taken_back_and_nobody_reads_it(self, case, client):
        note = make_note(case, "市商务局", SECRET, scope=NoteScope.CASE)
        author = officer("市商务局")
        assert "收回" in page_of(client, case, author)
        answer = client.post(url("take_back_note", case, note.pk))
        assert answer["Location"] == f"/reviews/cases/{case.pk}/#notes"
        for reader in (author, officer("市工信局"), AuditorFactory()):
            page = page_of(client, case, reader)
            assert "已收回" in page
            assert SECRET not in page
        note.refresh_from_db()
        assert note.text == SECRET
        assert AuditEvent.objects.filter(event="case.note_withdrawn").count() == 1

    def test_again_changes_nothing(self, case):
        note = make_note(case, "市商务局")
        first = withdraw_note(note=note, by=officer("市商务局"), at=AT)
        assert withdraw_note(note=note, by=officer("市商务局"), at=LATER).withdrawn_at == first.withdrawn_at

    def test_only_the_author(self, case, client):
        note = make_note(case, "市商务局", scope=NoteScope.CASE)
        with pytest.raises(NotAllowed):
            withdraw_note(note=note, by=approver("市商务局"), at=LATER)
        own = make_note(case, "市商务局", "本单位")
        for stranger in (officer("市工信局"), AdministratorFactory(), UserFactory()):
            with pytest.raises(NotFound):
                withdraw_note(note=own, by=stranger, at=LATER)

    def test_a_note_of_another_case_is_not_found_here(self, case, client, stranger):
        other = make_case(stranger, "3.4.5")
        note = make_note(other, "经开区", scope=NoteScope.CASE)
        client.force_login(officer("市商务局"))
        assert client.post(url("take_back_note", case, note.pk)).status_code == 404
        assert client.post(url("take_back_note", other, note.pk)).status_code == 404


class TestForm:
    def test_it_is_kept_and_leads_back(self, case, client):
        client.force_login(officer("市商务局"))
        task = task_of(case, "市商务局")
        answer = client.post(url("note", case), {"text": "核对过发票", "scope": "unit", "task": task.pk})
        assert answer["Location"] == f"/reviews/tasks/{task.pk}/#notes"
        assert (Note.objects.get().unit.name, Note.objects.get().scope) == ("市商务局", NoteScope.UNIT)

    @pytest.mark.parametrize("sent_from", ["task", "case"])
    def test_a_refused_one_keeps_the_words(self, case, client, sent_from):
        client.force_login(officer("市商务局"))
        data = {"text": "打了很久", "scope": ""}
        answer = client.post(
            url("note", case), data | ({"task": task_of(case, "市商务局").pk} if sent_from == "task" else {})
        )
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "打了很久</textarea>" in shown
        assert "请选择谁可以看到这条备注" in shown
        assert ('id="panel"' in shown) == (sent_from == "task")

    def test_the_recused_see_no_form(self, case, client):
        Recusal.objects.create(case=case, user=officer("市商务局"), reason="回避", at=LATER)
        assert "写内部备注" not in page_of(client, case, officer("市商务局"))
