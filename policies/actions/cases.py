"""Worked cases of a clause's draft: entered, corrected, removed. Those of a published version never change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from common.audit.actions import record
from common.errors import Conflict, Invalid
from common.money import MoneyError, parse_yuan, yuan
from policies.actions.drafts import waits_for_publication
from policies.enums import VersionState
from policies.errors import VersionStateError
from policies.models import ClauseVersion, VersionCase
from policies.permissions import require_editor
from policies.queries.cases import STATUSES, evaluate_case, seen_of

ADDED, CHANGED, REMOVED = "policies.case_added", "policies.case_changed", "policies.case_removed"


def add_case(
    version: ClauseVersion,
    *,
    title: str,
    document: Mapping[str, Any],
    expected: Mapping[str, Any],
    by: User,
    at: datetime,
) -> VersionCase:
    """Enter a worked case of a draft; what comes out need not be what is expected yet.

    document, expected: as `VersionCase` keeps them. Raises NotAllowed, VersionStateError for anything but a draft that
    may be edited, NotComputable, Invalid (fields `title`, `status`, `amount`) and EvaluationFault with every fault of
    the document by its path.
    """
    require_editor(by)
    with transaction.atomic():
        locked = _editable(version)
        values = _values(locked, title, document, expected)
        last = locked.cases.aggregate(last=Max("number"))["last"] or 0
        case = VersionCase.objects.create(version=locked, number=last + 1, entered_by=by, entered_at=at, **values)
        record(ADDED, subject=locked, by=by, at=at, data=_kept(case))
        return case


def change_case(
    case: VersionCase,
    *,
    title: str,
    document: Mapping[str, Any],
    expected: Mapping[str, Any],
    seen: str,
    by: User,
    at: datetime,
) -> VersionCase:
    """Correct a case; `seen`: `seen_of` what the page showed.

    Raises as `add_case` does, and Conflict where somebody changed or removed the case since.
    """
    require_editor(by)
    with transaction.atomic():
        locked = _editable(case.version)
        found = _newest(case, seen)
        before = _kept(found)
        for name, value in _values(locked, title, document, expected).items():
            setattr(found, name, value)
        if _kept(found) == before:
            return found
        found.entered_by, found.entered_at = by, at
        found.save()
        record(CHANGED, subject=locked, by=by, at=at, data={**_kept(found), "before": before})
        return found


def remove_case(case: VersionCase, *, seen: str, by: User, at: datetime) -> None:
    """Take a case out of a draft; the audit trail keeps what it said.

    Raises NotAllowed, VersionStateError, Conflict.
    """
    require_editor(by)
    with transaction.atomic():
        locked = _editable(case.version)
        found = _newest(case, seen)
        record(REMOVED, subject=locked, by=by, at=at, data=_kept(found))
        found.delete()


def _editable(version: ClauseVersion) -> ClauseVersion:
    rows = ClauseVersion.objects.select_for_update(of=("self",)).select_related("clause__document")
    locked = rows.get(pk=version.pk)
    if locked.state != VersionState.DRAFT:
        raise VersionStateError(f"{locked}{locked.get_state_display()}，算例不能修改。需要修改的，请另起草稿。")
    if waits_for_publication(locked):
        raise VersionStateError(f"{locked}已提交发布，须先撤回或退回才能修改算例。")
    return locked


def _newest(case: VersionCase, seen: str) -> VersionCase:
    found = VersionCase.objects.filter(pk=case.pk).first()
    if found is None:
        raise Conflict("这个算例已被其他人删除，您填写的内容没有保存。需要的，请新增算例。", what="算例已删除")
    if seen_of(found) != seen:
        who = found.entered_by or "其他人"
        raise Conflict(f"{who}在您打开之后修改了这个算例。您填写的内容仍在本页，请核对后再保存。", what="算例已修改")
    return found


def _values(
    version: ClauseVersion, title: str, document: Mapping[str, Any], expected: Mapping[str, Any]
) -> dict[str, Any]:
    name = title.strip()
    if not name:
        raise Invalid("请填写算例的名称。", field="title")
    if len(name) > 80:
        raise Invalid(f"名称最多 80 个字，现有 {len(name)} 个，请缩短。", field="title")
    wanted = _expected(expected)
    evaluate_case(version, document)  # refuses a document that cannot be read
    return {"title": name, "document": dict(document), "expected": wanted}


def _expected(given: Mapping[str, Any]) -> dict[str, Any]:
    status, amount = given.get("status"), given.get("amount")
    if status not in STATUSES:
        raise Invalid("请选择应得的结果：符合、不符合或待裁量。", field="status")
    if status != "eligible":
        if amount:
            raise Invalid("只有符合条件的算例才有金额，请删去金额或改选“符合”。", field="amount")
        return {"status": status, "amount": None}
    if not amount:
        raise Invalid("请填写应得的金额。", field="amount")
    try:
        return {"status": status, "amount": yuan(parse_yuan(str(amount)))}
    except MoneyError as error:
        raise Invalid(str(error), field="amount") from error


def _kept(case: VersionCase) -> dict[str, Any]:
    return {"number": case.number, "title": case.title, "document": case.document, "expected": case.expected}
