#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it uses the embedded servers (see nanchang_ei/embedded)."""

import os
import sys


def main() -> None:
    """Run one management command under the settings that DJANGO_SETTINGS_MODULE names (default: dev)."""
    if sys.argv[1:2] == ["evaluate"] and "--corpus" in sys.argv:
        # The shipped clauses need neither Django nor a database: answered at once.
        from policies.rules.cli import main as evaluate_corpus

        raise SystemExit(evaluate_corpus(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchang_ei.settings.dev")
    from django.core.management import execute_from_command_line

    from nanchang_ei.embedded import ensure_for_command

    ensure_for_command(sys.argv)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
