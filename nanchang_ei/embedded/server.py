"""What PostgreSQL and Valkey have in common: one data folder, one port, one process that serves it."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.files import roll, tail
from nanchang_ei.embedded.places import Binaries, Places, binaries
from nanchang_ei.embedded.processes import Identity, alive, identify, reap, residents, stop, wait_until

# Below the range from which the kernel takes the ports of outgoing connections, so that a remembered port stays free.
_PORTS = range(20000, 30000)


def free_port() -> int:
    """Return a loopback port on which nobody listens at this moment."""
    for _ in range(200):
        port = random.choice(_PORTS)  # noqa: S311 - not a secret
        if is_free(port):
            return port
    raise EmbeddedError("找不到空闲的本机端口。")


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether this process could listen on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class Server(ABC):
    """One embedded server of one installation."""

    name: ClassVar[str]
    program: ClassVar[str]
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]]

    def __init__(self, places: Places, password: str, *, throwaway: bool = False) -> None:
        """throwaway: the data need not survive, and the server ends with the process that started it."""
        self.places = places
        self.password = password
        self.throwaway = throwaway
        self._known: Identity | None = None

    @property
    def data(self) -> Path:
        """The data folder, which is the working folder of the running server too."""
        return self.places.home / self.name

    @property
    def log(self) -> Path:
        """The server's own log file."""
        return self.places.log / f"{self.name}.log"

    @property
    def binaries(self) -> Binaries:
        """The programs, reachable for the account that runs them."""
        return binaries(self.places.account)

    @abstractmethod
    def initialise(self) -> None:
        """Make the data folder if there is none; whole or not at all."""

    @abstractmethod
    def launch(self, port: int) -> subprocess.Popen[bytes]:
        """Start the server process on a loopback port."""

    @abstractmethod
    def answers(self, port: int) -> bool:
        """Tell whether the server at this port is ours and takes requests."""

    def repair(self, attempt: int) -> None:
        """Remove what a violent end left behind, before start number `attempt` (from 0)."""
        del attempt

    def running(self) -> bool:
        """Tell whether a process serves this data folder, whoever started it."""
        if not alive(self._known):
            self._known = self._find()
        return self._known is not None

    def _find(self) -> Identity | None:
        folder = self.data.resolve() if self.data.exists() else self.data
        found = residents(folder, self.program)
        return identify(found[0]) if found else None

    def start(self, port: int | None) -> int:
        """Start the server, on `port` if it is free, else on another one; return the port on which it answers.

        A server that runs already and answers is kept; one that does not answer is stopped first. Raises
        EmbeddedError with the end of the log when three starts have failed.
        """
        if self.running():
            if port is not None and self._answers_within(port, 10):
                return port
            self.stop()
        self.initialise()
        roll(self.log)
        for attempt in range(3):
            if port is None or not is_free(port):
                port = free_port()
            self.repair(attempt)
            process = self.launch(port)
            if self._came_up(process, port):
                return port
            self.stop()
            time.sleep(0.5 * (attempt + 1))
        raise EmbeddedError(f"内置服务 {self.name} 无法启动，日志 {self.log} 的末尾：\n{tail(self.log)}")

    def _answers_within(self, port: int, seconds: float) -> bool:
        return wait_until(lambda: self.answers(port), seconds)

    def _came_up(self, process: subprocess.Popen[bytes], port: int) -> bool:
        # A minute: after kill -9 PostgreSQL replays its log before it answers.
        wait_until(lambda: process.poll() is not None or self.answers(port), 60)
        if process.poll() is not None:
            return False
        self._known = identify(process.pid)
        return self._known is not None and self.answers(port)

    def stop(self) -> None:
        """Stop the server and everything that still works in its data folder; nothing to do is no error."""
        if self.running() and self._known:
            stop(self._known, *self.stop_steps)
        self._known = None
        folder = self.data.resolve() if self.data.exists() else self.data
        if not wait_until(lambda: not residents(folder, self.program), 3):
            for pid in residents(folder, self.program):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                reap(pid)
            wait_until(lambda: not residents(folder, self.program), 5)
