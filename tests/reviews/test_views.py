"""The pages: what they show, what a refused post keeps, how often they ask the database, hostile text."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from applications.models import Correction
from reviews.actions import return_for_correction
from reviews.enums import CaseState, Outcome, StageKind, StageState, TaskState
from reviews.models import Case, Decision, Recusal, Stage, Task
from tests.factories.accounts import AuditorFactory, EnterpriseFactory
from tests.factories.applications import FACTS, PointInput, file, fill, make_company, make_draft
from tests.factories.reviews import (
    LATER,
    advance_to,
    approver,
    case_of,
    confirm,
    decide,
    draft,
    make_case,
    officer,
    running,
    task_of,
)

C, L = StageKind.CONSULTATION, StageKind.LEAD
SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(2)>"


def sent(task, **values) -> dict[str, str]:
    return {"expected_version": str(task.version), **values}


def post(client, name: str, task, **values):
    return client.post(reverse(f"reviews:{name}", args=[task.pk]), sent(task, **values))


@pytest.fixture
def case(company):
    return advance_to(make_case(company), L)


@pytest.fixture
def handler(case, client):
    """The lead's 经办, signed in."""
    user = officer("市工信局")
    client.force_login(user)
    return user


class TestDeciding:
    def test_draft_then_confirmation_end_the_case(self, case, handler, client):
        answer = post(client, "decide", task_of(case), outcome="approve", reasons="同意")
        assert answer.status_code == 302
        assert Decision.objects.get(task=task_of(case)).drafted_by == handler
        client.force_login(approver("市工信局"))
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert "9,000,000.00" in page
        assert post(client, "confirm", task_of(case)).status_code == 302
        case.refresh_from_db()
        assert case.state == CaseState.APPROVED

    def test_the_formula_amount_is_shown_and_not_asked(self, case, handler, client):
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert "9,000,000.00" in page
        assert 'name="amount"' not in page

    def test_a_discretionary_amount_is_asked_with_its_bounds(self, company, client):
        case = advance_to(make_case(company, "3.1.3a"), L)
        client.force_login(officer("市金融办"))
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert 'name="amount"' in page
        assert "核定金额不超过 10,000,000.00 元" in page
        typed = {"outcome": "approve", "reasons": "上市成功", "amount": "１，０００，０００．５"}
        answer = post(client, "decide", task_of(case), **typed)
        assert answer.status_code == 302
        assert Decision.objects.get(task=task_of(case)).amount_fen == 1_000_000_50

    def test_what_is_missing_answers_422_with_everything_kept(self, case, handler, client):
        answer = post(client, "decide", task_of(case), outcome="refuse", reasons="", next="1")
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "须写明理由" in page
        assert "错误：" in page
        assert 'value="refuse"' in page
        assert not Decision.objects.filter(task=task_of(case)).exists()

    @pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "٣", "9" * 30, "0"])
    def test_a_spoilt_version_is_a_conflict_and_no_fault(self, case, handler, client, version):
        task = task_of(case)
        address = reverse("reviews:decide", args=[task.pk])
        answer = client.post(address, {"expected_version": version, "outcome": "approve"})
        assert answer.status_code == 409

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"outcome": "refuse", "reasons": "长" * 4001}, "最多 4000 字，现有 4001 字，请精简后再提交。"),
            ({"outcome": "refuse", "reasons": "长\x00"}, "文字中有不能保存的字符"),
            ({"outcome": "bogus", "reasons": "长"}, "请选择所列的结论之一。"),
        ],
    )
    def test_what_cannot_be_taken_is_told_in_words_and_kept(self, case, handler, client, values, sentence):
        answer = post(client, "decide", task_of(case), **values)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert sentence in page
        assert values["reasons"].replace("\x00", "") in page
        box = re.search(r'<textarea[^>]*name="reasons"[^>]*>', page)
        assert box
        assert "maxlength" not in box[0], "a browser would cut a pasted text off without a word"

    def test_the_second_of_two_is_told_who_and_what_and_keeps_the_text(self, case, handler, client):
        seen = task_of(case)
        typed = "我的长篇理由：经逐项核对发票与付款凭证，同意支持。"
        made = draft(seen, by=handler)
        answer = post(client, "decide", seen, outcome="refuse", reasons=typed)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "已有变化" in page
        assert f"变化由 {made.drafted_by} 作出" in page
        assert typed in page
        assert Decision.objects.filter(task=seen).count() == 1

    def test_a_double_click_confirms_once(self, case, handler, client):
        draft(task_of(case))
        seen = task_of(case)
        client.force_login(approver("市工信局"))
        assert post(client, "confirm", seen).status_code == 302
        answer = post(client, "confirm", seen)
        assert answer.status_code == 409
        assert "变化由" in answer.content.decode()
        assert Decision.objects.filter(task=seen, confirmed_at__isnull=False).count() == 1

    def test_the_text_of_a_returned_note_is_kept_too(self, case, handler, client):
        draft(task_of(case))
        seen = task_of(case)
        confirm(seen)
        client.force_login(approver("市工信局"))
        answer = post(client, "return_draft", seen, note="请核对第二项发票。")
        assert answer.status_code == 409
        assert "请核对第二项发票。" in answer.content.decode()

    def test_the_drafter_is_not_offered_the_confirmation(self, case, handler, client):
        draft(task_of(case), by=handler)
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert reverse("reviews:confirm", args=[task_of(case).pk]) not in page
        assert "等待本单位另一名审核人员确认" in page
        answer = post(client, "confirm", task_of(case))
        assert answer.status_code == 403
        assert "由市工信局的审核人员办理" in answer.content.decode()

    def test_next_leads_to_the_next_file_and_then_to_the_queue(self, company, stranger, client):
        first = make_case(company)
        second = make_case(make_company(), "3.3.2")
        client.force_login(officer("高新区"))
        answer = post(client, "decide", task_of(first), outcome="accept", next="1")
        assert answer["Location"] == reverse("reviews:task", args=[task_of(second).pk])
        answer = post(client, "decide", task_of(second), outcome="accept", next="1")
        assert answer["Location"] == reverse("reviews:queue")

    def test_disagreement_asks_the_lead_for_words(self, company, client):
        case = advance_to(make_case(company, "3.3.2"), C)
        decide(task_of(case), outcome=Outcome.DISAGREE, reasons="资金不足。")
        client.force_login(officer("市工信局"))
        task = task_of(case)
        page = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
        assert 'name="reconciliation"' in page
        assert post(client, "decide", task, outcome="approve", reasons="同意").status_code == 422
        assert 'name="point-amount-text"' in page
        values = {"outcome": "approve", "reasons": "同意", "reconciliation": "已与财政协商。"}
        refused = post(client, "decide", task, **values)
        assert refused.status_code == 422
        assert "请写明对“金额”不同意见的处理。" in refused.content.decode()
        values["point-amount-text"] = "年度资金已调剂。"
        assert post(client, "decide", task, **values).status_code == 302


