"""Publishing and retiring dated versions."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from policies.enums import VersionState
from policies.errors import VersionOverlaps, VersionStateError
from policies.models import ClauseVersion, PolicyRules

Version = ClauseVersion | PolicyRules


def publish_version(version: Version, *, by: User | None, at: datetime) -> None:
    """Put a draft into use within its validity (by: None = the shipped corpus); from here on it never changes.

    Raises VersionStateError if it is no draft, VersionOverlaps if another published version overlaps it.
    """
    with transaction.atomic():
        locked = _locked(version)
        if locked.state != VersionState.DRAFT:
            raise VersionStateError(f"{version}不是草稿，不能发布。")
        locked.state = VersionState.PUBLISHED
        if overlapping(locked).exists():
            raise VersionOverlaps(f"{version}与另一个已发布版本的有效期重叠，请先停用或缩短前一版本。")
        locked.published_at, locked.published_by = at, by
        locked.save(update_fields=["state", "published_at", "published_by"])
        record("policies.version_published", subject=locked, by=by, at=at, data={"sha256": locked.definition_sha256})
    version.state, version.published_at, version.published_by = locked.state, at, by


def retire_version(version: Version, *, by: User | None, at: datetime) -> None:
    """Take a published version out of use; what was decided under it keeps naming it. Raises VersionStateError."""
    with transaction.atomic():
        locked = _locked(version)
        if locked.state != VersionState.PUBLISHED:
            raise VersionStateError(f"{version}不是已发布版本，不能停用。")
        locked.state, locked.retired_at, locked.retired_by = VersionState.RETIRED, at, by
        locked.save(update_fields=["state", "retired_at", "retired_by"])
        record("policies.version_retired", subject=locked, by=by, at=at, data={"sha256": locked.definition_sha256})
    version.state, version.retired_at, version.retired_by = locked.state, at, by


def _locked(version: Version) -> Version:
    return type(version)._default_manager.select_for_update().get(pk=version.pk)


def overlapping(version: Version):  # type: ignore[no-untyped-def]
    """Published versions of the same owner whose validity meets this one's."""
    owner = "clause" if isinstance(version, ClauseVersion) else "document"
    others = (
        type(version)
        ._default_manager.filter(**{f"{owner}_id": getattr(version, f"{owner}_id")}, state=VersionState.PUBLISHED)
        .exclude(pk=version.pk)
    )
    if version.valid_to is not None:
        others = others.filter(valid_from__lte=version.valid_to)
    return others.exclude(valid_to__lt=version.valid_from)
