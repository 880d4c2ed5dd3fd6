"""Publishing, ending and retiring dated versions: the steps of a publication, which asks for a second person."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import transaction

from accounts.models import User
from common.audit.actions import record
from common.audit.queries import history
from common.errors import Invalid
from common.templatetags.ui import zhdate
from policies.enums import VersionState
from policies.errors import SecondPersonNeeded, VersionFaulty, VersionOverlaps, VersionStateError
from policies.lint import LintFault
from policies.models import ClauseVersion, PolicyRules
from policies.queries.lint import document_of, lint_published, lint_without
from policies.queries.publication import overlapping

Version = ClauseVersion | PolicyRules

#: The audit event of a draft that a person began; drafts of the corpus have none.
DRAFTED = "policies.version_drafted"
#: Events of writing in a draft: whoever is the actor of one is an author and does not publish it.
_WRITING = (DRAFTED, "policies.version_edited", "policies.version_restored")


def publish_version(version: Version, *, by: User | None, at: datetime) -> None:
    """Put a draft into use within its validity (by: None = the shipped corpus); from here on it never changes.

    Raises VersionStateError if it is no draft, VersionOverlaps if another published version overlaps it,
    SecondPersonNeeded for the draft's own author, VersionFaulty with every fault of the policy with this version in
    its place.
    """
    publish_versions([version], by=by, at=at)


def publish_versions(versions: Sequence[Version], *, by: User | None, at: datetime) -> None:
    """Publish drafts together, all or none: what refers to each other is judged as a whole, document by document.

    Raises what `publish_version` raises.
    """
    with transaction.atomic():
        published = [_publish(version, by=by, at=at) for version in versions]
        if refused := [fault for fault in _judged(published) if fault.refuses]:
            raise VersionFaulty("、".join(str(version) for version in versions[:3]), refused)
    for version in versions:
        version.state, version.published_at, version.published_by = VersionState.PUBLISHED, at, by


def _judged(published: Sequence[Version]) -> list[LintFault]:
    by_document = sorted(published, key=lambda version: document_of(version).pk)
    return [
        fault
        for _, versions in groupby(by_document, key=lambda version: document_of(version).pk)
        for fault in _of_one_document(list(versions))
    ]


def _of_one_document(published: list[Version]) -> list[LintFault]:
    return lint_published(document_of(published[0]), published)


def judge_together(
    versions: Sequence[Version], *, at: datetime, left: Sequence[Version] = ()
) -> list[LintFault] | None:
    """What the lints would say of these drafts, published together; nothing is kept.

    left: versions of one document that were taken out of force for the trial: what remains without them is judged, too.
    None where their validity meets that of a published version or of each other, so that they cannot be put in place.
    """
    with transaction.atomic():
        try:
            placed = []
            for version in versions:
                locked = locked_version(version)
                locked.state, locked.published_at = VersionState.PUBLISHED, at
                if overlapping(locked).exists():
                    return None
                locked.save(update_fields=["state", "published_at"])
                placed.append(locked)
            return [*_judged(placed), *(lint_without(document_of(left[0]), left) if left else [])]
        finally:
            transaction.set_rollback(True)


def _publish(version: Version, *, by: User | None, at: datetime) -> Version:
    locked = locked_version(version)
    if locked.state != VersionState.DRAFT:
        raise VersionStateError(f"{version}不是草稿，不能发布。")
    if by is not None and by.pk in authors_of(locked):
        raise SecondPersonNeeded(f"{version}由您起草或修改过，须由另一位管理员核对后发布。")
    locked.state = VersionState.PUBLISHED
    if overlapping(locked).exists():
        raise VersionOverlaps(f"{version}与另一个已发布版本的有效期重叠，请先停用或提前终止前一版本。")
    locked.published_at, locked.published_by = at, by
    locked.save(update_fields=["state", "published_at", "published_by"])
    record("policies.version_published", subject=locked, by=by, at=at, data={"sha256": locked.definition_sha256})
    return locked


def authors_of(version: Version) -> frozenset[int]:
    """The numbers of everybody who wrote in a draft; empty where nobody is recorded."""
    actors = history(version).filter(event__in=_WRITING).values_list("actor_id", flat=True)
    return frozenset(actor for actor in actors if actor is not None)


def retire_version(version: Version, *, by: User | None, at: datetime, reason: str = "") -> None:
    """Take a published version out of use; what was decided under it keeps naming it. Raises VersionStateError."""
    retire_versions([version], by=by, at=at, reason=reason)


def retire_versions(
    versions: Sequence[Version],
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:
    """Take published versions out of use, all or none; `reason` is kept in the audit event of each, and `told`: from
    which publication it comes.

    Raises VersionStateError for one that is not published.
    """
    with transaction.atomic():
        for version in versions:
            locked = locked_version(version)
            if locked.state != VersionState.PUBLISHED:
                raise VersionStateError(f"{version}不是已发布版本，不能停用。请重新选择已发布的版本。")
            locked.state, locked.retired_at, locked.retired_by = VersionState.RETIRED, at, by
            locked.save(update_fields=["state", "retired_at", "retired_by"])
            data = {"sha256": locked.definition_sha256, **({"reason": reason} if reason else {}), **(told or {})}
            record("policies.version_retired", subject=locked, by=by, at=at, data=data)
    for version in versions:
        version.state, version.retired_at, version.retired_by = VersionState.RETIRED, at, by


def end_version(version: Version, *, valid_to: date, by: User | None, at: datetime, reason: str = "") -> None:
    """Let a published version end earlier than it says; its words stay as they are.

    valid_to: the last day on which it is in force.
    Raises VersionStateError if it is not published, Invalid (field `valid_to`) for a day that is not earlier than its
    present end or lies before its beginning.
    """
    end_versions([version], valid_to=valid_to, by=by, at=at, reason=reason)


def end_versions(
    versions: Sequence[Version],
    *,
    valid_to: date,
    by: User | None,
    at: datetime,
    reason: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:
    """As `end_version` for several, all or none; `told` as in `retire_versions`."""
    with transaction.atomic():
        for version in versions:
            _end(version, valid_to, by=by, at=at, reason=reason, told=told or {})
    for version in versions:
        version.valid_to = valid_to


def _end(
    version: Version, valid_to: date, *, by: User | None, at: datetime, reason: str, told: Mapping[str, Any]
) -> None:
    locked = locked_version(version)
    if locked.state != VersionState.PUBLISHED:
        raise VersionStateError(f"{version}不是已发布版本，不能提前终止。请重新选择已发布的版本。")
    if locked.valid_to is not None and valid_to >= locked.valid_to:
        raise Invalid(
            f"{version}的有效期至{zhdate(locked.valid_to)}，只能提前，不能延后或不变。请填写更早的日期。",
            field="valid_to",
        )
    if valid_to < locked.valid_from:
        raise Invalid(
            f"{version}自{zhdate(locked.valid_from)}起生效，终止日期不能早于这一天。整个版本不再使用的，请改用停用。",
            field="valid_to",
        )
    before, locked.valid_to = locked.valid_to, valid_to
    locked.save(update_fields=["valid_to"])
    data = {
        "sha256": locked.definition_sha256,
        "valid_to": valid_to.isoformat(),
        "before": before.isoformat() if before else None,
        **({"reason": reason} if reason else {}),
        **told,
    }
    record("policies.version_ended", subject=locked, by=by, at=at, data=data)


def locked_version(version: Version) -> Version:
    """The row of a version as it stands now, locked."""
    if isinstance(version, ClauseVersion):
        rows = ClauseVersion.objects.select_for_update(of=("self",)).select_related("clause__document")
        return rows.get(pk=version.pk)
    return PolicyRules.objects.select_for_update(of=("self",)).select_related("document").get(pk=version.pk)