class TestCorrections:
    POINT = {
        "points-TOTAL_FORMS": "1",
        "points-INITIAL_FORMS": "0",
        "points-0-place": "field:projects-0-investment",
        "points-0-text": "投资额与发票不符。",
    }

    def test_sent_back_and_taken_back(self, case, handler, client):
        assert post(client, "correction", task_of(case), **self.POINT).status_code == 302
        point = Correction.objects.get().points.get()
        assert (point.target, point.key, point.text) == ("field", "projects-0-investment", "投资额与发票不符。")
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert "等待企业补正" in page
        assert 'name="outcome"' not in page
        refused = post(client, "cancel_correction", task_of(case), reason=" ")
        assert refused.status_code == 422
        assert "请写明取消补正的理由。" in refused.content.decode()
        assert post(client, "cancel_correction", task_of(case), reason="材料已当面补交。").status_code == 302
        assert running(case).state == StageState.OPEN

    def test_one_more_row_without_javascript(self, case, handler, client):
        answer = post(client, "correction", task_of(case), add_row="points", **self.POINT)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'name="points-1-text"' in page
        assert "投资额与发票不符。" in page
        assert not Correction.objects.exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"points-0-text": " "},
            {"points-0-place": "field:nothing"},
            {"points-TOTAL_FORMS": "x"},
            {"points-TOTAL_FORMS": "0"},
        ],
    )
    def test_a_faulty_point_is_refused(self, case, handler, client, change):
        answer = post(client, "correction", task_of(case), **(self.POINT | change))
        assert answer.status_code == 422
        assert not Correction.objects.exists()

    def test_a_late_one_keeps_its_points(self, case, handler, client):
        seen = task_of(case)
        draft(seen)
        answer = post(client, "correction", seen, **self.POINT)
        assert answer.status_code == 409
        assert "投资额与发票不符。" in answer.content.decode()

    def test_the_new_revision_shows_old_and_new_side_by_side(self, company, client):
        case = make_case(company)
        task = task_of(case)
        return_for_correction(
            task=task,
            expected_version=task.version,
            points=[PointInput("field", "projects-0-investment", "请核对。")],
            by=officer("高新区"),
            at=LATER,
        )
        application = case.application
        application.refresh_from_db()
        projects = [FACTS["3.4.5"]["projects"][0] | {"investment": "7000000.00"}, FACTS["3.4.5"]["projects"][1]]
        fill(application, company, projects=projects)
        file(application, company, at=LATER)
        client.force_login(officer("高新区"))
        page = client.get(reverse("reviews:case", args=[case.pk])).content.decode()
        assert "与上一版的不同" in page
        assert "8,000,000.00" in page
        assert "7,000,000.00" in page
        older = client.get(reverse("reviews:case_revision", args=[case.pk, 1])).content.decode()
        assert "这是较早的版本" in older

    def test_stepping_back(self, case, handler, client):
        assert post(client, "recuse", task_of(case), reason="").status_code == 422
        assert post(client, "recuse", task_of(case), reason="近亲属任职").status_code == 302
        assert Recusal.objects.get().user == handler
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert 'name="outcome"' not in page


