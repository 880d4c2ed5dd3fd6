"""沿革: what a clause said from when, and what changed between one published version and the next, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from policies.drafts import ClauseContent
from policies.models import ClauseVersion
from policies.queries.comparison import Told, told_differences


@dataclass(frozen=True)
class Change:
    """One published version: from when it counts, and where it differs from the one before it (none: the first)."""

    version: ClauseVersion
    before: ClauseVersion | None = None
    told: list[Told] = field(default_factory=list)


def changes(versions: Sequence[ClauseVersion]) -> list[Change]:
    """The versions of one clause that may be shown, the newest first, each compared with the one before it."""
    ordered = sorted(versions, key=lambda version: (version.valid_from, version.number))
    found = []
    before: ClauseVersion | None = None
    for version in ordered:
        told = told_differences(ClauseContent.of(before), ClauseContent.of(version)) if before else []
        found.append(Change(version, before, told))
        before = version
    return found[::-1]
