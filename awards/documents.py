"""Documents that officers enter with a figure: checked and stored once, before any lock is taken."""

from dataclasses import asdict, dataclass

from django.conf import settings

from applications.actions.messages import Enclosure
from common import storage
from common.errors import Invalid
from common.uploads import CheckedUpload, UploadRejected, check_upload


@dataclass(frozen=True)
class StoredDocument:
    """A file that was checked (common.uploads) and whose bytes lie in common.storage under `sha256`.

    The columns are those of `common.stored.StoredFileFields`; a file that was stored before (an imported table) is
    named by the same values.
    """

    name: str
    kind: str
    content_type: str
    size: int
    sha256: str

    def columns(self) -> dict[str, str | int]:
        """The values of a row's StoredFileFields."""
        return asdict(self)


def store_document(enclosure: Enclosure) -> StoredDocument:
    """Check and store one upload. Raises Invalid (field `document`) with the sentence of the check."""
    try:
        checked = check_upload(enclosure.upload, enclosure.name, max_bytes=settings.UPLOAD_MAX_BYTES)
    except UploadRejected as refused:
        raise Invalid(refused.message, field="document") from refused
    return keep_document(checked)


def keep_document(checked: CheckedUpload) -> StoredDocument:
    """Store a checked file; the same bytes are stored once."""
    return StoredDocument(
        name=checked.clean_name,
        kind=checked.kind,
        content_type=checked.content_type,
        size=checked.size,
        sha256=storage.put(checked.data),
    )
