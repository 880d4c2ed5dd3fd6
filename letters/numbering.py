"""Giving out numbers: the counter row is the last lock a transaction takes."""

from accounts.models import Unit
from letters.enums import SERIES_OF_KIND, SeriesKind
from letters.models import NumberSeries


def prefix_of(unit: Unit, series_kind: str) -> str:
    """机关代字 of a unit's series: the unit's setting (its short name where none is set) and the sign of the group."""
    return f"{unit.letter_prefix or unit.name}{SeriesKind(series_kind).label}"


def next_number(unit: Unit, kind: str, year: int) -> NumberSeries:
    """Count up the series of a unit, kind and year and return it with the new number in `last_number`.

    Call it last: the row stays locked until the transaction ends, so numbers are given one after the other, and a
    transaction that fails leaves no gap because its counting is undone with it.
    """
    group = SERIES_OF_KIND[kind]
    NumberSeries.objects.get_or_create(unit=unit, kind=group, year=year, defaults={"prefix": prefix_of(unit, group)})
    series = NumberSeries.objects.select_for_update().get(unit=unit, kind=group, year=year)
    series.last_number += 1
    series.save(update_fields=["last_number"])
    return series
