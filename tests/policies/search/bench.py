"""Figures of speed of the library's search: 200 documents. ``python -m tests.bench search``; nothing is asserted."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench_database import own_database

TITLE = "Search in the library"
NOTES = (
    "200 documents made of the shipped one about other industries, with 4,000 clauses, about 8,000 versions and every "
    "printed line. The page is what a visitor waits for, through Django's test client; clauses and places of the text "
    "are the two questions behind it. Milliseconds of the processor, Python and the database together; of the "
    "page on the clock as well, which other work of the machine makes longer (see the load). Medians of the rounds. "
    "Without the GIN indexes every query read every definition."
)
PACKAGES = ("django", "psycopg2-binary")
DOCUMENTS = 200
ROUNDS = 5
HEAD = ("query", "clauses", "places", "page", "clauses alone", "places alone", "page on the clock")
QUERIES = (
    ("two characters", "锂电"),
    ("four characters", "智慧工厂"),
    ("a word of every clause", "企业"),
    ("a number", "30号"),
    ("a number of a document", "洪府发[2023]30号"),
    ("a clause number", "3.4.5"),
    ("several words", "锂电 企业 补助"),
    ("Chinese and Latin", "5G+智慧工厂"),
    ("a percentage", "10%"),
    ("nothing found", "海洋渔业"),
    ("a typing error", "智惠工厂"),
    ("no words: everything", ""),
)


def figures() -> dict[str, list[tuple[str, ...]]]:
    """What each query finds and how long it takes."""
    with own_database():
        return _measured()


def _measured() -> dict[str, list[tuple[str, ...]]]:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from tests.policies.search.volume import make_library

    make_library(DOCUMENTS)
    # One core, as everywhere in these figures.
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    return {"": [HEAD, *(row_of(name, query) for name, query in QUERIES)]}


def row_of(name: str, query: str) -> tuple[str, ...]:
    """One query of the library that is there: how much it finds, and how long it takes."""
    from django.test import Client
    from django.urls import reverse

    from policies.queries import search_clauses, search_text

    address = reverse("policies:search")
    clock, page = _timed(lambda: Client().get(address, {"q": query}))
    _, clauses = _timed(lambda: search_clauses(None, query))
    _, places = _timed(lambda: search_text(None, query))
    found = (f"{search_clauses(None, query)[1]:,}", f"{search_text(None, query)[1]:,}")
    row = (f"{name}: {query}" if query else name, *found, page, clauses, places, clock)
    print(*row, flush=True)
    return row


def _timed(ask: Callable[[], Any]) -> tuple[str, str]:
    """Milliseconds on the clock, and of the processor for Python and the database's process together; medians."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    clock, processor = [], []
    for _ in range(ROUNDS):
        start, worked = time.perf_counter(), time.process_time() + _worked(backend)
        ask()
        clock.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() + _worked(backend) - worked) * 1000)
    return f"{statistics.median(clock):.0f} ms", f"{statistics.median(processor):.0f} ms"


def _worked(pid: int) -> float:
    """Seconds of the processor that a process of this machine has had (Linux)."""
    told = Path(f"/proc/{pid}/schedstat")
    return int(told.read_text().split()[0]) / 1e9 if told.exists() else 0.0
