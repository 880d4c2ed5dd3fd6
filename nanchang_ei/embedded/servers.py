"""Both embedded servers together: started when first needed, stopped by whoever leaves last.

Every process that uses them holds a shared lock on `run/users.lock`; starting and stopping happen under
`run/start.lock`. A process that leaves and can take the first lock exclusively was the last. Locks vanish with their
process, however it ends, so nothing has to be cleaned up after kill -9: the servers stay and the next start finds them.
"""

import contextlib
import fcntl
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.files import read_json, write_private
from nanchang_ei.embedded.places import Places
from nanchang_ei.embedded.postgres import Postgres
from nanchang_ei.embedded.server import Server
from nanchang_ei.embedded.valkey import Valkey
from nanchang_ei.env import Environment

# Nobody listens on port 1: a process that forgot `ensure()` is refused at once instead of reaching a stranger.
_NOWHERE = {"password": "none", "postgres_port": 1, "valkey_port": 1}
DATABASE, BROKER = "postgres", "valkey"


@dataclass(frozen=True)
class Addresses:
    """The addresses of the two servers, passwords included."""

    database: str
    redis: str


def wanted(environment: Environment) -> frozenset[str]:
    """Return which embedded servers this environment needs: those for which no address is given."""
    needs = {DATABASE: not environment.database_url, BROKER: not environment.redis_url}
    return frozenset(name for name, needed in needs.items() if needed)


def addresses(places: Places) -> Addresses:
    """Return where the servers listened when they were last started; starts nothing."""
    try:
        known = {**_NOWHERE, **read_json(places.servers_file)}
    except PermissionError:
        known = _NOWHERE
    return Addresses(
        Postgres(places, known["password"]).url(known["postgres_port"]),
        Valkey(places, known["password"]).url(known["valkey_port"]),
    )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def start(places: Places, names: frozenset[str], *, throwaway: bool = False) -> Addresses:
    """Start the named servers where they do not run; return the addresses. Call it under the start lock."""
    known = read_json(places.servers_file)
    if "password" not in known:
        if (places.home / DATABASE).exists():
            raise EmbeddedError(f"{places.home} 中有数据库，但记录其口令的 servers.json 不见了。请从备份中恢复该文件。")
        known = {"password": secrets.token_urlsafe(24)}
        write_private(places.servers_file, json.dumps(known), places.owner)
    for name in sorted(names):
        port = server(places, name, known["password"], throwaway=throwaway).start(known.get(f"{name}_port"))
        if known.get(f"{name}_port") != port:
            known[f"{name}_port"] = port
            write_private(places.servers_file, json.dumps(known), places.owner)
    return addresses(places)


def stop(places: Places) -> None:
    """Stop both servers, whoever started them."""
    for name in (BROKER, DATABASE):
        server(places, name).stop()


def server(places: Places, name: str, password: str = "", *, throwaway: bool = False) -> Server:
    """Return the named server of this installation (DATABASE or BROKER); a password is needed only to start it."""
    return {DATABASE: Postgres, BROKER: Valkey}[name](places, password, throwaway=throwaway)


class Hold:
    """The use of the servers by one process."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._stream = (places.run / "users.lock").open("a")
        fcntl.flock(self._stream, fcntl.LOCK_SH)

    def release(self) -> bool:
        """End the use; stop the servers and return True if nobody else uses them. A second call does nothing."""
        if self._stream.closed:
            return False
        with _locked(self.places.run / "start.lock"):
            self._stream.close()
            with (self.places.run / "users.lock").open("a") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                stop(self.places)
        return True


def hold(places: Places, names: frozenset[str]) -> Hold:
    """Use the named servers, starting those that do not run. Raises EmbeddedError when one cannot be started."""
    places.prepare()
    with _locked(places.run / "start.lock"):
        if DATABASE in names and not (places.home / "postgres").exists():
            print("首次启动：正在建立内置数据库……", file=sys.stderr, flush=True)
        mine = Hold(places)
        start(places, names)
    return mine


def restart(places: Places, names: frozenset[str]) -> Addresses:
    """Start again what has died, for a process that holds the servers already."""
    with _locked(places.run / "start.lock"):
        return start(places, names)


def is_used(places: Places) -> bool:
    """Tell whether any process holds the servers at this moment."""
    path = places.run / "users.lock"
    if not path.exists():
        return False
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
