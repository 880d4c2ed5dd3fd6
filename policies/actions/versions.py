"""Publishing and retiring dated versions."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from common.audit.queries import history
from policies.enums import VersionState
from policies.errors import SecondPersonNeeded, VersionFaulty, VersionOverlaps, VersionStateError
from policies.models import ClauseVersion, PolicyRules
from policies.queries.lint import document_of, lint_published

Version = ClauseVersion | PolicyRules

#: The audit event of a draft that a person wrote; its actor is the author. Drafts of the corpus have none.
DRAFTED = "policies.version_drafted"


def publish_version(version: Version, *, by: User | None, at: datetime) -> None:
    """Put a draft into use within its validity (by: None = the shipped corpus); from here on it never changes.

    Raises VersionStateError if it is no draft, VersionOverlaps if another published version overlaps it,
    SecondPersonNeeded for the draft's own author, VersionFaulty with every fault of the policy with this version in
    its place.
    """
    publish_versions([version], by=by, at=at)


def publish_versions(versions: Sequence[Version], *, by: User | None, at: datetime) -> None:
    """Publish drafts of one document together, all or none: what refers to each other is judged as a whole.

    Raises what `publish_version` raises.
    """
    with transaction.atomic():
        published = [_publish(version, by=by, at=at) for version in versions]
        faults = lint_published(document_of(versions[0]), published) if versions else []
        if refused := [fault for fault in faults if fault.refuses]:
            raise VersionFaulty("、".join(str(version) for version in versions[:3]), refused)
    for version in versions:
        version.state, version.published_at, version.published_by = VersionState.PUBLISHED, at, by


def _publish(version: Version, *, by: User | None, at: datetime) -> Version:
    locked = _locked(version)
    if locked.state != VersionState.DRAFT:
        raise VersionStateError(f"{version}不是草稿，不能发布。")
    if by is not None and by.pk == author_of(locked):
        raise SecondPersonNeeded(f"{version}由您起草，须由另一位管理员核对后发布。")
    locked.state = VersionState.PUBLISHED
    if overlapping(locked).exists():
        raise VersionOverlaps(f"{version}与另一个已发布版本的有效期重叠，请先停用或缩短前一版本。")
    locked.published_at, locked.published_by = at, by
    locked.save(update_fields=["state", "published_at", "published_by"])
    record("policies.version_published", subject=locked, by=by, at=at, data={"sha256": locked.definition_sha256})
    return locked


def author_of(version: Version) -> int | None:
    """The number of the person who wrote a draft, None where nobody is recorded."""
    return history(version).filter(event=DRAFTED).values_list("actor_id", flat=True).first()


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
    if isinstance(version, ClauseVersion):
        rows = ClauseVersion.objects.select_for_update(of=("self",)).select_related("clause__document")
        return rows.get(pk=version.pk)
    return PolicyRules.objects.select_for_update(of=("self",)).select_related("document").get(pk=version.pk)


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
