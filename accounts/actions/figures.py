"""The figures an enterprise states once per policy year, shared by all its applications of that year."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Enterprise, User, YearlyFigures
from accounts.permissions import is_member
from common.audit.actions import record
from common.errors import Conflict, NotFound

_CHANGED = "年度数据已被同事修改，请核对最新内容后再保存。"


@transaction.atomic
def save_figures(
    *,
    enterprise: Enterprise,
    policy_year: int,
    values: dict[str, object],
    expected_version: int | None,
    by: User,
    at: datetime,
) -> YearlyFigures:
    """Create (expected_version None) or replace the figures of one enterprise and policy year.

    values: fact key → string of 元, ISO date, count or flag; which keys exist and what they may hold is checked by the
    caller against the policy's facts. Saving equal values again changes nothing and keeps the version.
    Raises NotFound for people who are no members, Conflict where somebody saved since `expected_version`.
    """
    if not is_member(by, enterprise):
        raise NotFound
    row = (
        YearlyFigures.objects.select_for_update(of=("self",))
        .select_related("updated_by")
        .filter(enterprise=enterprise, policy_year=policy_year)
        .first()
    )
    if row is None:
        if expected_version is not None:
            raise Conflict(_CHANGED)
        try:
            with transaction.atomic():
                row = YearlyFigures.objects.create(
                    enterprise=enterprise, policy_year=policy_year, values=values, updated_at=at, updated_by=by
                )
        except IntegrityError as error:
            raise Conflict(_CHANGED) from error
        before: dict[str, object] = {}
    else:
        if expected_version != row.version:
            raise Conflict(_CHANGED, changed_by=str(row.updated_by), what=f"{policy_year} 年度数据已修改")
        if row.values == values:
            return row
        before = row.values
        row.values, row.updated_at, row.updated_by = values, at, by
        row.version += 1
        row.save(update_fields=["values", "updated_at", "updated_by", "version"])
    changes = {
        key: {"from": before.get(key), "to": values.get(key)}
        for key in sorted({*before, *values})
        if before.get(key) != values.get(key)
    }
    record(
        "accounts.figures_saved",
        subject=row,
        by=by,
        at=at,
        data={"enterprise": enterprise.pk, "policy_year": policy_year, "version": row.version, "changes": changes},
    )
    return row
