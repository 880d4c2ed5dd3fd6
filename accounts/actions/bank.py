"""The bank account to which awards are paid: sensitive, encrypted at rest, masked wherever it is shown or recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.enums import NoticeTopic
from accounts.models import Enterprise, User
from accounts.notifications import enterprise_users, notify
from accounts.permissions import is_legal_member, is_member
from accounts.validators import normalise_digits, plain_text, validate_bank_account, validate_bank_code
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.fields import mask_account

BANK_FIELDS = ("bank_account_name", "bank_name", "bank_code", "bank_account")
_LABELS = {"bank_account_name": "户名", "bank_name": "开户行", "bank_code": "行号", "bank_account": "账号"}


def _clean(data: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, list[str]] = {}
    cleaned: dict[str, str] = {}
    for name in BANK_FIELDS:
        try:
            digits = name in {"bank_code", "bank_account"}
            text = normalise_digits(str(data.get(name, ""))) if digits else plain_text(str(data.get(name, "")))
            if not text:
                raise ValidationError(f"请填写{_LABELS[name]}。")
            if name == "bank_code":
                validate_bank_code(text)
            elif name == "bank_account":
                validate_bank_account(text)
            cleaned[name] = text
        except ValidationError as error:
            faults[name] = error.messages
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    return cleaned


@transaction.atomic
def save_bank_account(
    *, enterprise: Enterprise, data: Mapping[str, Any], expected_version: int, by: User, at: datetime
) -> Enterprise:
    """Set 户名, 开户行, 行号 (12 digits) and 账号 together; only 法定代表人（授权人） may, and every member is told.

    Raises NotFound for people who are no members, NotAllowed for other members, Conflict for an outdated version,
    Invalid with every fault. The audit event holds the masked account only.
    """
    row = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    if not is_member(by, row):
        raise NotFound
    if not is_legal_member(by, row):
        raise NotAllowed("只有本单位的法定代表人（授权人）可以修改收款账户。")
    if expected_version != row.version:
        raise Conflict("本单位信息已被同事修改，请核对最新内容后再保存。", what="企业信息已修改")
    before = mask_account(row.bank_account) if row.bank_account else ""
    for name, text in _clean(data).items():
        setattr(row, name, text)
    row.version += 1
    row.save(update_fields=[*BANK_FIELDS, "version"])
    after = mask_account(row.bank_account)
    record("accounts.bank_account_changed", subject=row, by=by, at=at, data={"from": before, "to": after})
    notify(
        enterprise_users(row),
        title="收款账户已变更",
        body=f"{by}将本单位收款账户变更为 {after}。如非本单位操作，请立即联系所属县区（开发区）。",
        topic=NoticeTopic.ACCOUNT,
        at=at,
    )
    return row
