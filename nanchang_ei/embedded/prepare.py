"""What must be done before the site can serve: tables, calendar, policy, demonstration data, static files.

One process for all, because starting Django takes longer than most of it. Prints nothing of its own; what `load_demo`
prints (the demonstration accounts) goes to the file named by the first argument, because `make run` shows it last.
"""

import hashlib
import io
import os
import sys
from pathlib import Path


def main(accounts: Path) -> None:
    """Run the management commands in order; every one of them is safe to repeat."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchang_ei.settings.dev")
    import django
    from django.core.management import call_command

    django.setup()
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit:
        call_command("migrate", interactive=False, verbosity=1)
    call_command("load_calendar")
    call_command("load_policies")
    shown = io.StringIO()
    call_command("load_demo", stdout=shown)
    accounts.write_text(shown.getvalue(), encoding="utf-8")
    _collect_static(accounts.with_name("static.sha256"))


def _collect_static(stamp: Path) -> None:
    """Run collectstatic unless it has seen exactly these files before: it compresses all of them each time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    seen = stamp.read_text() if stamp.exists() and Path(settings.STATIC_ROOT).is_dir() else ""
    if seen != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest.hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
