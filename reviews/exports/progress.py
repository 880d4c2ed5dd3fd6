"""How far a job is, told while its own transaction is still open."""

import logging
import time
from types import TracebackType

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from common.errors import Invalid
from reviews.enums import ExportState
from reviews.models import Export

logger = logging.getLogger(__name__)

#: Seconds that a job leaves of its time limit: it ends with a sentence, not by being killed and begun again.
RESERVE = 30
#: Seconds between two updates: often enough for a page that asks every two seconds.
EVERY = 0.5


class Progress:
    """Writes `done` and `total` of an export through a connection of its own, so that the page sees them at once.

    The job runs in the transaction that marks its message as done; what it writes there nobody sees before the end.
    The job itself must not touch the row before `close`, or the two connections would wait for each other.
    Progress is of no weight: an update that fails is left out.
    """

    def __init__(self, export: Export) -> None:
        self._export_id = export.pk
        self._connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self._next = 0.0
        self._ends = time.monotonic() + settings.CELERY_TASK_TIME_LIMIT - RESERVE

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def tell(self, done: int, total: int) -> None:
        """So many of so many are done; most calls between two updates cost nothing. Raises Invalid when time is up."""
        now = time.monotonic()
        if now > self._ends:
            raise Invalid("内容过多，未能在时限内生成。请缩小筛选范围，分次导出。")
        if now < self._next and done < total:
            return
        self._next = now + EVERY
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '500ms'")
                cursor.execute(
                    f"UPDATE {Export._meta.db_table} SET state = %s, done = %s, total = %s"  # noqa: S608 - a constant
                    " WHERE id = %s AND state IN (%s, %s)",
                    [
                        ExportState.RUNNING,
                        done,
                        max(done, total),
                        self._export_id,
                        ExportState.QUEUED,
                        ExportState.RUNNING,
                    ],
                )
        except DatabaseError:
            logger.warning("progress of export %s not told", self._export_id, exc_info=True)
