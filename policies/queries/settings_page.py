"""What is shown of the points that a policy leaves open: which value holds when, who set it, what a change reaches."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from policies.models import Clause, Document, PolicySetting
from policies.open_points import OPEN_POINTS, OpenPoint
from policies.queries.setting_words import setting_words
from policies.queries.versions import governing_day

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """The days on which one row holds; without a last day it holds until it is replaced."""

    row: PolicySetting
    first: dt.date
    last: dt.date | None


@dataclass(frozen=True)
class HistoryRow:
    """One numbered row. state: "present", "planned", "past", "replaced" (it never held, or no longer will)."""

    row: PolicySetting
    words: str
    state: str
    last: dt.date | None


@dataclass(frozen=True)
class PointRow:
    """One open point of a document, as its page shows it. shown: the row that counts today, else the first to come."""

    newest: PolicySetting
    shown: PolicySetting
    point: OpenPoint | None
    words: str
    default_words: str
    history: list[HistoryRow] = field(default_factory=list)
    #: For points read by policy year: (year, value in words).
    years: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_default(self) -> bool:
        """Whether the value is the shipped one, confirmed or not."""
        return bool(self.shown.value == self.shown.default)

    @property
    def planned(self) -> list[HistoryRow]:
        """Rows that hold from a later day on."""
        return [one for one in self.history if one.state == "planned"]


@dataclass(frozen=True)
class ChangePreview:
    """What a change would mean, before it is made."""

    before: str
    after: str
    valid_from: dt.date
    reads: str
    effect: str
    #: Policy years that would read the new value, where the point is read by year.
    years: list[int]
    #: Files filed for those years.
    filed: dict[int, int]
    #: Rows planned for later days that would never hold.
    replaced: list[HistoryRow]


def stretches(rows: Sequence[PolicySetting]) -> list[Stretch]:
    """When each row of one point holds, in order of days: the highest number whose day has come counts."""
    found: list[Stretch] = []
    for row in sorted(rows, key=lambda one: one.number):
        found = [one for one in found if one.first < row.valid_from]
        if found:
            found[-1] = Stretch(found[-1].row, found[-1].first, row.valid_from - _DAY)
        found.append(Stretch(row, row.valid_from, None))
    return found


def _rows_of(setting: PolicySetting) -> list[PolicySetting]:
    rows = PolicySetting.objects.filter(document_id=setting.document_id, key=setting.key)
    return list(rows.select_related("confirmed_by").order_by("number"))


def _on(found: Sequence[Stretch], day: dt.date) -> PolicySetting | None:
    return next((one.row for one in found if one.first <= day and (one.last is None or day <= one.last)), None)


def value_on(setting: PolicySetting, day: dt.date) -> Any:
    """The value of a point on a day; None before its first row."""
    row = _on(stretches(_rows_of(setting)), day)
    return row.value if row else None


def replaced_by(setting: PolicySetting, valid_from: dt.date) -> list[PolicySetting]:
    """The rows that begin to hold after this day: a new row from this day on takes their place."""
    return [one.row for one in stretches(_rows_of(setting)) if one.first > valid_from]


def last_year(document: Document) -> int | None:
    """The last policy year that the document governs; None where its validity is open."""
    if document.valid_to is None:
        return None
    year = document.valid_to.year
    return year if governing_day(document, year) <= document.valid_to else year - 1


def years_of(document: Document, *, today: dt.date) -> list[int]:
    """The policy years of a document, at most up to the next one where its validity is open."""
    if document.valid_from is None:
        return []
    last = last_year(document)
    return list(range(document.valid_from.year, (today.year + 1 if last is None else last) + 1))


def filed_from(setting: PolicySetting, valid_from: dt.date) -> dict[int, int]:
    """Files of the policy years that read a value from this day on: year → number, none for a point read by day."""
    point = OPEN_POINTS.get(setting.key)
    if point is None or point.reads != "year":
        return {}
    files = (
        Clause.objects.filter(document_id=setting.document_id, applications__filed_at__isnull=False)
        .filter(applications__policy_year__gte=valid_from.year)
        .values_list("applications__policy_year")
        .annotate(files=Count("applications"))
        .order_by("applications__policy_year")
    )
    return {year: count for year, count in files if count}


def setting_rows(document: Document, *, today: dt.date) -> list[PointRow]:
    """Every point of a document in printed order."""
    by_key: dict[str, list[PolicySetting]] = {}
    rows = PolicySetting.objects.filter(document=document).select_related("confirmed_by")
    for row in rows.order_by("order", "key", "number"):
        by_key.setdefault(row.key, []).append(row)
    years = years_of(document, today=today)
    return [_point(found, years, today) for found in by_key.values()]


def setting_row(document: Document, key: str, *, today: dt.date) -> PointRow | None:
    """One point; None where the document has no such point."""
    rows = list(
        PolicySetting.objects.filter(document=document, key=key).select_related("confirmed_by").order_by("number")
    )
    return _point(rows, years_of(document, today=today), today) if rows else None


def _point(rows: list[PolicySetting], years: list[int], today: dt.date) -> PointRow:
    found = stretches(rows)
    newest = rows[-1]
    shown = _on(found, today) or found[0].row
    point = OPEN_POINTS.get(newest.key)
    by_year = []
    if point is not None and point.reads == "year" and len(found) > 1:
        held = [(year, _on(found, dt.date(year, 12, 31))) for year in years]
        by_year = [(year, setting_words(row.key, row.value)) for year, row in held if row]
    return PointRow(
        newest=newest,
        shown=shown,
        point=point,
        words=setting_words(shown.key, shown.value),
        default_words=setting_words(newest.key, newest.default),
        history=[_history(row, found, today) for row in reversed(rows)],
        years=by_year,
    )


def _history(row: PolicySetting, found: Sequence[Stretch], today: dt.date) -> HistoryRow:
    words = setting_words(row.key, row.value)
    held = next((one for one in found if one.row.pk == row.pk), None)
    if held is None:
        return HistoryRow(row, words, "replaced", None)
    if held.first > today:
        return HistoryRow(row, words, "planned", held.last)
    return HistoryRow(row, words, "past" if held.last and held.last < today else "present", held.last)


def preview_of(setting: PolicySetting, value: Any, valid_from: dt.date, *, today: dt.date) -> ChangePreview:
    """What a change of a point would mean, in words."""
    point = OPEN_POINTS[setting.key]
    rows = _rows_of(setting)
    found = stretches(rows)
    before = _on(found, valid_from)
    by_year = point.reads == "year"
    return ChangePreview(
        before=setting_words(setting.key, before.value) if before else "（该日尚无取值）",
        after=setting_words(setting.key, value),
        valid_from=valid_from,
        reads=point.reads,
        effect=point.effect,
        years=[year for year in years_of(setting.document, today=today) if year >= valid_from.year] if by_year else [],
        filed=filed_from(setting, valid_from),
        replaced=[_history(one.row, found, today) for one in found if one.first > valid_from],
    )
