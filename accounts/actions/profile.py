"""What a person changes about the own account; password, e-mail and second factor are allauth's pages."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.validators import normalise_digits, plain_text, validate_mobile
from common.audit.actions import record
from common.errors import Invalid


def clean_person(*, name: str, phone: str) -> tuple[str, str]:
    """A person's name and mobile number, normalised; raises Invalid with every fault (fields name and phone)."""
    faults: dict[str, list[str]] = {}
    try:
        name = plain_text(name)
        if not name or len(name) > 60:
            raise ValidationError("请填写姓名（不超过 60 字）。")
    except ValidationError as error:
        faults["name"] = error.messages
    phone = normalise_digits(phone)
    try:
        if phone:
            validate_mobile(phone)
    except ValidationError as error:
        faults["phone"] = error.messages
    if faults:
        raise Invalid(next(iter(faults.values()))[0], errors=faults)
    return name, phone


@transaction.atomic
def update_profile(*, user: User, name: str, phone: str, by: User, at: datetime) -> User:
    """Change the own name and mobile number (empty allowed); raises Invalid with every fault."""
    name, phone = clean_person(name=name, phone=phone)
    row = User.objects.select_for_update().get(pk=user.pk)
    before = {"name": row.name, "phone": row.phone}
    row.name, row.phone = name, phone
    if before == {"name": name, "phone": phone}:
        return row
    row.save(update_fields=["name", "phone"])
    changed = [key for key, value in before.items() if value != getattr(row, key)]
    record("accounts.profile_changed", subject=row, by=by, at=at, data={"fields": changed})
    return row
