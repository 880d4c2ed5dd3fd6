"""How often the lists ask the database: the same for 1 and 50 rows, 15 times at most, nothing for a row."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.actions.presence import be_present
from reviews.actions.views import save_view
from reviews.enums import ListPage
from reviews.models import Case, Stage, Task
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company
from tests.factories.lists import numbers, waiting
from tests.factories.reviews import LATER, make_case, officer
from tests.factories.units import join

MOST = 15
LISTS = [
    ("queue", ""),
    ("queue", "?tab=unit&sort=-amount&q=公司&due=overdue"),
    ("cases", ""),
    ("cases", "?sort=due&stage=preliminary&amount_from=1"),
]


def asked(user, page: str, query: str) -> tuple[int, int]:
    """How many queries the page takes, and how many rows it shows."""
    client = Client()
    client.force_login(user)
    address = reverse(f"reviews:{page}") + query
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        html = client.get(address).content.decode()
    return len(queries), len(numbers(html))


@pytest.mark.parametrize(("page", "query"), LISTS)
def test_as_many_for_fifty_rows_as_for_one_and_few(policies_loaded, page, query):
    me = officer("高新区")
    others = [join("高新区", name=f"经办{at}") for at in range(3)]
    for name in ("一", "二", "三"):
        save_view(page=ListPage(page), name=name, query="q=公司", unit_id=None, by=me, at=LATER)
    waiting(due_in=-2)
    before, rows = asked(me, page, query)
    assert rows == 1
    for at in range(50):
        task = waiting(due_in=-2) if at % 2 else waiting("3.3.2", due_in=-3)
        Task.objects.filter(pk=task.pk).update(handler=None if at % 3 else me)
        be_present(task=task, by=others[at % 3], at=timezone.now())
    after, rows = asked(me, page, query)
    assert rows == 50
    assert before == after
    assert after <= MOST


def test_an_auditor_reads_all_cases_with_as_many(policies_loaded):
    for _ in range(2):
        make_case(make_company())
    queries, rows = asked(AuditorFactory(), "cases", "")
    assert rows == 2
    assert queries <= MOST


class TestTaskFollowsStage:
    """What lists read of a stage stands in its tasks, whoever changes the stage and however."""

    def told(self, task: Task) -> tuple[object, ...]:
        row = Task.objects.get(pk=task.pk)
        return row.case_id, row.stage_kind, row.stage_state, row.due_on, row.reached

    def test_a_new_task_and_every_later_change(self, policies_loaded):
        task = waiting()
        stage = Stage.objects.get(pk=task.stage_id)
        assert self.told(task) == (stage.case_id, stage.kind, "open", stage.due_on, True)
        Stage.objects.filter(pk=stage.pk).update(state="paused", due_on="2030-01-02")
        stage.refresh_from_db()
        assert self.told(task) == (stage.case_id, stage.kind, "paused", stage.due_on, True)

    def test_nobody_can_write_anything_else_there(self, policies_loaded):
        task = waiting()
        before = self.told(task)
        Task.objects.filter(pk=task.pk).update(stage_state="done", due_on=None, reached=False, opens_case=False)
        assert self.told(task) == before
        assert Task.objects.get(pk=task.pk).opens_case

    def test_a_stage_not_reached_shows_nothing(self, policies_loaded):
        case = make_case(make_company())
        later = Task.objects.filter(case=case).exclude(stage_kind="preliminary")
        assert set(later.values_list("reached", "opens_case", "stage_state")) == {(False, False, "waiting")}
        assert not Case.objects.visible_to(officer("市工信局")).exists()
