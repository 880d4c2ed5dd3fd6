"""The district's answer to what an enterprise says about itself, and the enterprise's correction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.actions.enterprise_data import VOUCHED_FIELDS, as_audit, assign, save_once
from accounts.actions.registration import tell_district
from accounts.enums import NoticeTopic
from accounts.models import Enterprise, User
from accounts.notifications import enterprise_users, notify
from accounts.permissions import is_member, may_verify
from accounts.workflow import PENDING, VERIFIED, target
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.outbox.actions import enqueue

MAX_REASON = 500
_CHANGED = "企业信息在您打开页面之后有了修改，请核对最新内容后再操作。"


def _locked(enterprise: Enterprise) -> Enterprise:
    return (
        Enterprise.objects.select_for_update(of=("self",))
        .select_related("district", "verified_by")
        .get(pk=enterprise.pk)
    )


def _for_decision(
    gesture: str, enterprise: Enterprise, *, by: User, expected_version: int | None
) -> tuple[Enterprise, Any]:
    row = _locked(enterprise)
    if not may_verify(by, row):
        if Enterprise.objects.visible_to(by).filter(pk=row.pk).exists():
            raise NotAllowed("只有企业所属县区（开发区）的经办、审核人员可以核实企业信息。")
        raise NotFound
    status = target(gesture, row)
    if expected_version is not None and expected_version != row.version:
        raise Conflict(_CHANGED, what="企业信息已修改")
    return row, status


@transaction.atomic
def verify_enterprise(
    *, enterprise: Enterprise, by: User, at: datetime, expected_version: int | None = None
) -> Enterprise:
    """Accept an enterprise's data on behalf of its district.

    expected_version: the version that the officer saw. Raises NotFound for officers of other districts, NotAllowed for
    people who see the enterprise but do not verify, Conflict when it is not waiting or was edited meanwhile.
    """
    row, status = _for_decision("verify", enterprise, by=by, expected_version=expected_version)
    row.status, row.verified_at, row.verified_by, row.rejection_reason = status, at, by, ""
    row.version += 1
    row.save(update_fields=["status", "verified_at", "verified_by", "rejection_reason", "version"])
    record("accounts.enterprise_verified", subject=row, by=by, at=at, data=as_audit(row))
    notify(
        enterprise_users(row),
        title="企业信息已核实",
        body=f"{row.district.name}已核实贵单位信息，现在可以提交申报。",
        url=reverse("accounts:enterprise"),
        topic=NoticeTopic.ACCOUNT,
        at=at,
    )
    return row


@transaction.atomic
def reject_enterprise(
    *, enterprise: Enterprise, reason: str, by: User, at: datetime, expected_version: int | None = None
) -> Enterprise:
    """Send an enterprise's data back with a reason that the enterprise reads; raises as verify_enterprise, and Invalid
    where the reason is missing or longer than 500 characters."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写退回原因，告知企业需要更正的内容。", field="reason")
    if len(reason) > MAX_REASON:
        raise Invalid(f"退回原因最多 {MAX_REASON} 字，您填写了 {len(reason)} 字。", field="reason")
    row, status = _for_decision("reject", enterprise, by=by, expected_version=expected_version)
    row.status, row.verified_at, row.verified_by, row.rejection_reason = status, at, by, reason
    row.version += 1
    row.save(update_fields=["status", "verified_at", "verified_by", "rejection_reason", "version"])
    record("accounts.enterprise_rejected", subject=row, by=by, at=at, data={"reason": reason})
    notify(
        enterprise_users(row),
        title="企业信息未通过核实，请更正",
        body=reason,
        url=reverse("accounts:enterprise"),
        topic=NoticeTopic.ACCOUNT,
        at=at,
    )
    return row


def _set_pending(row: Enterprise, gesture: str) -> None:
    row.status = target(gesture, row)
    row.verified_at, row.verified_by, row.rejection_reason = None, None, ""


@transaction.atomic
def update_enterprise(
    *, enterprise: Enterprise, data: Mapping[str, Any], expected_version: int, by: User, at: datetime
) -> Enterprise:
    """Change an enterprise's data; a verified one waits for its district again when the vouched ones change.

    Raises NotFound for people who are no members, Conflict for an outdated version, Invalid with every fault.
    A rejected enterprise stays rejected: see resubmit_enterprise.
    """
    row = _editable(enterprise, by=by, expected_version=expected_version)
    before = as_audit(row)
    changed = assign(row, data, at=at)
    if not changed:
        return row
    reopened = row.status == VERIFIED and bool(set(changed) & set(VOUCHED_FIELDS))
    if reopened:
        _set_pending(row, "reopen")
    _save_change("accounts.enterprise_changed", row, before, changed, by=by, at=at)
    if reopened or (row.status == PENDING and "district" in changed):
        tell_district(row, title=f"企业信息有变更，待核实：{row.name}", at=at)
    return row


@transaction.atomic
def resubmit_enterprise(
    *, enterprise: Enterprise, data: Mapping[str, Any], expected_version: int, by: User, at: datetime
) -> Enterprise:
    """Correct a rejected enterprise's data and ask its district again; raises as update_enterprise, and Conflict when
    the enterprise was not rejected."""
    row = _editable(enterprise, by=by, expected_version=expected_version)
    target("resubmit", row)
    before = as_audit(row)
    changed = assign(row, data, at=at)
    _set_pending(row, "resubmit")
    _save_change("accounts.enterprise_resubmitted", row, before, changed, by=by, at=at)
    tell_district(row, title=f"企业信息已更正，待核实：{row.name}", at=at)
    return row


def _editable(enterprise: Enterprise, *, by: User, expected_version: int) -> Enterprise:
    row = _locked(enterprise)
    if not is_member(by, row):
        raise NotFound
    if expected_version != row.version:
        raise Conflict("本单位信息已被同事修改，请核对最新内容；您刚才填写的内容仍在下方。", what="企业信息已修改")
    return row


def _save_change(
    event: str, row: Enterprise, before: dict[str, Any], changed: list[str], *, by: User, at: datetime
) -> None:
    row.version += 1
    save_once(row)
    if "name" in changed or "uscc" in changed:
        # Whoever finds files by the name hears of it (reviews); this room does not know them.
        enqueue(
            "accounts.enterprise_renamed",
            {"enterprise": row.pk},
            key=f"accounts.enterprise_renamed:{row.pk}:{row.version}",
            at=at,
        )
    after = as_audit(row)
    record(event, subject=row, by=by, at=at, data={name: {"from": before[name], "to": after[name]} for name in changed})
