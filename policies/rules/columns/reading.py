"""Where blocks and conditions read the facts of all claims of a clause from: own facts, figures of the year, tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from policies.rules.columns.numbers import Whole, fitting
from policies.rules.columns.table import MISSING, ClaimColumns, Ints, TableColumns, YearColumns
from policies.rules.nodes import Operand

Bools = npt.NDArray[np.bool_]
#: Rows of applicants, or all of them.
Places = Ints | slice


def places(applicant: Ints, applicants: int) -> Places:
    """Rows of the applicants of some claims; when all of them claim, a slice, which reads and writes without a copy."""
    return slice(None) if len(applicant) == applicants else applicant


NO_CLAIMS = ClaimColumns(*(np.zeros(0, dtype=np.int64), {}, {}), *[np.zeros(0, dtype=np.int64)] * 3)


class Facts:
    """The facts of all claims of one clause; without ``claims``, the figures of all applicants.

    Conditions take answers as they are (:meth:`answers`). Arithmetic takes numbers (:meth:`whole`): a missing one
    counts as 0, and its claim is noted in :attr:`unknown`.

    ``declared``: there is no claim, and the greatest value of a fact is the one its declaration allows. So the same
    blocks that compute tell before any fact is read whether they could overflow.
    """

    def __init__(self, year: YearColumns, claims: ClaimColumns | None, *, declared: bool = False) -> None:
        self.year = year
        self.claims = NO_CLAIMS if claims is None else claims
        self.declared = declared
        self.places: Places = slice(None) if claims is None else places(claims.applicant, len(year))
        self._size = len(year if claims is None else claims.applicant)
        #: Claims that lack a value that arithmetic reads; None while there is none.
        self.unknown: Bools | None = None
        #: Labels of the facts that arithmetic read, to tell people what to bound.
        self.labels: dict[str, None] = {}
        self._answers: dict[tuple[str, str, str], Ints] = {}
        self._rows: dict[tuple[str, int | None], Rows] = {}

    def __len__(self) -> int:
        """How many claims."""
        return self._size

    def lack(self, unknown: Bools) -> None:
        """Note claims that lack a value."""
        self.unknown = unknown if self.unknown is None else self.unknown | unknown

    def answers(self, operand: Operand) -> Ints:
        """An answer for each claim, MISSING where it is null or was not given."""
        key = (operand.source, operand.key, operand.column)
        if key not in self._answers:
            self._answers[key] = self._read(operand)
        return self._answers[key]

    def _read(self, operand: Operand) -> Ints:
        if operand.source == "fact":
            if not operand.key.startswith("Y."):
                return _or_missing(self.claims.facts.get(operand.key), len(self))
            return _or_missing(self.year.facts.get(operand.key), len(self.year))[self.places]
        rows = self.rows(operand.key)
        if not rows.given:
            return _or_missing(None, len(self))
        if operand.source == "rows":
            return rows.lengths
        values, lacking = rows.column(operand.column)
        fitting(operand.high if self.declared else greatest(values) * rows.most, f"“{operand.label}”的合计")
        sums = rows.sums(values)
        return sums if lacking is None else np.where(lacking, MISSING, sums)

    def whole(self, operand: Operand) -> Whole:
        """A number for each claim."""
        self.labels[operand.label] = None
        values = self.answers(operand)
        if values.min(initial=0) < 0:
            self.lack(values < 0)
            values = np.maximum(values, 0)
        return Whole(values, operand.high if self.declared else greatest(values))

    def rows(self, table: str, max_rows: int | None = None) -> Rows:
        """The rows of a table; ``max_rows`` by its declaration."""
        key = (table, max_rows if self.declared else None)
        if key not in self._rows:
            self._rows[key] = Rows(self, *key)
        return self._rows[key]


class Rows:
    """The rows of a table of all claims; blocks over a row read from here what they read from facts elsewhere."""

    def __init__(self, facts: Facts, key: str, max_rows: int | None) -> None:
        table = facts.claims.tables.get(key)
        #: False when the table was never asked for: what was filed says nothing about it.
        self.given = table is not None or facts.declared
        self.facts = facts
        if table is None:
            table = TableColumns(np.zeros(len(facts) + 1, dtype=np.int64), {})
        first = table.start[0]
        self._inside = slice(first, table.start[-1])
        self._columns = table.columns
        self._start = table.start - first if first else table.start
        #: How many rows each claim has.
        self.lengths: Ints = np.diff(self._start)
        #: The most rows of one claim.
        self.most = max_rows or greatest(self.lengths)

    def __len__(self) -> int:
        """How many rows of all claims together."""
        return int(self._start[-1])

    def sums(self, values: Ints) -> Ints:
        """The sum of a value of each row, for each claim. (Running sums may wrap around; their differences do not.)"""
        running = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(values, out=running[1:])
        return np.diff(running[self._start])

    def answers(self, column: str) -> Ints:
        """An answer for each row, MISSING where it is null or was not given."""
        values = self._columns.get(column)
        return _or_missing(None if values is None else values[self._inside], len(self))

    def has(self, column: str) -> bool:
        """Whether the column was ever asked for."""
        return column in self._columns

    def of_claims(self, marked: Bools) -> Bools:
        """The rows of marked claims."""
        return np.repeat(marked, self.lengths)

    def column(self, column: str) -> tuple[Ints, Bools | None]:
        """A number for each row, 0 for a missing one, and the claims that lack one, if any."""
        values = self.answers(column)
        if values.min(initial=0) >= 0:
            return values, None
        return np.maximum(values, 0), self.sums((values < 0).astype(np.int64)) > 0

    def whole(self, operand: Operand) -> Whole:
        """A number for each row: of the row, or of its claim."""
        if operand.source == "row":
            return self.numbers(operand.column, operand.high, operand.label)
        of = self.facts.whole(operand)
        return Whole(np.repeat(of.values, self.lengths), of.high)

    def numbers(self, column: str, high: int, label: str) -> Whole:
        """A column as numbers, ``high`` by its declaration."""
        values = self.values(column, label)
        return Whole(values, high if self.facts.declared else greatest(values))

    def values(self, column: str, label: str) -> Ints:
        """A column that arithmetic reads; claims that lack one of its values are noted."""
        self.facts.labels[label] = None
        values, lacking = self.column(column)
        if lacking is not None:
            self.facts.lack(lacking)
        return values

    def needed(self) -> None:
        """Arithmetic goes over these rows: claims that were never asked for them lack a value."""
        if not self.given:
            self.facts.lack(np.ones(len(self.facts), dtype=np.bool_))


def _or_missing(values: Ints | None, size: int) -> Ints:
    return np.full(size, MISSING, dtype=np.int64) if values is None else values


def greatest(values: Ints) -> int:
    """The greatest of values, none of them negative; 0 where there is none."""
    return int(values.max(initial=0))
