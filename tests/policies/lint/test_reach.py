"""Reachability against brute force: every assignment of small domains, judged by the engine's own conditions."""

import datetime as dt
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from policies.lint.domains import Space
from policies.lint.reach import Reach
from policies.lint.search import Search
from policies.rules.compile import _Compiler
from policies.rules.schema import ClauseDefinition, Condition, FactDecl
from tests.policies.lint.support import fact
from tests.policies.rules.support import STEADY, policy

QUOTE = "演示"
HEADS = [0, 1, 2, 3, 4]
CENTS = [0, 1, 2, 3]
FIRST = dt.date(2023, 12, 30)
DAYS = [FIRST + dt.timedelta(days=days) for days in range(5)]
CHOICES = ["a", "b", "c"]

FACTS = [
    fact("heads", "count", maximum="4"),
    fact("base", "money", maximum="0.03", nullable=True),
    fact("more", "money", maximum="0.03"),
    fact("flag", "flag"),
    fact("pick", "choice", nullable=True, choices=[{"value": one, "label": one} for one in CHOICES]),
    fact("day", "date", minimum=str(DAYS[0]), maximum=str(DAYS[-1]), nullable=True),
]
DECLARED = {one["key"]: TypeAdapter(FactDecl).validate_python(one) for one in FACTS}
ASSIGNMENTS = {
    "heads": HEADS,
    "base": [None, *CENTS],
    "more": CENTS,
    "flag": [False, True],
    "pick": [None, *CHOICES],
    "day": [None, *DAYS],
}
YEARS = [2023, 2024]


def cited(value, kind):
    return {"type": kind, "value": value, "literal": "演示", "quote": QUOTE}


def said(kind, **more):
    return {"kind": kind, "label": "演示", "quote": QUOTE, **more}


OPS = st.sampled_from(["ge", "gt", "le", "lt"])
days = st.sampled_from([*map(str, DAYS), None])
heads = st.builds(
    lambda op, value: {"kind": "compare", "label": "人数", "fact": "heads", "op": op, "value": cited(value, "count")},
    OPS,
    st.integers(0, 6),
)
base = st.builds(
    lambda op, value: {
        "kind": "compare",
        "label": "金额",
        "fact": "base",
        "op": op,
        "value": cited(f"0.0{value}", "money"),
    },
    OPS,
    st.integers(0, 5),
)
growth = st.builds(
    lambda op, by: {"kind": "growth", "label": "增长", "now": "base", "before": "more", "op": op, "by": by},
    st.sampled_from(["ge", "gt"]),
    st.one_of(
        st.integers(0, 5).map(lambda value: cited(f"0.0{value}", "money")),
        st.sampled_from(["0%", "50%", "100%", "400%"]).map(lambda value: cited(value, "rate")),
    ),
)
flag = st.just(said("is_true", fact="flag"))
pick = st.sets(st.sampled_from(CHOICES), min_size=1).map(lambda v: said("one_of", fact="pick", values=sorted(v)))
filled = st.sampled_from(["pick", "base", "heads", "day"]).map(lambda key: said("given", fact=key))
dates = st.builds(
    lambda first, last: said("within_dates", fact="day", not_before=first, not_after=last),
    st.one_of(days, st.just("year_start")),
    st.one_of(days, st.just("year_end")),
)
ATOMS = st.one_of(heads, base, growth, flag, pick, filled, dates)


def joined(parts):
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda of: {"kind": "any", "label": "任一", "of": of}),
        several.map(lambda of: {"kind": "all", "of": of}),
        parts.map(lambda of: said("not", of=of)),
    )


CONDITIONS = st.lists(st.recursive(ATOMS, joined, max_leaves=5), min_size=1, max_size=3)


def typed(raw):
    return [TypeAdapter(Condition).validate_python({k: v for k, v in one.items() if v is not None}) for one in raw]


def clause_with(conditions):
    award = {"kind": "discretion", "quote": QUOTE}
    raw = {"id": "1.1", "title": "演示", "sentence": QUOTE, "facts": FACTS, "award": award}
    return ClauseDefinition.model_validate(raw).model_copy(update={"conditions": tuple(conditions)})


def nodes(conditions):
    compiler = _Compiler(policy(), clause_with(conditions))
    return [compiler.condition(one) for one in conditions]


def keys_of(conditions):
    text = str([one.model_dump() for one in conditions])
    return [key for key in ASSIGNMENTS if f"'{key}'" in text]


