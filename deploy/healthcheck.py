"""Exit status 0 when the part of the site in this container works: `python deploy/healthcheck.py web|worker|beat`."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

# beat writes its schedule at least every three minutes (celery's beat_sync_every and max interval).
_BEAT_SILENCE = 600
_FOLDER, _SCHEDULE = Path("/tmp"), "beat-schedule*"  # noqa: S108 - as in deploy/start.sh; dbm may add a suffix


def web() -> bool:
    """Ask the health address, as the reverse proxy would."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".*") or "localhost"
    request = urllib.request.Request(
        f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz",
        headers={"Host": host, "X-Forwarded-Proto": "https"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - http to this container
        return bool(answer.status == 200)


def worker() -> bool:
    """Ask the worker of this container through the broker."""
    command = [sys.executable, "-m", "celery", "-A", "nanchang_ei", "inspect", "ping", "--timeout", "8"]
    command += ["--destination", f"celery@{socket.gethostname()}"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


def beat() -> bool:
    """Look whether the schedule was written lately."""
    written = max((path.stat().st_mtime for path in _FOLDER.glob(_SCHEDULE)), default=0.0)
    return time.time() - written < _BEAT_SILENCE


if __name__ == "__main__":
    try:
        healthy = {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]()
    except OSError as fault:
        sys.exit(f"{sys.argv[1]}: {fault}")
    sys.exit(0 if healthy else 1)
