"""The whole site as `make run` starts it, for the browser tests and for the pictures of the manuals."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nanchang_ei.embedded.places import locate

ROOT = Path(__file__).resolve().parents[2]
#: Figures of a large enterprise as people type them: money in 万元.
FIGURES = {
    "revenue": "215000",
    "revenue_prev": "182000",
    "sales_ex_tax": "208000",
    "rd_expense": "12600",
    "rd_staff": "168",
    "newly_introduced": "false",
}


@dataclass(frozen=True)
class Site:
    """A running site: its address, the password of its demonstration accounts, and its log folder."""

    url: str
    password: str
    logs: Path


@contextmanager
def running_site() -> Iterator[Site]:
    """The site as `make run` starts it, with data of its own that are removed afterwards."""
    var = Path(tempfile.mkdtemp(prefix="nanchang-ei-site-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    others = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_ENCRYPTION_KEY"}
    environment = {key: value for key, value in os.environ.items() if key not in others}
    environment |= {"VAR_DIR": str(var), "PORT": str(port)}
    with (var / "run.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "nanchang_ei.embedded", "run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 300
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the site did not start:\n" + (var / "run.log").read_text(errors="replace")[-4000:])
            time.sleep(0.5)
        yield Site(url, (var / "secrets" / "demo_password").read_text().strip(), var / "log")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        # As root the servers keep their data outside, in a folder that their account may enter.
        for folder in (locate(var).home, var):
            shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
