"""Django's flush, allowed to empty the audit tables of a test database."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections


class Command(DjangoFlush):
    """Between transactional tests Django truncates every table; the audit triggers listen to this setting only in a
    database whose name begins with ``test_``. Everywhere else flush fails on them, as it should."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            cursor.execute("SET audit.flush = 'on'")
        try:
            super().handle(**options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET audit.flush")
