"""Settlement over columns: any amounts at all, groups that change, and cuts beyond 64 bits."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules import settle as scalar
from policies.rules.columns import LIFTED, MISSING, ColumnsOverflowError, Reason, YearColumns, run_year
from policies.rules.columns.table import KINDS, ClaimColumns
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.schema import PolicyDefinition
from tests.policies.rules.support import STEADY, policy
from tests.policies.rules.synthetic import QUOTE, cited, fact

IDS = ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]
GROUPS = {"甲": ["1.4", "1.2", "1.3"], "乙": ["1.5", "1.6"]}  # printed order counts, not the order of the group
EXEMPT = {"1.7"}


@cache
def plain(**changed) -> CompiledPolicy:
    """A policy whose amounts are a fact each: any amount can be settled."""
    data = policy().model_dump(mode="json")
    clause = {"facts": [fact("base", "money")], "award": {"kind": "external", "fact": "base", "times": cited("1")}}
    data["clauses"] = [
        {"id": key, "title": key, "sentence": QUOTE, **clause} | ({"exempt": {"quote": QUOTE}} if key in EXEMPT else {})
        for key in IDS
    ]
    data["groups"] = [
        {"name": name, "clauses": clauses, "quote": QUOTE, "reason": QUOTE} for name, clauses in GROUPS.items()
    ]
    for key, value in changed.items():
        data["settings"][key]["value"] = value
    return compiled(PolicyDefinition.model_validate(data))


def ints(values):
    return np.array(list(values), dtype=np.int64)


def year_of(people) -> YearColumns:
    """A year of people, each with amounts, paid by clause; external, choices by group; base, kind, new, override."""
    claims = {}
    for clause in IDS:
        rows = [row for row, one in enumerate(people) if clause in one["amounts"] or clause in one.get("paid", {})]
        if rows:
            claims[clause] = ClaimColumns(
                ints(rows),
                {"base": ints(people[row]["amounts"].get(clause, MISSING) for row in rows)},
                {},
                ints(MISSING for _ in rows),
                ints(people[row].get("paid", {}).get(clause, 0) for row in rows),
                ints(rows),
            )
    override = ints(
        LIFTED if one.get("override") == "lift" else MISSING if one.get("override") is None else one["override"]
        for one in people
    )
    return YearColumns(
        "x",
        2024,
        ints(KINDS.index(one.get("kind", "enterprise")) for one in people),
        {
            "Y.sales_ex_tax": ints(one.get("base", 0) for one in people),
            "Y.newly_introduced": ints(one.get("new", False) for one in people),
        },
        {group: ints(one.get("external", {}).get(group, 0) for one in people) for group in GROUPS},
        {
            group: ints(
                IDS.index(one["choices"][group]) if group in one.get("choices", {}) else MISSING for one in people
            )
            for group in GROUPS
        },
        override,
        claims,
        tuple(IDS),
        ints(range(len(people))),
        ints([0] * len(people)),
    )


def one_by_one(rules, one):
    """The scalar settlement: cap, total, lines that differ from nothing, and whether a choice was dropped."""
    choices = {
        group: clause
        for group, clause in one.get("choices", {}).items()
        if clause in rules.groups[group] and clause in one["amounts"]
    }
    override = one.get("override")
    lifted = scalar.CapOverride(lift=True) if override == "lift" else scalar.CapOverride(cap=override)
    facts = {"Y.sales_ex_tax": one.get("base", 0), "Y.newly_introduced": one.get("new", False)}
    wanted = scalar.SettlementInput(
        one.get("kind", "enterprise"),
        facts,
        one["amounts"],
        one.get("external", {}),
        choices,
        None if override is None else lifted,
        one.get("paid", {}),
    )
    found = scalar.settle(rules, wanted, trace=False)
    lines = {line.clause: (line.settled, line.reason) for line in found.lines}
    return found.cap, found.total, lines, choices != one.get("choices", {})


def in_columns(rules, people):
    """The same of a run over columns."""
    year = year_of(people)
    answer = run_year(rules, year)
    lines = [{} for _ in people]
    for clause, found in answer.claims.items():
        for k, row in enumerate(year.claims[clause].applicant.tolist()):
            reason = Reason(found.reason[k])
            lines[row][clause] = (int(found.settled[k]), None if reason is Reason.NONE else reason.name.lower())
    return [
        (
            None if answer.cap[row] == MISSING else int(answer.cap[row]),
            int(answer.total[row]),
            lines[row],
            bool(answer.choice_dropped[row]),
        )
        for row in range(len(people))
    ]


def check(people, **changed):
    rules = plain(**changed)
    found = in_columns(rules, people)
    assert found == [one_by_one(rules, one) for one in people]
    return found


fen = st.one_of(st.integers(0, 12), st.integers(0, 10**10), st.integers(0, 10**16))


@st.composite
def person(draw, paid):
    """Amounts and everything that settlement asks about; at most one clause of a group is paid."""
    one = {
        "amounts": draw(st.dictionaries(st.sampled_from(IDS), fen, max_size=7)),
        "base": draw(st.one_of(st.integers(0, 500), st.integers(0, 10**12), st.integers(0, 10**16))),
        "external": draw(st.dictionaries(st.sampled_from(list(GROUPS)), fen, max_size=2)),
        "choices": {
            group: draw(st.sampled_from(IDS if not paid else members))
            for group, members in GROUPS.items()
            if draw(st.booleans())
        },
        "kind": draw(st.sampled_from(["enterprise", "enterprise", "association"])),
        "new": draw(st.sampled_from([False, False, False, True])),
        "override": draw(st.one_of(st.none(), st.none(), st.just("lift"), fen)),
    }
    if paid:
        gone = draw(
            st.dictionaries(st.sampled_from(IDS), st.one_of(st.integers(1, 12), st.integers(1, 10**10)), max_size=5)
        )
        for group, members in GROUPS.items():
            # What is paid must be what is chosen, and one clause of a group alone.
            keep = one["choices"].get(group) or next(
                (clause for clause in IDS if clause in members and clause in gone), None
            )
            gone = {clause: amount for clause, amount in gone.items() if clause not in members or clause == keep}
        one["paid"] = gone
    return one


SETTINGS = [
    {"external_award": how, "cap_allocation": share}
    for how in ("block", "difference")
    for share in ("pro_rata", "clause_order")
]


@pytest.mark.parametrize("changed", SETTINGS)
@pytest.mark.parametrize("paid", [False, True])
@settings(STEADY, max_examples=25)
@given(data=st.data())
def test_any_amounts(changed, paid, data):
    check(data.draw(st.lists(person(paid), min_size=1, max_size=12)), **changed)


def test_the_first_of_equals_in_print_is_recommended():
    everyone = dict.fromkeys(IDS, 5)
    people = [
        {"amounts": everyone, "override": "lift"},
        {"amounts": {"1.4": 5, "1.3": 5}, "override": "lift"},
        {"amounts": {"1.4": 5, "1.3": 4}, "override": "lift"},
        {"amounts": {"1.4": 0, "1.3": 0}, "override": "lift"},
    ]
    found = check(people)
    assert [item[1] for item in found] == [5 * 4, 5, 5, 0]
    assert found[0][2]["1.2"] == (5, None)
    assert found[1][2] == {"1.3": (5, None), "1.4": (0, "not_chosen")}


def test_a_choice_that_is_no_eligible_claim_is_dropped():
    """Not claimed, not known, of another group, of no group: the recommendation stands and it is told."""
    amounts = {"1.2": 3, "1.3": 9}
    people = [
        {"amounts": amounts, "override": "lift", "choices": {"甲": choice}}
        for choice in ("1.2", "1.3", "1.4", "1.5", "1.1")
    ]
    found = check(people)
    assert [(item[1], item[3]) for item in found] == [(3, False), (9, False), (9, True), (9, True), (9, True)]
    unknown = year_of(people[:1])
    unknown.claims["1.2"].facts["base"][:] = MISSING
    answer = run_year(plain(), unknown)
    assert (answer.total.tolist(), answer.choice_dropped.tolist()) == ([9], [True])


def test_a_choice_in_a_word_that_no_claim_knows_is_dropped():
    year = year_of([{"amounts": {"1.2": 3, "1.3": 9}, "override": "lift", "choices": {"甲": "1.2"}}])
    answer = run_year(plain(), replace(year, words=("9.9", "8.8")))
    assert (answer.total.tolist(), answer.choice_dropped.tolist()) == ([9], [True])
    strange = replace(year, choices={}, external={})
    answer = run_year(plain(), strange)
    assert (answer.total.tolist(), answer.choice_dropped.tolist()) == ([9], [False])


def test_two_paid_clauses_of_a_group_both_stay():
    """The scalar settlement refuses this; a changed group can bring it about. Nothing that was paid is lost."""
    people = [{"amounts": {"1.2": 30, "1.3": 90, "1.4": 99}, "paid": {"1.2": 20, "1.3": 50}, "override": "lift"}]
    assert in_columns(plain(), people) == [
        (None, 80, {"1.2": (30, None), "1.3": (50, "not_chosen"), "1.4": (0, "not_chosen")}, False)
    ]


def test_a_paid_clause_keeps_its_place_against_a_choice():
    people = [{"amounts": {"1.2": 30, "1.3": 90}, "paid": {"1.3": 50}, "override": "lift", "choices": {"甲": "1.2"}}]
    assert in_columns(plain(), people) == [(None, 90, {"1.2": (0, "not_chosen"), "1.3": (90, None)}, False)]


def test_paid_without_being_eligible_stays():
    people = [
        {"amounts": {"1.1": 40}, "paid": {"1.1": 70, "1.6": 20}, "base": 0},
        {"amounts": {"1.1": 40, "1.5": 10}, "paid": {"1.6": 20}, "base": 1000},
        {"amounts": {"1.1": 40}, "paid": {"1.7": 9}, "base": 1000},
    ]
    found = check(people)
    assert found[0][2] == {"1.1": (70, "paid"), "1.6": (20, "paid")}
    assert found[1][2] == {"1.1": (30, "cap"), "1.5": (0, "not_chosen"), "1.6": (20, "paid")}
    assert found[2][2] == {"1.1": (40, None), "1.7": (9, "paid")}


@pytest.mark.parametrize("how", ["pro_rata", "clause_order"])
def test_cuts_of_the_largest_sums(how):
    """Products of cap and running sum far beyond 64 bits, to the 分; sums up to 7 × 3·10^17."""
    high = 3 * 10**17
    people = [
        {"amounts": {"1.1": a, "1.2": b, "1.5": c, "1.7": high}, "override": cap}
        for a in (high, high - 1, 10**17 + 7)
        for b in (high, 1, 0)
        for c in (high, 2 * 10**9 + 1)
        for cap in (high, high - 1, 3, 0, 2 * high + 10**16 + 9)
    ]
    found = check(people, cap_allocation=how)
    assert sum(line[2]["1.1"][1] == "cap" for line in found) > 40
    for one, (cap, total, _, _) in zip(people, found, strict=True):
        assert total == high + min(cap, sum(one["amounts"].values()) - high)


def test_sums_beyond_64_bits_are_refused():
    people = [{"amounts": {"1.1": 2**60, "1.5": 2**59, "1.7": 2**59 - 1}, "override": "lift"}]
    assert in_columns(plain(), people)[0][1] == 2**61 - 1
    people[0]["amounts"]["1.7"] += 1
    with pytest.raises(ColumnsOverflowError, match=r"条款 1\.1 等：一个申报主体的奖补合计"):
        in_columns(plain(), people)
    people[0] |= {"amounts": {"1.1": 2**60}, "paid": {"1.5": 2**60}}
    with pytest.raises(ColumnsOverflowError, match="奖补合计"):
        in_columns(plain(), people)


def test_a_policy_without_a_cap_and_one_that_binds_associations():
    data = plain().definition.model_dump(mode="json")
    free = compiled(PolicyDefinition.model_validate({**data, "total_cap": None}))
    both_kinds = {**data["total_cap"], "binds": ["association"], "lifted_if": None}
    bound = compiled(PolicyDefinition.model_validate({**data, "total_cap": both_kinds}))
    people = [
        {"amounts": {"1.1": 99}, "base": 100, "kind": kind, "new": new} for kind in KINDS for new in (False, True)
    ]
    for rules, caps in ((free, [None] * 4), (bound, [None, None, 5, 5])):
        found = in_columns(rules, people)
        assert found == [one_by_one(rules, one) for one in people]
        assert [item[0] for item in found] == caps


def test_only_part_of_the_applicants_claim():
    """Claims of every second applicant, all applicants, and one alone settle beside each other."""
    people = [
        {
            "amounts": {"1.1": 7 + k} | ({"1.2": 50} if k % 2 else {}) | ({"1.3": 60} if k == 3 else {}),
            "base": 20 * k * k,
        }
        for k in range(9)
    ]
    check(people)
    check(people, cap_allocation="clause_order")


def test_a_dropped_choice_of_any_group_is_told():
    amounts = {"1.2": 3, "1.3": 9, "1.5": 2, "1.6": 1}
    choices = [
        {"甲": "1.4"},
        {"乙": "1.4"},
        {"甲": "1.4", "乙": "1.6"},
        {"甲": "1.2", "乙": "1.4"},
        {"甲": "1.2", "乙": "1.6"},
    ]
    found = check([{"amounts": amounts, "override": "lift", "choices": chosen} for chosen in choices])
    assert [item[3] for item in found] == [True, True, True, True, False]


def test_the_least_payment_keeps_its_place_and_the_least_other_award_counts():
    for how in ("block", "difference"):
        found = check(
            [
                {"amounts": {"1.2": 3, "1.3": 9}, "paid": {"1.2": 1}, "override": "lift"},
                {"amounts": {"1.2": 3, "1.3": 9}, "external": {"甲": 1}, "override": "lift"},
                {"amounts": {"1.2": 0, "1.3": 0}, "external": {"甲": 1}, "override": "lift"},
                {"amounts": {"1.2": 3, "1.3": 9}, "external": {"乙": 1}, "override": "lift"},
            ],
            external_award=how,
        )
        assert [item[1] for item in found] == [3, 0 if how == "block" else 8, 0, 9]


def test_where_all_is_paid_nothing_is_wanted():
    """Paid beyond the cap: no room is left, and in one case nothing that could want it."""
    people = [
        {"amounts": {"1.1": 40}, "paid": {"1.1": 40}, "base": 20},
        {"amounts": {"1.1": 40, "1.5": 1}, "paid": {"1.1": 40}, "base": 20},
        {"amounts": {"1.1": 1}, "base": 0},
        {"amounts": {"1.1": 0, "1.5": 0}, "base": 0},
    ]
    for how in ("pro_rata", "clause_order"):
        found = check(people, cap_allocation=how)
        assert [item[1] for item in found] == [40, 40, 0, 0]


def test_a_payment_counts_among_what_could_be_too_large():
    """What is greater, the award or the payment, is what an applicant may have in the end."""
    for amount, paid in ((5, 2**60), (2**60, 5)):
        people = [{"amounts": {"1.1": amount, "1.5": 2**60 - 1}, "paid": {"1.1": paid}, "override": "lift"}]
        assert in_columns(plain(), people)[0][1] == 2**61 - 1
        people[0]["amounts"]["1.5"] += 1
        with pytest.raises(ColumnsOverflowError, match="奖补合计"):
            in_columns(plain(), people)


def test_the_greatest_clause_is_named_and_the_first_of_equals():
    def named(**amounts):
        people = [{"amounts": {key.replace("_", "."): value for key, value in amounts.items()}, "override": "lift"}]
        with pytest.raises(ColumnsOverflowError) as caught:
            in_columns(plain(), people)
        return str(caught.value).partition(" 等")[0]

    assert named(**{"1_1": 2**60, "1_5": 2**60 + 5}) == "条款 1.5"
    assert named(**{"1_1": 2**60 + 5, "1_5": 2**60}) == "条款 1.1"
    assert named(**{"1_1": 2**60, "1_5": 2**60}) == "条款 1.1"
