"""Checking what an enterprise says about itself; shared by registering, correcting and resubmitting."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Enterprise
from accounts.models.enterprise import USCC_TAKEN
from accounts.validators import normalise_digits, normalise_uscc, plain_text
from common.errors import Conflict, Invalid

DATA_FIELDS = (
    "name",
    "uscc",
    "kind",
    "district",
    "legal_representative",
    "contact_name",
    "contact_phone",
    "address",
    "established_on",
    "industry_code",
)
# What the district vouches for: a change of one of these after verification asks for a new one. The kind is among
# them because associations are outside the 5% cap.
VOUCHED_FIELDS = ("name", "uscc", "kind", "district")
FIRST_YEAR = 1900  # a year before it is a slip of the keyboard: a date box happily sends the year 1
_TEXTS = ("name", "legal_representative", "contact_name", "address")


def assign(enterprise: Enterprise, data: Mapping[str, Any], *, at: datetime) -> list[str]:
    """Put normalised data on the instance (not saved), check it, and return the names of the fields that changed.

    Raises Invalid with every fault at once, field name → sentences; a code registered by somebody else included.
    """
    faults: dict[str, list[str]] = {}
    before = {name: getattr(enterprise, name, None) for name in DATA_FIELDS if name != "district"}
    before["district"] = enterprise.district_id
    for name in DATA_FIELDS:
        if name not in data:
            continue
        value = data[name]
        try:
            if name in _TEXTS:
                value = plain_text(value)
            elif name == "uscc":
                value = normalise_uscc(value)
            elif name in {"contact_phone", "industry_code"}:
                value = normalise_digits(value).upper()
        except ValidationError as error:
            faults.setdefault(name, []).extend(error.messages)
            continue
        setattr(enterprise, name, value)
    try:
        excluded = [field.name for field in enterprise._meta.fields if field.name not in DATA_FIELDS]
        enterprise.full_clean(exclude=[*excluded, *faults], validate_constraints=False)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            faults.setdefault(name, []).extend(messages)
    if enterprise.established_on and enterprise.established_on > timezone.localdate(at):
        faults.setdefault("established_on", []).append("成立日期不能晚于今天。")
    if enterprise.established_on and enterprise.established_on.year < FIRST_YEAR:
        faults.setdefault("established_on", []).append("成立日期的年份不正确，请对照营业执照核对。")
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    after = {name: getattr(enterprise, name) for name in DATA_FIELDS if name != "district"}
    after["district"] = enterprise.district_id
    return [name for name in DATA_FIELDS if before[name] != after[name]]


def save_once(enterprise: Enterprise) -> None:
    """Save; where another registration took the code in the same moment, raise Conflict with the same sentence."""
    try:
        with transaction.atomic():
            enterprise.save()
    except IntegrityError as error:
        if "uscc" in str(error) and "enterprise_uscc_form" not in str(error):
            raise Conflict(USCC_TAKEN, field="uscc") from error
        raise


def as_audit(enterprise: Enterprise, names: tuple[str, ...] | list[str] = DATA_FIELDS) -> dict[str, Any]:
    """The enterprise's data for an audit event: no bank account, dates as ISO texts."""
    data = {name: getattr(enterprise, name) for name in names if name != "district"}
    if "district" in names:
        data["district"] = enterprise.district.name
    if data.get("established_on"):
        data["established_on"] = data["established_on"].isoformat()
    return data
