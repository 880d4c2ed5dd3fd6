"""What it means that published versions are taken out of force: the years without a version, the files that keep
theirs, the drafts that cannot be filed any more, the calls that are open for them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from policies.enums import VersionState
from policies.errors import PolicyYearError
from policies.models import Call, ClauseVersion
from policies.queries.lint import document_of
from policies.queries.publications import Ending, Version, key_of
from policies.queries.versions import governing_days
from policies.queries.windows import covers

#: So many enterprises with drafts are named on the page; all are counted.
SHOWN = 20


@dataclass(frozen=True)
class LostYears:
    """Policy years that a version governs and no version will; `onwards`: and every later one."""

    years: tuple[int, ...] = ()
    onwards: bool = False

    def __contains__(self, year: int) -> bool:
        return year in self.years or (self.onwards and bool(self.years) and year > self.years[-1])

    @property
    def words(self) -> str:
        """2025 年度, 2024、2025 年度, 2025 年度及以后; empty where none is lost."""
        if not self.years:
            return ""
        return f"{'、'.join(map(str, self.years))} 年度{'及以后' if self.onwards else ''}"


@dataclass(frozen=True)
class EndingImpact:
    """One version on its way out of force and whom it concerns.

    `filed`: (policy year, files) that were filed under it and keep it. `drafts`: (enterprise, policy year) of unfiled
    applications that no version governs any more, at most SHOWN of `draft_count`. `calls`: open or to come, for a lost
    year. `followed`: a draft of the same publication goes on with it.
    """

    ending: Ending
    lost: LostYears
    filed: list[tuple[int, int]] = field(default_factory=list)
    drafts: list[tuple[str, int]] = field(default_factory=list)
    draft_count: int = 0
    calls: list[Call] = field(default_factory=list)
    followed: Version | None = None

    @property
    def filed_count(self) -> int:
        """How many files keep the version, of all years."""
        return sum(count for _, count in self.filed)

    @property
    def is_clause(self) -> bool:
        """Whether a clause ends, not the rules across clauses."""
        return isinstance(self.ending.version, ClauseVersion)


def ending_impacts(endings: Sequence[Ending], drafts: Sequence[Version], *, today: dt.date) -> list[EndingImpact]:
    """What each of these endings means, carried out together with the drafts of the same publication."""
    return [_impact(ending, endings, drafts, today) for ending in endings]


def _impact(ending: Ending, endings: Sequence[Ending], drafts: Sequence[Version], today: dt.date) -> EndingImpact:
    version = ending.version
    lost = lost_years(ending, endings, drafts, today=today)
    files = version.applications.filter(filed_at__isnull=False)
    by_year = files.order_by("policy_year").values("policy_year").annotate(files=Count("pk"))
    filed = [(row["policy_year"], row["files"]) for row in by_year]
    successor = next((draft for draft in drafts if _owner(draft) == _owner(version)), None)
    if not isinstance(version, ClauseVersion) or not version.clause.is_monetary:
        return EndingImpact(ending, lost, filed, followed=successor)
    waiting = [
        (name, year)
        for name, year in version.clause.applications.filter(filed_at=None, ended_at=None)
        .order_by("policy_year", "enterprise__name")
        .values_list("enterprise__name", "policy_year")
        if year in lost
    ]
    calls = Call.objects.filter(document=version.clause.document_id).prefetch_related("clauses", "windows")
    return EndingImpact(
        ending,
        lost,
        filed,
        waiting[:SHOWN],
        len(waiting),
        [
            call
            for call in calls
            if call.policy_year in lost
            and covers(call, version.clause)
            and max([call.closes_on, *(row.closes_on for row in call.windows.all())]) >= today
        ],
        successor,
    )


def lost_years(ending: Ending, endings: Sequence[Ending], drafts: Sequence[Version], *, today: dt.date) -> LostYears:
    """The policy years that the version of an ending governs today and that no version of its clause (or no rules) will
    govern once all endings and drafts are carried out."""
    version = ending.version
    document = document_of(version)
    ends = [day for day in (version.valid_to, document.valid_to) if day is not None]
    last = min(ends, default=None)
    remaining = _remaining(version, endings, drafts)
    day_of = governing_days(document)
    found = []
    for year in range(
        version.valid_from.year, (last.year if last else max(today.year, version.valid_from.year) + 1) + 1
    ):
        try:
            day = day_of(year)
        except PolicyYearError:
            continue
        governed = version.valid_from <= day and (last is None or day <= last)
        if governed and not any(first <= day and (end is None or day <= end) for first, end in remaining):
            found.append(year)
    return LostYears(tuple(found), onwards=last is None)


def _remaining(
    version: Version, endings: Iterable[Ending], drafts: Iterable[Version]
) -> list[tuple[dt.date, dt.date | None]]:
    """The validities of everything of the same owner that is in force afterwards."""
    kind: Any = type(version)
    owner = _owner(version)
    asked = {key_of(ending.version): ending for ending in endings}
    found: list[tuple[dt.date, dt.date | None]] = []
    for other in kind._default_manager.filter(**{owner[0]: owner[1]}, state=VersionState.PUBLISHED):
        ending = asked.get(key_of(other))
        if ending is None:
            found.append((other.valid_from, other.valid_to))
        elif ending.valid_to is not None:
            found.append((other.valid_from, ending.valid_to))
    return [*found, *((draft.valid_from, draft.valid_to) for draft in drafts if _owner(draft) == owner)]


def _owner(version: Version) -> tuple[str, int]:
    if isinstance(version, ClauseVersion):
        return "clause_id", version.clause_id
    return "document_id", version.document_id
