"""Generated documents: sound ones, dense around every threshold, cap and tie of the definition."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from policies.rules.compile import CompiledClause, compiled
from policies.rules.conditions import Comparison, Either, Every, Increase, Opposite
from policies.rules.nodes import EachRow, Latitude, Share, Tiers
from tests.policies.rules.support import document, policy

RULES = compiled(policy())


def yuan(fen: int) -> str:
    """Own writer: the product's is under test."""
    return f"{fen // 100}.{fen % 100:02d}"


def thresholds(clause: CompiledClause) -> set[int]:
    """Every number that makes a difference for a clause: thresholds, limits, and the bases that just reach them."""
    found: set[int] = set()

    def walk(node: Any) -> None:
        match node:
            case Comparison():
                found.add(node.threshold)
            case Increase():
                found.add(node.amount)
            case Either() | Every():
                for part in node.parts:
                    walk(part)
            case Opposite():
                walk(node.part)

    for condition in clause.conditions:
        walk(condition)
    award, caps = clause.award, [clause.cap.fen] if clause.cap else []
    if isinstance(award, EachRow):
        caps += [award.cap] if award.cap else []
        award = award.each
    found.update(caps)
    if isinstance(award, Share) and award.kind != "per_unit":
        found.update(cap * award.denominator // award.factor for cap in caps)
    if isinstance(award, Tiers):
        found.update(tier.at_least for tier in award.tiers)
    if isinstance(award, Latitude):
        found.update(limit for limit in (award.floor, award.ceiling) if limit is not None)
    return found


MARKS = sorted({mark for clause in RULES.clauses.values() for mark in thresholds(clause)})

#: Sums of 分: anywhere, or within a few 分 of a number that matters, or small enough for every tie of rounding.
fen = st.one_of(
    st.integers(0, 10**12),
    st.integers(0, 400),
    st.builds(lambda mark, off: max(0, mark + off), st.sampled_from(MARKS), st.integers(-3, 3)),
)
money = fen.map(yuan)
days = st.dates(dt.date(2022, 1, 1), dt.date(2026, 12, 31))
RATE_DAYS = ["2023-06-20", "2023-08-21", "2024-07-22", "2024-10-21", "2025-05-20"]
near_rates = st.builds(
    lambda day, off: dt.date.fromisoformat(day) + dt.timedelta(days=off),
    st.sampled_from([*RATE_DAYS, "2024-01-01", "2024-12-31", "2024-02-29", "2023-12-31", "2025-12-31"]),
    st.integers(-2, 2),
)


@st.composite
def loans(draw: st.DrawFn) -> dict[str, Any]:
    """A loan, its days near the turns of years and rates."""
    drawn = draw(st.one_of(days, near_rates))
    length = draw(st.one_of(st.none(), st.integers(0, 3), st.integers(0, 800)))
    repaid = None if length is None else (drawn + dt.timedelta(days=length)).isoformat()
    return {
        "principal": draw(money),
        "drawn_on": drawn.isoformat(),
        "repaid_on": repaid,
        "interest_paid": draw(money),
    }


def rows(**columns: Any) -> st.SearchStrategy[Any]:
    """A short table."""
    return st.lists(st.fixed_dictionaries(columns), max_size=4)


CATEGORIES = st.sampled_from(["epi_wafer", "chip", "high_power_package", "mo_source", "mocvd"])
STATUS = st.sampled_from(["fortune_500", "china_ei_100", "listed_ei"])
FACTS: dict[str, dict[str, Any]] = {
    "3.1.2": {"loans": st.lists(loans(), max_size=3)},
    "3.1.3a": {"listed_on": days.map(str), "exchange": st.just("演示交易所")},
    "3.1.3b": {"neeq_listed_on": days.map(str)},
    "3.1.3c": {"equity_raised": money, "investor": st.just("演示基金"), "received_on": days.map(str)},
    "3.1.3d": {"refinanced": money, "venue": st.nothing(), "received_on": days.map(str)},
    "3.2.2": {
        "investor_fortune500": st.booleans(),
        "investment": money,
        "production_started_on": st.one_of(
            days, st.sampled_from(["2023-10-09", "2023-10-10", "2023-12-31", "2024-12-31", "2025-12-31"])
        ).map(str),
    },
    "3.2.3": {"status_list": STATUS, "settlement_sales_ex_tax": money},
    "3.3.1": {"silicon_led_rd": money},
    "3.3.2": {"product_sales": rows(category=CATEGORIES, sales_ex_tax=money)},
    "3.4.1": {"base_rd_subsidy": money},
    "3.4.5": {"projects": rows(investment=money)},
    "3.8.2": {"events": rows(cost=money)},
    "3.8.3": {"introduced": rows(name=st.just("演示企业"))},
}
FACTS["3.1.3d"].pop("venue")
LIMITS = {"3.1.3a": (0, 10**9), "3.1.3c": (0, 2 * 10**8), "3.1.3d": (0, 2 * 10**8), "3.4.4": (10**8, 2 * 10**8)}


@st.composite
def claims(draw: st.DrawFn, clause: str) -> dict[str, Any]:
    """A sound claim of one clause; latitude is sometimes decided, sometimes pending."""
    found = {"clause": clause, "facts": draw(st.fixed_dictionaries(FACTS.get(clause, {})))}
    if isinstance(RULES.clauses[clause].award, Latitude) and draw(st.booleans()):
        low, high = LIMITS.get(clause, (0, 10**12))
        found["decision"] = {"amount": yuan(draw(st.one_of(st.just(low), st.just(high), st.integers(low, high))))}
    return found


@st.composite
def documents(draw: st.DrawFn, clauses: list[str] | None = None) -> dict[str, Any]:
    """A sound document: any set of clauses in any order."""
    chosen = draw(st.lists(st.sampled_from(clauses or list(RULES.clauses)), unique=True, max_size=6))
    revenue_prev = draw(fen)
    revenue = draw(st.one_of(fen, st.integers(-3, 3).map(lambda off: max(0, revenue_prev + 10**10 + off))))
    changes: dict[str, Any] = {
        "kind": draw(st.sampled_from(["enterprise", "enterprise", "enterprise", "association"])),
        "newly_introduced": draw(st.sampled_from([False, False, False, True])),
        "sales_ex_tax": draw(money),
        "revenue": yuan(revenue),
        "revenue_prev": yuan(revenue_prev),
        "rd_expense": draw(money),
        "rd_staff": draw(st.sampled_from([0, 80, 99, 100, 101, 5000])),
        "external_awards": draw(
            st.sampled_from(["", "", "0.00", "0.01", "1234567.89"]).map(
                lambda text: [{"group": "研发投入", "amount": text}] if text else []
            )
        ),
        "cap_override": draw(
            st.one_of(st.none(), st.none(), st.just({"lift": True}), money.map(lambda text: {"cap": text}))
        ),
    }
    return document(
        *[draw(claims(clause)) for clause in chosen], year=draw(st.sampled_from([2023, 2024, 2025])), **changes
    )