def assignments(conditions):
    keys = keys_of(conditions)
    for values in product(*(ASSIGNMENTS[key] for key in keys)):
        yield {**{key: ASSIGNMENTS[key][-1] for key in ASSIGNMENTS}, **dict(zip(keys, values, strict=True))}


def fulfilled(conditions, year):
    """Whether some assignment fulfils all conditions, by the engine."""
    compiled = nodes(conditions)
    return any(all(node.holds(facts, year) for node in compiled) for facts in assignments(conditions))


def search(year):
    return Search(Space(DECLARED, {}, year), policy().valid_from, policy().valid_to)


@STEADY
@given(CONDITIONS, st.sampled_from(YEARS))
def test_what_is_said_to_be_impossible_is_impossible(raw, year):
    conditions = typed(raw)
    if not search(year).possible([(one, True) for one in conditions]):
        assert not fulfilled(conditions, year)


@STEADY
@given(
    st.one_of(*(st.lists(one, min_size=1, max_size=4) for one in (heads, base, pick, dates))), st.sampled_from(YEARS)
)
def test_conjunctions_on_one_fact_are_decided_exactly(raw, year):
    conditions = typed(raw)
    assert search(year).possible([(one, True) for one in conditions]) == fulfilled(conditions, year)


@STEADY
@given(st.one_of(*(st.recursive(one, joined, max_leaves=5) for one in (heads, base, pick, dates))), st.booleans())
def test_any_all_not_on_one_fact_are_decided_exactly(raw, wanted):
    [condition] = typed([raw])
    [node] = nodes([condition])
    truth = any(node.holds(facts, 2023) is wanted for facts in assignments([condition]))
    assert search(2023).possible([(condition, wanted)]) == truth


def test_every_pair_of_thresholds_is_decided_exactly():
    ops, marks = ("ge", "gt", "le", "lt"), range(7)
    outcomes = {True: 0, False: 0}
    compared = [
        {"kind": "compare", "label": "人数", "fact": "heads", "op": op, "value": cited(mark, "count")}
        for op, mark in product(ops, marks)
    ]
    for pair in product(typed(compared), repeat=2):
        possible = search(2023).possible([(one, True) for one in pair])
        assert possible == fulfilled(list(pair), 2023)
        outcomes[possible] += 1
    assert min(outcomes.values()) > 200


@STEADY
@given(CONDITIONS)
def test_what_is_told_of_conditions_is_so(raw):
    """A whole that is refused as impossible has no facts; a condition told never to fail has none that fail it."""
    conditions = typed(raw)
    reach = Reach([Space(DECLARED, {}, year) for year in YEARS], policy().valid_from, policy().valid_to)
    placed = [(f"conditions[{index}]", one) for index, one in enumerate(conditions)]
    faults = list(reach.conditions(placed))
    whole = any(fulfilled(conditions, year) for year in YEARS)
    for fault in faults:
        if fault.severity == "warning":
            index = int(fault.path.removeprefix("conditions[").split("]")[0])
            others = [one for place, one in enumerate(conditions) if place != index or "必然" not in fault.message]
            compiled, [node] = nodes(others if "必然" in fault.message else []), nodes([conditions[index]])
            for year in YEARS:
                for facts in assignments(conditions):
                    assert node.holds(facts, year) or not all(one.holds(facts, year) for one in compiled)
        elif fault.path in {place for place, _ in placed} and "之外" not in fault.message:
            assert not whole, fault
    if not faults and len(conditions) == 1 and "growth" not in str(raw):
        assert whole


def test_growth_reads_two_facts_at_their_extremes():
    raw = {"kind": "growth", "label": "增长", "now": "more", "before": "more", "by": cited("0.01", "money")}
    assert not search(2023).possible([(typed([raw])[0], True)])


def test_a_question_that_is_too_large_is_not_refused(monkeypatch):
    first = {"kind": "compare", "label": "人数", "fact": "heads", "op": "ge", "value": cited(3, "count")}
    last = {**first, "op": "lt", "value": cited(1, "count")}
    either = {"kind": "any", "label": "任一", "of": [first, first]}
    goals = [(one, True) for one in typed([either, last])]
    assert not search(2023).possible(goals)
    monkeypatch.setattr("policies.lint.search.BUDGET", 1)
    assert search(2023).possible(goals)
