"""Starting, recognising and stopping processes; Linux only, by /proc."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nanchang_ei.embedded.files import read_json, write_private
from nanchang_ei.embedded.places import Account

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number: pid, start (clock ticks), boot."""

    pid: int
    started: int
    boot: str


def identify(pid: int) -> Identity | None:
    """Return the identity of a living process (a zombie is dead), None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    # The name in parentheses may contain anything; the fields after it are counted from the last parenthesis.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else Identity(pid, int(fields[19]), boot)


def alive(identity: Identity | None) -> bool:
    """Tell whether exactly this process still runs."""
    return identity is not None and identify(identity.pid) == identity


def remember(path: Path, identity: Identity) -> None:
    """Record a process, so that a later start recognises it."""
    write_private(path, json.dumps(asdict(identity)))


def recall(path: Path) -> Identity | None:
    """Return the process recorded in `path`, None without a usable record."""
    record = read_json(path)
    try:
        return Identity(int(record["pid"]), int(record["started"]), str(record["boot"]))
    except (KeyError, TypeError, ValueError):
        return None


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    dies_with_parent: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, its output appended to `log`.

    account: whom to become (only root can). dies_with_parent: the signal that the kernel sends it when the process
    that started it ends in any way, kill -9 included.
    """
    parent = os.getpid()

    def in_child() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if dies_with_parent is not None:
            # After the change of account, which clears it.
            _libc.prctl(_PR_SET_PDEATHSIG, int(dies_with_parent))
            if os.getppid() != parent:
                os._exit(1)

    with log.open("ab") as stream:
        return subprocess.Popen(
            [os.fspath(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            preexec_fn=in_child,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def wait_until(true: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Ask `true` until it says yes or the time is over; return its last answer."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() >= end:
            return False
        time.sleep(every)
    return True


def reap(pid: int) -> None:
    """Collect the exit status if the process is a dead child of ours."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _gone(identity: Identity) -> bool:
    reap(identity.pid)
    return not alive(identity)


def send(identity: Identity, what: signal.Signals) -> None:
    """Signal this process if it still is the same one."""
    if alive(identity):
        with contextlib.suppress(ProcessLookupError):
            os.kill(identity.pid, what)


def stop(identity: Identity, *steps: tuple[signal.Signals, float]) -> None:
    """Ask a process to end, more firmly at each step (signal, seconds to wait), at last by SIGKILL to its group."""
    for what, seconds in steps:
        send(identity, what)
        if wait_until(lambda: _gone(identity), seconds):
            break
    end_group(identity.pid)
    wait_until(lambda: _gone(identity), 5)


def group(leader: int) -> list[int]:
    """Return the living processes of the group that `leader` founded (itself dead or not)."""
    members = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                text = Path(f"/proc/{entry.name}/stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            fields = text.rpartition(")")[2].split()
            if fields[0] not in "ZX" and int(fields[2]) == leader:
                members.append(int(entry.name))
    return members


def end_group(leader: int) -> None:
    """Kill what is left of a process group; only for groups that this program founded (`spawn`)."""
    if leader > 1 and leader != os.getpgrp() and group(leader):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


def residents(folder: Path, program: str) -> list[int]:
    """Return the living processes named `program` that work in `folder`, founders before their children.

    Both servers work inside their data folder, so this recognises a server by the data that it serves, whoever
    started it, with no pid file that could lie.
    """
    found: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            if Path(f"/proc/{entry.name}/cwd").readlink() != folder:
                continue
            if Path(f"/proc/{entry.name}/exe").readlink().name.removesuffix(" (deleted)") != program:
                continue
            stat = Path(f"/proc/{entry.name}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        if fields[0] not in "ZX":
            found[int(entry.name)] = int(fields[1])
    return sorted(found, key=lambda pid: (found[pid] in found, pid))
