"""Who is away on a day and who stands in; read by rooms that share out work."""

from datetime import date

from django.db.models import QuerySet

from accounts.models import Absence


def absences_on(day: date) -> QuerySet[Absence]:
    """The absences that cover this day, with person and deputy."""
    return Absence.objects.filter(first_day__lte=day, last_day__gte=day).select_related("user", "deputy")
