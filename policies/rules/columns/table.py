"""What the columns of a year hold, how documents become columns, and the snapshot they are kept in.

Every value is an int64. Money is in 分, a date its ordinal day (``date.toordinal()``), a flag 0 or 1, a count itself, a
choice its place in :attr:`YearColumns.words`, a text 1 (only whether it was given matters to a rule). An answer that is
null or was not given is :data:`MISSING`.
"""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from numpy.lib.npyio import NpzFile

from policies.rules.compile import CompiledPolicy
from policies.rules.intake import EvaluationInput

Ints = npt.NDArray[np.int64]

#: No answer; also: no decision, no choice, no officer's override, no cap.
MISSING = int(np.iinfo(np.int64).min)
#: In :attr:`YearColumns.override`: the cap is lifted.
LIFTED = MISSING + 1

KINDS = ("enterprise", "association")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class TableColumns:
    """A table fact of all claims of a clause: rows ``start[i] … start[i + 1] − 1`` belong to claim ``i``."""

    start: Ints
    columns: dict[str, Ints]


@dataclass(frozen=True, slots=True)
class ClaimColumns:
    """All claims of one clause, in the order of their applicants; an applicant claims a clause once."""

    #: Row of the applicant of each claim, strictly rising.
    applicant: Ints
    #: Plain facts by key.
    facts: dict[str, Ints]
    #: Table facts by key.
    tables: dict[str, TableColumns]
    #: A reviewer's amount in 分, MISSING while pending.
    decision: Ints
    #: What was fixed before in 分, 0 for nothing: it stays, see policies.rules.settle.
    paid: Ints
    #: A number of the caller's for each claim (an application's key); nothing is computed from it.
    ids: Ints


@dataclass(frozen=True, slots=True)
class YearColumns:
    """One policy year: a row for each applicant, and the claims by clause."""

    policy: str
    year: int
    #: Place in KINDS.
    kind: Ints
    #: Figures of the year under ``Y.key``.
    facts: dict[str, Ints]
    #: Awards of other measures, group → 分 (0 for none).
    external: dict[str, Ints]
    #: What the applicant chose, group → place of the clause in `words`, MISSING without a choice.
    choices: dict[str, Ints]
    #: MISSING, LIFTED, or another cap in 分.
    override: Ints
    claims: dict[str, ClaimColumns]
    #: Words that choices stand for.
    words: tuple[str, ...]
    #: Numbers of the caller's for each applicant (an enterprise's key, its district's); nothing is computed from them.
    ids: Ints
    district: Ints

    def __len__(self) -> int:
        """How many applicants."""
        return len(self.kind)

    @property
    def claim_count(self) -> int:
        """How many claims of all clauses."""
        return sum(len(claims.applicant) for claims in self.claims.values())


def _ints(values: Any) -> Ints:
    return np.asarray(values, dtype=np.int64)


@dataclass
class _Claims:
    applicant: list[int] = field(default_factory=list)
    decision: list[int] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    facts: dict[str, list[int]] = field(default_factory=dict)
    start: dict[str, list[int]] = field(default_factory=dict)
    columns: dict[str, dict[str, list[int]]] = field(default_factory=dict)


