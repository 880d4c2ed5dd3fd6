"""Documents of filed revisions."""

from applications.models import Application, Attachment


def filed_attachment(application: Application, attachment: int) -> Attachment | None:
    """A document that stands in a filed revision of the application; None for any other, however it came about."""
    filed = {
        item["attachment"] for evidence in application.revisions.values_list("evidence", flat=True) for item in evidence
    }
    return Attachment.objects.filter(pk=attachment).first() if attachment in filed else None
