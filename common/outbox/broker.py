"""Handing an id to Celery, in bounded time, without ever failing the caller.

The outbox row is the truth and the broker only a bell: out of order, it loses nothing, the sweeper rings later.
"""

import logging
import threading
import time

from celery import current_app
from kombu.pools import producers

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0
"""After a failure this process does not try again for so long: a request that owes ten messages waits for one."""


IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 0.5, "socket_timeout": 1.0, "retry_on_timeout": False}
"""A web request waits for the broker: one attempt, short. (Celery's defaults, made for workers, retry for seconds.)"""


ONCE_MORE = {
    "retry": True,
    "retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
}
"""A pooled connection may have died with a restarted broker; the second attempt opens a new one."""


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
        connection = current_app.connection_for_write(transport_options=IMPATIENT)
        with producers[connection].acquire(block=True, timeout=1) as producer:
            deliver_message.apply_async(args=[message_id], producer=producer, ignore_result=True, **ONCE_MORE)
    except Exception as error:  # every transport has its own family of errors; none of them may reach the request
        breaker.trip()
        logger.warning("broker out of order, outbox message %s is left to the sweeper: %r", message_id, error)
        return False
    breaker.reset()
    return True
