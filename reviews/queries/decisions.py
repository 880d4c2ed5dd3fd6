"""Reads of decisions."""

from django.db.models import QuerySet

from applications.models import Application
from reviews.enums import StageKind
from reviews.models import Decision


def decisions_in_force() -> QuerySet[Decision]:
    """The confirmed decisions that stand of the leads that keep the files (主办); one for a file at most."""
    return Decision.objects.filter(
        task__stage__kind=StageKind.LEAD, task__is_keeper=True, confirmed_at__isnull=False, superseded_at=None
    )


def decision_in_force(application: Application) -> Decision:
    """The decision in force of one file; DoesNotExist when none stands."""
    found = decisions_in_force().select_related("confirmed_by", "drafted_by", "task__unit")
    return found.get(task__stage__case__application=application)
