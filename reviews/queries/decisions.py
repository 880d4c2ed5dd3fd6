"""Reads of decisions."""

from applications.models import Application
from reviews.enums import StageKind
from reviews.models import Decision


def decision_in_force(application: Application) -> Decision:
    """The confirmed decision of the lead that keeps the file (主办); DoesNotExist when none stands."""
    return Decision.objects.select_related("confirmed_by", "drafted_by", "task__unit").get(
        task__stage__case__application=application,
        task__stage__kind=StageKind.LEAD,
        task__is_keeper=True,
        confirmed_at__isnull=False,
        superseded_at=None,
    )
