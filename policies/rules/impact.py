"""What a change does to a whole year: files and enterprises touched, money before and after, who gains, who loses.

Impacts of parts of a year add up (:meth:`Impact.merge`), so that parts can be computed side by side and in any order.
Money is an int of 分, people and files are the callers' numbers (``ids``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from policies.rules.asked import CAP, never_asked
from policies.rules.columns import Reason, Status, YearColumns, YearResults
from policies.rules.columns.reading import Bools, Places, places
from policies.rules.columns.results import ClaimResults
from policies.rules.columns.table import MISSING, ClaimColumns, Ints
from policies.rules.compile import CompiledClause, CompiledPolicy
from policies.rules.impact_columns import NOTED, first, notes, total, totals

#: How many gainers and losers are kept, each.
KEPT = 50

_CODES = 1 << len(NOTED)


@dataclass(slots=True)
class Sums:
    """Counts and money of one clause, one district, or everything."""

    files: int = 0
    touched: int = 0
    before: int = 0
    after: int = 0
    #: Files whose conditions hold after and did not before, and the reverse (a pending file's conditions hold).
    opened: int = 0
    closed: int = 0
    #: Not eligible after the change, by one condition alone and by no more than a tenth of what it asks for.
    near: int = 0
    #: Wait for a reviewer's decision before or after: no amount.
    pending: int = 0

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Sums)))


@dataclass(slots=True)
class Mover:
    """One applicant whose total changes."""

    id: int
    district: int
    before: int
    after: int


@dataclass(slots=True)
class QuotaUse:
    """How many awards a clause with a quota makes after the change."""

    awarded: int
    target: int
    unit: str
    #: The target as the policy prints it; empty where the change supposes one.
    printed: str

    def warning(self, clause: str) -> str | None:
        """What to tell when the quota is passed; a quota never blocks."""
        if self.awarded <= self.target:
            return None
        of = f"原文“{self.printed}”的" if self.printed else "变更所设的"
        target = f"{self.target:,} {self.unit}".rstrip()
        return f"条款 {clause} 变更后本年度有 {self.awarded:,} 件获得奖补，超过{of}目标数 {target}。"


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
    #: Clauses with a quota; :attr:`warnings` says which of them pass it.
    quotas: dict[str, QuotaUse] = field(default_factory=dict)
    #: By clause ("" for the cap on the sum), the labels of what is read after the change and nobody was asked for.
    never_asked: dict[str, list[str]] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """Sentences: a quota passed (15项左右), a fact that was never collected."""
        lacking = [
            _lacking(clause, labels)
            for clause, labels in sorted(self.never_asked.items(), key=lambda one: _printed(one[0]))
        ]
        told = (use.warning(clause) for clause, use in sorted(self.quotas.items(), key=lambda one: _printed(one[0])))
        return [*(sentence for sentence in told if sentence), *lacking]

    def merge(self, other: Impact) -> Impact:
        """Both together; associative and commutative, for parts that share no applicant."""
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return Impact(
            **counts,
            whole=self.whole.plus(other.whole),
            clauses=_merged(self.clauses, other.clauses, _printed),
            districts=_merged(self.districts, other.districts, int),
            gainers=_greatest([*self.gainers, *other.gainers]),
            losers=_greatest([*self.losers, *other.losers]),
            quotas=_merged_quotas(self.quotas, other.quotas),
            never_asked={
                key: sorted({*self.never_asked.get(key, ()), *other.never_asked.get(key, ())})
                for key in sorted({*self.never_asked, *other.never_asked}, key=_printed)
            },
        )

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; money stays an int of 分, districts become texts."""
        data = asdict(self)
        data["districts"] = {str(key): sums for key, sums in data["districts"].items()}
        return {**data, "warnings": self.warnings}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Impact:
        """The reverse of :meth:`as_json`."""
        return cls(
            **{name: data[name] for name in _COUNTS},
            whole=Sums(**data["whole"]),
            clauses={key: Sums(**sums) for key, sums in data["clauses"].items()},
            districts={int(key): Sums(**sums) for key, sums in data["districts"].items()},
            gainers=[Mover(**mover) for mover in data["gainers"]],
            losers=[Mover(**mover) for mover in data["losers"]],
            quotas={key: QuotaUse(**use) for key, use in data["quotas"].items()},
            never_asked=dict(data.get("never_asked", {})),  # answers stored before it existed have none
        )


