"""Reference series as their pages show them, and what an import would change."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Max, QuerySet

from policies.models import KeptDefinition, ReferenceSeries, SeriesValue
from policies.series_lines import Line, LineFault, Rate, read_rates


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do: rates to add, lines that say what is known already, the new end of what is known."""

    added: list[Rate] = field(default_factory=list)
    same: list[Rate] = field(default_factory=list)
    known_until: dt.date | None = None
    faults: list[LineFault] = field(default_factory=list)
    #: Faults of the field 数据截至.
    until_faults: list[str] = field(default_factory=list)

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands against it."""
        return not self.faults and not self.until_faults


def series_list() -> QuerySet[ReferenceSeries]:
    """Every series with the number of its values and the day of the last one."""
    return ReferenceSeries.objects.annotate(count=Count("values"), last_on=Max("values__on")).order_by("key")


def plan_import(
    lines: Sequence[Line],
    *,
    known_until: dt.date,
    today: dt.date,
    series: ReferenceSeries | None = None,
) -> ImportPlan:
    """What the lines would change in a series (None: in a new one), with every fault at once.

    A line that repeats the rate in force changes nothing: only days on which a rate changed are kept. Another rate on
    or before the day up to which the series is known contradicts what amounts were computed with and is a fault.
    """
    rates, faults = read_rates(lines, today=today)
    stored = {value.on: value.value for value in series.values.all()} if series else {}
    before = series.known_until if series else None
    added: list[Rate] = []
    same: list[Rate] = []
    for rate in rates:
        earlier = [on for on in (*stored, *(one.on for one in added)) if on <= rate.on]
        held = {**stored, **{one.on: one.value for one in added}}[max(earlier)] if earlier else None
        if held == rate.value:
            same.append(rate)
        elif rate.on in stored:
            faults.append(
                LineFault(
                    rate.number,
                    f"{rate.on} 已录入 {stored[rate.on]}%，与本行的 {rate.value}% 不同；已有的利率不能改动。",
                )
            )
        elif before is not None and rate.on <= before:
            told = f"当日适用的是 {held}%" if held is not None else "早于第一个利率"
            faults.append(
                LineFault(
                    rate.number,
                    f"{rate.on} 在数据截至日 {before} 以前，{told}，不能补插 {rate.value}%；请核对日期。",
                )
            )
        else:
            added.append(replace(rate, before=held))
    until = _until_faults(known_until, rates, before, today)
    if series is None and not added and not faults:
        faults.append(LineFault(0, "新的利率至少要有一个值，请填写第一个公布日和利率。"))
    if series is not None and not added and not faults and not until and known_until == before:
        until = ["没有新的利率，数据截至日也没有变化，没有需要保存的内容。"]
    return ImportPlan(added, same, known_until, sorted(faults, key=lambda one: one.number), until)


def _until_faults(until: dt.date, rates: Sequence[Rate], before: dt.date | None, today: dt.date) -> list[str]:
    if until > today:
        return [f"数据截至日不能晚于今天（{today}）。"]
    if rates and until < rates[-1].on:
        return [f"数据截至日不能早于最后一行的 {rates[-1].on}。"]
    if before is not None and until < before:
        return [f"数据截至日不能早于现在的 {before}。"]
    return []


def used_by(value: SeriesValue) -> int:
    """How many definitions that awards were computed with hold this very rate: all that policies know of its use."""
    content: list[dict[str, Any]] = [
        {"key": value.series.key, "values": [{"on": value.on.isoformat(), "value": str(value.value)}]}
    ]
    return KeptDefinition.objects.filter(definition__series__contains=content).count()
