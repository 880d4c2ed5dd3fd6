"""Servers for one test run: own folder, nothing is synced to disk, gone with the process that asked for them.

As a program (`python -m nanchang_ei.embedded.throwaway`) it prints the addresses as JSON and keeps the servers until
its standard input ends, so that a process can have them before it imports anything of the project.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nanchang_ei.embedded import servers
from nanchang_ei.embedded.places import Account, Places, service_account
from nanchang_ei.embedded.processes import alive, identify, recall, remember

_PREFIX = "nanchang-ei-throwaway-"


@contextlib.contextmanager
def throwaway() -> Iterator[dict[str, str]]:
    """Yield {"DATABASE_URL": …, "REDIS_URL": …} of two new servers; they and their data are gone afterwards.

    If this process is killed, the kernel ends the servers and the next call removes the folder.
    """
    account = service_account() if os.geteuid() == 0 else None
    parent = _parent(account)
    _sweep(parent)
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    mine = identify(os.getpid())
    if mine:
        remember(root / "owner.json", mine)
    places = Places(var=root, home=root / "home", account=account)
    if account:
        # The account must be able to pass through to its own folder below.
        root.chmod(0o711)
    try:
        places.prepare()
        found = servers.start(places, frozenset({servers.DATABASE, servers.BROKER}), throwaway=True)
        yield {"DATABASE_URL": found.database, "REDIS_URL": found.redis}
    finally:
        servers.stop(places)
        shutil.rmtree(root, ignore_errors=True)


def _parent(account: Account | None) -> Path:
    """Return a temporary folder that the account can enter: root's own TMPDIR may be closed to it."""
    return Path("/tmp") if account else Path(tempfile.gettempdir())  # noqa: S108 - mkdtemp makes a private folder


def _sweep(parent: Path) -> None:
    """Remove the folders of runs that were killed."""
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = recall(folder / "owner.json") if folder.stat().st_uid == os.geteuid() else None
        if owner and not alive(owner):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with throwaway() as found:
        print(json.dumps(found), flush=True)
        sys.stdin.read()
