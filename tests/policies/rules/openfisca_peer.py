"""The same six clauses as an OpenFisca tax and benefit system: the peer whose figures stand beside ours.

Written as OpenFisca's documentation recommends for large populations: entities and inputs given as arrays, vectorial
formulas, one variable for each thing that the text names, dated parameters. Loans and projects are the "persons"
(rows), enterprises the group entity that sums them. Sums of money are in 元, as its variables of type float (float32)
hold them. Only the benchmark imports this module: openfisca-core is not installed for the tests.

What had to be decided to express the policy:

- A person entity is one kind of thing, so loans and projects share it; each formula runs over both, with zeros.
- Every variable has a value for every enterprise, so that a clause is computed for those who do not claim it, too, and
  masked. There is no "not claimed" apart from "0", therefore flags say who claims.
- A parameter has one value per instant; interest by stretches of days reads the list of its values.
- Dates have no null: a loan not repaid has a day far away. No cap is infinity.
- ``SimulationBuilder.join_with_persons`` takes it that no group is without a person. Enterprises without a loan or a
  project exist, so the link is set as an array (which is faster as well).
- There is no exact type. Rounding is ``floor(x × 100 + ½) ÷ 100`` of a float.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from policies.rules.columns import LIFTED, MISSING, YearColumns
from policies.rules.columns.table import KINDS
from tests.policies.rules.synthetic_year import CLAUSES, GROUP, STATUS, WORDS

VERSION = version("openfisca-core")
MEMBERS = ("3.3.1", "3.4.1", "3.4.2")

Row = build_entity("row", "rows", "A loan or a project", is_person=True)
Enterprise = build_entity(
    "enterprise", "enterprises", "An applicant", roles=[{"key": "item", "plural": "items", "label": "Loan or project"}]
)


def values(**parameters: Any) -> dict[str, Any]:
    """Parameters with one value each, in force since the policy is."""
    return {key: {"values": {"2023-10-10": {"value": value}}} for key, value in parameters.items()}


PARAMETERS = {
    "lpr": {
        "values": {
            "2021-01-20": {"value": 0.0385},
            "2021-12-20": {"value": 0.0380},
            "2022-01-20": {"value": 0.0370},
            "2022-08-22": {"value": 0.0365},
            "2023-06-20": {"value": 0.0355},
            "2023-08-21": {"value": 0.0345},
            "2024-07-22": {"value": 0.0335},
            "2024-10-21": {"value": 0.0310},
            "2025-05-20": {"value": 0.0300},
        }
    },
    "loan": values(increase=100_000_000, share=0.5, day_count=360, cap=2_000_000),
    "settlement": values(rate=0.005, cap=20_000_000),
    "led": values(rate=0.2, cap=10_000_000),
    "rd_extra": values(rd_expense=20_000_000, times=1, cap=20_000_000),
    "rd_centre": values(revenue=2_000_000_000, rd_expense=100_000_000, rd_staff=100, rate=0.15, cap=20_000_000),
    "factory": values(rate=0.5, project_cap=5_000_000),
    "total_cap": values(rate=0.05),
}


class Status(Enum):
    none = "none"
    fortune_500 = "世界500强"
    china_ei_100 = "中国电子信息100强"
    listed_ei = "电子信息类上市公司"


class Choice(Enum):
    none = "no choice"
    led = "3.3.1"
    rd_extra = "3.4.1"
    rd_centre = "3.4.2"


def half_up(amount: Any) -> Any:
    """To the 分, a half upwards, as far as a float goes."""
    return np.floor(amount * 100 + 0.5) / 100


def total_of_rows(enterprises: Any, amounts: Any) -> Any:
    """Sum over the rows of each enterprise. ``sum`` answers no further than the last enterprise that has rows."""
    sums = enterprises.sum(amounts)
    return np.pad(sums, (0, enterprises.count - len(sums)))


def variable(name: str, entity: Any, kind: Any = float, formula: Callable[..., Any] | None = None, **more: Any) -> Any:
    """A yearly variable: an input without, computed with a formula."""
    body = {"value_type": kind, "entity": entity, "definition_period": DateUnit.YEAR, "label": name, **more}
    if formula is not None:
        body["formula"] = formula
    return type(name, (Variable,), body)


# --------------------------------------------------------------------------------------------- rows


def loan_interest(rows: Any, period: Any, parameters: Any) -> Any:
    """One loan of 3.1.2: stretches of days at one LPR, no more than the interest paid."""
    rules = parameters(period).loan
    year_end = np.datetime64(dt.date(period.start.year + 1, 1, 1))
    first = np.maximum(rows("drawn_on", period), np.datetime64(period.start.date))
    end = np.minimum(rows("repaid_on", period), year_end)
    published = sorted(rows.simulation.tax_benefit_system.parameters.lpr.values_list, key=lambda v: v.instant_str)
    days = [np.datetime64(value.instant_str) for value in published]
    rated: Any = 0.0
    for start, stop, value in zip(days, [*days[1:], year_end], published, strict=True):
        if stop <= np.datetime64(period.start.date) or start >= year_end:
            continue
        length = (np.minimum(end, stop) - np.maximum(first, start)).astype(np.int64)
        rated = rated + np.maximum(length, 0) * value.value
    return np.minimum(rows("principal", period) * rules.share * rated / rules.day_count, rows("interest_paid", period))


def project_amount(rows: Any, period: Any, parameters: Any) -> Any:
    """One project of 3.4.5."""
    rules = parameters(period).factory
    return np.minimum(rows("investment", period) * rules.rate, rules.project_cap)


# --------------------------------------------------------------------------------- clauses of an enterprise


def claimed(clause: str) -> str:
    """The flag of a claim."""
    return f"claims_{clause.replace('.', '_')}"


def candidate(clause: str) -> str:
    """What a clause gives; −1 where it is not claimed or not eligible."""
    return f"candidate_{clause.replace('.', '_')}"


def counted(clause: str) -> str:
    """What is left after the group's choice."""
    return f"counted_{clause.replace('.', '_')}"


