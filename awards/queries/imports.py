"""The tables that were sent, as their pages show them."""

from django.db.models import F, Func, IntegerField, QuerySet

from accounts.models import User
from awards.models import ImportFile


class _Length(Func):
    """How many items a JSON list has; the list itself may be large and is not fetched."""

    function = "jsonb_array_length"
    output_field = IntegerField()


def sent_tables(user: User) -> QuerySet[ImportFile]:
    """What this person may read, the newest first, with counts in place of the faults and changes themselves."""
    return (
        ImportFile.objects.visible_to(user)
        .select_related("unit", "sent_by", "closed_by")
        .defer("faults", "summary")
        .annotate(fault_count=_Length(F("faults")), change_count=_Length(F("summary")))
    )
