"""The award blocks of :mod:`policies.rules.nodes` for all claims of a clause: the same rules, a column at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from policies.rules import nodes as n
from policies.rules.columns.numbers import Exact, Whole, limited, share, sum_rows, total
from policies.rules.columns.reading import Bools, Facts, Rows
from policies.rules.columns.table import MISSING, Ints


def exact(node: n.AwardNode, facts: Facts | Rows, needed: Bools) -> Exact:
    """What a block gives in 分, exactly: for each claim, or inside a table for each row.

    ``needed``: claims that are asked at all; only their days must be known to a series.

    Raises:
        TooLargeError: by the greatest values of its facts it could leave 64 bits.
        MissingRateError: a series does not know a day.
    """
    match node:
        case n.Amount():
            return Exact(None, 0, np.full(len(facts), node.fen, dtype=np.int64), node.fen, 1)
        case n.Share():
            return share(facts.whole(node.of), node.factor, node.denominator)
        case n.Tiers():
            return _tiers(node, facts)
    assert isinstance(facts, Facts)  # no table inside a table
    match node:
        case n.EachRow():
            rows = facts.rows(node.table, node.max_rows)
            rows.needed()
            each = exact(node.each, rows, needed)
            return sum_rows(each if node.cap is None else limited(each, node.cap), rows)
        case n.Interest():
            return _interest(node, facts, needed)
        case n.Total():
            return total([exact(part, facts, needed) for part in node.parts], node.denominator)


def _tiers(node: n.Tiers, facts: Facts | Rows) -> Exact:
    """The highest tier reached decides for the whole base; below the first nothing is paid."""
    base = facts.whole(node.of)
    reached = np.zeros(len(facts), dtype=np.int64)
    for tier in node.tiers:
        reached += base.values >= tier.at_least
    factors = np.array([0, *(tier.factor for tier in node.tiers)], dtype=np.int64)
    amounts = np.array([0, *(tier.amount // node.denominator for tier in node.tiers)], dtype=np.int64)
    found = share(base, Whole(factors[reached], int(factors.max())), node.denominator)
    if not amounts.any():
        return found
    whole = amounts[reached] if found.whole is None else found.whole + amounts[reached]
    return Exact(whole, found.whole_high + int(amounts.max()), found.part, found.part_high, node.denominator)


def _interest(node: n.Interest, facts: Facts, needed: Bools) -> Exact:
    """Interest on the loans of each claim: ``principal × share × Σ rates of its days ÷ (10,000 × days of a year)``.

    The day of drawing counts, the day of repayment does not; a loan not repaid runs through 31 December.
    """
    loans, year = facts.rows(node.table, node.max_rows), facts.year.year
    loans.needed()
    principal = loans.numbers(node.principal, node.principal_high, node.table_label)
    drawn = loans.values(node.drawn_on, node.table_label)
    repaid = loans.answers(node.repaid_on)
    if not loans.has(node.repaid_on):  # null is an answer, a column that was never asked for is none
        facts.lack(loans.lengths > 0)
    year_start, year_end = dt.date(year, 1, 1).toordinal(), dt.date(year + 1, 1, 1).toordinal()
    first = np.maximum(drawn, year_start)
    end = np.minimum(np.where(repaid == MISSING, year_end, repaid), year_end)
    out = first < end
    end = np.where(out, end, first)
    asked = _Asked(loans, out, needed if facts.unknown is None else needed & ~facts.unknown)
    asked.check(node.series, end - 1)
    if node.pick == "drawn_on":
        asked.check(node.series, drawn)
        rates = np.array(node.series.rates, dtype=np.int64)
        weights = rates[np.searchsorted(np.array(node.series.days), drawn, side="right") - 1] * (end - first)
    else:
        asked.check(node.series, first)
        upto = _rates_up_to(node.series, year)
        last = len(upto) - 1
        weights = upto[np.minimum(end - year_start, last)] - upto[np.minimum(first - year_start, last)]
    greatest = node.share_factor * max(node.series.rates) * 366  # below 10^9 × 10^4 × 366, whatever a definition says
    each = share(principal, Whole(weights * node.share_factor, greatest), node.denominator)
    if node.limited:
        each = limited(each, loans.values(node.interest_paid, node.table_label))
    return sum_rows(each, loans)


@lru_cache(maxsize=64)
def _rates_up_to(series: n.SeriesNode, year: int) -> Ints:
    """Entry d: the sum of the rates of the first d days of a year; that of any run of days is a difference of two.

    Days that the series does not know count as 0; who needs one was refused before.
    """
    first, end = dt.date(year, 1, 1).toordinal(), dt.date(year + 1, 1, 1).toordinal()
    known = range(max(first, series.days[0]), min(end, series.known_until + 1))
    rates = np.zeros(end - first + 1, dtype=np.int64)
    for day in known:
        rates[day - first + 1] = series.rate_on(day)
    return np.cumsum(rates)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Loans whose rates are asked for: out in the year, of a claim whose conditions hold."""

    loans: Rows
    out: Bools
    claims: Bools

    def check(self, series: n.SeriesNode, days: Ints) -> None:
        """Refuse a day of a loan that the series does not know."""
        strange = self.out & ((days < series.days[0]) | (days > series.known_until))
        if strange.any():
            strange &= self.loans.of_claims(self.claims)
        if strange.any():
            raise n.MissingRateError(series.label, dt.date.fromordinal(int(days[strange.argmax()])))