def running(clause: str) -> str:
    """Sum of what is counted, up to a clause."""
    return f"running_{clause.replace('.', '_')}"


def settled(clause: str) -> str:
    """What is settled."""
    return f"settled_{clause.replace('.', '_')}"


def loans_3_1_2(them: Any, period: Any, parameters: Any) -> Any:
    rules = parameters(period).loan
    eligible = them(claimed("3.1.2"), period) * (
        them("revenue", period) - them("revenue_prev", period) >= rules.increase
    )
    amount = half_up(total_of_rows(them, them.members("loan_interest", period)))
    return np.where(eligible, np.minimum(amount, rules.cap), -1)


def settlement_3_2_3(them: Any, period: Any, parameters: Any) -> Any:
    rules, status = parameters(period).settlement, them("status_list", period)
    listed = (status == Status.fortune_500) + (status == Status.china_ei_100) + (status == Status.listed_ei)
    amount = half_up(them("settlement_sales_ex_tax", period) * rules.rate)
    return np.where(them(claimed("3.2.3"), period) * listed, np.minimum(amount, rules.cap), -1)


def led_3_3_1(them: Any, period: Any, parameters: Any) -> Any:
    rules = parameters(period).led
    amount = half_up(them("silicon_led_rd", period) * rules.rate)
    return np.where(them(claimed("3.3.1"), period), np.minimum(amount, rules.cap), -1)


def extra_3_4_1(them: Any, period: Any, parameters: Any) -> Any:
    rules = parameters(period).rd_extra
    eligible = them(claimed("3.4.1"), period) * (them("rd_expense", period) >= rules.rd_expense)
    amount = half_up(them("base_rd_subsidy", period) * rules.times)
    return np.where(eligible, np.minimum(amount, rules.cap), -1)


def centre_3_4_2(them: Any, period: Any, parameters: Any) -> Any:
    rules, expense = parameters(period).rd_centre, them("rd_expense", period)
    eligible = (
        them(claimed("3.4.2"), period)
        * (them("revenue", period) >= rules.revenue)
        * (expense >= rules.rd_expense)
        * (them("rd_staff", period) >= rules.rd_staff)
    )
    return np.where(eligible, np.minimum(half_up(expense * rules.rate), rules.cap), -1)


def factory_3_4_5(them: Any, period: Any, parameters: Any) -> Any:
    amount = half_up(total_of_rows(them, them.members("project_amount", period)))
    return np.where(them(claimed("3.4.5"), period), amount, -1)


def chosen(them: Any, period: Any) -> Any:
    """The enterprise's choice, else the highest of the group, the first of equals."""
    amounts = np.stack([them(candidate(clause), period) for clause in MEMBERS])
    best, choice = amounts.argmax(axis=0) + 1, them("choice", period)
    return np.where(choice == Choice.none, best, np.asarray(choice))


