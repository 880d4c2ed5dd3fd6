"""Reference series: new ones, rates taken in, what is known moved on, the newest rate withdrawn. What stands stays."""

import datetime as dt
import re
from collections.abc import Sequence

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.prose import read_prose
from common.workdays import local_day
from policies.models import ReferenceSeries, SeriesValue
from policies.permissions import require_editor
from policies.queries.series import ImportPlan, plan_import, used_by
from policies.series_lines import Line

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Fields of a series that people name: key, longest text, what it is called.
_NAMES = (("label", 60, "名称"), ("short", 20, "简称"), ("source", 60, "公布机构"))


def create_series(
    *,
    key: str,
    label: str,
    short: str,
    source: str,
    lines: Sequence[Line],
    known_until: dt.date,
    by: User,
    at: dt.datetime,
) -> ReferenceSeries:
    """A new series with its first rates: without one, no definition could be put together.

    known_until: the last day up to which its changes are known. Raises NotAllowed; Invalid with every fault at once
    (`key`, `label`, `short`, `source`, `lines`, `known_until`).
    """
    require_editor(by)
    faults: dict[str, list[str]] = {}
    if not _KEY.fullmatch(key):
        faults["key"] = ["代码由小写字母开头，只含小写字母、数字和下划线，最多 40 位，例如 lpr_5y。"]
    texts = {"label": label.strip(), "short": short.strip(), "source": source.strip()}
    for name, limit, called in _NAMES:
        if not texts[name] or len(texts[name]) > limit:
            faults[name] = [f"请填写{called}，最多 {limit} 字。"]
    plan = plan_import(lines, known_until=known_until, today=local_day(at))
    faults |= _plan_faults(plan)
    if faults:
        raise _refused(faults)
    with transaction.atomic():
        series, created = ReferenceSeries.objects.get_or_create(key=key, defaults={**texts, "known_until": known_until})
        if not created:
            raise Invalid(f"代码“{key}”已用于“{series.label}”，请换一个代码。", field="key")
        _write(series, plan)
        data = {"key": key, **texts, "known_until": known_until.isoformat(), "values": _as_data(plan)}
        record("policies.series_created", subject=series, by=by, at=at, data=data)
        return series


def import_values(
    series: ReferenceSeries,
    *,
    lines: Sequence[Line],
    known_until: dt.date,
    expected_known_until: dt.date,
    by: User,
    at: dt.datetime,
) -> ImportPlan:
    """Take in new rates and move on the day up to which the series is known, all or nothing; without lines only the
    latter: up to that day nothing changed. Rates that stand are never changed.

    expected_known_until: as `by` saw it. Raises NotAllowed, Conflict if somebody took rates in meanwhile, Invalid with
    every fault by line (`lines`, `known_until`).
    """
    require_editor(by)
    with transaction.atomic():
        locked = ReferenceSeries.objects.select_for_update().get(pk=series.pk)
        if locked.known_until != expected_known_until:
            raise Conflict(
                f"在您操作期间，该利率已更新至 {locked.known_until}。您填写的内容仍在本页，请对照后再导入。",
                what=f"数据截至 {locked.known_until}",
            )
        plan = plan_import(lines, known_until=known_until, today=local_day(at), series=locked)
        if not plan.is_possible:
            raise _refused(_plan_faults(plan))
        before, locked.known_until = locked.known_until, known_until
        locked.save(update_fields=["known_until"])
        _write(locked, plan)
        data = {"before": before.isoformat(), "known_until": known_until.isoformat(), "values": _as_data(plan)}
        record("policies.series_imported", subject=locked, by=by, at=at, data=data)
    return plan


def withdraw_value(series: ReferenceSeries, *, on: dt.date, reason: str, by: User, at: dt.datetime) -> None:
    """Take back the newest rate, entered by mistake, with which nothing was computed yet; what is known ends on the day
    before, and the right rate is taken in again. `on`: its day as `by` saw it.

    Raises NotAllowed; Conflict where another rate is the newest; Invalid (`reason`) without a reason, for the only rate
    and for a rate with which an award was computed: such a rate stays, because the award's working cites it.
    """
    require_editor(by)
    reason = read_prose(reason, field="reason", name="撤回的理由", limit=500)
    with transaction.atomic():
        locked = ReferenceSeries.objects.select_for_update().get(pk=series.pk)
        values = list(locked.values.order_by("-on")[:2])
        if not values or values[0].on != on:
            raise Conflict("最新的利率已有变化，请核对后再操作。", what=str(values[0]) if values else "没有利率")
        if len(values) == 1:
            raise Invalid("这是唯一的利率，不能撤回。", field="reason")
        newest = values[0]
        if used := used_by(newest):
            raise Invalid(
                f"已有奖补按 {newest} 核算（{used} 份保存的规则引用了它），不能撤回，以免奖补的计算过程失去依据。"
                "录入有误的，请另建一条利率录入正确的值，由新版条款引用；已核算的逐件处理。",
                field="reason",
            )
        data = {
            "on": newest.on.isoformat(),
            "value": str(newest.value),
            "known_until": locked.known_until.isoformat(),
            "reason": reason,
        }
        newest.delete()
        locked.known_until = max(on - dt.timedelta(days=1), values[1].on)
        locked.save(update_fields=["known_until"])
        record("policies.series_value_withdrawn", subject=locked, by=by, at=at, data=data)


def _write(series: ReferenceSeries, plan: ImportPlan) -> None:
    SeriesValue.objects.bulk_create(SeriesValue(series=series, on=rate.on, value=rate.value) for rate in plan.added)


def _as_data(plan: ImportPlan) -> list[list[str]]:
    return [[rate.on.isoformat(), str(rate.value)] for rate in plan.added]


def _plan_faults(plan: ImportPlan) -> dict[str, list[str]]:
    faults = {}
    if plan.faults:
        faults["lines"] = [f"第 {one.number} 行：{one.message}" if one.number else one.message for one in plan.faults]
    if plan.until_faults:
        faults["known_until"] = plan.until_faults
    return faults


def _refused(faults: dict[str, list[str]]) -> Invalid:
    return Invalid("没有导入，请更正下列各项；没有改动任何数据。", errors=faults)
