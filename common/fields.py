"""Encrypted text, and the check constraints that every room needs, with messages for people."""

import base64
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q


class DecryptionError(RuntimeError):
    """A stored value cannot be read with any of the configured keys."""


def _derived(secret: str) -> bytes:
    """A Fernet key from a configured secret of any form; a secret of this purpose, hence HKDF without salt."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"nanchang-ei field encryption")
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))


@lru_cache(maxsize=4)
def _cipher(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def cipher() -> MultiFernet:
    """The cipher of settings.FIELD_ENCRYPTION_KEYS: the first key encrypts, all of them decrypt."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(models.TextField):
    """Text that is encrypted at rest (bank accounts). Empty text stays empty, so that absence is visible.

    The same text encrypts differently each time: the field cannot be searched, ordered or unique.
    """

    description = "Encrypted text"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if not value or hasattr(value, "resolve_expression"):
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise DecryptionError(f"{self.model._meta.label}.{self.name} is unreadable with the given keys") from None

    def get_lookup(self, lookup_name: str) -> Any:
        """Only ``isnull``: any other lookup would compare ciphertext and quietly find nothing."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and cannot be searched by {lookup_name}")
        return super().get_lookup(lookup_name)


def mask_account(account: str) -> str:
    """A bank account for the screen: the last four characters, nothing of short ones, never the length."""
    plain = "".join(account.split())
    if not plain:
        return ""
    return f"**** **** {plain[-4:]}" if len(plain) >= 8 else "**** ****"


def non_negative(*names: str) -> models.CheckConstraint:
    """The amounts or counts called ``names`` are null or at least 0."""
    condition = Q()
    for name in names:
        condition &= Q(**{f"{name}__gte": 0})
    return models.CheckConstraint(
        condition=condition, name=f"%(class)s_{names[0]}_nn"[:60], violation_error_message="金额或数量不能为负数。"
    )


def paired(first: str, second: str, *, message: str = "时间与经办人必须同时填写。") -> models.CheckConstraint:
    """``first`` and ``second`` (an instant and its actor) are both set or both null."""
    return models.CheckConstraint(
        condition=Q(**{f"{first}__isnull": True, f"{second}__isnull": True})
        | Q(**{f"{first}__isnull": False, f"{second}__isnull": False}),
        name=f"%(class)s_{first}_pair",
        violation_error_message=message,
    )


def one_of(name: str, choices: type[models.TextChoices] | Iterable[str]) -> models.CheckConstraint:
    """``name`` holds one of the listed values; choices on a Django field alone bind only forms."""
    values = list(choices.values) if isinstance(choices, type) else list(choices)
    return models.CheckConstraint(
        condition=Q(**{f"{name}__in": values}),
        name=f"%(class)s_{name}_valid",
        violation_error_message="取值不在允许范围内。",
    )
