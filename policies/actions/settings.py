"""The points that a policy leaves open: confirming the default, or setting another value from a day on."""

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from common.errors import Conflict, Invalid
from policies.models import PolicySetting
from policies.rules.schema import Settings


def _latest(setting: PolicySetting) -> PolicySetting:
    """The newest row of the same point, locked."""
    rows = PolicySetting.objects.select_for_update().filter(document_id=setting.document_id, key=setting.key)
    return rows.order_by("-number")[0]


def confirm_setting(setting: PolicySetting, *, by: User, at: dt.datetime) -> PolicySetting:
    """Take responsibility for the value as it stands; raises Conflict if it was confirmed or replaced meanwhile."""
    with transaction.atomic():
        latest = _latest(setting)
        if latest.pk != setting.pk or latest.is_confirmed:
            raise Conflict("该事项已被确认或修改，请刷新后查看。", what=str(latest))
        latest.confirmed_at, latest.confirmed_by = at, by
        latest.save(update_fields=["confirmed_at", "confirmed_by"])
        record("policies.setting_confirmed", subject=latest, by=by, at=at, data={"value": latest.value})
    return latest


def change_setting(
    setting: PolicySetting, *, value: Any, valid_from: dt.date, reason: str, by: User, at: dt.datetime
) -> PolicySetting:
    """Set another value from a day on as a new, confirmed row; earlier years keep the earlier row.

    Raises Conflict if a newer row exists, Invalid if the engine does not know the value or the reason is missing.
    """
    if not reason.strip():
        raise Invalid("请写明修改理由。", field="reason")
    if setting.key in Settings.model_fields:
        field = Settings.model_fields[setting.key].annotation
        try:
            field.model_validate(  # type: ignore[union-attr]
                {"value": value, "default": setting.default, "label": setting.label, "reason": reason}
            )
        except ValueError as error:
            raise Invalid("该取值不在可选范围内。", field="value") from error
    with transaction.atomic():
        latest = _latest(setting)
        if latest.pk != setting.pk:
            raise Conflict("该事项已被修改，请刷新后查看。", what=str(latest))
        changed = PolicySetting.objects.create(
            document_id=latest.document_id,
            key=latest.key,
            number=latest.number + 1,
            valid_from=valid_from,
            label=latest.label,
            value=value,
            default=latest.default,
            reason=reason.strip(),
            order=latest.order,
            confirmed_at=at,
            confirmed_by=by,
        )
        record(
            "policies.setting_changed",
            subject=changed,
            by=by,
            at=at,
            data={"before": latest.value, "after": value, "valid_from": valid_from.isoformat()},
        )
    return changed