def counted_formula(clause: str) -> Callable[..., Any]:
    """What is left of a clause after the group and other measures."""

    def formula(them: Any, period: Any) -> Any:
        amount = np.maximum(them(candidate(clause), period), 0)
        if clause not in MEMBERS:
            return amount
        stays = (them("chosen", period) == MEMBERS.index(clause) + 1) * (them("external_award", period) == 0)
        return amount * stays

    return formula


def running_formula(clause: str) -> Callable[..., Any]:
    """Running sums in printed order."""
    place = CLAUSES.index(clause)

    def formula(them: Any, period: Any) -> Any:
        before = them(running(CLAUSES[place - 1]), period) if place else 0
        return before + them(counted(clause), period)

    return formula


def award_cap(them: Any, period: Any, parameters: Any) -> Any:
    """5 % of the sales, floored; infinite where none applies. An officer's cap outweighs the rate, not an exemption."""
    free = them("newly_introduced", period) + them("is_association", period)
    own, given = np.floor(them("sales_ex_tax", period) * parameters(period).total_cap.rate * 100) / 100, None
    given = them("cap_override", period)
    return np.where(free, np.inf, np.where(given >= 0, given, own))


def settled_formula(clause: str) -> Callable[..., Any]:
    """Cumulative floors where the cap binds."""
    place = CLAUSES.index(clause)

    def formula(them: Any, period: Any) -> Any:
        cap, whole = them("award_cap", period), them(running(CLAUSES[-1]), period)
        binds = whole > cap
        finite, divisor = np.where(binds, cap, 0), np.where(binds, whole, 1)
        upto = np.floor(finite * them(running(clause), period) / divisor * 100) / 100
        if place:
            upto -= np.floor(finite * them(running(CLAUSES[place - 1]), period) / divisor * 100) / 100
        return np.where(binds, upto, them(counted(clause), period))

    return formula


CLAUSE_FORMULAS = {
    "3.1.2": loans_3_1_2,
    "3.2.3": settlement_3_2_3,
    "3.3.1": led_3_3_1,
    "3.4.1": extra_3_4_1,
    "3.4.2": centre_3_4_2,
    "3.4.5": factory_3_4_5,
}
MONEY = ("revenue", "revenue_prev", "sales_ex_tax", "rd_expense")
OWN_MONEY = ("settlement_sales_ex_tax", "silicon_led_rd", "base_rd_subsidy")


def system(*, double: bool = False) -> TaxBenefitSystem:
    """The tax and benefit system; with ``double`` its floats have 64 bits, which OpenFisca does not offer."""
    made = TaxBenefitSystem([Row, Enterprise])
    made.parameters = ParameterNode(data=PARAMETERS)
    made.add_variables(
        variable("principal", Row),
        variable("drawn_on", Row, dt.date),
        variable("repaid_on", Row, dt.date),
        variable("interest_paid", Row),
        variable("investment", Row),
        variable("loan_interest", Row, formula=loan_interest),
        variable("project_amount", Row, formula=project_amount),
        *(variable(name, Enterprise) for name in (*MONEY, *OWN_MONEY, "external_award", "cap_override")),
        variable("rd_staff", Enterprise, int),
        variable("newly_introduced", Enterprise, bool),
        variable("is_association", Enterprise, bool),
        variable("status_list", Enterprise, Enum, possible_values=Status, default_value=Status.none),
        variable("choice", Enterprise, Enum, possible_values=Choice, default_value=Choice.none),
        variable("chosen", Enterprise, int, chosen),
        variable("award_cap", Enterprise, float, award_cap),
        *(variable(claimed(clause), Enterprise, bool) for clause in CLAUSES),
        *(variable(candidate(clause), Enterprise, float, formula) for clause, formula in CLAUSE_FORMULAS.items()),
        *(variable(counted(clause), Enterprise, float, counted_formula(clause)) for clause in CLAUSES),
        *(variable(running(clause), Enterprise, float, running_formula(clause)) for clause in CLAUSES),
        *(variable(settled(clause), Enterprise, float, settled_formula(clause)) for clause in CLAUSES),
    )
    if double:
        for found in made.variables.values():
            if found.value_type is float:
                found.dtype = np.float64
    return made


# ----------------------------------------------------------------------------------------------- one year


@dataclass
class Inputs:
    """A year as OpenFisca takes it; made before the clock starts."""

    period: str
    enterprises: int
    #: The enterprise of each row.
    members: Any
    arrays: dict[str, Any]


