"""Lists for tests: one unit's tasks in many shapes without a route walked for each, and pages as people open them."""

import re
from datetime import date, timedelta

from django.test import Client
from django.urls import reverse

from accounts.models import User
from reviews.models import Case, Stage, Task
from tests.factories.applications import make_company
from tests.factories.reviews import make_case, task_of


def waiting(clause_id: str = "3.4.5", *, due_in: int | None = None, **company: str) -> Task:
    """A new file's task at the district, due so many days from today where told."""
    task = task_of(make_case(make_company(**company), clause_id))
    if due_in is not None:
        Stage.objects.filter(pk=task.stage_id).update(due_on=date.today() + timedelta(days=due_in))
    return task


def page_of(user: User, query: str = "", *, page: str = "queue") -> str:
    """A list as this person sees it."""
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(f"reviews:{page}") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(html: str) -> list[str]:
    """The application numbers of the rows, in the order of the page."""
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]+)</a>', html)


def number_of(item: Task | Case) -> str:
    """The application number of a task or case."""
    case = item.stage.case if isinstance(item, Task) else item
    return str(case.application.number)
