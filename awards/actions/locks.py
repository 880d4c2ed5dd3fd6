"""Locking awards, always by primary key; what comes before and after is said where the gestures of a room lock."""

from collections.abc import Iterable

from awards.models import Award


def lock_awards(pks: Iterable[int]) -> dict[int, Award]:
    """The locked awards by primary key, with what names, rows, letters and budgets of theirs need."""
    awards = (
        Award.objects.select_for_update(of=("self",))
        .select_related(
            "application__enterprise__district",
            "application__clause__document",
            "application__clause_version",
            "account__enterprise",
            "unit",
        )
        .filter(pk__in=set(pks))
        .order_by("pk")
    )
    return {award.pk: award for award in awards}
