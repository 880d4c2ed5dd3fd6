"""`python -m nanchang_ei.embedded run|status|stop|psql|dump FILE|restore FILE`: the embedded servers by hand."""

import os
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import urlparse

import nanchang_ei.embedded as embedded
from nanchang_ei.embedded import servers
from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.places import binaries, locate
from nanchang_ei.embedded.supervisor import Supervisor
from nanchang_ei.env import ENV


def run() -> int:
    """Start the whole site and stay until Ctrl-C (`make run`)."""
    return Supervisor(ENV).run()


def status() -> int:
    """Print which embedded servers run; 0 if all that this environment needs do."""
    places = locate(ENV.var_dir)
    names = sorted(servers.wanted(ENV))
    up = {name: servers.server(places, name).running() for name in names}
    for name in names:
        print(f"{name}: {'运行中' if up[name] else '未运行'}")
    print(f"数据：{places.home}")
    return 0 if all(up.values()) else 1


def stop() -> int:
    """Stop embedded servers that a killed process left behind; refuses while somebody uses them."""
    places = locate(ENV.var_dir)
    if servers.is_used(places):
        raise EmbeddedError("仍有程序在使用内置数据库，请先停止它们（make run 用 Ctrl-C）。")
    servers.stop(places)
    return 0


def psql() -> int:
    """Open psql on the database in use."""
    return _tool("psql")


def dump(target: str) -> int:
    """Write a backup (pg_dump, custom format) of the database in use; the file is readable by its owner only."""
    os.umask(0o077)
    return _tool("pg_dump", "--format=custom", "--no-owner", f"--file={target}")


def restore(source: str) -> int:
    """Replace the contents of the database in use by a backup; all or nothing."""
    return _tool("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", source)


def _tool(name: str, *arguments: str) -> int:
    """Run a PostgreSQL client program; the password goes by the environment, where `ps` does not show it."""
    embedded.ensure()
    address = urlparse(ENV.database_url or embedded.database_url())
    connection = {
        "PGHOST": address.hostname or "",
        "PGPORT": str(address.port or 5432),
        "PGUSER": address.username or "",
        "PGPASSWORD": address.password or "",
        "PGDATABASE": address.path.lstrip("/"),
    }
    if name == "pg_restore":
        arguments = ("--dbname", connection["PGDATABASE"], *arguments)
    program = getattr(binaries(None), name)
    return subprocess.run([program, *arguments], env={**os.environ, **connection}, check=False).returncode


def main(argv: list[str]) -> int:
    """Run the command that the arguments name."""
    plain: dict[str, Callable[[], int]] = {"run": run, "status": status, "stop": stop, "psql": psql}
    with_file: dict[str, Callable[[str], int]] = {"dump": dump, "restore": restore}
    try:
        if len(argv) == 1 and argv[0] in plain:
            return plain[argv[0]]()
        if len(argv) == 2 and argv[0] in with_file:
            return with_file[argv[0]](argv[1])
    except EmbeddedError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
