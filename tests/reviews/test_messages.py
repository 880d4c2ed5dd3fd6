"""往来消息 on the officers' side: who may write, who is told, who downloads, what a refused post keeps."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import NoticeTopic, UnitRole
from accounts.models import Absence, Notification, UnitMember
from applications.models import Message, MessageFile
from common.errors import NotAllowed
from common.outbox.actions import run_owed
from reviews.actions import recuse
from reviews.enums import StageKind
from reviews.models import Case, Recusal
from tests.common.upload_samples import pdf
from tests.factories.accounts import AuditorFactory, EnterpriseMemberFactory, UserFactory
from tests.factories.reviews import LATER, advance_to, approver, draft, make_case, officer, task_of
from tests.factories.talk import make_message

C, L, P = StageKind.CONSULTATION, StageKind.LEAD, StageKind.PRELIMINARY
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def case(company) -> Case:
    """A case of two leads at its first lead's stage: 高新区 has accepted, consulted units have agreed."""
    return advance_to(make_case(company, "3.2.3"), L)


def url(name: str, case: Case, *args) -> str:
    return reverse(f"reviews:{name}", args=[case.pk, *args])


def told() -> set[tuple[str, str]]:
    rows = Notification.objects.filter(topic=NoticeTopic.MESSAGE).select_related("user")
    return {(row.user.name, row.url) for row in rows}


class TestWhoWrites:
    @pytest.mark.parametrize("unit", ["高新区", "市财政局", "市商务局", "市工信局"])
    def test_every_unit_that_was_reached_does(self, case, unit):
        message = make_message(case, unit)
        assert (message.unit.name, message.author) == (unit, officer(unit))

    def test_after_the_end_too(self, case):
        advance_to(case, None)
        assert make_message(case, "市商务局").pk

    def test_a_unit_that_was_not_reached_does_not(self, company):
        with pytest.raises(NotAllowed, match="没有办理本案卷"):
            make_message(make_case(company, "3.2.3"), "市商务局")

    @pytest.mark.parametrize("role", [UnitRole.FINANCE, UnitRole.LEADER, UnitRole.EXPERT])
    def test_roles_that_do_not_handle_do_not(self, case, role):
        with pytest.raises(NotAllowed, match="经办、审核人员办理"):
            make_message(case, "市商务局", by=officer("市商务局", role))

    def test_the_recused_do_not(self, case):
        by = officer("市商务局")
        recuse(task=task_of(case, "市商务局"), reason="亲属在该企业任职", by=by, at=LATER)
        with pytest.raises(NotAllowed, match="已回避"):
            make_message(case, "市商务局", by=by)
        assert make_message(case, "市商务局", by=approver("市商务局")).pk

    def test_members_of_the_enterprise_do_not(self, case, company):
        by = officer("市商务局")
        EnterpriseMemberFactory(enterprise=company.enterprise, user=by)
        with pytest.raises(NotAllowed):
            make_message(case, "市商务局", by=by)

    def test_whoever_decided_at_another_stage_may_still_write(self, case):
        both = officer("高新区")
        UnitMember.objects.create(unit=task_of(case, "市商务局").unit, user=both, role=UnitRole.HANDLER)
        assert make_message(case, "市商务局", by=both).pk

    def test_a_role_taken_away_counts_at_once(self, case):
        by = officer("市商务局")
        UnitMember.objects.filter(user=by).update(is_active=False)
        with pytest.raises(NotAllowed):
            make_message(case, "市商务局", by=by)


class TestWhoIsTold:
    def test_the_units_of_running_tasks(self, case, company):
        officer("市商务局")
        approver("市工信局")
        officer("市财政局")
        make_message(case, company)
        run_owed(at=LATER)
        names = {task.unit.name: task for task in case.stages.get(kind=L).tasks.select_related("unit")}
        assert told() == {
            ("市商务局经办", f"/reviews/tasks/{names['市商务局'].pk}/#messages"),
            ("市工信局审核", f"/reviews/tasks/{names['市工信局'].pk}/#messages"),
        }

    def test_the_one_who_holds_the_task_and_who_stands_in(self, case, company):
        task = task_of(case, "市商务局")
        draft(task)
        second, deputy = UserFactory(name="另一人"), UserFactory(name="代办人")
        for user in (second, deputy):
            UnitMember.objects.create(unit=task.unit, user=user, role=UnitRole.HANDLER)
        day = LATER.date()
        Absence.objects.create(
            unit=task.unit,
            user=officer("市商务局"),
            deputy=deputy,
            first_day=day,
            last_day=day + timedelta(days=3),
            entered_by=deputy,
            entered_at=LATER,
        )
        make_message(case, company)
        run_owed(at=LATER)
        assert {name for name, _ in told()} == {"市商务局经办", "代办人"}

    def test_the_recused_are_not(self, case, company):
        by = officer("市商务局")
        approver("市商务局")
        Recusal.objects.create(case=case, user=by, reason="回避", at=LATER)
        make_message(case, company)
        run_owed(at=LATER)
        assert {name for name, _ in told()} == {"市商务局审核"}

    def test_after_the_end_the_unit_that_kept_the_file(self, case, company):
        advance_to(case, None)
        Notification.objects.all().delete()
        make_message(case, company)
        run_owed(at=LATER)
        keeper = case.stages.get(kind=L).tasks.get(is_keeper=True)
        assert {address for _, address in told()} == {f"/reviews/tasks/{keeper.pk}/#messages"}

    def test_told_again_by_the_outbox_nobody_hears_twice(self, case, company):
        officer("市商务局")
        make_message(case, company)
        run_owed(at=LATER)
        before = Notification.objects.count()
        run_owed(at=LATER)
        assert Notification.objects.count() == before

    def test_the_enterprise_is_told_by_unit_without_the_words(self, case, company):
        make_message(case, "市商务局", "内容只在站内")
        assert told() == {
            (person.name, f"/applications/{case.application_id}/#messages") for person in (company.legal, company.agent)
        }
        row = Notification.objects.filter(topic=NoticeTopic.MESSAGE)[0]
        assert "市商务局" in row.title
        assert "内容只在站内" not in row.title + row.body


