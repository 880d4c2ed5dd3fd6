"""A second, independent reading of 洪府发〔2023〕30号: slow, literal, with fractions, one day after the other.

It shares no code, no data file and no arithmetic with the engine: clauses and rates are written out here a second time.
It takes sound documents only and answers with amounts as Fractions of 元. Its one purpose is to disagree.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import floor
from typing import Any

YI = 100_000_000
WAN = 10_000

LPR = [
    ("2021-01-20", "3.85"),
    ("2021-12-20", "3.80"),
    ("2022-01-20", "3.70"),
    ("2022-08-22", "3.65"),
    ("2023-06-20", "3.55"),
    ("2023-08-21", "3.45"),
    ("2024-07-22", "3.35"),
    ("2024-10-21", "3.10"),
    ("2025-05-20", "3.00"),
]

ORDER = [
    "3.1.1",
    "3.1.2",
    "3.1.3a",
    "3.1.3b",
    "3.1.3c",
    "3.1.3d",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "3.3.1",
    "3.3.2",
    "3.4.1",
    "3.4.2",
    "3.4.4",
    "3.4.5",
    "3.7.2",
    "3.8.2",
    "3.8.3",
]
EXEMPT = {"3.1.1", "3.2.1"}
RD_GROUP = ["3.3.1", "3.4.1", "3.4.2"]
DISCRETION = {"3.1.1", "3.1.3a", "3.1.3c", "3.1.3d", "3.2.1", "3.2.2", "3.4.4", "3.7.2"}

DEFAULTS = {
    "day_count": 360,
    "lpr_pick": "daily",
    "loan_cap": True,
    "extra_cap": "extra",
    "external_award": "block",
    "cap_allocation": "pro_rata",
}


def lpr(day: dt.date) -> Fraction:
    """The one-year rate last published on or before a day, as a share."""
    published = [rate for on, rate in LPR if dt.date.fromisoformat(on) <= day]
    return Fraction(published[-1]) / 100


def cents(amount: Fraction) -> Fraction:
    """Half up to the 分."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def interest(loan: dict[str, Any], year: int, settings: dict[str, Any]) -> Fraction:
    """Interest of one loan, a day at a time."""
    principal, drawn = Fraction(loan["principal"]), dt.date.fromisoformat(loan["drawn_on"])
    repaid = dt.date.fromisoformat(loan["repaid_on"]) if loan["repaid_on"] else dt.date(year + 1, 1, 1)
    total, day = Fraction(0), dt.date(year, 1, 1)
    while day.year == year:
        if drawn <= day < repaid:
            rate = lpr(drawn if settings["lpr_pick"] == "drawn_on" else day)
            total += principal * Fraction(1, 2) * rate / settings["day_count"]
        day += dt.timedelta(days=1)
    return min(total, Fraction(loan["interest_paid"])) if settings["loan_cap"] else total


def claim(
    clause: str, facts: dict[str, Any], y: dict[str, Any], year: int, decision: Any, settings: dict[str, Any]
) -> tuple[str, Fraction | None]:
    """Status and amount of one claim."""

    def money(key: str) -> Fraction:
        return Fraction(y[key])

    if clause == "3.2.2":
        started = facts["production_started_on"]
        big = facts["investor_fortune500"] or Fraction(facts["investment"]) >= 10 * YI
        if not (big and "2023-10-10" <= started <= "2025-12-31" and started <= f"{year}-12-31"):
            return "not_eligible", None
    if clause in DISCRETION:
        return ("pending", None) if decision is None else ("eligible", Fraction(decision["amount"]))
    if clause == "3.1.2":
        if money("revenue") - money("revenue_prev") < YI:
            return "not_eligible", None
        amount, cap = sum((interest(loan, year, settings) for loan in facts["loans"]), Fraction(0)), 200 * WAN
    elif clause == "3.1.3b":
        amount, cap = Fraction(100 * WAN), None
    elif clause == "3.2.3":
        amount, cap = Fraction(facts["settlement_sales_ex_tax"]) * 5 / 1000, 2000 * WAN
    elif clause == "3.3.1":
        amount, cap = Fraction(facts["silicon_led_rd"]) / 5, 1000 * WAN
    elif clause == "3.3.2":
        sales = sum((Fraction(row["sales_ex_tax"]) for row in facts["product_sales"]), Fraction(0))
        amount, cap = sales / 10, 1000 * WAN
    elif clause == "3.4.1":
        if money("rd_expense") < 2000 * WAN:
            return "not_eligible", None
        amount, cap = Fraction(facts["base_rd_subsidy"]), Fraction(2000 * WAN)
        if settings["extra_cap"] == "total":
            cap = max(Fraction(0), cap - amount)
    elif clause == "3.4.2":
        if money("revenue") < 20 * YI or money("rd_expense") < YI or y["rd_staff"] < 100:
            return "not_eligible", None
        amount, cap = money("rd_expense") * 15 / 100, 2000 * WAN
    elif clause == "3.4.5":
        rows = facts["projects"]
        amount, cap = sum((min(Fraction(r["investment"]) / 2, Fraction(500 * WAN)) for r in rows), Fraction(0)), None
    elif clause == "3.8.2":
        rows = facts["events"]
        amount, cap = sum((min(Fraction(r["cost"]) / 2, Fraction(100 * WAN)) for r in rows), Fraction(0)), None
    elif clause == "3.8.3":
        amount, cap = Fraction(50 * WAN * len(facts["introduced"])), None
    else:
        raise AssertionError(clause)
    amount = cents(amount)
    return "eligible", amount if cap is None else min(amount, Fraction(cap))


