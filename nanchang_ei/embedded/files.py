"""Small files that must be whole or absent, whatever is killed in between."""

import json
import os
from pathlib import Path
from typing import Any


def write_private(path: Path, text: str, owner: tuple[int, int] | None = None) -> None:
    """Replace `path` atomically by `text`, mode 0600, optionally owned by (uid, gid)."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        if owner:
            os.fchown(stream.fileno(), *owner)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in `path`; an absent or damaged file is an empty one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a log, or an empty string when there is none."""
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def roll(path: Path, limit: int = 10 * 1024 * 1024) -> None:
    """Move a log above `limit` bytes aside (one old generation is kept), so that var/ does not grow for ever."""
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_name(path.name + ".1"))
