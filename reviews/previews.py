"""Pages of stored evidence as pictures: drawn in a process with limits, kept in a folder of limited size.

Nothing here asks who may see what: views do, before they call.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from common import storage
from reviews import preview_worker

#: Kinds of files of which a page can be shown.
PREVIEWABLE: Final = frozenset({"pdf", "jpg", "png"})
#: Widths in which pages are drawn, in pixels: beside the figures, in the strip of pages, on a page of their own.
WIDTHS: Final = {"page": 1000, "thumb": 140, "large": 2000}
SECONDS: Final = 15
#: Bytes that one of the 256 folders of the cache may hold: 2 GiB in all.
SHARD_BYTES: Final = 8 * 1024 * 1024
#: No document has more; a number beyond it is not asked for.
MOST_PAGES: Final = 99_999
#: Seconds for which a page that could not be drawn is not tried again: it may have cost all the time there is.
NOT_AGAIN: Final = 300
#: So many pages are drawn at a time in one process of the site, so that previews leave room for everything else.
_AT_ONCE = threading.BoundedSemaphore(2)


class NoSuchPage(LookupError):
    """The document is readable and has no page with this number."""


class NoPreview(RuntimeError):
    """No picture can be had: the file is damaged, too complex, or of a kind that is not shown."""


class Busy(NoPreview):
    """Every place is taken by other pages; nothing is said of this one."""


@dataclass(frozen=True)
class PagePicture:
    """One page: its PNG, its size in pixels, the number of pages of the document, and its text where it has any."""

    png: bytes
    width: int
    height: int
    pages: int
    text: str


def page_picture(sha256: str, kind: str, page: int, size: str = "page") -> PagePicture:
    """One page (from 1) of a stored file, drawn now or earlier.

    Raises NoSuchPage, NoPreview, and what common.storage raises for a missing or damaged file.
    """
    if kind not in PREVIEWABLE:
        raise NoPreview(kind)
    if not 1 <= page <= MOST_PAGES:
        raise NoSuchPage
    width = WIDTHS[size]
    place = _folder(sha256) / f"{sha256}-{page}-{width}"
    try:
        return _parsed(place.read_bytes())
    except FileNotFoundError:
        pass
    storage.read(sha256)  # only bytes that are what their name says are drawn
    failed = place.with_name(f"{place.name}.failed")
    if _is_fresh(failed):
        raise NoPreview("it failed a short while ago")
    try:
        answer = _draw(storage.path_of(sha256), kind, page, width)
        picture = _parsed(answer)
    except Busy:
        raise
    except NoPreview:
        _keep(failed, b"")
        raise
    _keep(place, answer)
    return picture


def _is_fresh(mark: Path) -> bool:
    """Whether the mark of a failure is there and not old."""
    try:
        return time.time() - mark.stat().st_mtime < NOT_AGAIN
    except FileNotFoundError:
        return False


def _parsed(answer: bytes) -> PagePicture:
    head, _, png = answer.partition(b"\n")
    told = json.loads(head)
    if told.get("error") == "range":
        raise NoSuchPage
    if "error" in told or not png.startswith(b"\x89PNG"):
        raise NoPreview(told.get("error", "no picture"))
    return PagePicture(png, told["width"], told["height"], told["pages"], told["text"])


def _draw(path: Path, kind: str, page: int, width: int) -> bytes:
    """The worker's answer; NoPreview when it takes too long, crashes or is too busy."""
    if not _AT_ONCE.acquire(timeout=SECONDS):
        raise Busy
    try:
        done = subprocess.run(  # noqa: S603 - our own script, arguments are numbers and a path by hash
            [sys.executable, "-I", preview_worker.__file__, kind, str(path), str(page), str(width)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env={"PATH": os.defpath},
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NoPreview("the worker failed") from error
    finally:
        _AT_ONCE.release()
    return done.stdout


def _folder(sha256: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise NoPreview("not a hash")
    return Path(settings.MEDIA_ROOT) / "previews" / sha256[:2]


def _keep(place: Path, answer: bytes) -> None:
    """Store an answer, and throw the oldest away where the folder would grow beyond its share."""
    folder = place.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".incoming-")
    with os.fdopen(handle, "wb") as file:
        file.write(answer)
    Path(name).replace(place)
    files = sorted((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in os.scandir(folder))
    total = sum(size for _, size, _ in files)
    for _, size, path in files:
        if total <= SHARD_BYTES or path == str(place):
            break
        Path(path).unlink(missing_ok=True)
        total -= size
