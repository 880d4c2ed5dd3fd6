"""Where written exports lie: beside the stored evidence, but not among it, for they are thrown away after some days."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from reviews.enums import ExportKind
from reviews.models import Export

_SUFFIX = {ExportKind.LIST: ".xlsx", ExportKind.CASE: ".pdf"}


def folder() -> Path:
    """The folder of all exports; made when it is asked for."""
    found = Path(settings.MEDIA_ROOT) / "exports"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def path_of(export: Export) -> Path:
    """Where the file of an export lies once it is written."""
    return folder() / f"{export.pk}{_SUFFIX[ExportKind(export.kind)]}"


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for the pieces of one export; gone afterwards, whatever happens."""
    with tempfile.TemporaryDirectory(dir=folder(), prefix=".writing-") as name:
        yield Path(name)


def digest_of(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(export: Export, written: Path) -> str:
    """Put a finished file in its place, whole and on the disk, and return its SHA-256. A repeated job replaces it."""
    sha256 = digest_of(written)
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path_of(export))
    return sha256


def forget(export: Export) -> None:
    """Delete the file of an export, if there is one."""
    path_of(export).unlink(missing_ok=True)
