"""The process behind `make run`: starts everything, keeps it running, stops it in order.

One per VAR_DIR. It runs in one thread and looks at its children twice a second; a child that ends is started again
after a pause that grows to half a minute.
"""

import contextlib
import fcntl
import http.client
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from nanchang_ei.embedded import processes, servers
from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.files import read_json, roll, tail, write_private
from nanchang_ei.embedded.places import Places, locate
from nanchang_ei.embedded.server import is_free
from nanchang_ei.env import BASE_DIR, Environment

_TERM, _QUIT = signal.SIGTERM, signal.SIGQUIT
_STEADY_AFTER = 60.0
_LONGEST_PAUSE = 30.0
_LONGEST_START = 120.0


class StopRequestedError(Exception):
    """The person at the terminal, or the system, wants everything to end."""


@dataclass
class Child:
    """One program of the site."""

    name: str
    label: str
    argv: list[str]
    stop_steps: tuple[tuple[signal.Signals, float], ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 1.0
    due: float = field(default=0.0)


def children(environment: Environment, places: Places) -> list[Child]:
    """Return the programs, the site last; they are stopped in the reverse order."""
    celery = [sys.executable, "-m", "celery", "-A", "nanchang_ei"]
    web = [sys.executable, "-m", "gunicorn", "nanchang_ei.wsgi", "--bind", f"{environment.host}:{environment.port}"]
    web += ["--workers", "2", "--threads", "4", "--graceful-timeout", "8", "--no-control-socket", "--preload"]
    schedule = str(places.run / "beat-schedule")
    return [
        Child(
            "worker",
            "任务进程",
            [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
            ((_TERM, 20), (_QUIT, 5)),
        ),
        Child("beat", "定时任务", [*celery, "beat", "--schedule", schedule, "--pidfile", ""], ((_TERM, 5),)),
        Child("web", "网站服务", web, ((_TERM, 10), (_QUIT, 3))),
    ]


class Supervisor:
    """Runs the site until it is asked to stop."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.places = locate(environment.var_dir, create=True)
        self.wanted = servers.wanted(environment)
        self.children = children(environment, self.places)
        self._servers = {name: servers.server(self.places, name) for name in sorted(self.wanted)}
        self._addresses = servers.Addresses(environment.database_url, environment.redis_url)
        self._server_pause = 1.0
        self._server_due = 0.0
        self._stopping = False
        self._wakeup, self._wake = os.pipe()

    @property
    def site(self) -> str:
        """The address to open in a browser on this machine."""
        host = "127.0.0.1" if self.environment.host in {"0.0.0.0", "::", ""} else self.environment.host  # noqa: S104
        return f"http://{host}:{self.environment.port}/"

    def run(self) -> int:
        """Start, watch, stop; return the exit status of the program."""
        self.places.prepare()
        with (self.places.run / "supervisor.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._say_that_it_runs()
                return 0
            self._listen_to_signals()
            held: servers.Hold | None = None
            status = 0
            try:
                self._end_leftovers()
                self._check_port()
                held = servers.hold(self.places, self.wanted) if self.wanted else None
                self._refresh_addresses()
                self._prepare()
                *jobs, web = self.children
                # The site first: three programs at once would keep people waiting longer on a small machine.
                self._launch(web)
                self._await_answer(web)
                for child in jobs:
                    self._launch(child)
                self._announce()
                self._watch()
            except StopRequestedError:
                pass
            except EmbeddedError as fault:
                print(f"\n{fault}", file=sys.stderr, flush=True)
                status = 1
            finally:
                self._shut_down(held)
            return status

    # -- starting ----------------------------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        def request(_number: int, _frame: FrameType | None) -> None:
            self._stopping = True

        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, request)
        # Without a handler a dead child would not wake the watch.
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _sleep(self, seconds: float) -> None:
        """Sleep, less when a signal comes; raise StopRequestedError when one asked to stop."""
        if not self._stopping and select.select([self._wakeup], [], [], seconds)[0]:
            os.read(self._wakeup, 4096)
        if self._stopping:
            raise StopRequestedError

    def _say_that_it_runs(self) -> None:
        known = read_json(self.places.run / "site.json")
        print(
            f"已经在运行：{known.get('site', '正在启动')}（进程 {known.get('pid', '?')}）。按需先停止它。", flush=True
        )

    def _end_leftovers(self) -> None:
        """End the programs of a supervisor that was killed and their descendants."""
        for child in reversed(self.children):
            record = self.places.run / f"{child.name}.json"
            identity = processes.recall(record)
            if identity is None:
                continue
            if processes.alive(identity):
                processes.stop(identity, *child.stop_steps)
            elif any(_is_python_of_ours(pid) for pid in processes.group(identity.pid)):
                processes.end_group(identity.pid)
            record.unlink(missing_ok=True)

    def _check_port(self) -> None:
        port = self.environment.port
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise EmbeddedError(f"PORT 应为 1 到 65535 之间的整数，现为“{port}”。")
        if not is_free(int(port), self.environment.host or "127.0.0.1"):
            raise EmbeddedError(f"端口 {port} 已被其他程序占用。请停止该程序，或换一个端口：make run PORT=8080")

    def _refresh_addresses(self) -> None:
        found = servers.addresses(self.places)
        self._addresses = servers.Addresses(
            self.environment.database_url or found.database, self.environment.redis_url or found.redis
        )

    def _variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self._addresses.database,
            "REDIS_URL": self._addresses.redis,
            "VAR_DIR": str(self.places.var),
            "PORT": self.environment.port,
            "PYTHONUNBUFFERED": "1",
        }

    def _spawn(self, name: str, argv: list[str]) -> subprocess.Popen[bytes]:
        log = self.places.log / f"{name}.log"
        roll(log)
        return processes.spawn(
            argv, log=log, environment=self._variables(), folder=BASE_DIR, dies_with_parent=signal.SIGTERM
        )

    def _prepare(self) -> None:
        print("正在准备数据库、政策和演示数据……", flush=True)
        argv = [sys.executable, "-m", "nanchang_ei.embedded.prepare", str(self.places.run / "accounts.txt")]
        process = self._spawn("prepare", argv)
        try:
            while process.poll() is None:
                self._sleep(0.5)
        except StopRequestedError:
            process.terminate()
            process.wait()
            raise
        if process.returncode:
            log = self.places.log / "prepare.log"
            raise EmbeddedError(f"准备数据时出错，日志 {log} 的末尾：\n{tail(log, 25)}")

    def _launch(self, child: Child) -> None:
        child.process = self._spawn(child.name, child.argv)
        child.started = time.monotonic()
        identity = processes.identify(child.process.pid)
        if identity:
            processes.remember(self.places.run / f"{child.name}.json", identity)

    def _await_answer(self, web: Child) -> None:
        log = self.places.log / f"{web.name}.log"
        end = time.monotonic() + _LONGEST_START
        while not self._answers():
            if web.process and web.process.poll() is not None:
                raise EmbeddedError(f"{web.label}没有启动成功，日志 {log} 的末尾：\n{tail(log, 25)}")
            if time.monotonic() > end:
                raise EmbeddedError(
                    f"{web.label}在 {_LONGEST_START:.0f} 秒内没有应答，日志 {log} 的末尾：\n{tail(log, 25)}"
                )
            self._sleep(0.1)

    def _answers(self) -> bool:
        host = self.site.removeprefix("http://").rstrip("/")
        connection = http.client.HTTPConnection(host, timeout=5)
        try:
            allowed = next((name for name in self.environment.allowed_hosts if name[0] not in "*."), host)
            connection.request("GET", "/healthz", headers={"Host": allowed})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        write_private(self.places.run / "site.json", f'{{"site": "{self.site}", "pid": {os.getpid()}}}')
        accounts = self.places.run / "accounts.txt"
        if accounts.exists():
            print(accounts.read_text(encoding="utf-8").strip())
        print(f"\n网站已就绪：{self.site}")
        print(f"日志：{self.places.log}    数据：{self.places.home if self.wanted else '由 DATABASE_URL 指定'}")
        print("按 Ctrl-C 停止。", flush=True)

    # -- watching ----------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while True:
            self._sleep(0.5)
            now = time.monotonic()
            self._watch_servers(now)
            for child in self.children:
                self._watch_child(child, now)

    def _watch_servers(self, now: float) -> None:
        dead = [name for name, server in self._servers.items() if not server.running()]
        if not dead or now < self._server_due:
            return
        print(f"内置服务 {'、'.join(dead)} 意外停止，正在重新启动。", flush=True)
        before = self._addresses
        try:
            servers.restart(self.places, self.wanted)
        except EmbeddedError as fault:
            self._server_due = now + self._server_pause
            self._server_pause = min(self._server_pause * 2, _LONGEST_PAUSE)
            print(str(fault), file=sys.stderr, flush=True)
            return
        self._server_pause = 1.0
        self._refresh_addresses()
        if self._addresses != before:
            # A stranger took the port meanwhile; the programs must learn the new one.
            for child in reversed(self.children):
                self._stop(child)

    def _watch_child(self, child: Child, now: float) -> None:
        if child.process and child.process.poll() is None:
            if now - child.started > _STEADY_AFTER:
                child.pause = 1.0
            return
        if child.process:
            print(f"{child.label}意外停止（{child.process.returncode}），{child.pause:.0f} 秒后重新启动。", flush=True)
            processes.end_group(child.process.pid)
            child.process = None
            child.due = now + child.pause
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)
        if now >= child.due:
            self._launch(child)

    # -- stopping ----------------------------------------------------------------------------------------------------

    def _shut_down(self, held: servers.Hold | None) -> None:
        if held is None and not any(child.process for child in self.children):
            return
        print("\n正在停止……", flush=True)
        for child in reversed(self.children):
            self._stop(child)
        (self.places.run / "site.json").unlink(missing_ok=True)
        if held and not held.release():
            print("内置数据库仍有其他程序在用，保持运行。", flush=True)
        print("已停止。", flush=True)

    def _stop(self, child: Child) -> None:
        if child.process is None:
            return
        identity = processes.identify(child.process.pid)
        if identity:
            processes.stop(identity, *child.stop_steps)
        else:
            processes.end_group(child.process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(5)
        child.process = None
        (self.places.run / f"{child.name}.json").unlink(missing_ok=True)


def _is_python_of_ours(pid: int) -> bool:
    try:
        first = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return False
    return first == os.fsencode(sys.executable)