def inputs(year: YearColumns, *, double: bool = False) -> Inputs:
    """Arrays for a year of :mod:`.synthetic_year`, in the types that the variables have."""
    size, real = len(year), np.float64 if double else np.float32

    def yuan(fen: Any) -> Any:
        return (fen / 100).astype(real)

    def spread(clause: str, key: str) -> Any:
        full = np.zeros(size, dtype=np.int64)
        if clause in year.claims:
            full[year.claims[clause].applicant] = year.claims[clause].facts[key]
        return full

    def flags(clause: str) -> Any:
        full = np.zeros(size, dtype=bool)
        if clause in year.claims:
            full[year.claims[clause].applicant] = True
        return full

    def table(clause: str, key: str) -> tuple[Any, dict[str, Any]]:
        if clause not in year.claims:
            return np.zeros(0, dtype=np.int64), {}
        found = year.claims[clause].tables[key]
        return np.repeat(year.claims[clause].applicant, np.diff(found.start)), found.columns

    lenders, loans = table("3.1.2", "loans")
    builders, projects = table("3.4.5", "projects")
    nothing, zeros = np.zeros(len(lenders)), np.zeros(len(builders))
    epoch, far = dt.date(1970, 1, 1).toordinal(), dt.date(9999, 12, 31).toordinal()

    def days(ordinals: Any) -> Any:
        filled = np.where(ordinals == MISSING, far, ordinals)
        return np.concatenate((filled, np.full(len(builders), far))).astype(np.int64) - epoch

    unset = np.zeros(0, dtype=np.int64)
    arrays = {name: yuan(year.facts[f"Y.{name}"]) for name in MONEY}
    arrays |= {
        "principal": np.concatenate((yuan(loans.get("principal", unset)), zeros.astype(real))),
        "interest_paid": np.concatenate((yuan(loans.get("interest_paid", unset)), zeros.astype(real))),
        "drawn_on": days(loans.get("drawn_on", unset)).astype("datetime64[D]"),
        "repaid_on": days(loans.get("repaid_on", unset)).astype("datetime64[D]"),
        "investment": np.concatenate((nothing.astype(real), yuan(projects.get("investment", unset)))),
        "settlement_sales_ex_tax": yuan(spread("3.2.3", "settlement_sales_ex_tax")),
        "silicon_led_rd": yuan(spread("3.3.1", "silicon_led_rd")),
        "base_rd_subsidy": yuan(spread("3.4.1", "base_rd_subsidy")),
        "rd_staff": year.facts["Y.rd_staff"].astype(np.int32),
        "newly_introduced": year.facts["Y.newly_introduced"].astype(bool),
        "is_association": year.kind == KINDS.index("association"),
        "external_award": yuan(year.external[GROUP]),
    }
    words = np.array([1 + STATUS.index(word) if word in STATUS else 0 for word in WORDS])
    arrays["status_list"] = words[spread("3.2.3", "status_list")] * flags("3.2.3")
    picks = np.array([1 + MEMBERS.index(word) if word in MEMBERS else 0 for word in WORDS])
    choice = year.choices[GROUP]
    arrays["choice"] = np.where(choice == MISSING, 0, picks[np.where(choice == MISSING, 0, choice)])
    override = np.where(np.isin(year.override, (MISSING, LIFTED)), -100, year.override) / 100
    arrays["cap_override"] = np.where(year.override == LIFTED, np.inf, override).astype(real)
    arrays |= {claimed(clause): flags(clause) for clause in CLAUSES}
    return Inputs(str(year.year), size, np.concatenate((lenders, builders)), arrays)


def build(made: TaxBenefitSystem, given: Inputs) -> Simulation:
    """The build step: entities declared and joined, inputs set."""
    builder = SimulationBuilder()
    builder.create_entities(made)
    builder.declare_person_entity("row", np.arange(len(given.members)))
    enterprises = builder.declare_entity("enterprise", np.arange(given.enterprises))
    enterprises.members_entity_id = given.members
    simulation = builder.build(made)
    for name, array in given.arrays.items():
        simulation.set_input(name, given.period, array)
    return simulation


def calculate(simulation: Simulation, period: str) -> dict[str, Any]:
    """What is settled for each clause, 元, an entry for each enterprise."""
    return {clause: simulation.calculate(settled(clause), period) for clause in CLAUSES}
