"""What a change does to a whole year: files and enterprises touched, money before and after, who gains, who loses.

Impacts of parts of a year add up (:meth:`Impact.merge`), so that parts can be computed side by side and in any order.
Money is an int of 分, people and files are the callers' numbers (``ids``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.rules.columns import YearColumns, YearResults
from policies.rules.compile import CompiledPolicy

#: How many gainers and losers are kept, each.
KEPT = 50


@dataclass(slots=True)
class Sums:
    """Counts and money of one clause, one district, or everything."""

    files: int = 0
    touched: int = 0
    before: int = 0
    after: int = 0
    #: Files that become eligible, and that no longer are.
    opened: int = 0
    closed: int = 0
    #: Not eligible after the change, by one condition alone and by no more than a tenth of what it asks for.
    near: int = 0
    #: Wait for a reviewer's decision before or after: no amount.
    pending: int = 0


@dataclass(slots=True)
class Mover:
    """One applicant whose total changes."""

    id: int
    district: int
    before: int
    after: int


@dataclass(slots=True)
class Impact:
    """The answer to a change document."""

    applicants: int = 0
    applicants_touched: int = 0
    gaining: int = 0
    losing: int = 0
    #: Applicants that the cap on the sum cuts, before and after.
    capped_before: int = 0
    capped_after: int = 0
    #: Applicants whose choice is no eligible claim any more; the recommendation took its place.
    choices_dropped: int = 0
    #: Claims that lack a fact the changed definition needs; they are in no sum.
    unknown: int = 0
    whole: Sums = field(default_factory=Sums)
    clauses: dict[str, Sums] = field(default_factory=dict)
    districts: dict[int, Sums] = field(default_factory=dict)
    #: The largest gains and losses, the greatest first; ties by id.
    gainers: list[Mover] = field(default_factory=list)
    losers: list[Mover] = field(default_factory=list)
    #: Sentences: a quota passed (15项左右), …
    warnings: list[str] = field(default_factory=list)

    def merge(self, other: Impact) -> Impact:
        """Both together; associative and commutative."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; money stays an int of 分."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Impact:
        """The reverse of :meth:`as_json`."""
        raise NotImplementedError


def compare(
    year: YearColumns,
    before: tuple[CompiledPolicy, YearResults],
    after: tuple[CompiledPolicy, YearResults],
) -> Impact:
    """Compare two runs over the same columns. Files are claims; a file is touched when its status or what is settled
    for it changes. By clause and district money is what is settled, so the parts add up to the whole.
    """
    raise NotImplementedError
