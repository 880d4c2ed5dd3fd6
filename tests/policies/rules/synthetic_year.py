"""A made-up year of claims of six clauses, as large as asked for, as columns at once: what the figures of speed run on.

Nobody is in it. Sizes of enterprises spread over orders of magnitude, so that some claims are not eligible, some reach
their cap, some enterprises are cut by 5 %, a few are newly introduced, a few chose another clause of the group than the
highest, hold an award of another measure, or have an officer's cap. The same seed gives the same year.

Random sums are drawn as floats and cut to whole 分 before anything is computed with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.rules.columns import LIFTED, MISSING, ClaimColumns, TableColumns, YearColumns
from policies.rules.columns.table import KINDS, Ints
from tests.policies.rules.support import NUMBER

YEAR = 2024
GROUP = "研发投入"
STATUS = ("fortune_500", "china_ei_100", "listed_ei")
WORDS = (*STATUS, "3.3.1", "3.4.1", "3.4.2")
#: How many of 100 enterprises claim a clause: two and a half claims each.
SHARES = {"3.1.2": 50, "3.2.3": 35, "3.3.1": 30, "3.4.1": 50, "3.4.2": 35, "3.4.5": 50}
CLAUSES = tuple(SHARES)
YI, WAN = 10_000_000_000, 1_000_000  # 亿元 and 万元 in 分
DISTRICTS = 12


class _Drawer:
    """Random columns."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def spread(self, median: int, sigma: float, size: int) -> Ints:
        """Sums of 分 around a median, over orders of magnitude."""
        return np.minimum(self.rng.lognormal(np.log(median), sigma, size), 10**14).astype(np.int64)

    def whole(self, low: int, high: int, size: int) -> Ints:
        """Whole numbers from low up to, not including, high."""
        return self.rng.integers(low, high, size, dtype=np.int64)

    def share(self, of: Ints, low: int, high: int) -> Ints:
        """Between low and high thousandths of each; odd 分 included."""
        return of * self.whole(low * 10, high * 10, len(of)) // 10_000

    def some(self, percent: float, size: int) -> npt.NDArray[np.bool_]:
        """True for so many of 100."""
        return self.rng.random(size) < percent / 100


def _filled(size: int, value: int = MISSING) -> Ints:
    return np.full(size, value, dtype=np.int64)


def _claims(applicant: Ints, facts: dict[str, Ints], tables: dict[str, TableColumns] | None = None) -> ClaimColumns:
    size = len(applicant)
    return ClaimColumns(
        applicant.copy(), facts, tables or {}, _filled(size), _filled(size, 0), np.arange(size, dtype=np.int64)
    )


def _starts(draw: _Drawer, size: int) -> Ints:
    """One to three rows for each claim."""
    return np.concatenate((_filled(1, 0), np.cumsum(draw.whole(1, 4, size))))


def _loans(draw: _Drawer, size: int) -> TableColumns:
    start = _starts(draw, size)
    rows = int(start[-1])
    first = dt.date(YEAR - 2, 7, 1).toordinal()
    end = dt.date(YEAR + 1, 1, 1).toordinal()
    drawn = draw.whole(first, end, rows)
    repaid = np.where(draw.some(40, rows), MISSING, drawn + draw.whole(1, 900, rows))
    principal = draw.spread(2000 * WAN, 1.2, rows)
    # What the bank took: mostly more than the share of LPR, now and then less (a rate bought down by someone else).
    rate = np.where(draw.some(10, rows), draw.whole(20, 150, rows), draw.whole(300, 500, rows))
    paid = principal * rate // 10_000 * draw.whole(60, 366, rows) // 360
    nothing = _filled(rows, 1)
    columns = {
        "bank": nothing,
        "contract_no": nothing,
        "project": nothing,
        "principal": principal,
        "drawn_on": drawn,
        "repaid_on": repaid,
        "interest_paid": paid,
    }
    return TableColumns(start, columns)


def _projects(draw: _Drawer, size: int) -> TableColumns:
    start = _starts(draw, size)
    rows = int(start[-1])
    columns = {
        "name": _filled(rows, 1),
        "investment": draw.spread(300 * WAN, 1.3, rows),
        "accepted_on": _filled(rows, dt.date(YEAR, 11, 30).toordinal()),
    }
    return TableColumns(start, columns)


