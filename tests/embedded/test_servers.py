"""Starting, sharing, surviving kill -9, stopping."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
import redis

from nanchang_ei.embedded import servers
from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.places import Places, locate
from nanchang_ei.embedded.processes import residents, wait_until
from nanchang_ei.embedded.throwaway import throwaway
from nanchang_ei.env import BASE_DIR
from tests.embedded.conftest import BOTH, uid_of

pytestmark = pytest.mark.servers


def _query(places: Places, statement: str) -> list[tuple]:
    connection = psycopg2.connect(servers.addresses(places).database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _pid(places: Places, name: str) -> int:
    server = servers.server(places, name)
    return residents(server.data.resolve(), server.program)[0]


def _up(places: Places) -> set[str]:
    return {name for name in BOTH if servers.server(places, name).running()}


def test_the_last_user_stops_the_servers_and_the_data_stay(places: Places) -> None:
    first = servers.hold(places, BOTH)
    _query(places, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    postmaster = _pid(places, servers.DATABASE)
    second = servers.hold(places, BOTH)
    assert _pid(places, servers.DATABASE) == postmaster, "a second user must find the running server"
    before = servers.addresses(places)

    assert first.release() is False
    assert _up(places) == BOTH, "somebody still uses them"
    assert second.release() is True
    assert _up(places) == set()

    third = servers.hold(places, BOTH)
    assert servers.addresses(places) == before, "port and password are remembered"
    assert _query(places, "SELECT n FROM kept") == [(7,)]
    third.release()


def test_passwords_are_asked_for_and_lie_in_private_files(places: Places) -> None:
    held = servers.hold(places, BOTH)
    found = servers.addresses(places)
    password = found.redis.partition("://:")[2].partition("@")[0]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(found.database.replace(password, "wrong"))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(found.redis.replace(f":{password}@", "")).ping()
    assert redis.Redis.from_url(found.redis).ping()
    for path in (places.servers_file, places.home / "valkey.conf"):
        assert path.stat().st_mode & 0o777 == 0o600
    for name in BOTH:
        arguments = Path(f"/proc/{_pid(places, name)}/cmdline").read_bytes()
        assert password.encode() not in arguments, "ps shows arguments to everybody"
    assert _query(places, "SHOW unix_socket_directories") == [("",)]
    assert _query(places, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert _query(places, "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = "
                          "current_database()") == [("C", "UTF8")]  # fmt: skip
    held.release()


def test_servers_never_run_as_root_even_when_only_root_may_enter_the_folder(places: Places) -> None:
    assert places.var.parent.stat().st_mode & 0o777 == 0o700
    held = servers.hold(places, BOTH)
    for name in BOTH:
        uid = uid_of(_pid(places, name))
        assert uid != 0
        if os.geteuid() == 0:
            assert uid == places.home.stat().st_uid
            assert places.home.stat().st_mode & 0o777 == 0o700
        else:
            assert uid == os.geteuid()
            assert places.var in places.home.parents
    held.release()


def test_after_kill_9_of_everything_a_start_repairs_and_loses_nothing_committed(places: Places) -> None:
    held = servers.hold(places, BOTH)
    _query(places, "CREATE TABLE committed (n int); INSERT INTO committed VALUES (1)")
    for name in BOTH:
        for pid in residents((places.home / name).resolve(), servers.server(places, name).program):
            # A child may be gone already: it ends when its founder does.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not _up(places), 30)
    # The lock file that PostgreSQL left names a number that by now belongs to somebody else: to this very process.
    lock = places.home / "postgres" / "postmaster.pid"
    lock.write_text("\n".join([str(os.getpid()), *lock.read_text().splitlines()[1:]]))
    # And the snapshot of the queue is damaged.
    (places.home / "valkey" / "dump.rdb").write_bytes(b"REDIS0011 this is no snapshot")

    servers.restart(places, BOTH)
    assert _query(places, "SELECT n FROM committed") == [(1,)]
    assert redis.Redis.from_url(servers.addresses(places).redis).ping()
    held.release()
    assert _up(places) == set()


def test_servers_of_a_killed_user_are_found_and_taken_over(places: Places) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from nanchang_ei.embedded import servers;"
        "from nanchang_ei.embedded.places import locate; places = locate(Path(sys.argv[1]), create=True);"
        "servers.hold(places, frozenset({'postgres', 'valkey'})); os.kill(os.getpid(), signal.SIGKILL)"
    )
    user = subprocess.run([sys.executable, "-c", script, places.var], check=False)
    assert user.returncode == -signal.SIGKILL
    assert _up(places) == BOTH
    assert not servers.is_used(places), "locks end with their process"
    orphan = _pid(places, servers.DATABASE)
    held = servers.hold(places, BOTH)
    assert _pid(places, servers.DATABASE) == orphan
    assert held.release() is True
    assert _up(places) == set()


def test_a_port_taken_by_a_stranger_is_replaced(places: Places) -> None:
    servers.hold(places, BOTH).release()
    before = servers.addresses(places)
    port = int(before.database.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        held = servers.hold(places, BOTH)
        after = servers.addresses(places)
        assert after.database != before.database
        assert after.redis == before.redis
        assert _query(places, "SELECT 1") == [(1,)]
        held.release()


def test_an_interrupted_initdb_is_begun_anew(new_installation: Callable[[], Path]) -> None:
    places = locate(new_installation(), create=True)
    places.prepare()
    unfinished = places.home / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    held = servers.hold(places, frozenset({servers.DATABASE}))
    assert _query(places, "SELECT 1") == [(1,)]
    assert not unfinished.exists()
    assert _up(places) == {servers.DATABASE}, "only what was asked for"
    held.release()


def test_data_without_their_password_are_not_touched(places: Places) -> None:
    servers.hold(places, BOTH).release()
    aside = places.servers_file.rename(places.home / "aside.json")
    with pytest.raises(EmbeddedError, match=r"servers\.json"):
        servers.hold(places, BOTH)
    aside.rename(places.servers_file)
    servers.hold(places, BOTH).release()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps data outside VAR_DIR")
def test_root_a_moved_folder_keeps_its_data_a_copied_one_does_not_share_them(
    new_installation: Callable[[], Path], tmp_path: Path
) -> None:
    places = locate(new_installation(), create=True)
    places.prepare()
    moved = tmp_path / "moved"
    places.var.rename(moved)
    assert locate(moved).home == places.home
    copied = tmp_path / "copied"
    subprocess.run(["cp", "-r", moved, copied], check=True)
    other = locate(copied, create=True)
    assert other.home != places.home
    assert locate(moved).home == places.home
    for home in (places.home, other.home):
        shutil.rmtree(home)


def test_reading_addresses_before_the_first_start_writes_nothing(new_installation: Callable[[], Path]) -> None:
    var = new_installation()
    found = servers.addresses(locate(var))
    assert "127.0.0.1:1/" in found.database
    assert not var.exists()


def test_an_ordinary_user_needs_no_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As root: a forked child becomes another user for good; otherwise this user is the ordinary one."""
    if os.geteuid() != 0:
        places = locate(tmp_path_factory.mktemp("own") / "var", create=True)
        held = servers.hold(places, BOTH)
        assert uid_of(_pid(places, servers.DATABASE)) == os.geteuid()
        held.release()
        return
    from nanchang_ei.embedded import places as module

    account = module.service_account()
    copy = module.binaries(account).postgres.parents[3]
    home = Path("/tmp") / f"nanchang-ei-ordinary-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, account.uid, account.gid)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            # The clone may be closed to this user; the copy under /var/lib has the layout of the wheels.
            module._wheel = lambda package: copy / package
            places = locate(home / "var", create=True)
            held = servers.hold(places, BOTH)
            good = places.home == home / "var" / "embedded" and _query(places, "SELECT 1") == [(1,)]
            good = good and uid_of(_pid(places, servers.DATABASE)) == account.uid
            status = 0 if good and held.release() else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    subprocess.run(["rm", "-r", home], check=True)


def test_servers_of_a_test_run_end_with_it_even_if_it_is_killed() -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "nanchang_ei.embedded.throwaway"],
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert program.stdout
    addresses = json.loads(program.stdout.readline())
    with contextlib.closing(psycopg2.connect(addresses["DATABASE_URL"])) as connection:
        cursor = connection.cursor()
        cursor.execute("SHOW data_directory")
        data = Path(cursor.fetchone()[0])
    assert residents(data, "postgres")
    program.kill()
    program.wait()
    program.stdout.close()
    program.stdin.close() if program.stdin else None
    assert wait_until(lambda: not residents(data, "postgres"), 30)
    assert wait_until(lambda: not residents(data.parent / "valkey", "valkey-server"), 30)
    # The next run removes the folder that this one could not.
    with throwaway():
        assert not data.exists()
