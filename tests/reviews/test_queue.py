"""The officers' lists: what is mine, filters, order and columns in the address, and what comes next."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence
from reviews.actions.presence import be_present
from reviews.columns import COLUMNS, offered, sortable
from reviews.enums import ListPage, StageKind
from reviews.models import Case, ListColumns, Stage, Task
from reviews.queries.desk import desk_of
from reviews.queries.ordering import order_of
from reviews.queries.queue import TABS, capped_counts, clean_query, read, tasks_for
from tests.factories.accounts import AuditorFactory
from tests.factories.lists import number_of, numbers, page_of, waiting
from tests.factories.reviews import advance_to, approver, decide, draft, make_case, officer, task_of
from tests.factories.units import away, join, leave

TODAY = timezone.localdate()
#: What an address asks for → which of the three files it leaves.
NARROWED = {
    "due=overdue": {"late"},
    "due=today": {"today"},
    "due=2days": {"today"},
    "due=paused": set(),
    "clause=3.3.2": {"today", "far"},
    "q=晨光": {"late"},
    "q=南昌&clause=3.3.2": {"far"},
    "stage=preliminary": {"late", "today", "far"},
    "stage=lead": set(),
    "handler=none": {"late", "today", "far"},
    "handler=me": set(),
    "policy_year=2024": {"late", "today", "far"},
    "policy_year=2023": set(),
    "amount_from=9000000&amount_to=９００００００": {"late"},
    "filed_from=2026-03-02&filed_to=2026-03-02": {"late", "today", "far"},
    "filed_to=2026-03-01": set(),
    "panel=sampled": set(),
}
NONSENSE = [
    "stage=nothing",
    "clause=9.9.9",
    "policy_year=abc",
    "policy_year=" + "9" * 40,
    "amount_from=many",
    "amount_from=-1",
    "amount_from=" + "9" * 60,
    "filed_from=2026-02-30",
    "filed_from=0001-01-01",
    "filed_to=tomorrow",
    "handler=0",
    "handler=999999999999999999999",
    "unit=%00",
    "q=%00",
    "q=" + quote("长") * 80,
    "tab=nothing",
    "sort=nothing",
    "cols=nothing",
    "due=yesterday",
]


def give(task, person):
    Task.objects.filter(pk=task.pk).update(handler=person)


class TestMine:
    def test_taken_by_me_or_by_nobody_but_not_by_another(self, policies_loaded):
        own, free, others = waiting(), waiting(), waiting()
        me, other = officer("高新区"), join("高新区", name="另一名经办")
        give(own, me)
        give(others, other)
        assert set(numbers(page_of(me))) == {number_of(own), number_of(free)}
        assert set(numbers(page_of(other))) == {number_of(others), number_of(free)}
        assert len(numbers(page_of(me, "?tab=unit"))) == 3

    def test_of_an_absent_colleague_while_the_absence_lasts(self, policies_loaded):
        task = waiting()
        me, absent = officer("高新区"), join("高新区", name="外出人员")
        give(task, absent)
        assert numbers(page_of(me)) == []
        absence = away("高新区", absent, me, TODAY, TODAY)
        assert numbers(page_of(me)) == [number_of(task)]
        past = {"first_day": TODAY - timedelta(days=2), "last_day": TODAY - timedelta(days=1)}
        Absence.objects.filter(pk=absence.pk).update(**past)
        assert numbers(page_of(me)) == []

    def test_what_somebody_holds_who_left_the_unit_is_free_again(self, policies_loaded):
        task = waiting()
        me, left = officer("高新区"), join("高新区", name="已调离")
        give(task, left)
        leave("高新区", left)
        assert numbers(page_of(me)) == [number_of(task)]

    def test_a_draft_waits_for_every_approver_whoever_drafted_it(self, company):
        case = advance_to(make_case(company), StageKind.LEAD)
        task = task_of(case)
        draft(task, by=officer("市工信局"))
        assert numbers(page_of(approver("市工信局"))) == [number_of(case)]
        assert numbers(page_of(officer("市工信局"))) == []


class TestFilters:
    @pytest.fixture
    def files(self, policies_loaded):
        return {
            "late": waiting("3.4.5", due_in=-3, name="南昌晨光电子有限公司"),
            "today": waiting("3.3.2", due_in=0, name="江西瑞芯半导体有限公司"),
            "far": waiting("3.3.2", due_in=40, name="南昌恒创软件有限公司"),
        }

    def shown(self, files, query, page="queue"):
        found = numbers(page_of(officer("高新区"), query, page=page))
        return {key for key, task in files.items() if number_of(task) in found}

    def test_each_narrows_both_lists(self, files):
        for page in ("queue", "cases"):
            found = {query: self.shown(files, f"?{query}", page) for query in NARROWED}
            assert found == NARROWED, page

    def test_district_unit_and_state(self, files):
        code = files["late"].unit.code
        assert self.shown(files, f"?district={code}&unit={code}&state=open") == set(files)
        assert self.shown(files, f"?unit={code}&state=open", "cases") == set(files)
        assert self.shown(files, "?state=approved", "cases") == set()

    def test_a_handler_of_the_unit(self, files):
        officer("高新区")
        person = join("高新区", name="王经办")
        give(files["far"], person)
        assert self.shown(files, f"?tab=unit&handler={person.pk}") == {"far"}
        assert self.shown(files, f"?handler={person.pk}", "cases") == {"far"}

    def test_nonsense_is_told_and_left_out(self, files):
        for page in ("queue", "cases"):
            for query in NONSENSE:
                html = page_of(officer("高新区"), f"?{query}", page=page)
                if not (page == "cases" and query.startswith("tab")):
                    assert "notice-warning" in html, (page, query)
                assert len(numbers(html)) == 3, (page, query)

    def test_a_spoilt_page_number_shows_a_page(self, files):
        for query in ("page=0", "page=-1", "page=x", "page=9999999999", "page="):
            assert len(numbers(page_of(officer("高新区"), f"?{query}"))) == 3

    def test_all_of_it_survives_leafing_sorting_and_other_tabs(self, files):
        html = page_of(officer("高新区"), "?q=南昌&due=overdue&cols=clause,uscc")
        kept = "q=%E5%8D%97%E6%98%8C&amp;due=overdue"
        assert f"?tab=unit&amp;{kept}&amp;cols=clause%2Cuscc" in html
        assert f"?{kept}&amp;sort=number&amp;cols=clause%2Cuscc" in html
        task = files["late"]
        assert f"{reverse('reviews:task', args=[task.pk])}?list=q%3D" in html


class TestOrderAndColumns:
    def test_every_sortable_part_has_an_order_and_it_never_wavers(self, policies_loaded):
        tasks = [waiting() for _ in range(3)]
        me = officer("高新区")
        for page in ListPage:
            for key in sortable(page):
                for sort in (key, f"-{key}"):
                    first = list(read(me, page, {"sort": sort}, today=TODAY).ordered().values_list("pk", flat=True))
                    assert len(first) == len(tasks), (page, sort)
                    assert order_of(page, sort)[-1] in {"pk", "-pk"}

    def test_due_first_and_what_has_no_amount_last_both_ways(self, policies_loaded):
        small, large, open_amount = waiting("3.4.5", due_in=9), waiting("3.3.2", due_in=5), waiting("3.1.3a", due_in=7)
        Case.objects.filter(pk=small.stage.case_id).update(estimate_fen=1)
        Case.objects.filter(pk=large.stage.case_id).update(estimate_fen=2)
        me = officer("高新区")
        a, b, c = number_of(small), number_of(large), number_of(open_amount)
        assert numbers(page_of(me)) == [b, c, a]
        assert numbers(page_of(me, "?sort=amount")) == [a, b, c]
        assert numbers(page_of(me, "?sort=-amount")) == [b, a, c]
        assert 'aria-sort="descending"' in page_of(me, "?sort=-amount")

    def test_every_column_of_both_lists_draws(self, policies_loaded):
        waiting()
        me = officer("高新区")
        for page, name in ((ListPage.QUEUE, "queue"), (ListPage.CASES, "cases")):
            html = page_of(me, f"?cols={','.join(offered(page))}", page=name)
            for column in COLUMNS:
                if page in column.pages and column.key != "file":
                    assert f'data-label="{column.label}"' in html, column.key

    def test_chosen_ones_are_kept_and_the_address_goes_before_them(self, policies_loaded, client):
        waiting()
        me = officer("高新区")
        client.force_login(me)
        answer = client.post(reverse("reviews:columns", args=["queue"]), {"uscc": "1", "due": "2", "query": "tab=unit"})
        assert answer["Location"] == reverse("reviews:queue") + "?tab=unit"
        assert ListColumns.objects.get(user=me).columns == ["uscc", "due"]
        html = page_of(me)
        assert html.index('data-label="统一社会信用代码"') < html.index('data-label="期限"')
        assert 'data-label="条款"' not in html
        assert 'data-label="统一社会信用代码"' not in page_of(me, "?cols=clause")
        client.post(reverse("reviews:columns", args=["queue"]), {"usual": "1"})
        assert 'data-label="条款"' in page_of(me)

    def test_a_spoilt_choice_of_columns_comes_back(self, policies_loaded, client):
        client.force_login(officer("高新区"))
        answer = client.post(reverse("reviews:columns", args=["queue"]), {"uscc": "often"})
        assert answer.status_code == 422
        assert "often" in answer.content.decode()
        assert client.post(reverse("reviews:columns", args=["nothing"]), {}).status_code == 404


class TestCounts:
    def test_tabs_tell_how_many_and_large_numbers_are_not_counted_out(self, policies_loaded, monkeypatch):
        for _ in range(3):
            waiting()
        me = officer("高新区")
        desk = desk_of(me, today=TODAY)

        assert capped_counts([tasks_for(desk, tab) for tab in TABS]) == [3, 3, 0, 0]
        assert capped_counts([Task.objects.none(), tasks_for(desk, "unit")]) == [0, 3]
        assert capped_counts([Task.objects.none()]) == [0]
        monkeypatch.setattr("reviews.queries.queue.MOST_COUNTED", 2)
        monkeypatch.setattr("reviews.list_presenters.MOST_COUNTED", 2)
        monkeypatch.setattr("reviews.views.queue.MOST_COUNTED", 2)
        html = page_of(me)
        assert "2+" in html
        assert "共 2+ 件" in html

    def test_only_what_one_may_see(self, policies_loaded):
        task = waiting()
        auditor = AuditorFactory()
        assert numbers(page_of(auditor, page="cases")) == [number_of(task)]
        assert numbers(page_of(officer("市财政局"), page="cases")) == []
        assert not read(officer("市财政局"), ListPage.QUEUE, {"tab": "unit"}, today=TODAY).found().exists()


class TestNext:
    def done(self, client, task, **values):
        task = Task.objects.get(pk=task.pk)
        sent = {"expected_version": task.version, "outcome": "accept", "reasons": "齐全", "next": "1", **values}
        return client.post(reverse("reviews:decide", args=[task.pk]), sent)

    def test_it_keeps_to_the_list_and_its_order(self, policies_loaded, client):
        first, second, third = waiting("3.3.2", due_in=3), waiting("3.4.5", due_in=5), waiting("3.3.2", due_in=7)
        client.force_login(officer("高新区"))
        way = "clause=3.3.2&sort=-due"
        answer = self.done(client, third, list=way)
        assert answer["Location"] == f"{reverse('reviews:task', args=[first.pk])}?list=clause%3D3.3.2%26sort%3D-due"
        answer = self.done(client, first, list=way)
        assert answer["Location"] == f"{reverse('reviews:queue')}?{way}"
        assert self.done(client, second)["Location"] == reverse("reviews:queue")

    def test_from_the_middle_it_goes_on_and_then_round(self, policies_loaded, client):
        tasks = [waiting(due_in=days) for days in (3, 5, 7)]
        client.force_login(officer("高新区"))
        assert self.done(client, tasks[1])["Location"] == reverse("reviews:task", args=[tasks[2].pk])
        assert self.done(client, tasks[2])["Location"] == reverse("reviews:task", args=[tasks[0].pk])

    def test_what_somebody_else_has_open_is_passed_over(self, policies_loaded, client):
        tasks = [waiting(due_in=days) for days in (3, 5, 7)]
        client.force_login(officer("高新区"))
        be_present(task=tasks[1], by=join("高新区", name="张某"), at=timezone.now())
        assert self.done(client, tasks[0])["Location"] == reverse("reviews:task", args=[tasks[2].pk])

    def test_what_a_colleague_has_is_no_next_one_though_the_list_shows_it(self, policies_loaded, client):
        tasks = [waiting(due_in=days) for days in (3, 5, 7)]
        client.force_login(officer("高新区"))
        give(tasks[1], join("高新区", name="李某"))
        answer = self.done(client, tasks[0], list="tab=unit")
        assert answer["Location"].startswith(reverse("reviews:task", args=[tasks[2].pk]))

    @pytest.mark.parametrize(
        "way", ["tab=done", "tab=paused", "%%%", "next=//evil.example", "list=x&page=9", "tab=<script>"]
    )
    def test_any_other_address_is_harmless(self, policies_loaded, client, way):
        first, second = waiting(due_in=3), waiting(due_in=5)
        client.force_login(officer("高新区"))
        answer = self.done(client, first, list=way)
        assert answer["Location"].startswith(reverse("reviews:task", args=[second.pk]))
        assert "evil" not in answer["Location"]

    def test_a_refused_form_keeps_the_way(self, policies_loaded, client):
        task = waiting()
        client.force_login(officer("高新区"))
        answer = self.done(client, task, outcome="refuse", reasons="", list="clause=3.4.5")
        assert answer.status_code == 422
        assert 'name="list" value="clause=3.4.5"' in answer.content.decode()


def test_an_address_is_reduced_to_what_a_list_knows():
    asked = {"q": " 晨光 ", "tab": "unit", "page": "3", "evil": "1", "sort": "-due", "stage": ""}
    assert clean_query(ListPage.QUEUE, asked) == "tab=unit&q=%E6%99%A8%E5%85%89&sort=-due"
    assert clean_query(ListPage.CASES, asked) == "q=%E6%99%A8%E5%85%89&sort=-due"


def test_hostile_text_is_text(policies_loaded):
    waiting(name="<script>alert(1)</script>有限公司")
    html = page_of(officer("高新区"), "?q=%3Cscript%3E&cols=%22%3E%3Cscript%3E&sort=%22%3E")
    assert "<script>alert" not in html
    assert '"><script>' not in html


def test_a_paused_stage_shows_no_days(policies_loaded):
    task = waiting()
    Stage.objects.filter(pk=task.stage_id).update(state="paused")
    html = page_of(officer("高新区"), "?tab=paused")
    assert numbers(html) == [number_of(task)]
    assert "暂停计时" in html


def test_a_finished_task_stands_under_done(policies_loaded):
    task = waiting()
    decide(task)
    assert numbers(page_of(officer("高新区"), "?tab=done")) == [number_of(task)]
