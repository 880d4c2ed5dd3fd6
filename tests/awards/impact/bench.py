"""Figures of speed of an impact: 100,000 past files in three years under a drafted rate, first from the database, then
from the facts that were read at night."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench_database import own_database

TITLE = "The impact of a publication on past years"
PACKAGES = ("django", "psycopg2-binary", "numpy")
FILES = 100_000

NOTES = """
How to read this:

- The city of `tests/factories/volume.py`: 100,000 files of three policy years, a third each, of 40,000 enterprises; the
  draft lowers a rate of 3.4.5. Every part is a message of the outbox, delivered one after another in this process;
  workers share them, so that two halve what is computed. Seconds on the clock, in brackets those of this process's
  processor; the database works on the same core.
- “Asked”: from the gesture to the answer that the computation is under way. “At night”: all that
  `awards.tasks.prepare_year_facts` does with nothing on disk. “From the facts of the night” is what an administrator
  waits for; “without them” is the same with nothing on disk. The page is drawn through Django's test client with every
  year done.
"""


def figures() -> list[tuple[str, str]]:
    """Seconds of each step."""
    with own_database("bench_impact"):
        return _measured()


def _measured() -> list[tuple[str, str]]:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return _impacts()


def _impacts() -> list[tuple[str, str]]:
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from awards.queries import snapshots
    from awards.queries.impact import impact_gate, impacts_of
    from awards.tasks import prepare_year_facts
    from common.outbox import broker
    from policies.models import Document
    from tests.awards.impact.conftest import clause_draft, forty, publication_of
    from tests.factories import volume
    from tests.factories.accounts import AdministratorFactory
    from tests.factories.policies import NUMBER

    broker.send = lambda message: None  # messages are delivered here, one after another
    volume.make_city(FILES, decisions=False)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    by = AdministratorFactory()
    document = Document.objects.get(number=NUMBER)
    publication = publication_of(document, [clause_draft("3.4.5", by, forty)], by)
    with tempfile.TemporaryDirectory() as folder:
        snapshots.root = lambda: Path(folder) / "cold"
        cold = _answered(publication, by)
        snapshots.root = lambda: Path(folder) / "night"
        night = _timed(prepare_year_facts)
        warm = _answered(publication, by)
    assert impact_gate(publication) == []
    years = impacts_of(publication)
    files = sum(one.simulation.result["whole"]["files"] for one in years if one.simulation and one.simulation.result)
    client = Client()
    client.force_login(by)
    page = _timed(lambda: client.get(reverse("awards:impact", args=[publication.pk])))
    return [
        ("files counted, years", f"{files:,} files, {len(years)} years"),
        ("asked", _told(warm[0])),
        ("computed from the facts of the night, one worker", _told(warm[1])),
        ("asked and computed without them, one worker", _told((cold[0][0] + cold[1][0], cold[0][1] + cold[1][1]))),
        ("the facts read at night", _told(night)),
        ("the page with the answer", _told(page)),
    ]


def _answered(publication: Any, by: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """Asking, and all parts."""
    from awards.actions.impact import start_impact
    from tests.awards.bench import _deliver
    from tests.factories.applications import AT

    asked = _timed(lambda: start_impact(publication=publication, by=by, at=AT))
    return asked, _timed(lambda: _deliver("awards.simulate_part"))


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    start, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - busy


def _told(taken: tuple[float, float]) -> str:
    return f"{taken[0]:.2f} s ({taken[1]:.2f} s)"