class YearBuilder:
    """Collects validated documents of one policy year, applicant after applicant, into columns."""

    def __init__(self, policy: CompiledPolicy, year: int) -> None:
        self.policy = policy
        self.year = year
        self._words: dict[str, int] = {}
        self._kind: list[int] = []
        self._facts: dict[str, list[int]] = {f"Y.{key}": [] for key in policy.year_facts}
        self._external: dict[str, list[int]] = {group: [] for group in policy.groups}
        self._choices: dict[str, list[int]] = {group: [] for group in policy.groups}
        self._override: list[int] = []
        self._ids: list[int] = []
        self._district: list[int] = []
        self._claims: dict[str, _Claims] = {}
        for clause in policy.clauses.values():
            claims = self._claims[clause.id] = _Claims()
            for key, fact in clause.facts.items():
                if fact.type == "table":
                    claims.start[key] = [0]
                    claims.columns[key] = {column.key: [] for column in fact.columns}
                else:
                    claims.facts[key] = []

    def _code(self, value: Any, kind: str) -> int:
        if value is None:
            return MISSING
        if kind == "choice":
            return self._words.setdefault(value, len(self._words))
        if kind == "text":
            return 1
        return value.toordinal() if isinstance(value, dt.date) else int(value)

    def add(
        self,
        given: EvaluationInput,
        *,
        id: int = 0,  # noqa: A002 - the column is called ids
        district: int = 0,
        claim_ids: Mapping[str, int] | None = None,
        paid: Mapping[str, int] | None = None,
    ) -> None:
        """Take one applicant's document; ``paid`` (clause → 分) of claims of this document only.

        Raises:
            ValueError: another policy year, or an amount paid for a clause that is not claimed.
        """
        if given.year != self.year:
            raise ValueError(f"a document of {given.year} among those of {self.year}")
        paid, row = paid or {}, len(self._kind)
        claimed = {claim.clause.id for claim in given.claims}
        if strange := set(paid) - claimed:
            raise ValueError(f"paid, but not claimed: {sorted(strange)}")
        self._kind.append(KINDS.index(given.kind))
        for key, fact in self.policy.year_facts.items():
            self._facts[f"Y.{key}"].append(self._code(given.facts.get(f"Y.{key}"), fact.type))
        for group in self.policy.groups:
            self._external[group].append(given.external.get(group, 0))
            self._choices[group].append(self._code(given.choices.get(group), "choice"))
        override = given.override
        lifted = LIFTED if override and override.lift else MISSING
        self._override.append(override.cap if override and override.cap is not None else lifted)
        self._ids.append(id)
        self._district.append(district)
        for claim in given.claims:
            claims = self._claims[claim.clause.id]
            claims.applicant.append(row)
            claims.decision.append(MISSING if claim.decision is None else claim.decision)
            claims.paid.append(paid.get(claim.clause.id, 0))
            claims.ids.append((claim_ids or {}).get(claim.clause.id, 0))
            for key, fact in claim.clause.facts.items():
                if fact.type != "table":
                    claims.facts[key].append(self._code(claim.facts.get(key), fact.type))
                    continue
                lines = claim.facts.get(key) or []
                claims.start[key].append(claims.start[key][-1] + len(lines))
                for column in fact.columns:
                    into = claims.columns[key][column.key]
                    into.extend(self._code(line.get(column.key), column.type) for line in lines)

    def build(self) -> YearColumns:
        """The columns of everything taken so far; clauses that nobody claims are left out."""
        claims = {
            clause: ClaimColumns(
                _ints(found.applicant),
                {key: _ints(values) for key, values in found.facts.items()},
                {
                    key: TableColumns(_ints(start), {name: _ints(v) for name, v in found.columns[key].items()})
                    for key, start in found.start.items()
                },
                _ints(found.decision),
                _ints(found.paid),
                _ints(found.ids),
            )
            for clause, found in self._claims.items()
            if found.applicant
        }
        return YearColumns(
            self.policy.definition.number,
            self.year,
            _ints(self._kind),
            {key: _ints(values) for key, values in self._facts.items()},
            {group: _ints(values) for group, values in self._external.items()},
            {group: _ints(values) for group, values in self._choices.items()},
            _ints(self._override),
            claims,
            tuple(self._words),
            _ints(self._ids),
            _ints(self._district),
        )


# ------------------------------------------------------------------------------------------------ snapshot


def save_year(year: YearColumns, path: Path) -> None:
    """Write a snapshot (numpy's .npz, not compressed: it is read more often than written); replaced in one step."""
    arrays: dict[str, Ints] = {"kind": year.kind, "override": year.override, "ids": year.ids, "district": year.district}
    for name in ("facts", "external", "choices"):
        arrays |= {f"{name}/{key}": values for key, values in getattr(year, name).items()}
    for clause, claims in year.claims.items():
        head = f"claims/{clause}"
        arrays |= {f"{head}/{name}": getattr(claims, name) for name in ("applicant", "decision", "paid", "ids")}
        arrays |= {f"{head}/facts/{key}": values for key, values in claims.facts.items()}
        for key, table in claims.tables.items():
            arrays[f"{head}/tables/{key}/start"] = table.start
            arrays |= {f"{head}/tables/{key}/columns/{name}": values for name, values in table.columns.items()}
    meta = {"format": FORMAT, "policy": year.policy, "year": year.year, "words": year.words}
    text = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), dtype=np.uint8)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as stream:
        np.savez(stream, meta=text, **cast(Any, arrays))
    part.replace(path)


def load_year(path: Path) -> YearColumns:
    """Read a snapshot.

    Raises:
        ValueError: the file is no snapshot of this format.
        OSError: it cannot be read.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, NpzFile):
            raise ValueError("one array, not several")
        with loaded as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(arrays.pop("meta").tobytes())
        if meta["format"] != FORMAT:
            raise ValueError(f"format {meta['format']}, not {FORMAT}")
        return _assemble(meta, arrays)
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} is no snapshot: {error}") from error


def _below(arrays: Mapping[str, Ints], head: str) -> dict[str, Ints]:
    return {name.removeprefix(head): values for name, values in arrays.items() if name.startswith(head)}


def _assemble(meta: Mapping[str, Any], arrays: Mapping[str, Ints]) -> YearColumns:
    claims: dict[str, ClaimColumns] = {}
    inside = _below(arrays, "claims/")
    for clause in dict.fromkeys(name.split("/")[0] for name in inside):
        mine = _below(inside, f"{clause}/")
        tables = _below(mine, "tables/")
        claims[clause] = ClaimColumns(
            mine["applicant"],
            _below(mine, "facts/"),
            {
                key: TableColumns(tables[f"{key}/start"], _below(tables, f"{key}/columns/"))
                for key in dict.fromkeys(name.split("/")[0] for name in tables)
            },
            mine["decision"],
            mine["paid"],
            mine["ids"],
        )
    return YearColumns(
        meta["policy"],
        meta["year"],
        arrays["kind"],
        _below(arrays, "facts/"),
        _below(arrays, "external/"),
        _below(arrays, "choices/"),
        arrays["override"],
        claims,
        tuple(meta["words"]),
        arrays["ids"],
        arrays["district"],
    )
