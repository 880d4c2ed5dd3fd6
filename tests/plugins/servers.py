"""Gives the test run a PostgreSQL and a Valkey of its own where DATABASE_URL or REDIS_URL is not set.

Started once, by the controlling process, before Django reads its settings; xdist workers inherit the addresses. They
run in a process of their own: importing the project here would read the environment before the addresses are in it.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

_servers = contextlib.ExitStack()


@contextlib.contextmanager
def _throwaway() -> Iterator[dict[str, str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "nanchang_ei.embedded.throwaway"],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C at the terminal is for pytest; the servers go when pytest closes their input, or is killed.
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise pytest.UsageError("The database and the broker of the test run did not start; see the lines above.")
    try:
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.wait()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None, None, None]:
    """Start what is missing; a wrapper, because pytest-django loads the settings in this same hook."""
    wanted = {name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)}
    if wanted and not {"--help", "-h", "--version"} & set(args):
        addresses = _servers.enter_context(_throwaway())
        os.environ.update({name: addresses[name] for name in wanted})
    return (yield)


def pytest_unconfigure() -> None:
    """Stop the servers that this process started (an xdist worker has started none)."""
    _servers.close()
