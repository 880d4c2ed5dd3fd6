"""Figures of speed of the editor: what it answers to a change of a block. ``python -m tests.bench editing``; nothing
is asserted."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.bench_database import own_database

TITLE = "The editor of clauses"
NOTES = (
    "A change of one block of each shipped clause, through Django's test client: reading the form, the lints of the "
    "clause over every state of the rules in the years it governs, sentences, units, drawing the answer. Each round "
    "types another title, so that no lint is remembered. The form as a whole (a button that adds a block) and the page "
    "are drawn beside it. Milliseconds on the clock, on one core that the database shares."
)
PACKAGES = ("django", "pydantic")
ROUNDS = 9


def figures() -> dict[str, list[tuple[str, ...]]]:
    """Median and slowest answer over all clauses, and the slowest clause."""
    with own_database():
        return _measured()


def _measured() -> dict[str, list[tuple[str, ...]]]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    times = _times()
    head = ("answer", "median", "slowest of all", "slowest clause")
    rows = []
    for name, by_clause in times.items():
        medians = {clause: statistics.median(found) for clause, found in by_clause.items()}
        slowest = max(medians, key=lambda clause: medians[clause])
        every = [one for found in by_clause.values() for one in found]
        told = f"{slowest} ({medians[slowest]:.0f} ms)"
        rows.append((name, f"{statistics.median(every):.0f} ms", f"{max(every):.0f} ms", told))
    return {"": [head, *rows]}


def _times() -> dict[str, dict[str, list[float]]]:
    from datetime import date

    from django.test import Client
    from django.urls import reverse

    from policies.actions.drafts import draft_from
    from policies.models import ClauseVersion
    from tests.factories.accounts import AdministratorFactory
    from tests.factories.policies import AT, load_policy
    from tests.policies.editing.page_form import form_of

    load_policy()
    person: Any = AdministratorFactory()
    client = Client()
    client.force_login(person)
    times: dict[str, dict[str, list[float]]] = {"a change of a block": {}, "a button of the form": {}, "the page": {}}
    for version in list(ClauseVersion.objects.select_related("clause")):
        draft = draft_from(version, valid_from=date(2024, 1, 1), by=person, at=AT)
        page, check = (reverse(f"editing:{name}", args=[draft.pk]) for name in ("clause", "clause_check"))
        data: dict[str, Any] = form_of(client.get(page).content.decode())
        clause = version.clause.clause_id
        for number in range(ROUNDS):
            data["title"] = [f"第{number}次"]
            button = {**data, "op": "refresh"}
            asked: dict[str, Callable[[], Any]] = {
                "a change of a block": partial(client.post, check, data),
                "a button of the form": partial(client.post, page, button, headers={"HX-Request": "true"}),
                "the page": partial(client.get, page),
            }
            for name, ask in asked.items():
                start = time.perf_counter()
                answer = ask()
                times[name].setdefault(clause, []).append((time.perf_counter() - start) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"{clause}: {name} answered {answer.status_code}")
    return times
