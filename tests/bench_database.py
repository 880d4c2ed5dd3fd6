"""The database of a bench module: servers of its own, thrown away afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit


@contextmanager
def own_database(name: str = "", *, options: str = "") -> Iterator[None]:
    """Django on an empty database of servers of its own. name: a second database there instead of the first one, still
    without tables. options: of every connection, as the server's command line takes them."""
    from nanchang_ei.embedded.throwaway import throwaway

    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    os.environ["DJANGO_SETTINGS_MODULE"] = "nanchang_ei.settings.test"
    with throwaway() as servers:
        import django

        django.setup()
        from django.conf import settings
        from django.db import connection

        settings.DEBUG = False
        # Another module of the run may have read the settings before this one had its servers.
        place = urlsplit(servers["DATABASE_URL"])
        connection.close()
        connection.settings_dict |= {
            "HOST": place.hostname,
            "PORT": place.port,
            "USER": unquote(place.username or ""),
            "PASSWORD": unquote(place.password or ""),
            "NAME": place.path.lstrip("/"),
            "OPTIONS": {"options": options} if options else {},
        }
        try:
            if name:
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'CREATE DATABASE "{name}"')
                connection.close()
                connection.settings_dict["NAME"] = name
            yield
        finally:
            connection.close()
