"""Figures of speed of the officers' lists: the same pages with 1,000 and with 100,000 cases in the database.

Servers of their own, one database for each size; a page is asked for through Django's test client in this process, so
what is measured is everything but the network and gunicorn, with the middleware of the site.
"""

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench_database import own_database

TITLE = "The officers' lists"
PACKAGES = ("django", "psycopg2-binary")
SIZES = (1_000, 100_000)
ROUNDS = 40
#: Page → whose it is, and its address.
PAGES = {
    "a bare page of a signed-in person (profile)": ("handler", "/me/profile/"),
    "queue, 待我办理": ("handler", "/reviews/"),
    "queue, 本单位在办": ("handler", "/reviews/?tab=unit"),
    "queue, 待我办理 of a 审核": ("approver", "/reviews/"),
    "queue, filtered (overdue, one clause, from 10,000 元)": (
        "handler",
        "/reviews/?tab=unit&due=overdue&clause=3.4.5&amount_from=10000",
    ),
    "queue, sorted by amount": ("handler", "/reviews/?tab=unit&sort=-amount"),
    "queue, searched for 光电": ("handler", "/reviews/?tab=unit&q=光电"),
    "all cases of a unit": ("handler", "/reviews/cases/"),
    "all cases of a unit, searched for 恒创智": ("handler", "/reviews/cases/?q=恒创智"),
    "all cases, of an auditor": ("auditor", "/reviews/cases/"),
    "all cases, of an auditor, searched for 恒创智能": ("auditor", "/reviews/cases/?q=恒创智能"),
    "all cases, of an auditor, searched for one sign (光)": ("auditor", "/reviews/cases/?q=光"),
}

NOTES = """
How to read this:

- The city is made up (`tests/factories/volume.py`): 200 officers in 25 units, two and a half files for each enterprise,
  15 % of the files open, 6 % at one unit and at most 5,000 there at the lead stage. The person whose pages these are
  belongs to that unit. A page shows 50 rows.
- Processor milliseconds of this process and of the database's, the mean of 40 rounds, beside the best on the clock;
  through Django's test client, on one core that both share, without parallel queries. Ratios are of processor time.
- “rows drawn”: with 1,000 and with 100,000 cases. Some of the filters and searches find fewer than 50 files among
  1,000: those pages have more to draw with 100,000, and their ratio says as much about that as about the database.
"""


def figures() -> dict[str, list[tuple[str, ...]]]:
    """The pages at both sizes, side by side, and how the database searches."""
    with own_database(options="-c max_parallel_workers_per_gather=0"):
        return _measured()


def _measured() -> dict[str, list[tuple[str, ...]]]:

    taken: dict[int, dict[str, tuple[float, float, int, int]]] = {}
    plans: list[tuple[str, ...]] = [("search with 100,000 cases", "planned")]
    for size in SIZES:
        visitors = _city(size)
        taken[size] = {name: _page(visitors[who], path) for name, (who, path) in PAGES.items()}
        if size == SIZES[-1]:
            plans += [(word, _plan(word)) for word in ("恒创智能", "光电科技", "9136", "3.4.5", "光")]
    small, large = (taken[size] for size in SIZES)
    bare = next(iter(PAGES))
    head = ("page", "1,000 cases", "100,000 cases", "ratio", "rows drawn", "queries", "÷ bare page at 100,000")
    rows = [
        (
            name,
            f"{small[name][0]:.1f} ms ({small[name][1]:.1f})",
            f"{large[name][0]:.1f} ms ({large[name][1]:.1f})",
            f"{large[name][0] / small[name][0]:.2f}",
            f"{small[name][3]}, {large[name][3]}",
            str(large[name][2]),
            f"{large[name][0] / large[bare][0]:.1f}",
        )
        for name in PAGES
    ]
    return {"Processor milliseconds of a page (best on the clock)": [head, *rows], "Search": plans}


def _city(size: int) -> dict[str, Any]:
    """A database with a city of this size, and who visits: signed-in clients by role."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.enums import UnitRole
    from tests.factories.accounts import AuditorFactory
    from tests.factories.volume import make_city

    name = f"bench_{size}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0)
    city = make_city(size, today=date.today())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    people = {"handler": city.officer(), "approver": city.officer(role=UnitRole.APPROVER), "auditor": AuditorFactory()}
    clients = {}
    for role, person in people.items():
        clients[role] = Client()
        clients[role].force_login(person)
    return clients


def _page(client: Any, path: str) -> tuple[float, float, int, int]:
    """Processor milliseconds of one answer (this process and the database's), the best on the clock, the numbers of
    queries and of rows drawn."""
    from django.db import connection

    asked = 0

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    clock = []
    before = time.process_time() + _used(backend)
    for _ in range(ROUNDS):
        start = time.perf_counter()
        client.get(path)
        clock.append((time.perf_counter() - start) * 1000)
    used = (time.process_time() + _used(backend) - before) * 1000 / ROUNDS
    return used, min(clock), asked, answer.content.decode().count("data-keys-item")


def _used(pid: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _plan(word: str) -> str:
    """Which index answers a search, and how long it takes."""
    from django.db import connection

    from reviews.models import Case
    from reviews.queries.search import search

    sql, params = search(Case.objects.all(), word).values("pk")[:10_000].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ANALYZE {sql}", params)
        lines = [row[0] for row in cursor.fetchall()]
    used = "index case_search" if any("case_search" in line for line in lines) else "read through"
    return f"{used}, {lines[-1].strip().lower()}"
