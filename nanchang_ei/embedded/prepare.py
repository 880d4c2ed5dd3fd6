"""What must be done before the site can serve: tables, calendar, policy, demonstration data, static files.

One process for all, because starting Django takes longer than most of it. Prints nothing of its own; what `load_demo`
prints (the demonstration accounts) goes to the file named by the first argument, because `make run` shows it last.
"""

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
    call_command("migrate", interactive=False, verbosity=1)
    call_command("load_calendar")
    call_command("load_policies")
    shown = io.StringIO()
    call_command("load_demo", stdout=shown)
    accounts.write_text(shown.getvalue(), encoding="utf-8")
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
