"""Clause versions with other units than the policy prints, and files that are sampled: what routes are tested with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Unit
from policies.actions import retire_version
from policies.enums import ClauseRole, VersionState
from policies.models import ClauseUnit, ClauseVersion, PolicySetting, UnitGroup
from tests.factories.applications import AT, clause


def republish(
    clause_id: str = "3.4.5",
    *,
    lead: Sequence[str] = ("市工信局",),
    cooperating: Sequence[str] = (),
    responsible: Sequence[str] = ("各县区（开发区、湾里管理局）",),
    at: datetime = AT,
) -> ClauseVersion:
    """Retire the clause's version and publish the same words with these units or groups, by their printed names."""
    old = clause(clause_id).versions.order_by("-number")[0]
    if old.is_published:
        retire_version(old, by=None, at=at)
    kept = ("clause", "definition", "definition_sha256", "quote", "evidence", "source_sha256", "content_sha256")
    dates = {"valid_from": old.valid_from, "valid_to": old.valid_to, "number": old.number + 1}
    version = ClauseVersion.objects.create(bracket="[测试]", **{name: getattr(old, name) for name in kept}, **dates)
    named = {ClauseRole.LEAD: lead, ClauseRole.COOPERATING: cooperating, ClauseRole.RESPONSIBLE: responsible}
    for role, names in named.items():
        for order, name in enumerate(names):
            group = UnitGroup.objects.filter(printed=name).first()
            unit = None if group else Unit.objects.get(name=name)
            ClauseUnit.objects.create(version=version, role=role, order=order, unit=unit, group=group)
    version.state, version.published_at = VersionState.PUBLISHED, at
    version.save(update_fields=["state", "published_at"])
    return version


def set_policy(key: str, value: Any) -> None:
    """Give a setting of the shipped policy another value for one test."""
    assert PolicySetting.objects.filter(key=key).update(value=value) == 1