class TestQueue:
    def mine(self, client, user, query="") -> str:
        client.force_login(user)
        return client.get(reverse("reviews:queue") + query).content.decode()

    def test_a_task_moves_through_the_tabs(self, case, client):
        person, boss, number = officer("市工信局"), approver("市工信局"), case.application.number
        assert number in self.mine(client, person)
        assert number not in self.mine(client, boss)  # the lead is two people: nothing to confirm yet
        assert number in self.mine(client, boss, "?tab=unit")
        draft(task_of(case))
        assert number not in self.mine(client, person)
        assert number in self.mine(client, boss)
        confirm(task_of(case))
        assert number not in self.mine(client, boss)
        assert number in self.mine(client, person, "?tab=done")

    def test_what_this_person_cannot_do_is_not_mine(self, company, client):
        case = make_case(company)
        person, number = officer("高新区"), case.application.number
        assert number in self.mine(client, person)
        Recusal.objects.create(case=case, user=person, reason="x", at=LATER)
        assert number not in self.mine(client, person)
        assert number in self.mine(client, person, "?tab=unit")

    def test_who_acted_elsewhere_in_the_case_is_not_offered_it(self, company, client):
        case = make_case(company)
        person, other = officer("高新区"), officer("市工信局")
        decide(task_of(case), by=person)
        lead = task_of(case)
        lead.unit.members.create(user=person, role=UnitRole.HANDLER)
        assert case.application.number not in self.mine(client, person)
        assert case.application.number in self.mine(client, other)

    def test_readers_have_nothing_of_their_own(self, case, client):
        assert case.application.number not in self.mine(client, officer("市工信局", UnitRole.LEADER))

    def test_due_first(self, company, stranger, client):
        later = make_case(company, "3.4.5")
        sooner = make_case(make_company(), "3.3.2")
        Stage.objects.filter(case=sooner, order=1).update(due_on=date(2026, 3, 5))
        page = self.mine(client, officer("高新区"))
        assert page.index(sooner.application.number) < page.index(later.application.number)

    def test_filters_live_in_the_address(self, company, client):
        one = make_case(company, "3.4.5")
        two = make_case(make_company(name="南昌演示光电有限公司"), "3.3.2")
        person = officer("高新区")
        Stage.objects.filter(case=one).update(due_on=timezone.localdate() - timedelta(days=1))
        Stage.objects.filter(case=two).update(due_on=timezone.localdate() + timedelta(days=30))
        for query, shown, hidden in (
            ("?clause=3.4.5", one, two),
            ("?q=光电", two, one),
            (f"?q={two.application.number}", two, one),
            ("?due=overdue", one, two),
        ):
            for name in ("queue", "cases"):
                client.force_login(person)
                page = client.get(reverse(f"reviews:{name}") + query).content.decode()
                assert shown.application.number in page, (name, query)
                assert hidden.application.number not in page, (name, query)
        assert one.application.number in self.mine(client, person, "?stage=preliminary&district=gaoxin")
        assert one.application.number in self.mine(client, person, "?policy_year=2024")
        assert one.application.number not in self.mine(client, person, "?stage=lead")
        assert self.mine(client, person, "?policy_year=abc&clause=%00&page=x&tab=nothing")

    def test_overdue_is_said_in_words(self, company, client):
        case = make_case(company)
        Stage.objects.filter(case=case).update(due_on=date(2026, 3, 4))
        assert "逾期" in self.mine(client, officer("高新区"))


def fifty(case: Case) -> None:
    """Copy a case until there are fifty rows, each with an enterprise of its own."""
    application = case.application
    stages = list(case.stages.order_by("order"))
    tasks = {stage.pk: list(stage.tasks.all()) for stage in stages}
    revision = application.revisions.get()
    for number in range(49):
        application.pk = None
        application.enterprise = EnterpriseFactory(district=case.application.enterprise.district)
        application.number = f"DZ2024-9{number:03d}"
        application.save(force_insert=True)
        revision.pk, revision.application, revision.idempotency_key = None, application, f"copy-{number:05d}"
        revision.save(force_insert=True)
        copied = Case.objects.create(application=application, route=case.route, opened_at=case.opened_at)
        for stage in stages:
            kept, stage.pk, stage.case = stage.pk, None, copied
            stage.save(force_insert=True)
            for task in tasks[kept]:
                task.pk, task.stage = None, stage
                task.save(force_insert=True)
            tasks[stage.pk] = tasks.pop(kept)


