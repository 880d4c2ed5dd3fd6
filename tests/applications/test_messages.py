"""往来消息 on the enterprise's side: who writes and reads, files checked, nothing typed lost, sent twice is once."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import NoticeTopic
from accounts.models import Notification
from applications.actions import withdraw_application
from applications.actions.messages import MAX_FILES, MAX_TEXT, write_message
from applications.models import Application, Message, MessageFile
from common import storage
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.outbox.models import OutboxMessage
from tests.applications.pages import text
from tests.common.upload_samples import EICAR, image, pdf
from tests.factories.applications import AT, make_draft, make_filed
from tests.reviews.threads import WAIT, in_threads

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def application(company) -> Application:
    return make_filed(company).application


def write(application, by, words="请问还缺什么？", *, unit=None, files=(), at=AT) -> Message:
    return write_message(application=application, unit=unit, text=words, files=files, by=by, at=at)


def address(application, *args):
    name = "message_file" if args else "write_message"
    return reverse(f"applications:{name}", args=[application.pk, *args])


def upload(name="说明.pdf", data=None):
    return SimpleUploadedFile(name, pdf() if data is None else data)


def send(client, application, words="请问还缺什么？", *files):
    return client.post(address(application), {"text": words, "attachments": list(files)})


class TestWriting:
    def test_the_enterprise_writes_and_reviews_is_owed_the_news(self, application, company):
        message = write(application, company.agent)
        assert (message.unit, message.author, message.at) == (None, company.agent, AT)
        owed = OutboxMessage.objects.get(kind="applications.message_written")
        assert owed.payload == {"message": message.pk}
        event = AuditEvent.objects.get(event="applications.message_written")
        assert event.data == {"application": application.pk, "unit": None, "files": []}
        assert message.text not in str(event.data)

    def test_an_officer_writes_and_the_people_of_the_enterprise_are_told_without_the_words(self, application, company):
        unit = application.enterprise.district
        stranger = Message._meta.get_field("author").related_model.objects.create(username="officer-x", name="王科长")
        write(application, stranger, "密件内容", unit=unit)
        told = Notification.objects.filter(topic=NoticeTopic.MESSAGE)
        assert {row.user for row in told} == {company.legal, company.agent}
        assert {row.url for row in told} == {f"/applications/{application.pk}/#messages"}
        assert "密件内容" not in "".join(row.title + row.body for row in told)
        assert unit.name in told[0].title

    def test_whoever_acts_for_the_enterprise_is_no_officer_of_its_file(self, application, company):
        with pytest.raises(NotAllowed):
            write(application, company.legal, unit=application.enterprise.district)

    def test_strangers_do_not_see_it(self, application, stranger):
        with pytest.raises(NotFound):
            write(application, stranger.legal)

    def test_a_draft_has_no_officers_yet(self, company):
        with pytest.raises(Conflict, match="提交之后"):
            write(make_draft(company), company.agent)

    def test_after_the_end_one_may_still_write(self, application, company):
        withdraw_application(application=application, reason="撤回", by=company.legal, at=AT)
        assert write(application, company.agent).pk

    @pytest.mark.parametrize("words", ["", "  \n\t ", "\u202e\u200f", "字" * (MAX_TEXT + 1)])
    def test_nothing_and_too_much_are_told(self, application, company, words):
        with pytest.raises(Invalid) as refused:
            write(application, company.agent, words)
        assert list(refused.value.errors) == ["text"]
        assert not Message.objects.exists()

    def test_what_nobody_sees_is_left_out_and_lines_stay(self, application, company):
        message = write(application, company.agent, "第一行\r\n第二行\u202e\x00完")
        assert message.text == "第一行\n第二行完"

    def test_it_is_never_changed(self, application, company):
        message = write(application, company.agent)
        with pytest.raises(InternalError):
            Message.objects.filter(pk=message.pk).update(text="改")


class TestTwice:
    def test_the_same_again_is_the_same_message(self, application, company):
        first = write(application, company.agent)
        again = write(application, company.agent, at=AT + timedelta(minutes=1))
        assert again == first
        assert OutboxMessage.objects.filter(kind="applications.message_written").count() == 1

    @pytest.mark.parametrize("difference", ["words", "person", "later", "answered"])
    def test_what_differs_is_another_message(self, application, company, difference):
        write(application, company.agent)
        if difference == "answered":
            write(application, company.legal, "不缺了")
        write(
            application,
            company.legal if difference == "person" else company.agent,
            "别的" if difference == "words" else "请问还缺什么？",
            at=AT + timedelta(minutes=11 if difference == "later" else 1),
        )
        assert Message.objects.filter(text__in=["请问还缺什么？", "别的"]).count() == 2

    def test_a_second_click_with_files_sends_one_message(self, legal, application):
        data = pdf()
        for _ in range(2):
            assert send(legal, application, "见附件", upload(data=data)).status_code == 302
        assert Message.objects.count() == 1
        assert MessageFile.objects.count() == 1


class TestFiles:
    def test_they_are_stored_as_checked_and_downloaded_by_members_only(self, legal, client, application, stranger):
        send(legal, application, "见附件", upload("..\\说明 .PDF"), upload("图.png", image()))
        first, second = MessageFile.objects.order_by("pk")
        assert (first.kind, second.kind) == ("pdf", "png")
        answer = legal.get(address(application, first.pk))
        assert answer.content == storage.read(first.sha256)
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        other = make_filed(stranger).application
        assert legal.get(address(other, first.pk)).status_code == 404
        client.force_login(stranger.legal)
        assert client.get(address(application, first.pk)).status_code == 404
        assert client.get(address(other, first.pk)).status_code == 404

    def test_a_refused_file_keeps_everything_from_being_sent_and_the_words_in_place(self, legal, application):
        answer = send(legal, application, "请看附件甲", upload(), upload("坏.pdf", EICAR), upload("空.pdf", b""))
        page = text(answer)
        assert answer.status_code == 422
        assert "<title>错误：" in page
        assert "请看附件甲</textarea>" in page
        assert "“坏.pdf”：文件未通过病毒扫描" in page
        assert "“空.pdf”：文件是空的" in page
        assert "请重新选择全部附件" in page
        assert 'href="#message_attachments"' in page
        assert not Message.objects.exists()

    def test_words_and_files_are_faulted_together(self, legal, application):
        page = text(send(legal, application, " ", upload("坏.pdf", b"MZ")))
        assert "请填写消息内容" in page
        assert "可执行文件不能接收" in page

    def test_too_many_and_too_large(self, legal, application, settings):
        page = text(send(legal, application, "多", *(upload(f"{n}.pdf") for n in range(MAX_FILES + 1))))
        assert "最多附 5 个文件，您选择了 6 个" in page
        settings.UPLOAD_MAX_BYTES = 1024 * 1024
        page = text(send(legal, application, "大", *(upload(f"{n}.pdf", b"%PDF-" + bytes(600_000)) for n in range(2))))
        assert "合计不能超过 1 MB" in page
        assert not Message.objects.exists()


class TestPage:
    def test_the_thread_is_in_order_with_unit_person_and_time(self, agent, application, company):
        unit = application.enterprise.district
        officer = type(company.legal).objects.create(username="officer-y", name="王科长")
        write(application, officer, "请补充说明", unit=unit, at=AT + timedelta(hours=1))
        write(application, company.agent, "已补充", at=AT + timedelta(hours=2))
        page = text(agent.get(reverse("applications:detail", args=[application.pk])))
        assert page.index("请补充说明") < page.index("已补充")
        assert f"{unit.name} · 王科长" in page
        assert f"{company.enterprise.name} · {company.agent.name}" in page
        assert "2026年3月2日 10:00" in page

    def test_opening_the_address_of_the_form_leads_to_the_thread(self, agent, application):
        assert agent.get(address(application))["Location"].endswith(f"/applications/{application.pk}/#messages")

    def test_a_draft_shows_no_messages_and_takes_none(self, agent, company):
        draft = make_draft(company)
        assert "写消息" not in text(agent.get(reverse("applications:detail", args=[draft.pk])))
        answer = send(agent, draft, "有人吗")
        assert answer.status_code == 409
        assert "提交之后" in text(answer)

    def test_hostile_words_and_names_stay_words(self, agent, application):
        send(agent, application, f"{SCRIPT}\n\"'><img src=x onerror=alert(2)>", upload("<img src=x>.pdf"))
        page = text(agent.get(reverse("applications:detail", args=[application.pk])))
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>" in page
        assert "<img src=x" not in page

    def test_as_many_questions_for_50_messages_as_for_1(self, agent, application, company):
        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                agent.get(reverse("applications:detail", args=[application.pk]))
            return len(captured)

        def message(words: str) -> None:
            row = Message.objects.create(application=application, author=company.agent, text=words, at=AT)
            MessageFile.objects.create(message=row, name="a.pdf", kind="pdf", size=1, sha256="0" * 64)

        message("一")
        few = count()
        for number in range(49):
            message(str(number))
        assert count() == few


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def jobs(self, company):
        application = make_filed(company).application
        return application, [lambda: write(application, company.agent)] * 2

    def test_two_clicks_at_once_send_one_message(self, company):
        application, jobs = self.jobs(company)
        answers, faults = in_threads(jobs)
        assert (len(set(answers)), faults) == (1, [])
        assert application.messages.count() == 1

    def test_control_without_the_lock_there_are_two(self, company, monkeypatch):
        application, jobs = self.jobs(company)
        together = threading.Barrier(2)
        from applications.actions import messages

        standing = messages._standing

        def slow(*args, **kwargs):
            found = standing(*args, **kwargs)
            together.wait(timeout=WAIT)
            return found

        monkeypatch.setattr(messages, "lock", lambda row: row)
        monkeypatch.setattr(messages, "_standing", slow)
        in_threads(jobs)
        assert application.messages.count() == 2
