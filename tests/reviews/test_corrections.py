"""补正 on the officers' pages: typed points at once, taking it back with a reason, what the answer changed."""

import pytest
from django.urls import reverse

from accounts.models import Notification
from applications.actions import PointInput
from applications.enums import CorrectionState
from applications.models import Correction
from common.audit.queries import history
from common.errors import Invalid
from letters.actions import issue_letter
from letters.enums import LetterKind, LetterState
from letters.models import Letter
from reviews.actions import cancel_correction
from reviews.enums import StageState
from tests.factories.applications import FACTS, put_file
from tests.factories.opinions import refile, send_back
from tests.factories.reviews import LATER, approver, make_case, officer, running, task_of

ONE, TWO = FACTS["3.4.5"]["projects"]
POINTS = (
    PointInput("field", "projects-0-investment", "投资额与发票不符。"),
    PointInput("field", "Y.rd_expense", "与审计报告不符。"),
    PointInput("evidence", "invoice", "发票不清晰。"),
)


@pytest.fixture
def case(company):
    return make_case(company)


def cancel(case, *, reason="材料已当面补交。", by=None):
    task = task_of(case)
    return cancel_correction(
        task=task, expected_version=task.version, reason=reason, by=by or officer(task.unit), at=LATER
    )


class TestCancelling:
    def test_needs_a_reason_which_both_sides_read(self, case, company, client):
        send_back(case)
        with pytest.raises(Invalid, match="请写明取消补正的理由"):
            cancel(case, reason=" ")
        assert running(case).state == StageState.PAUSED
        correction = cancel(case)
        assert (correction.state, correction.cancel_reason) == (CorrectionState.CANCELLED, "材料已当面补交。")
        assert Notification.objects.filter(user=company.legal, body__contains="材料已当面补交。").exists()
        for subject in (case, case.application):
            assert any(event.data.get("reason") == "材料已当面补交。" for event in history(subject))
        client.force_login(company.legal)
        page = client.get(reverse("applications:detail", args=[case.application_id])).content.decode()
        assert "材料已当面补交。" in page
        client.force_login(officer("高新区"))
        page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "取消理由：材料已当面补交。" in page

    def test_what_was_typed_comes_back_when_it_is_too_late(self, case, company, client):
        send_back(case)
        task = task_of(case)
        refile(case, company)
        client.force_login(officer("高新区"))
        sent = {"expected_version": task.version, "reason": "写好的理由"}
        answer = client.post(reverse("reviews:cancel_correction", args=[task.pk]), sent)
        assert answer.status_code == 409
        assert "写好的理由" in answer.content.decode()

    def test_the_letter_is_void_where_the_person_may_void_it(self, case):
        send_back(case)
        letter = Letter.objects.get(kind=LetterKind.CORRECTION)
        issue_letter(letter_id=letter.pk, at=LATER)
        cancel(case, by=approver("高新区"))
        letter.refresh_from_db()
        assert letter.state == LetterState.VOID
        assert letter.void_reason == "补正要求已取消：材料已当面补交。"

    def test_else_those_of_the_unit_who_may_are_told(self, case):
        send_back(case)
        letter = Letter.objects.get(kind=LetterKind.CORRECTION)
        issue_letter(letter_id=letter.pk, at=LATER)
        boss = approver("高新区")
        cancel(case, by=officer("高新区"))
        letter.refresh_from_db()
        assert letter.state == LetterState.ISSUED
        assert Notification.objects.filter(user=boss, title__startswith="请作废补正告知书").exists()


class TestAnswered:
    def test_the_enterprise_reads_each_point_with_its_place(self, case, company, client):
        send_back(case, None, *POINTS)
        client.force_login(company.legal)
        pk = case.application_id
        page = client.get(reverse("applications:detail", args=[pk])).content.decode()
        for place in ("第 1 条·软硬件、设备投入", "研发费用", "发票"):
            assert place in page
        beside = {
            "facts": "投资额与发票不符。",
            "figures": "与审计报告不符。",
            "evidence": "发票不清晰。",
        }
        for name, text in beside.items():
            shown = client.get(reverse(f"applications:{name}", args=[pk])).content.decode()
            assert text in shown, name
            assert sum(other in shown for other in beside.values()) == 1, name

    def test_both_sides_read_what_was_asked_changed_left_and_not_asked(self, case, company, client):
        send_back(case, None, *POINTS)
        put_file(case.application, "contract", shared=False, by=company.agent, content=b"%PDF-more")
        three = {"name": "智慧工厂三期", "investment": "1000000.00", "accepted_on": "2024-12-01"}
        refile(case, company, projects=[three, ONE | {"investment": "7000000.00"}, TWO])
        client.force_login(officer("高新区"))
        officers = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        client.force_login(company.legal)
        own = client.get(reverse("applications:revision", args=[case.application_id, 2])).content.decode()
        for page in (officers, own):
            part = " ".join(page.split('class="answer-list"')[1].split("</table>")[0].split())
            answers, table = part.split("<table")
            assert answers.count('data-state="changed"') == 1
            assert answers.count('data-state="unchanged"') == 2
            assert "第 2 条（原第 1 条）·软硬件、设备投入" in table
            assert "第 1 条（新增）" in table
            assert "（新增）" in table.split("合同")[1]
            assert table.count('data-state="asked"') == 1
            assert table.count('data-state="unasked"') == 2

    def test_before_filing_again_the_enterprise_sees_what_is_still_left(self, case, company, client):
        send_back(case, None, *POINTS)
        client.force_login(company.legal)
        page = client.get(reverse("applications:check", args=[case.application_id])).content.decode()
        assert page.count('data-state="unchanged"') == 3
        assert "内容与上次提交相同" in page

    def test_the_record_shows_points_with_their_places(self, case, client):
        send_back(case, None, *POINTS)
        assert Correction.objects.get().points.count() == 3
        client.force_login(officer("高新区"))
        record = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        record = record.split('id="corrections-title"')[1].split("</section>")[0]
        assert "<strong>发票</strong>：发票不清晰。" in record
        assert "待补正" in record
