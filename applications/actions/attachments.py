"""Uploading and removing evidence."""

from datetime import datetime
from typing import IO

from django.conf import settings
from django.db import transaction

from accounts.models import User
from applications.actions.drafting import require_editable
from applications.actions.locking import lock, lock_enterprise
from applications.models import Application, Attachment
from applications.permissions import require_member
from applications.queries.definitions import Evidence, evidence_of
from common import storage
from common.audit.actions import record
from common.errors import NotFound, TooLarge
from common.uploads import check_upload

FILES_PER_EVIDENCE = 20


def _evidence(application: Application, key: str) -> Evidence:
    for item in evidence_of(application):
        if item.key == key:
            return item
    raise NotFound


def attach(
    *,
    application: Application,
    evidence_key: str,
    upload: IO[bytes],
    name: str,
    by: User,
    at: datetime,
    replaces: Attachment | None = None,
) -> Attachment:
    """Check and store one file for a document of the list; shared evidence then serves the whole year.

    The same file again returns the attachment that stands. `replaces` is removed in the same transaction.
    Raises NotFound, Conflict, UploadRejected (422), TooLarge (413).
    """
    require_member(by, application.enterprise_id)
    checked = check_upload(upload, name, max_bytes=settings.UPLOAD_MAX_BYTES)
    sha256 = storage.put(checked.data)
    with transaction.atomic():
        application = lock(application)
        require_member(by, application.enterprise_id)
        require_editable(application)
        item = _evidence(application, evidence_key)
        if item.shared:
            lock_enterprise(application)
        present = Attachment.objects.select_for_update().filter(
            enterprise_id=application.enterprise_id,
            policy_year=application.policy_year,
            application=None if item.shared else application,
            evidence_key=item.key,
            removed_at=None,
        )
        old = present.filter(pk=replaces.pk).first() if replaces else None
        same = present.filter(sha256=sha256).first()
        if same is None and present.count() - (old is not None) >= FILES_PER_EVIDENCE:
            raise TooLarge(f"每项材料最多上传 {FILES_PER_EVIDENCE} 个文件，请合并后上传。")
        if old is not None and old != same:
            _remove(old, by=by, at=at)
        if same is not None:
            return same
        attachment = Attachment.objects.create(
            enterprise_id=application.enterprise_id,
            policy_year=application.policy_year,
            application=None if item.shared else application,
            evidence_key=item.key,
            name=checked.clean_name,
            kind=checked.kind,
            content_type=checked.content_type,
            size=checked.size,
            sha256=sha256,
            cleaned=checked.cleaned,
            uploaded_at=at,
            uploaded_by=by,
        )
        record(
            "applications.attached",
            subject=application,
            by=by,
            at=at,
            data={"attachment": attachment.pk, "key": item.key, "name": attachment.name, "sha256": sha256},
        )
        return attachment


def _remove(attachment: Attachment, *, by: User, at: datetime) -> None:
    attachment.removed_at, attachment.removed_by = at, by
    attachment.save(update_fields=["removed_at", "removed_by"])


@transaction.atomic
def remove_attachment(*, application: Application, attachment: Attachment, by: User, at: datetime) -> None:
    """Take a file off the list; it stays stored for revisions that name it. Raises NotFound, Conflict."""
    application = lock(application)
    require_member(by, application.enterprise_id)
    require_editable(application)
    lock_enterprise(application)
    row = (
        Attachment.objects.select_for_update()
        .filter(pk=attachment.pk, enterprise_id=application.enterprise_id, policy_year=application.policy_year)
        .first()
    )
    if row is None or row.application_id not in {None, application.pk}:
        raise NotFound
    if row.removed_at is not None:
        return
    _remove(row, by=by, at=at)
    record(
        "applications.attachment_removed",
        subject=application,
        by=by,
        at=at,
        data={"attachment": row.pk, "key": row.evidence_key, "name": row.name, "sha256": row.sha256},
    )
