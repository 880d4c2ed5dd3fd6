"""Encryption at rest, masks and constraint helpers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, transaction

from common.fields import DecryptionError, mask_account
from tests.common.thing import Thing, thing_table

ACCOUNT = "6222 0000 1111 2222 333"


@pytest.fixture(autouse=True)
def _table(db: None) -> Iterator[None]:
    with thing_table():
        yield


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account FROM common_tests_thing")
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_plain_text() -> None:
    Thing.objects.create(account=ACCOUNT)
    assert "6222" not in stored()
    assert Thing.objects.get().account == ACCOUNT


def test_equal_texts_do_not_look_equal() -> None:
    Thing.objects.create(account=ACCOUNT)
    first = stored()
    Thing.objects.update(account=ACCOUNT)
    assert stored() != first
    assert Thing.objects.get().account == ACCOUNT


def test_bulk_writes_are_encrypted_too() -> None:
    thing = Thing.objects.bulk_create([Thing(account="1")])[0]
    thing.account = ACCOUNT
    Thing.objects.bulk_update([thing], ["account"])
    assert "6222" not in stored()
    assert Thing.objects.get().account == ACCOUNT


@pytest.mark.parametrize("value", [None, ""])
def test_absence_stays_visible(value: str | None) -> None:
    Thing.objects.create(account=value)
    assert Thing.objects.get().account == value
    assert Thing.objects.filter(account__isnull=True).count() == (value is None)


def test_keys_rotate(settings) -> None:  # type: ignore[no-untyped-def]
    settings.FIELD_ENCRYPTION_KEYS = ["old secret"]
    Thing.objects.create(account=ACCOUNT)
    settings.FIELD_ENCRYPTION_KEYS = ["new secret", "old secret"]
    thing = Thing.objects.get()
    assert thing.account == ACCOUNT
    thing.save()
    settings.FIELD_ENCRYPTION_KEYS = ["new secret"]
    assert Thing.objects.get().account == ACCOUNT
    settings.FIELD_ENCRYPTION_KEYS = ["another secret"]
    with pytest.raises(DecryptionError):
        Thing.objects.get()


def test_searching_ciphertext_is_an_error() -> None:
    with pytest.raises(FieldError, match="encrypted"):
        Thing.objects.filter(account=ACCOUNT).exists()


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("6222 0000 1111 2222 333", "**** **** 2333"),
        ("12345678", "**** **** 5678"),
        ("1234567", "**** ****"),
        ("1", "**** ****"),
        (" ", ""),
    ],
)
def test_masks(account: str, shown: str) -> None:
    assert mask_account(account) == shown


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount_fen": -1}, "不能为负数"),
        ({"decided_by": 1}, "必须同时填写"),
        ({"decided_at": datetime(2025, 1, 1, tzinfo=UTC)}, "必须同时填写"),
        ({"state": "elsewhere"}, "不在允许范围内"),
    ],
)
def test_invariants_hold_in_the_database_and_speak_chinese(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Thing(**values).validate_constraints()
    with pytest.raises(IntegrityError), transaction.atomic():
        Thing.objects.create(**values)


def test_good_rows_pass() -> None:
    Thing.objects.create(amount_fen=0)
    Thing.objects.create(decided_at=datetime(2025, 1, 1, tzinfo=UTC), decided_by=1, amount_fen=None)
    assert Thing.objects.count() == 2
