"""Installations of the tests' own, and nothing left of them afterwards."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nanchang_ei.embedded import servers
from nanchang_ei.embedded.places import Places, locate

BOTH = frozenset({servers.DATABASE, servers.BROKER})


@pytest.fixture(scope="module")
def new_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Give VAR_DIRs; pytest makes the folders above them with mode 0700, so as root only root can enter them."""
    made: list[Path] = []

    def make() -> Path:
        made.append(tmp_path_factory.mktemp("clone") / "var")
        return made[-1]

    yield make
    for var in made:
        places = locate(var)
        servers.stop(places)
        if places.home.is_dir():
            shutil.rmtree(places.home)


@pytest.fixture(scope="module")
def places(new_installation: Callable[[], Path]) -> Places:
    """One installation for the tests of a module; each leaves its servers stopped and its data in order."""
    found = locate(new_installation(), create=True)
    found.prepare()
    return found


def uid_of(pid: int) -> int:
    """Return who runs a process."""
    return os.stat(f"/proc/{pid}").st_uid