class TestPages:
    @pytest.fixture
    def handler(self, case, client):
        user = officer("市商务局")
        client.force_login(user)
        return client

    def test_from_the_task_one_returns_to_the_task(self, case, handler):
        task = task_of(case, "市商务局")
        page = handler.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert f'name="task" value="{task.pk}"' in page
        answer = handler.post(url("message", case), {"text": "请说明用途", "task": task.pk})
        assert answer["Location"] == f"/reviews/tasks/{task.pk}/#messages"
        page = handler.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "请说明用途" in page
        assert "市商务局 · 市商务局经办" in page

    def test_both_sides_read_one_thread_in_order(self, case, handler, client, company):
        make_message(case, company, "请问进度", at=LATER)
        make_message(case, "市商务局", "正在审核", at=LATER + timedelta(hours=1))
        officers = handler.get(reverse("reviews:case", args=[case.pk])).content.decode()
        client.force_login(company.agent)
        enterprises = client.get(reverse("applications:detail", args=[case.application_id])).content.decode()
        for page in (officers, enterprises):
            assert 0 < page.index("请问进度") < page.index("正在审核")
            assert f"{company.enterprise.name} · {company.agent.name}" in page

    @pytest.mark.parametrize("sent_from", ["task", "case"])
    def test_a_refused_post_keeps_the_words(self, case, handler, sent_from):
        task = task_of(case, "市商务局")
        data = {"text": "打了很久的字", "attachments": [SimpleUploadedFile("x.exe", b"MZ")]}
        answer = handler.post(url("message", case), data | ({"task": task.pk} if sent_from == "task" else {}))
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "打了很久的字</textarea>" in shown
        assert "可执行文件不能接收" in shown
        assert "请重新选择全部附件" in shown
        assert ('id="panel"' in shown) == (sent_from == "task")
        assert not Message.objects.exists()

    def test_whoever_lost_the_right_is_told_and_keeps_the_words(self, case, handler):
        Recusal.objects.create(case=case, user=officer("市商务局"), reason="回避", at=LATER)
        answer = handler.post(url("message", case), {"text": "写了一半"})
        assert answer.status_code == 403
        shown = answer.content.decode()
        assert "写了一半</textarea>" in shown
        assert "回避的人员除外" in shown

    def test_who_may_not_write_sees_no_form_but_the_thread(self, case, client, company):
        make_message(case, company, "请问进度")
        for reader in (AuditorFactory(), officer("市商务局", UnitRole.FINANCE)):
            client.force_login(reader)
            page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
            assert "请问进度" in page
            assert "给企业写消息" not in page

    def test_one_unit_is_not_asked_for_and_several_are(self, case, handler):
        page = handler.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "以哪个单位的名义" not in page
        user = officer("市商务局")
        other = task_of(case, "市工信局").unit
        UnitMember.objects.create(unit=other, user=user, role=UnitRole.HANDLER)
        page = handler.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "以哪个单位的名义" in page
        handler.post(url("message", case), {"text": "以工信局名义", "unit": other.pk})
        assert Message.objects.get().unit == other

    def test_for_a_foreign_unit_nobody_writes(self, case, handler):
        foreign = task_of(case, "市工信局").unit
        answer = handler.post(url("message", case), {"text": "冒名", "unit": foreign.pk})
        assert answer.status_code == 403
        assert not Message.objects.exists()

    @pytest.mark.parametrize("task", ["", "x", "9" * 30, "987654321"])
    def test_a_nonsense_task_leads_to_the_case(self, case, handler, task):
        answer = handler.post(url("message", case), {"text": "好", "task": task})
        assert answer["Location"] == f"/reviews/cases/{case.pk}/#messages"

    def test_hostile_words_stay_words(self, case, handler, company):
        make_message(case, company, SCRIPT)
        page = handler.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_opening_the_address_leads_to_the_case(self, case, handler):
        assert handler.get(url("message", case))["Location"] == f"/reviews/cases/{case.pk}/#messages"


class TestFiles:
    def test_only_those_who_read_the_case_download(self, case, client, company, stranger):
        client.force_login(officer("市商务局"))
        client.post(url("message", case), {"text": "见附件", "attachments": [SimpleUploadedFile("通知.pdf", pdf())]})
        file = MessageFile.objects.get()
        other = make_case(stranger, "3.1.3b")
        for reader, status in (
            (officer("市商务局"), 200),
            (officer("高新区"), 200),
            (AuditorFactory(), 200),
            (officer("经开区"), 404),
            (UserFactory(), 403),
            (company.legal, 403),
        ):
            client.force_login(reader)
            answer = client.get(url("message_file", case, file.pk))
            assert answer.status_code == status, reader
        client.force_login(officer("经开区"))
        assert client.get(url("message_file", other, file.pk)).status_code == 404
        client.force_login(company.agent)
        answer = client.get(reverse("applications:message_file", args=[case.application_id, file.pk]))
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]


def test_dates_of_the_fixture_are_those_of_the_absence():
    """The absence above counts by the day in Shanghai on which the message is told."""
    assert LATER.date() == date(2026, 3, 3)