def synthetic_year(claims: int, seed: int = 20_241_231) -> YearColumns:
    """A year of exactly so many claims, spread over enterprises."""
    draw = _Drawer(seed)
    several = max(10, claims)  # more enterprises than it takes; the rest is cut off below
    wants = draw.rng.random((several, len(CLAUSES))) < np.array([SHARES[clause] / 100 for clause in CLAUSES])
    wants[~wants.any(axis=1), -1] = True
    taken = np.flatnonzero(wants)[:claims]
    size = int(taken[-1]) // len(CLAUSES) + 1
    who = {clause: taken[taken % len(CLAUSES) == k] // len(CLAUSES) for k, clause in enumerate(CLAUSES)}

    revenue = draw.spread(6 * YI, 1.5, size)
    expense = draw.share(revenue, 10, 120)
    facts = {
        "Y.revenue": revenue,
        "Y.revenue_prev": draw.share(revenue, 500, 1100),
        "Y.sales_ex_tax": draw.share(revenue, 850, 1000),
        "Y.rd_expense": expense,
        "Y.rd_staff": expense // (40 * WAN) + draw.whole(1, 20, size),
        "Y.newly_introduced": draw.some(3, size).astype(np.int64),
    }
    override = _filled(size)
    override[draw.some(0.2, size)] = LIFTED
    raised = draw.some(0.2, size)
    override[raised] = facts["Y.sales_ex_tax"][raised] // 10

    own: dict[str, dict[str, Ints]] = {
        "3.2.3": {
            "status_list": draw.whole(0, len(STATUS), len(who["3.2.3"])),
            "list_year": _filled(len(who["3.2.3"]), YEAR),
            "settlement_sales_ex_tax": draw.share(revenue[who["3.2.3"]], 50, 600),
        },
        "3.3.1": {"silicon_led_rd": draw.share(expense[who["3.3.1"]], 50, 500)},
        "3.4.1": {
            "base_rd_subsidy": draw.share(expense[who["3.4.1"]], 20, 100),
            "base_grant_no": _filled(len(who["3.4.1"]), 1),
        },
        "3.4.2": {"targets": _filled(len(who["3.4.2"]), 1)},
    }
    tables = {
        "3.1.2": {"loans": _loans(draw, len(who["3.1.2"]))},
        "3.4.5": {"projects": _projects(draw, len(who["3.4.5"]))},
    }
    return YearColumns(
        NUMBER,
        YEAR,
        draw.some(1, size).astype(np.int64) * KINDS.index("association"),
        facts,
        {GROUP: np.where(draw.some(2, size), draw.spread(20 * WAN, 1, size), 0)},
        {GROUP: _choices(draw, who["3.3.1"], size)},
        override,
        {
            clause: _claims(applicant, own.get(clause, {}), tables.get(clause))
            for clause, applicant in who.items()
            if len(applicant)
        },
        WORDS,
        np.arange(size, dtype=np.int64),
        draw.whole(0, DISTRICTS, size),
    )


def _choices(draw: _Drawer, claimants: Ints, size: int) -> Ints:
    """One in ten of those who claim 3.3.1, which has no condition and can always be chosen, chooses it."""
    chosen = _filled(size)
    chosen[claimants[draw.some(10, len(claimants))]] = WORDS.index("3.3.1")
    return chosen


# ------------------------------------------------------------------------------------------- back to documents


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


_COUNTS = {"list_year", "rd_staff"}
_DATES = {"drawn_on", "repaid_on", "accepted_on"}
_TEXTS = {"bank", "contract_no", "project", "name", "base_grant_no", "targets"}


def _plain(key: str, value: int) -> Any:
    """A value as the document writes it."""
    if value == MISSING:
        return None
    if key in _COUNTS:
        return value
    if key == "newly_introduced":
        return bool(value)
    if key == "status_list":
        return WORDS[value]
    if key in _DATES:
        return dt.date.fromordinal(value).isoformat()
    return "演示" if key in _TEXTS else _yuan(value)


def documents(year: YearColumns, applicants: Iterable[int]) -> list[dict[str, Any]]:
    """The evaluation documents of some applicants, claims in printed order of the clauses."""
    return [_document(year, row) for row in applicants]


def _document(year: YearColumns, row: int) -> dict[str, Any]:
    claims = []
    for clause, columns in year.claims.items():
        place = int(np.searchsorted(columns.applicant, row))
        if place == len(columns.applicant) or columns.applicant[place] != row:
            continue
        facts = {key: _plain(key, int(values[place])) for key, values in columns.facts.items()}
        for key, table in columns.tables.items():
            lines = range(int(table.start[place]), int(table.start[place + 1]))
            facts[key] = [
                {name: _plain(name, int(values[line])) for name, values in table.columns.items()} for line in lines
            ]
        claims.append({"clause": clause, "facts": facts})
    override: dict[str, Any] | None = None
    if (given := int(year.override[row])) != MISSING:
        override = {"lift": True} if given == LIFTED else {"cap": _yuan(given)}
    external, choice = int(year.external[GROUP][row]), int(year.choices[GROUP][row])
    figures = {key.removeprefix("Y."): values for key, values in year.facts.items()}
    return {
        "policy": year.policy,
        "policy_year": year.year,
        "applicant": {
            "kind": KINDS[int(year.kind[row])],
            **{key: _plain(key, int(values[row])) for key, values in figures.items()},
        },
        "claims": claims,
        "external_awards": [{"group": GROUP, "amount": _yuan(external)}] if external else [],
        "choices": {} if choice == MISSING else {GROUP: WORDS[choice]},
        "cap_override": override,
    }
