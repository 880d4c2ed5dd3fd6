"""Reading the audit trail. Who may see a history is decided where its subject is fetched."""

from django.db import models
from django.db.models import QuerySet

from common.audit.models import AuditEvent, AuditLink


def history(subject: models.Model) -> QuerySet[AuditEvent]:
    """Every event about one thing, oldest first. The caller has fetched the thing through ``visible_to``."""
    return AuditEvent.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk)).order_by("id")


def head() -> AuditLink | None:
    """The newest link: whoever keeps its number and hash elsewhere can prove later that nothing before it changed."""
    return AuditLink.objects.order_by("-seq").first()