def settle(doc: dict[str, Any], amounts: dict[str, Fraction], settings: dict[str, Any]) -> dict[str, Any]:
    """Group, cap and cut; answers {"cap", "total", "lines": {clause: (candidate, settled, reason)}}."""
    order = [clause for clause in ORDER if clause in amounts]
    left = {clause: amounts[clause] for clause in order}
    reasons: dict[str, str] = {}
    group = [clause for clause in RD_GROUP if clause in amounts]
    awards = doc.get("external_awards", [])
    external = sum((Fraction(a["amount"]) for a in awards), Fraction(0))
    if group and external > 0 and settings["external_award"] == "block":
        for clause in group:
            left[clause], reasons[clause] = Fraction(0), "external_award"
    elif group:
        best = max(amounts[clause] for clause in group)
        chosen = doc.get("choices", {}).get("研发投入") or next(c for c in group if amounts[c] == best)
        for clause in group:
            if clause != chosen:
                left[clause], reasons[clause] = Fraction(0), "not_chosen"
        if external > 0:
            left[chosen], reasons[chosen] = max(Fraction(0), left[chosen] - external), "external_award"
    applicant, override = doc["applicant"], doc.get("cap_override")
    cap = None
    if applicant["kind"] == "enterprise" and not applicant.get("newly_introduced", False):
        if override is None:
            cap = Fraction(floor(Fraction(applicant["sales_ex_tax"]) * 5), 100)
        elif "cap" in override:
            cap = Fraction(override["cap"])
    inside = [clause for clause in order if clause not in EXEMPT]
    whole = sum((left[clause] for clause in inside), Fraction(0))
    if cap is not None and whole > cap:
        done, before, room = Fraction(0), Fraction(0), cap
        for clause in inside:
            want = left[clause]
            if settings["cap_allocation"] == "pro_rata":
                done += want
                upto = Fraction(floor(cap * done / whole * 100), 100)
                left[clause], before = upto - before, upto
            else:
                left[clause] = min(want, room)
                room -= left[clause]
            if left[clause] != want:
                reasons[clause] = "cap"
    return {
        "cap": cap,
        "total": sum(left.values(), Fraction(0)),
        "lines": {
            clause: (amounts[clause], left[clause], reasons.get(clause) if left[clause] != amounts[clause] else None)
            for clause in order
        },
    }


def evaluate(doc: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """The whole document: {"claims": {clause: (status, amount)}, "settlement": …}; amounts are Fractions of 元."""
    chosen = {**DEFAULTS, **settings}
    claims = {
        item["clause"]: claim(
            item["clause"],
            item.get("facts", {}),
            doc["applicant"],
            doc["policy_year"],
            item.get("decision"),
            chosen,
        )
        for item in doc["claims"]
    }
    amounts = {clause: amount for clause, (_, amount) in claims.items() if amount is not None}
    return {"claims": claims, "settlement": settle(doc, amounts, chosen)}


def shape(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of the engine in the shape of :func:`evaluate`, for comparison."""

    def number(text: str | None) -> Fraction | None:
        return None if text is None else Fraction(text)

    settlement = answer["settlement"]
    return {
        "claims": {item["clause"]: (item["status"], number(item["amount"])) for item in answer["claims"]},
        "settlement": {
            "cap": number(settlement["cap"]),
            "total": number(settlement["total"]),
            "lines": {
                line["clause"]: (number(line["candidate"]), number(line["settled"]), line["reason"])
                for line in settlement["lines"]
            },
        },
    }
