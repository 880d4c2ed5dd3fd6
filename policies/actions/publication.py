"""Drafts on their way into force, published versions on their way out of it: submitted with a reason, carried out by
another administrator, returned, withdrawn."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import NoticeTopic
from accounts.models import User
from accounts.notifications import notify
from common.audit.actions import record
from common.errors import Conflict, Invalid, NotAllowed
from common.outbox.actions import enqueue
from common.templatetags.ui import zhdate
from common.workdays import local_day
from policies.actions.drafts import waits_for_publication
from policies.actions.publication_checks import check_drafts, follow_definition
from policies.actions.versions import (
    Version,
    authors_of,
    end_versions,
    locked_version,
    publish_versions,
    retire_versions,
)
from policies.enums import PublicationState, VersionState
from policies.errors import PublicationRefused, SecondPersonNeeded, VersionStateError
from policies.models import ClauseVersion, Document, Publication, PublicationItem
from policies.permissions import require_editor
from policies.publication_gates import gate_faults
from policies.queries.endings import ending_impacts
from policies.queries.publications import (
    Checked,
    Ending,
    content_sum,
    endings_in,
    in_order,
    key_of,
    other_administrators,
    versions_in,
)

SUBMITTED, PUBLISHED = "policies.publication_submitted", "policies.publication_published"
RETURNED, WITHDRAWN = "policies.publication_returned", "policies.publication_withdrawn"
#: Owed to whoever holds unfinished applications (the applications' room): a version of a clause left force.
CLAUSE_ENDED = "policies.clause_ended"


def submit_publication(
    document: Document,
    *,
    versions: Sequence[Version],
    reason: str,
    by: User,
    at: datetime,
    endings: Sequence[Ending] = (),
) -> Publication:
    """Put drafts of a document before a second person; from here on they stay as they are.

    endings: published versions that are to be retired, or to end on a day, together with the drafts or alone.
    Raises NotAllowed, Invalid (fields `reason`, `versions`), VersionStateError for what is no draft or waits already,
    PublicationRefused with every fault of lints, cases and validity.
    """
    require_editor(by)
    errors: dict[str, list[str]] = {}
    if not reason.strip():
        errors["reason"] = ["请写明发布的理由。"]
    if not versions and not endings:
        errors["versions"] = ["请至少选择一份草稿，或一个要停用、提前终止的版本。"]
    if errors:
        raise Invalid(" ".join(text for texts in errors.values() for text in texts), errors=errors)
    with transaction.atomic():
        Document.objects.select_for_update().get(pk=document.pk)
        drafts, ended = _both(versions, endings)
        for draft in drafts:
            if draft.state != VersionState.DRAFT:
                raise VersionStateError(f"{draft}{draft.get_state_display()}，不是草稿，不能提交发布。")
            if waits_for_publication(draft):
                raise VersionStateError(f"{draft}已在另一件待发布的申请中，须先撤回或退回那一件。")
        for ending in ended:
            if waits_for_publication(ending.version):
                raise VersionStateError(f"{ending.version}已在另一件待发布的申请中，须先撤回或退回那一件。")
        checked = check_drafts(document, drafts, at=at, asked=ended)
        if checked.refusing:
            raise PublicationRefused(checked.refusing)
        publication = Publication.objects.create(
            document=document,
            reason=reason.strip(),
            content_sha256=content_sum(drafts, ended),
            checked=_kept(checked, drafts, at),
            submitted_by=by,
            submitted_at=at,
        )
        PublicationItem.objects.bulk_create(
            [
                *(PublicationItem(publication=publication, **_owner(draft)) for draft in drafts),
                *(
                    PublicationItem(publication=publication, act=one.act, last_day=one.valid_to, **_owner(one.version))
                    for one in ended
                ),
            ]
        )
        data = {
            "reason": publication.reason,
            "versions": _named(drafts),
            "sha256": publication.content_sha256,
            **({"endings": _endings(ended)} if ended else {}),
        }
        record(SUBMITTED, subject=publication, by=by, at=at, data=data)
        notify(
            other_administrators(by),
            title=f"{document.number} 有 {_counted(drafts, ended)}待发布",
            body=f"{by}提交：{publication.reason}",
            url=address_of(publication),
            topic=NoticeTopic.SYSTEM,
            at=at,
        )
        return publication


def publish_publication(*, publication: Publication, expected_version: int, by: User, at: datetime) -> Publication:
    """Carry out everything of a publication, all or none: drafts go into force, and what they take the place of ends on
    the day before; versions that are to be retired or to end leave force.

    Raises NotAllowed, SecondPersonNeeded for whoever submitted it or wrote in one of the drafts, VersionStateError
    where it is closed, Conflict where it, a draft or a version that is to end changed since, PublicationRefused with
    every fault of lints, cases, validity and gates.
    """
    require_editor(by)
    with transaction.atomic():
        found = _open(publication, expected_version)
        Document.objects.select_for_update().get(pk=found.document_id)
        versions, endings = _both(versions_in(found), endings_in(found))
        if reason := why_not_publish(found, versions, by):
            raise SecondPersonNeeded(reason)
        if moved := moved_since(found, endings):
            raise Conflict(f"{moved[0]}请退回，核对后重新提交。", what="要终止的版本有变动")
        if content_sum(versions, endings) != found.content_sha256:
            raise Conflict("草稿在提交之后有改动，不能发布。请退回，核对后重新提交。", what="草稿有改动")
        checked = check_drafts(found.document, versions, at=at, asked=endings)
        refused = [*checked.refusing, *(fault for fault in gate_faults(found) if fault.refuses)]
        if refused:
            raise PublicationRefused(refused)
        found.checked = _kept(checked, versions, at)
        for ending in [*endings, *checked.endings]:
            _end(found, ending, by=by, at=at)
        for version in versions:
            if "title" in follow_definition(version) and isinstance(version, ClauseVersion):
                # Whoever finds files by the title hears of it (reviews); this room does not know them.
                key = f"policies.clause_renamed:{version.clause_id}:{at.isoformat()}"
                enqueue("policies.clause_renamed", {"clause": version.clause_id}, key=key, at=at)
        publish_versions(versions, by=by, at=at)
        # Whoever keeps what was read under the policy reads it anew (awards); this room does not know them.
        payload = {"document": found.document_id}
        enqueue("policies.published", payload, key=f"policies.published:{found.pk}", at=at)
        opened = _open_document(found.document, by=by, at=at)
        data = {
            "versions": _named(versions),
            "ended": [*_endings(endings), *_endings(checked.endings)],
            "document_opened": opened,
        }
        return _close(found, PublicationState.PUBLISHED, PUBLISHED, "", data, by=by, at=at)


def moved_since(publication: Publication, endings: Sequence[Ending]) -> list[str]:
    """What happened to versions that an open publication is to end since it was submitted, a sentence each: they were
    retired, or end earlier than they did then."""
    then = {(one["kind"], one["version"]): one["before"] for one in publication.checked.get("asked", ())}
    told = []
    for ending in endings:
        version = ending.version
        now = version.valid_to.isoformat() if version.valid_to else None
        if version.state == VersionState.RETIRED:
            told.append(f"{version}在提交之后已于{zhdate(version.retired_at)}停用，不用再{ending.act.label}。")
        elif now != then.get(key_of(version)):
            told.append(
                f"{version}在提交之后改为到{zhdate(version.valid_to)}为止，{ending.act.label}的影响须重新核对。"
            )
    return told


def return_publication(
    *, publication: Publication, expected_version: int, note: str, by: User, at: datetime
) -> Publication:
    """Send a publication back to whoever submitted it; the drafts may be edited again.

    Raises NotAllowed (for the submitter, who withdraws), VersionStateError, Conflict, Invalid (field `note`).
    """
    require_editor(by)
    if not note.strip():
        raise Invalid("请写明退回的原因。", field="note")
    with transaction.atomic():
        found = _open(publication, expected_version)
        if found.submitted_by_id == by.pk:
            raise NotAllowed("本次发布由您提交，请用“撤回”。")
        return _close(found, PublicationState.RETURNED, RETURNED, note.strip(), {}, by=by, at=at)


def withdraw_publication(
    *, publication: Publication, expected_version: int, by: User, at: datetime, note: str = ""
) -> Publication:
    """Take back what one has submitted; the drafts may be edited again.

    Raises NotAllowed, VersionStateError, Conflict.
    """
    require_editor(by)
    with transaction.atomic():
        found = _open(publication, expected_version)
        if found.submitted_by_id != by.pk:
            raise NotAllowed("撤回由提交人办理；您可以退回并写明原因。")
        return _close(found, PublicationState.WITHDRAWN, WITHDRAWN, note.strip(), {}, by=by, at=at)


def why_not_publish(publication: Publication, versions: Sequence[Version], by: User) -> str:
    """Why this administrator must leave publishing to another one, as a sentence; empty where nothing is in the way."""
    if publication.submitted_by_id == by.pk:
        return "本次发布由您提交，须由另一位管理员核对后发布。"
    written = [str(version) for version in versions if by.pk in authors_of(version)]
    if written:
        return f"{'、'.join(written)}由您起草或修改过，须由另一位管理员核对后发布。"
    return ""


def address_of(publication: Publication) -> str:
    """The page of a publication."""
    return reverse("editing:publication", args=[publication.pk])


# ------------------------------------------------------------------------------------------------------ parts


def _both(versions: Sequence[Version], endings: Sequence[Ending]) -> tuple[list[Version], list[Ending]]:
    """Drafts and endings with their rows as they stand, locked in one order for everybody."""
    rows = {key_of(version): version for version in [*versions, *(ending.version for ending in endings)]}
    locked = {key: locked_version(rows[key]) for key in sorted(rows)}
    drafts = in_order(locked[key_of(version)] for version in versions)
    return drafts, [Ending(locked[key_of(ending.version)], ending.valid_to) for ending in endings]


def _end(publication: Publication, ending: Ending, *, by: User, at: datetime) -> None:
    """Take one version out of force; its event says who proposed it, who works on drafts under it hears of it."""
    told = {"publication": publication.pk, "proposed_by": str(publication.submitted_by)}
    if ending.by is not None:
        told["followed_by"] = ending.by.number
    if ending.valid_to is None:
        retire_versions([ending.version], by=by, at=at, reason=publication.reason, told=told)
    else:
        end_versions([ending.version], valid_to=ending.valid_to, by=by, at=at, reason=publication.reason, told=told)
    if isinstance(ending.version, ClauseVersion):
        payload = {"clause": ending.version.clause_id, "version": ending.version.pk, "reason": publication.reason}
        enqueue(CLAUSE_ENDED, payload, key=f"{CLAUSE_ENDED}:{publication.pk}:{ending.version.pk}", at=at)


def _owner(version: Version) -> dict[str, Any]:
    return {"clause_version": version} if isinstance(version, ClauseVersion) else {"rules": version}


def _counted(drafts: Sequence[Version], endings: Sequence[Ending]) -> str:
    """1 份草稿, 2 项停用或提前终止, or both."""
    parts = [f"{len(drafts)} 份草稿"] if drafts else []
    return "、".join([*parts, *([f"{len(endings)} 项停用或提前终止"] if endings else [])])


def _open(publication: Publication, expected_version: int) -> Publication:
    found = (
        Publication.objects.select_for_update(of=("self",))
        .select_related("document", "submitted_by")
        .get(pk=publication.pk)
    )
    if found.state != PublicationState.OPEN:
        raise VersionStateError(f"这件发布申请{found.get_state_display()}，不能再办理。")
    if found.version != expected_version:
        raise Conflict("这件发布申请在您打开之后有变动，请核对后再办理。", what="申请有变动")
    return found


def _open_document(document: Document, *, by: User, at: datetime) -> bool:
    """Make a document public with its first publication; answers whether it was in preparation."""
    found = Document.objects.select_for_update().get(pk=document.pk)
    if found.is_public:
        return False
    found.published_at, found.published_by = at, by
    found.save(update_fields=["published_at", "published_by"])
    record("policies.document_published", subject=found, by=by, at=at, data={"number": found.number})
    return True


def _close(
    found: Publication,
    state: PublicationState,
    event: str,
    note: str,
    data: dict[str, Any],
    *,
    by: User,
    at: datetime,
) -> Publication:
    found.state, found.note, found.closed_by, found.closed_at = state, note, by, at
    found.version += 1
    found.save()
    record(event, subject=found, by=by, at=at, data={**data, **({"note": note} if note else {})})
    if found.submitted_by_id != by.pk:
        notify(
            [found.submitted_by],
            title=f"{found.document.number} 发布申请{found.get_state_display()}",
            body=f"{by}办理。{note}",
            url=address_of(found),
            topic=NoticeTopic.SYSTEM,
            at=at,
        )
    return found


def _named(versions: Sequence[Version]) -> list[dict[str, Any]]:
    return [{"kind": key_of(version)[0], "pk": version.pk, "name": str(version)} for version in versions]


def _endings(endings: Iterable[Ending]) -> list[dict[str, Any]]:
    return [
        {
            "kind": key_of(ending.version)[0],
            "version": ending.version.pk,
            "name": str(ending.version),
            "valid_to": ending.valid_to.isoformat() if ending.valid_to else None,
        }
        for ending in endings
    ]


def _kept(checked: Checked, drafts: Sequence[Version], at: datetime) -> dict[str, Any]:
    """What was checked, to be read after years."""
    impacts = ending_impacts(checked.asked, drafts, today=local_day(at))
    return {
        "faults": [
            {"path": fault.path, "message": fault.message, "mend": fault.mend, "severity": fault.severity}
            for fault in checked.faults
        ],
        "cases": [
            {
                "version": version.pk,
                "number": result.case.number,
                "title": result.case.title,
                "expected": result.expected,
                "actual": result.actual,
                "ok": result.ok,
            }
            for version, results in checked.cases
            for result in results
        ],
        "endings": _endings(checked.endings),
        "asked": [
            {
                **told,
                "act": str(impact.ending.act),
                "before": impact.ending.version.valid_to.isoformat() if impact.ending.version.valid_to else None,
                "years": impact.lost.words,
                "filed": impact.filed_count,
                "drafts": impact.draft_count,
            }
            for told, impact in zip(_endings(checked.asked), impacts, strict=True)
        ],
    }
