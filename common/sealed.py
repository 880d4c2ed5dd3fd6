"""Stored bytes that nobody reads from the disk: encrypted with the keys of the encrypted fields.

For files whose content is encrypted in the database too (accounts in full). The name that `seal` returns is that of the
encrypted bytes (common.storage); the digest of the content itself belongs into the row that names it.
"""

import hashlib

from cryptography.fernet import InvalidToken

from common import storage
from common.fields import DecryptionError, cipher


def seal(data: bytes) -> str:
    """Encrypt and store bytes; returns the name (SHA-256 of the encrypted bytes). The same bytes get another name each
    time."""
    return storage.put(cipher().encrypt(data))


def unseal(name: str, *, sha256: str) -> bytes:
    """The bytes stored under a name, which must have this digest.

    Raises storage.MissingFile, storage.DamagedFile, DecryptionError where no configured key opens them.
    """
    try:
        data = cipher().decrypt(storage.read(name))
    except InvalidToken:
        raise DecryptionError(f"stored file {name} is unreadable with the given keys") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise storage.DamagedFile(sha256)
    return data
