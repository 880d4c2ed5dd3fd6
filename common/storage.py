"""Private files by content: a file's name is the SHA-256 of its bytes.

Nothing here is served from a URL; views read through ``open`` after their permission check. Equal bytes are stored once
and never change; what a database row names by hash is therefore exactly what was checked when it was stored.
"""

import hashlib
import io
import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

_NAME = re.compile(r"[0-9a-f]{64}")


class MissingFile(LookupError):
    """No file with this hash is stored."""


class DamagedFile(RuntimeError):
    """The stored bytes are not what their name says: the disk, or somebody, changed them."""


def path_of(sha256: str) -> Path:
    """Where the bytes with this hash lie. Raises ValueError for anything but 64 lower-case hex digits."""
    if not _NAME.fullmatch(sha256):
        raise ValueError("not a SHA-256 in hex")
    return Path(settings.MEDIA_ROOT) / "sha256" / sha256[:2] / sha256[2:4] / sha256


def put(data: bytes) -> str:
    """Store bytes and return their SHA-256 (hex). When it returns they are on the disk, whole, under their name."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = path_of(sha256)
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o400)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folders(target.parent)
    return sha256


def _sync_folders(folder: Path) -> None:
    """Make the new names durable up to the root of the store: a rename is safe only when its folder is on the disk."""
    root = Path(settings.MEDIA_ROOT)
    while True:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if folder == root or folder.parent == folder:
            return
        folder = folder.parent


def read(sha256: str) -> bytes:
    """The bytes with this hash, verified. Raises MissingFile, DamagedFile, ValueError."""
    try:
        data = path_of(sha256).read_bytes()
    except FileNotFoundError:
        raise MissingFile(sha256) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedFile(sha256)
    return data


def open(sha256: str) -> io.BytesIO:  # noqa: A001 - the verb of every storage
    """The bytes with this hash as a readable file, verified before the first byte is handed out."""
    return io.BytesIO(read(sha256))


def exists(sha256: str) -> bool:
    """Whether a file with this hash is stored (not whether it is whole: ``read`` verifies)."""
    return path_of(sha256).exists()