@pytest.mark.parametrize("address", ["queue", "cases"])
def test_as_many_queries_for_fifty_rows_as_for_one(company, client, address):
    case = make_case(company)
    client.force_login(officer("高新区") if address == "queue" else AuditorFactory())

    def asked(rows: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse(f"reviews:{address}")).content.decode()
        assert page.count("data-keys-item") == rows
        return len(queries)

    one = asked(1)
    fifty(Case.objects.get(pk=case.pk))
    assert asked(50) == one
    assert one <= 25


def test_as_many_queries_for_a_case_with_much_history(company, client):
    case = make_case(company, "3.2.3")
    client.force_login(AuditorFactory())

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("reviews:case", args=[case.pk])).status_code == 200
        return len(queries)

    first = asked()
    advance_to(case, None)
    assert asked() <= first + 2


class TestHostileText:
    def test_is_shown_and_not_run(self, policies_loaded, client):
        company = make_company(name=f"演示{SCRIPT}有限公司", contact_name=BREAKOUT)
        project = FACTS["3.4.5"]["projects"][0] | {"name": SCRIPT + BREAKOUT}
        case = case_of(file(fill(make_draft(company), company, projects=[project]), company))
        decide(task_of(case), reasons=SCRIPT + BREAKOUT)
        lead = officer("市工信局")
        lead.name = f"经办{SCRIPT}"[:50]
        lead.save(update_fields=["name"])
        client.force_login(lead)
        answer = post(client, "decide", task_of(case), outcome="refuse", reasons=BREAKOUT + SCRIPT, next="1")
        assert answer.status_code == 302
        pages = [
            reverse("reviews:queue") + "?tab=unit",
            reverse("reviews:queue") + f"?q={SCRIPT}",
            reverse("reviews:cases"),
            reverse("reviews:task", args=[task_of(case).pk]),
            reverse("reviews:case", args=[case.pk]),
        ]
        for address in pages:
            page = client.get(address).content.decode()
            assert "<script>alert" not in page, address
            assert "<img src=x" not in page, address
        assert "&lt;script&gt;" in page
        client.force_login(approver("市工信局"))
        answer = post(client, "return_draft", task_of(case), note=SCRIPT)
        page = client.get(reverse("reviews:task", args=[task_of(case).pk])).content.decode()
        assert "<script>alert" not in page
        assert Task.objects.get(pk=task_of(case).pk).state == TaskState.OPEN

    def test_a_refused_form_gives_it_back_harmless(self, case, handler, client):
        answer = post(client, "decide", task_of(case), outcome=SCRIPT, reasons=f"</textarea>{SCRIPT}")
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "<script>alert" not in page
        assert "</textarea><" not in page.replace("</textarea></div", "")
        assert "&lt;/textarea&gt;" in page


GESTURES = ["decide", "confirm", "return_draft", "correction", "cancel_correction", "recuse"]


@pytest.mark.parametrize("name", GESTURES)
def test_the_address_of_a_gesture_leads_to_the_task(case, handler, client, name):
    task = task_of(case)
    response = client.get(reverse(f"reviews:{name}", args=[task.pk]))
    assert response.status_code == 302
    assert response["Location"] == reverse("reviews:task", args=[task.pk])


def test_no_place_is_chosen_for_a_point_beforehand(case, handler, client):
    task = task_of(case)
    page = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
    assert '<option value="" selected>请选择</option>' in page
    form = {"points-TOTAL_FORMS": "1", "points-INITIAL_FORMS": "0", "points-0-place": "", "points-0-text": "请补充"}
    response = post(client, "correction", task, **form)
    assert response.status_code == 422
    assert "请选择需补正的位置。" in response.content.decode()


def test_leads_that_differ_are_told_on_the_page(company, client):
    case = make_case(company, "3.2.3")
    advance_to(case, L)
    first, second = task_of(case, "市商务局"), task_of(case, "市工信局")
    decide(first)
    decide(second, outcome=Outcome.REFUSE, reasons="证据不足。")
    person = officer(first.unit)
    client.force_login(person)
    page = client.get(reverse("reviews:task", args=[first.pk])).content.decode()
    assert "牵头单位意见不一致" in page.split('id="panel"')[1].split("申报内容")[0]


def test_who_stepped_back_is_told_so(case, handler, client):
    task = task_of(case)
    post(client, "recuse", task, reason="亲属关系")
    page = client.get(reverse("reviews:task", args=[task.pk])).content.decode()
    assert "您已回避本案卷" in page


def test_auditors_read_that_they_see_every_case(case, client):
    client.force_login(AuditorFactory())
    assert "全市已受理的申报" in client.get(reverse("reviews:cases")).content.decode()
