"""Which commands start servers, and what the small helpers promise; no real server here."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import nanchang_ei.embedded as embedded
from nanchang_ei.embedded import processes, servers
from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.files import read_json, roll, tail, write_private
from nanchang_ei.embedded.server import free_port, is_free
from nanchang_ei.env import Environment


@pytest.mark.parametrize(
    ("arguments", "starts"),
    [
        ([], False),
        (["help"], False),
        (["migrate", "--help"], False),
        (["check", "--deploy"], False),
        (["makemigrations", "--check"], False),
        (["collectstatic", "--noinput"], False),
        (["check_corpus"], False),
        (["evaluate", "--corpus", "policy.json"], False),
        (["evaluate", "case.json"], True),
        (["migrate"], True),
        (["shell"], True),
        (["load_demo"], True),
    ],
)
def test_only_commands_that_need_a_database_start_one(
    arguments: list[str], starts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(embedded, "ensure", lambda: started.append(True))
    embedded.ensure_for_command(["manage.py", *arguments])
    assert bool(started) is starts


def test_a_fault_ends_manage_py_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise EmbeddedError("无法启动")

    monkeypatch.setattr(embedded, "ensure", fail)
    with pytest.raises(SystemExit, match="无法启动"):
        embedded.ensure_for_command(["manage.py", "migrate"])


@pytest.mark.parametrize(
    ("database", "broker", "expected"),
    [("", "", {"postgres", "valkey"}), ("postgres://x", "", {"valkey"}), ("", "redis://x", {"postgres"}),
     ("postgres://x", "redis://x", set())],
)  # fmt: skip
def test_only_servers_without_an_address_are_embedded(database: str, broker: str, expected: set[str]) -> None:
    assert servers.wanted(Environment(database_url=database, redis_url=broker)) == expected


def test_private_files_are_whole_private_and_leave_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "secret.json"
    write_private(path, '{"a": 1}')
    write_private(path, '{"a": 2}')
    assert read_json(path) == {"a": 2}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret.json"]
    path.write_text("{dama")
    assert read_json(path) == {}


def test_a_process_is_known_by_number_and_start(tmp_path: Path) -> None:
    child = subprocess.Popen(["sleep", "60"])
    identity = processes.identify(child.pid)
    assert identity
    processes.remember(tmp_path / "child.json", identity)
    assert processes.recall(tmp_path / "child.json") == identity
    assert processes.alive(identity)
    later = processes.Identity(identity.pid, identity.started + 1, identity.boot)
    assert not processes.alive(later), "the same number, another process"
    processes.send(later, signal.SIGKILL)
    assert child.poll() is None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.alive(identity), "a zombie is dead"
    child.wait()
    assert processes.recall(tmp_path / "absent.json") is None


def test_stopping_takes_the_whole_group_even_if_the_signal_is_ignored(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 61 & echo started; wait; sleep 61"
    child = processes.spawn(["sh", "-c", script], log=tmp_path / "log")
    assert processes.wait_until(lambda: "started" in tail(tmp_path / "log"), 10)
    identity = processes.identify(child.pid)
    assert identity
    processes.stop(identity, (signal.SIGTERM, 0.3))
    assert processes.wait_until(lambda: not processes.group(identity.pid), 5)


def test_a_port_in_use_is_not_free() -> None:
    port = free_port()
    assert is_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)


def test_logs_are_rolled_at_their_limit(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("one\ntwo\n")
    roll(log, limit=100)
    assert tail(log, 1) == "two"
    roll(log, limit=3)
    assert not log.exists()
    assert (tmp_path / "x.log.1").read_text() == "one\ntwo\n"