def _lacking(clause: str, labels: list[str]) -> str:
    """What it means that a clause, or the cap on the sum, reads what nobody was asked for."""
    if clause == CAP:
        return (
            f"年度累计上限变更后用到申报时没有收集过的数据（{'、'.join(labels)}）：上限以它为基数的，计入上限的奖补"
            "不计入合计；以它解除上限的，一律按没有解除计。因此不能据此判断上限的影响。"
        )
    return (
        f"条款 {clause} 变更后用到申报时没有收集过的数据（{'、'.join(labels)}）：用到它的条件一律按未达到计，"
        "用它计算的金额不计入合计，因此不能据此判断企业是否符合。"
    )


_COUNTS = tuple(one.name for one in fields(Impact) if one.type == "int")


def _printed(clause: str) -> tuple[tuple[int, str], ...]:
    """Clauses in printed order: 3.4.10 after 3.4.9."""
    return tuple((int(number), letter) for number, letter in re.findall(r"([0-9]+)([a-z]?)", clause))


def _merged(one: Mapping[Any, Sums], other: Mapping[Any, Sums], order: Any) -> dict[Any, Sums]:
    keys = sorted({*one, *other}, key=order)
    return {key: one.get(key, Sums()).plus(other.get(key, Sums())) for key in keys}


def _merged_quotas(one: Mapping[str, QuotaUse], other: Mapping[str, QuotaUse]) -> dict[str, QuotaUse]:
    found = {}
    for key in sorted({*one, *other}, key=_printed):
        both = [side[key] for side in (one, other) if key in side]
        awarded = sum(use.awarded for use in both)
        found[key] = QuotaUse(awarded, both[0].target, both[0].unit, both[0].printed)
    return found


def _greatest(movers: Iterable[Mover]) -> list[Mover]:
    def rank(mover: Mover) -> tuple[int, int, int, int]:
        return -abs(mover.after - mover.before), mover.id, mover.district, mover.before

    return sorted(movers, key=rank)[:KEPT]


# ----------------------------------------------------------------------------------------------- comparing


def compare(
    year: YearColumns,
    before: tuple[CompiledPolicy, YearResults],
    after: tuple[CompiledPolicy, YearResults],
) -> Impact:
    """Compare two runs over the same columns. Files are claims; a file is touched when its status or what is settled
    for it changes. By clause and district money is what is settled, so the parts add up to the whole.

    An applicant's total is the sum of the files that are known before and after, so that what cannot be computed
    looks like no loss.
    """
    found = _Comparison(year)
    policy = after[0]
    lacking = never_asked(before[0], policy)
    for clause_id, was in before[1].claims.items():
        claims = year.claims[clause_id]
        if clause_id in after[1].claims:
            found.clause(policy.clauses[clause_id], claims, was, after[1].claims[clause_id])
            if labels := lacking.get(clause_id):
                found.impact.never_asked[clause_id] = labels
        else:  # the clause is gone, and nothing is paid under it
            found.clause(before[0].clauses[clause_id], claims, was, _nothing(len(claims.applicant)))
    if CAP in lacking and found.impact.clauses:
        found.impact.never_asked[CAP] = lacking[CAP]
    found.impact.choices_dropped = int(np.count_nonzero(after[1].choice_dropped & ~before[1].choice_dropped))
    return found.answer()


def _nothing(claims: int) -> ClaimResults:
    """What claims get under a policy that does not have their clause."""
    none = np.zeros(claims, dtype=np.int64)
    refused = np.full(claims, Status.NOT_ELIGIBLE, dtype=np.int8)
    return ClaimResults(refused, none + MISSING, none, none, np.zeros(claims, dtype=np.int8))


