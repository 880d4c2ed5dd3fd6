"""Jobs in threads of their own, all starting together, each with its own connection."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

WAIT = 60


def in_threads(jobs: Sequence[Callable[[], Any]]) -> tuple[list[Any], list[Exception]]:
    """Run every job in a thread; returns what they answered and what they raised."""
    barrier = threading.Barrier(len(jobs))
    answers: list[Any] = []
    faults: list[Exception] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=WAIT)
            answers.append(job())
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=WAIT)
    assert not any(thread.is_alive() for thread in threads)
    return answers, faults
