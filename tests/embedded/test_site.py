"""`make run` as a person meets it: the whole site, killed in every way that a machine can kill it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from nanchang_ei.embedded import servers
from nanchang_ei.embedded.places import locate
from nanchang_ei.embedded.processes import residents, wait_until
from nanchang_ei.embedded.server import free_port, is_free
from nanchang_ei.embedded.throwaway import throwaway
from nanchang_ei.env import BASE_DIR

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]

# What the test run itself has set must not reach the site under test.
_OWN = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "ALLOWED_HOSTS"}


class Site:
    """One installation that is started and killed again and again."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.output = var.parent / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, **variables: str) -> subprocess.Popen[bytes]:
        """Run the supervisor's command; its output replaces what was in `output`."""
        kept = {key: value for key, value in os.environ.items() if key not in _OWN}
        with self.output.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "nanchang_ei.embedded", "run"],
                cwd=BASE_DIR,
                env={**kept, "VAR_DIR": str(self.var), "PORT": str(self.port), **variables},
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def start(self, **variables: str) -> str:
        """Start the site, wait until it says that it is ready, return what it printed."""
        process = self.process = self.command(**variables)
        wait_until(lambda: "按 Ctrl-C 停止" in self.printed() or process.poll() is not None, 300)
        assert process.poll() is None, self.printed()
        return self.printed()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Signal the supervisor and return its exit status."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(90)

    def printed(self) -> str:
        """What the last command has printed so far."""
        return self.output.read_text(encoding="utf-8")

    def healthy(self) -> bool:
        """Whether the site reaches its database."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False

    def pid(self, name: str) -> int:
        """The process of one program: web, worker or beat."""
        return int(json.loads((self.var / "run" / f"{name}.json").read_text())["pid"])

    def processes(self) -> set[int]:
        """Every living process of this installation except the servers."""
        mark = f"VAR_DIR={self.var}".encode()
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.add(int(entry.name))
        return found

    def servers_up(self) -> list[str]:
        """The embedded servers that run."""
        places = locate(self.var)
        return [name for name in ("postgres", "valkey") if servers.server(places, name).running()]

    def query(self, statement: str) -> list[tuple]:
        """Ask the embedded database."""
        return ask(servers.addresses(locate(self.var)).database, statement)


def ask(address: str, statement: str) -> list[tuple]:
    """Run one statement in a transaction of its own."""
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def site(new_installation: Callable[[], Path]) -> Iterator[Site]:
    """A new installation, stopped at the end whatever a test did to it."""
    var = new_installation()
    var.parent.mkdir(exist_ok=True)
    one = Site(var)
    yield one
    if one.process and one.process.poll() is None:
        one.process.kill()
        one.process.wait()
    for pid in one.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_the_life_of_a_site(site: Site) -> None:
    # First start, on a machine that has nothing.
    printed = site.start()
    assert f"http://127.0.0.1:{site.port}/" in printed
    accounts = (site.var / "run" / "accounts.txt").read_text(encoding="utf-8").strip()
    assert accounts
    assert accounts in printed, "the accounts to sign in with are shown"
    assert site.healthy()
    assert site.servers_up() == ["postgres", "valkey"]
    site.query("CREATE TABLE marker (n int)")

    # A second one says where the first is, and changes nothing.
    first, output = site.process, site.output
    site.output = site.var.parent / "second.txt"
    assert site.command().wait(60) == 0
    assert f"http://127.0.0.1:{site.port}/" in site.printed()
    site.output = output
    assert first is site.process
    assert site.healthy()

    # Every program is killed; each comes back.
    old = {name: site.pid(name) for name in ("web", "worker", "beat")}
    postmaster = residents((locate(site.var).home / "postgres").resolve(), "postgres")[0]
    for pid in (*old.values(), postmaster):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: all(site.pid(name) != pid for name, pid in old.items()), 90, 0.2), site.printed()
    assert wait_until(site.healthy, 90, 0.2), site.printed()

    # The supervisor is killed; its programs end, the servers stay, and the next start has the same data.
    old = {name: site.pid(name) for name in old}
    site.stop(signal.SIGKILL)
    site.start()
    assert not any(pid in site.processes() for pid in old.values())
    assert site.query("SELECT count(*) FROM marker") == [(0,)]
    assert site.healthy()

    # Ctrl-C ends everything, and the port is free again.
    assert site.stop(signal.SIGINT) == 0
    assert site.processes() == set()
    assert site.servers_up() == []
    assert is_free(site.port)


def test_a_taken_port_is_told_in_a_sentence_and_starts_nothing(new_installation: Callable[[], Path]) -> None:
    var = new_installation()
    site = Site(var)
    with socket.create_server(("127.0.0.1", site.port)):
        assert site.command().wait(60) == 1
    assert f"端口 {site.port} 已被其他程序占用" in site.printed()
    assert "Traceback" not in site.printed()
    assert site.servers_up() == []


def test_given_addresses_are_used_and_nothing_embedded_starts(new_installation: Callable[[], Path]) -> None:
    site = Site(new_installation())
    with throwaway() as given:
        site.start(**given)
        try:
            assert site.healthy()
            assert site.servers_up() == []
            assert not (locate(site.var).home / "postgres").exists()
            assert ask(given["DATABASE_URL"], "SELECT count(*) > 10 FROM django_migrations") == [(True,)]
        finally:
            assert site.stop(signal.SIGTERM) == 0
        assert ask(given["DATABASE_URL"], "SELECT 1") == [(1,)], "a database that was given is not ours to stop"
