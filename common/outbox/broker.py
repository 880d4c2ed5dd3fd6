"""Handing an id to Celery, in bounded time, without ever failing the caller.

The outbox row is the truth and the broker only a bell: out of order, it loses nothing, the sweeper rings later.
"""

import logging
import threading
import time

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0
"""After a failure this process does not try again for so long: a request that owes ten messages waits for one."""


class _Breaker:
    """Open for a while after a failure. Threads share it; a lost update costs one more attempt, nothing else."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_at = 0.0

    def open(self) -> bool:
        with self._lock:
            return time.monotonic() < self._closed_at

    def trip(self) -> None:
        with self._lock:
            self._closed_at = time.monotonic() + PAUSE_SECONDS

    def reset(self) -> None:
        with self._lock:
            self._closed_at = 0.0


breaker = _Breaker()


def send(message_id: int, *, probe: bool = False) -> bool:
    """Ring for one message; True if the broker took it. probe: try even while this process pauses after a failure."""
    from common.outbox.tasks import deliver_message  # the task imports the actions, which import this module

    if breaker.open() and not probe:
        return False
    try:
        deliver_message.apply_async(args=[message_id], retry=False, ignore_result=True)
    except Exception as error:  # every transport has its own family of errors; none of them may reach the request
        breaker.trip()
        logger.warning("broker out of order, outbox message %s is left to the sweeper: %r", message_id, error)
        return False
    breaker.reset()
    return True
