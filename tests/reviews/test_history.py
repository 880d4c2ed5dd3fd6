"""History as sentences: every event of a case has one, and nobody learns from it what the settings keep from them."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UnitRole
from reviews.actions import cancel_correction, return_draft, return_for_correction
from reviews.actions.recusal import recuse
from reviews.enums import Outcome, StageKind
from reviews.history import SENTENCES, case_history
from reviews.models import Case, Task
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import PointInput, file, fill
from tests.factories.reviews import LATER, advance_to, approver, decide, draft, make_case, officer, task_of

#: Recorded of panels and of notes, never of a case; names of files that look alike.
NOT_OF_CASES = {"panel.criteria_set", "case.note_written", "case.note_withdrawn", "case.css", "case.pdf"}
C, L = StageKind.CONSULTATION, StageKind.LEAD


def recorded_names() -> set[str]:
    """Every event name that stands in the code of reviews as something about a case, its tasks, decisions, panels."""
    pattern = re.compile(r"(case|decision|task|panel|note|message)\.[a-z_]+")
    names = set()
    for path in (Path(settings.BASE_DIR) / "reviews").rglob("*.py"):
        if path.parent.name == "migrations" or path.name == "history.py":
            continue
        texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
        names |= {text for text in texts if isinstance(text, str) and pattern.fullmatch(text)}
    return names - NOT_OF_CASES


def test_every_event_of_a_case_has_a_sentence():
    assert recorded_names() - set(SENTENCES) == set()


def test_no_sentence_waits_for_an_event_that_nobody_records():
    assert set(SENTENCES) - recorded_names() == set()


def told(case: Case, user) -> str:
    return "\n".join(line.sentence for line in case_history(case, user))


@pytest.fixture
def case(company):
    return make_case(company)


class TestSentences:
    def test_a_decision_with_unit_role_person_and_outcome(self, case):
        user = officer("高新区")
        user.name = "李某"
        user.save()
        decide(task_of(case), reasons="材料齐全。")
        text = told(case, approver("高新区"))
        # One person decides here: one sentence, and nothing waits for a second one.
        assert "2026年3月3日 09:00，高新区李某提出初审意见：初审通过，理由：材料齐全。" in text
        assert "待本单位审核" not in text
        assert "系统受理申报，建立案卷，进入初审" in text
        assert "进入牵头审核" in text
        decide(task_of(case))
        text = told(case, approver("市工信局"))
        assert "提交牵头审核意见，待本单位审核" in text
        assert "确认牵头审核意见" in text

    def test_a_correction_and_its_cancellation(self, case):
        task = task_of(case)
        points = [PointInput("general", "", "请补充。"), PointInput("general", "", "请说明。")]
        values = {"by": officer("高新区"), "at": LATER}
        return_for_correction(task=task, expected_version=task.version, points=points, **values)
        task = task_of(case)
        cancel_correction(task=task, expected_version=task.version, reason="误退", **values)
        text = told(case, officer("高新区"))
        assert "退回补正，共 2 项，期限 2026年3月10日，补正期间暂停计时。" in text
        assert "取消补正，恢复计时，理由：误退。" in text

    def test_an_answered_correction(self, case, company):
        task = task_of(case)
        return_for_correction(
            task=task,
            expected_version=task.version,
            points=[PointInput("general", "", "请补充。")],
            by=officer("高新区"),
            at=LATER,
        )
        from reviews.actions import resume_case

        application = case.application
        application.refresh_from_db()
        resume_case(revision=file(fill(application, company), company, at=LATER), at=LATER)
        assert "企业已补正，提交第 2 版，恢复计时。" in told(case, officer("高新区"))

    def test_every_sentence_ends_once(self, case):
        advance_to(case, None)
        for line in case_history(case, AuditorFactory()):
            assert line.text.endswith("。")
            assert not line.text.endswith("。。")
            assert not re.search(r"[a-z]+\.[a-z_]+", line.text), "no machine name"

    def test_on_the_page(self, case, client):
        client.force_login(officer("高新区"))
        page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert '<ol class="history">' in page
        assert "建立案卷" in page


class TestWhoLearnsWhat:
    def test_a_draft_is_its_units_own(self, case):
        advance_to(case, L)
        draft(task_of(case, "市工信局"), outcome=Outcome.REFUSE, reasons="暂拟不予支持")
        assert "暂拟不予支持" in told(case, approver("市工信局"))
        assert "暂拟不予支持" not in told(case, officer("高新区"))
        assert "暂拟不予支持" in told(case, AuditorFactory())

    def test_why_a_draft_was_returned_is_its_units_own(self, case):
        advance_to(case, L)
        task = task_of(case, "市工信局")
        draft(task)
        task.refresh_from_db()
        return_draft(task=task, expected_version=task.version, note="金额再核", by=approver("市工信局"), at=LATER)
        assert "金额再核" in told(case, officer("市工信局"))
        assert "金额再核" not in told(case, officer("高新区"))

    def test_a_consulted_unit_reads_others_after_its_own_opinion(self, company):
        """The setting after_own: before it has spoken, a unit learns that others did, and not what."""
        case = advance_to(make_case(company, "3.3.1"), C)
        first, second = Task.objects.filter(stage__case=case, stage__kind=C).select_related("unit").order_by("pk")
        decide(first, outcome=Outcome.REMARKS, reasons="发票金额与合同不一致")
        reader = officer(second.unit)
        assert "发票金额与合同不一致" not in told(case, reader)
        assert "（内容暂不可见）" in told(case, reader)
        decide(second)
        assert "发票金额与合同不一致" in told(case, reader)

    def test_why_somebody_stepped_back_is_for_auditors(self, case):
        recuse(task=task_of(case), reason="亲属任职", by=officer("高新区"), at=LATER)
        assert "回避本件" in told(case, approver("高新区"))
        assert "亲属任职" not in told(case, approver("高新区"))
        assert "亲属任职" in told(case, AuditorFactory())


def test_more_events_cost_no_more_queries(case):
    reader = officer("高新区")

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            case_history(case, reader)
        return len(taken)

    decide(task_of(case))
    queries()
    few = queries()
    for _ in range(3):
        task = task_of(case, "市工信局")
        draft(task)
        task.refresh_from_db()
        return_draft(task=task, expected_version=task.version, note="再核", by=approver("市工信局"), at=LATER)
    assert queries() == few


def test_unit_leaders_read_it_too(case):
    assert "建立案卷" in told(case, officer("高新区", UnitRole.LEADER))


def test_a_confirmed_decision_of_the_own_unit_is_told(case):
    decide(task_of(case), reasons="属实")
    assert "属实" in told(case, officer("高新区"))
