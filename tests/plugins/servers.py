"""Gives the test run a PostgreSQL and a Valkey of its own where DATABASE_URL or REDIS_URL is not set.

Started once, by the controlling process, before Django reads its settings; xdist workers inherit the addresses.
"""

import contextlib
import os
from collections.abc import Generator

import pytest

_servers = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None, None, None]:
    """Start what is missing; a wrapper, because pytest-django loads the settings in this same hook."""
    wanted = {name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)}
    if wanted and not {"--help", "-h", "--version"} & set(args):
        from nanchang_ei.embedded.throwaway import throwaway

        addresses = _servers.enter_context(throwaway())
        os.environ.update({name: addresses[name] for name in wanted})
    return (yield)


def pytest_unconfigure() -> None:
    """Stop the servers that this process started (an xdist worker has started none)."""
    _servers.close()
