"""Registration of an enterprise together with its first member."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.actions.enterprise_data import as_audit, assign, save_once
from accounts.enums import EnterpriseRole, NoticeTopic
from accounts.models import Enterprise, EnterpriseMember, User
from accounts.notifications import notify
from accounts.queries import verifiers_of
from common.audit.actions import record
from common.errors import Invalid


@transaction.atomic
def register_enterprise(*, user: User, data: Mapping[str, Any], at: datetime) -> Enterprise:
    """Register an enterprise with `user` (already saved) as its first member and tell the district's officers.

    data: the fields of `enterprise_data.DATA_FIELDS` and `role` (an EnterpriseRole value).
    Raises Invalid with every fault at once; Conflict where the code was taken in the same moment.
    """
    if data.get("role") not in EnterpriseRole.values:
        raise Invalid("请选择您在本单位的身份。", field="role")
    enterprise = Enterprise(registered_at=at)
    assign(enterprise, data, at=at)
    save_once(enterprise)
    EnterpriseMember.objects.create(enterprise=enterprise, user=user, role=data["role"])
    record(
        "accounts.enterprise_registered",
        subject=enterprise,
        by=user,
        at=at,
        data={**as_audit(enterprise), "role": data["role"]},
    )
    tell_district(enterprise, title=f"新的企业信息待核实：{enterprise.name}", at=at)
    return enterprise


def tell_district(enterprise: Enterprise, *, title: str, at: datetime) -> None:
    """Put a message with the way to the verification page into the inboxes of the district's officers."""
    notify(
        verifiers_of(enterprise.district),
        title=title,
        body=f"统一社会信用代码 {enterprise.uscc}，请核对企业信息和所属县区（开发区）。",
        url=reverse("accounts:verification", args=[enterprise.pk]),
        topic=NoticeTopic.ACCOUNT,
        at=at,
    )
