"""The database's clock: the one clock that decides whether a filing is late."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The instant at which this statement runs (not the start of the transaction), aware."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now