class _Comparison:
    """Adds up clause after clause."""

    def __init__(self, year: YearColumns) -> None:
        size = len(year)
        self.year = year
        self.impact = Impact(applicants=size)
        #: Every district, rising, and each applicant's place among them.
        self.districts = np.unique(year.district)
        self.place: Ints = np.searchsorted(self.districts, year.district)
        #: Claims by district and by the bits noted of them.
        self.noted: Ints = np.zeros((len(self.districts), _CODES), dtype=np.int64)
        self.before: Ints = np.zeros(size, dtype=np.int64)
        self.after: Ints = np.zeros(size, dtype=np.int64)
        self.touched: Bools = np.zeros(size, dtype=np.bool_)
        self.capped = [np.zeros(size, dtype=np.bool_) for _ in range(2)]

    def clause(self, clause: CompiledClause, claims: ClaimColumns, before: ClaimResults, after: ClaimResults) -> None:
        """Take the claims of one clause."""
        rows: Places = places(claims.applicant, len(self.year))
        for capped, side in zip(self.capped, (before, after), strict=True):
            by_cap = side.reason == Reason.CAP
            if by_cap.any():
                capped[rows] |= by_cap
        codes, touched = notes(clause, self.year, claims, before, after)
        sides = before.settled, after.settled
        unknown = (before.status == Status.UNKNOWN) | (after.status == Status.UNKNOWN)
        if unknown.any():
            known = np.flatnonzero(~unknown)
            self.impact.unknown += len(unknown) - len(known)
            rows, codes, touched = claims.applicant[known], codes[known], touched[known]
            sides = sides[0][known], sides[1][known]
        self.before[rows] += sides[0]
        self.after[rows] += sides[1]
        self.touched[rows] |= touched
        by_district = np.bincount(self.place[rows] * _CODES + codes, minlength=self.noted.size)
        noted = by_district.reshape(self.noted.shape)
        self.noted += noted
        self.impact.clauses[clause.id] = _sums(noted.sum(axis=0), *map(total, sides))
        if quota := clause.definition.quota:
            target = quota.target
            printed = target.literal if target.literal in target.quote else ""
            awarded = int(np.count_nonzero(sides[1] > 0))
            self.impact.quotas[clause.id] = QuotaUse(awarded, target.value, target.unit, printed)

    def answer(self) -> Impact:
        """The whole, the districts and the movers."""
        impact, difference = self.impact, self.after - self.before
        impact.whole = _sums(self.noted.sum(axis=0), total(self.before), total(self.after))
        impact.applicants_touched = int(np.count_nonzero(self.touched))
        impact.capped_before, impact.capped_after = (int(np.count_nonzero(capped)) for capped in self.capped)
        impact.gaining = int(np.count_nonzero(difference > 0))
        impact.losing = int(np.count_nonzero(difference < 0))
        impact.gainers = self._movers(difference)
        impact.losers = self._movers(-difference)
        sides = (totals(side, self.place, len(self.districts)) for side in (self.before, self.after))
        for district, noted, *money in zip(self.districts.tolist(), self.noted, *sides, strict=True):
            if noted.any():
                impact.districts[district] = _sums(noted, *money)
        return impact

    def _movers(self, gain: Ints) -> list[Mover]:
        rows = first(gain, self.year.ids, KEPT)
        columns = (self.year.ids, self.year.district, self.before, self.after)
        return _greatest(Mover(*(int(column[row]) for column in columns)) for row in rows)


def _sums(noted: Ints, before: int, after: int) -> Sums:
    """The sums of claims counted by their bits."""
    bits = np.arange(_CODES)
    counts = {name: int(noted[(bits >> place) & 1 == 1].sum()) for place, name in enumerate(NOTED)}
    return Sums(files=int(noted.sum()), before=before, after=after, **counts)
