"""The points that a policy leaves open: confirming the default, or setting another value from a day on."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import Unit, User
from accounts.unit_names import successors
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.prose import read_prose
from common.workdays import local_day
from policies.models import Clause, Document, PolicySetting
from policies.open_points import OPEN_POINTS, OpenPoint, value_faults
from policies.permissions import require_editor
from policies.queries.settings_page import filed_from, last_year, replaced_by, value_on
from policies.rules.schema import Settings

REASON_LENGTH = 500


def _newest(setting: PolicySetting) -> PolicySetting:
    """The newest row of the same point as it stands now."""
    rows = PolicySetting.objects.filter(document_id=setting.document_id, key=setting.key)
    return rows.select_related("document", "confirmed_by").order_by("-number")[0]


def _latest(setting: PolicySetting) -> PolicySetting:
    """The newest row of the same point, locked; every change of a point waits for the one before."""
    Document.objects.select_for_update().get(pk=setting.document_id)
    rows = PolicySetting.objects.select_for_update(of=("self",)).filter(
        document_id=setting.document_id, key=setting.key
    )
    return rows.select_related("document", "confirmed_by").order_by("-number")[0]


def _require_newest(latest: PolicySetting, setting: PolicySetting) -> None:
    if latest.pk == setting.pk:
        return
    who = latest.confirmed_by
    raise Conflict(
        f"{who or '其他人'}在此期间已修改该事项（现为第 {latest.number} 版）。"
        "您填写的内容仍在本页，请对照最新内容后再保存。",
        changed_by=str(who) if who else None,
        what=str(latest),
    )


def confirm_setting(setting: PolicySetting, *, by: User, at: dt.datetime) -> PolicySetting:
    """Take responsibility for the value as it stands.

    Raises NotAllowed unless `by` edits policies, Conflict if it was confirmed or replaced meanwhile.
    """
    require_editor(by)
    with transaction.atomic():
        latest = _latest(setting)
        if latest.pk != setting.pk or latest.is_confirmed:
            raise Conflict("该事项已被确认或修改，请刷新后查看。", what=str(latest))
        latest.confirmed_at, latest.confirmed_by = at, by
        latest.save(update_fields=["confirmed_at", "confirmed_by"])
        record("policies.setting_confirmed", subject=latest, by=by, at=at, data={"value": latest.value})
    return latest


def change_setting(
    setting: PolicySetting,
    *,
    value: Any,
    valid_from: dt.date,
    reason: str,
    by: User,
    at: dt.datetime,
    acknowledged: bool = False,
) -> PolicySetting:
    """Set another value from a day on as a new, confirmed row; before that day the earlier rows hold.

    From its day on a new row holds alone: it takes the place of rows that were planned for later days. A point that is
    read by policy year counts for the years whose 31 December is not before the day; one that is read on the day of a
    gesture holds from today or later. acknowledged: the person was told how many files are filed for the years that
    change, and goes on.

    Raises NotAllowed unless `by` edits policies; Invalid with every fault at once (`value` or the field of its part,
    `valid_from`, `reason`, `acknowledged`); Conflict if a newer row exists.
    """
    require_editor(by)
    _require_newest(_newest(setting), setting)
    faults = change_faults(setting, value=value, valid_from=valid_from, reason=reason, at=at)
    filed = filed_from(setting, valid_from)
    if filed and not acknowledged:
        told = "、".join(f"{year}年度 {count} 件" for year, count in filed.items())
        faults["acknowledged"] = [f"该改动涉及已提交的申报（{told}），请核对影响后勾选“已核对影响”再保存。"]
    if faults:
        sentences = [sentence for told in faults.values() for sentence in told]
        message = sentences[0] if len(sentences) == 1 else "没有保存，请更正下列各项。"
        raise Invalid(message, errors=faults)
    with transaction.atomic():
        latest = _latest(setting)
        _require_newest(latest, setting)
        if value_on(latest, valid_from) == value and not replaced_by(latest, valid_from):
            raise Invalid("与届时的取值完全相同，没有需要保存的修改。", field="value")
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
            data={
                "before": latest.value,
                "after": value,
                "valid_from": valid_from.isoformat(),
                "reason": changed.reason,
                "filed": {str(year): count for year, count in filed.items()},
            },
        )
    return changed


def check_change(
    setting: PolicySetting, *, value: Any, valid_from: dt.date, reason: str, by: User, at: dt.datetime
) -> None:
    """Refuse what `change_setting` would refuse, except for an impact that was not acknowledged; nothing is written."""
    require_editor(by)
    _require_newest(_newest(setting), setting)
    if faults := change_faults(setting, value=value, valid_from=valid_from, reason=reason, at=at):
        raise Invalid("请更正下列各项。", errors=faults)


def change_faults(
    setting: PolicySetting, *, value: Any, valid_from: dt.date, reason: str, at: dt.datetime
) -> dict[str, list[str]]:
    """Everything that stands against a change, without making it: field → sentences. Conflicts are told on saving."""
    point = OPEN_POINTS.get(setting.key)
    if point is None:
        return {"value": ["系统没有功能读取该事项，修改不起作用，因此不能修改。"]}
    faults = value_faults_of(setting, value)
    days = _day_faults(setting, point, valid_from, local_day(at))
    if days:
        faults["valid_from"] = days
    try:
        read_prose(reason, field="reason", name="修改理由", limit=REASON_LENGTH)
    except Invalid as error:
        faults |= error.errors
    if not faults and value_on(setting, valid_from) == value and not replaced_by(setting, valid_from):
        faults["value"] = ["与届时的取值完全相同，没有需要保存的修改。"]
    return faults


def value_faults_of(setting: PolicySetting, value: Any) -> dict[str, list[str]]:
    """What stands against a value by itself: field → sentences. Raises KeyError for a point that nothing reads."""
    standing = Q(is_active=True)
    if setting.key == "opinion_points":
        # It names units as brackets print them, those whose duties went to another too.
        standing |= Q(pk__in=successors())
    units = set(Unit.objects.filter(standing).values_list("code", flat=True))
    clauses = Clause.objects.filter(document_id=setting.document_id, is_monetary=True)
    found = value_faults(setting.key, value, units=units, clauses=set(clauses.values_list("clause_id", flat=True)))
    if not found and setting.key in Settings.model_fields:
        field: Any = Settings.model_fields[setting.key].annotation
        content: Mapping[str, Any] = {"value": value, "label": setting.label, "reason": setting.reason}
        try:
            field.model_validate(content)
        except ValueError:
            found = {"value": ["该取值不在可选范围内，请选择所列的一项。"]}
    return found


def _day_faults(setting: PolicySetting, point: OpenPoint, valid_from: dt.date, today: dt.date) -> list[str]:
    if point.reads == "day":
        past = valid_from < today
        return ["不能早于今天：该事项按办理当日读取，已经办理的不会改变。请填写今天或以后的日期。"] if past else []
    document = setting.document
    first, last = document.valid_from, last_year(document)
    if first and valid_from < first:
        return [f"不能早于文件的施行日期 {first.year}年{first.month}月{first.day}日，请填写这一天或以后的日期。"]
    if last and valid_from > dt.date(last, 12, 31):
        return [f"文件最后适用于{last}年度，{last}年12月31日以后的取值不会被读取。请填写更早的日期。"]
    return []
