"""Private files by content."""

import hashlib
import stat
from pathlib import Path

import pytest

from common import storage


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.MEDIA_ROOT = tmp_path


def test_bytes_come_back_under_their_hash() -> None:
    sha256 = storage.put(b"demo")
    assert sha256 == hashlib.sha256(b"demo").hexdigest()
    assert storage.open(sha256).read() == b"demo"
    assert storage.read(sha256) == b"demo"
    assert storage.exists(sha256)


def test_equal_bytes_are_one_file_and_nothing_else_is_left() -> None:
    path = storage.path_of(storage.put(b"demo"))
    storage.put(b"demo")
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_a_changed_file_is_never_handed_out_and_can_be_put_again() -> None:
    sha256 = storage.put(b"demo")
    path = storage.path_of(sha256)
    path.chmod(0o600)
    path.write_bytes(b"demo!")
    with pytest.raises(storage.DamagedFile):
        storage.open(sha256)
    storage.put(b"demo")
    assert storage.read(sha256) == b"demo"


def test_a_missing_file_is_told_apart() -> None:
    with pytest.raises(storage.MissingFile):
        storage.read("0" * 64)
    assert not storage.exists("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "0" * 63 + "/"])
def test_only_hashes_are_names(name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        storage.read(name)


def test_a_crash_while_writing_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def crash(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(storage.os, "fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        storage.put(b"demo")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
