"""Settlement: what always holds, whatever the amounts."""

from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.compile import compiled
from policies.rules.schema import PolicyDefinition
from policies.rules.settle import (
    CapOverride,
    SettlementError,
    SettlementInput,
    cap_applies,
    clause_order,
    pro_rata,
    settle,
    split_budgets,
)
from tests.policies.rules.support import STEADY, policy, variant

RULES = compiled(policy())
CLAUSES = list(RULES.clauses)
GROUP = RULES.groups["研发投入"]
amounts = st.one_of(st.integers(0, 10), st.integers(0, 10**10))
candidates = st.dictionaries(st.sampled_from(CLAUSES), amounts, max_size=8)
sales = st.one_of(st.integers(0, 2000), st.integers(0, 10**12))


def asked(found, base=0, **changes):
    """An enterprise with a base of the cap in 分."""
    facts = {"Y.sales_ex_tax": base, "Y.newly_introduced": False}
    return SettlementInput("enterprise", facts, found, **changes)


def inside(result):
    """The settled sum that the cap counts."""
    return sum(line.settled for line in result.lines if not RULES.clauses[line.clause].exempt)


@given(candidates, sales, st.sampled_from(["pro_rata", "clause_order"]))
@settings(STEADY, max_examples=300)
def test_sum_never_exceeds_the_cap_and_uses_it_up(found, base, how):
    rules = variant(cap_allocation=how)
    free = settle(rules, replace(asked(found, base), override=CapOverride(lift=True)))
    result = settle(rules, asked(found, base))
    assert result.cap == base * 5 // 100
    assert inside(result) == min(result.cap, inside(free))
    for line in result.lines:
        assert 0 <= line.settled <= line.candidate
        assert (line.reason is None) == (line.settled == line.candidate)
        if RULES.clauses[line.clause].exempt:
            assert line.settled == line.candidate
    assert result.total == sum(line.settled for line in result.lines)


@given(candidates, sales, st.randoms())
@STEADY
def test_order_of_claims_does_not_matter(found, base, random):
    shuffled = list(found.items())
    random.shuffle(shuffled)
    assert settle(RULES, asked(dict(shuffled), base)) == settle(RULES, asked(found, base))


@given(candidates, sales, st.integers(1, 10**9))
@STEADY
def test_a_larger_base_never_pays_less(found, base, more):
    assert settle(RULES, asked(found, base + more)).total >= settle(RULES, asked(found, base)).total


@given(candidates, sales)
@settings(STEADY, max_examples=300)
def test_no_feasible_choice_pays_more_than_the_recommendation(found, base):
    best = settle(RULES, asked(found, base)).total
    options = [clause for clause in GROUP if clause in found]
    for choice in options:
        assert settle(RULES, asked(found, base, choices={"研发投入": choice})).total <= best
    # By brute force over what may be paid at all: one of the group, everything else, cut to the cap.
    cap = base * 5 // 100
    rest = [c for c in found if c not in GROUP]
    outside = sum(found[c] for c in rest if RULES.clauses[c].exempt)
    counted = sum(found[c] for c in rest if not RULES.clauses[c].exempt)
    assert best == outside + max(min(cap, counted + pick) for pick in ([found[c] for c in options] or [0]))


@given(candidates, sales, st.dictionaries(st.sampled_from(CLAUSES), amounts, max_size=4))
@settings(STEADY, max_examples=300)
def test_what_is_paid_stays(found, base, paid):
    in_group = [clause for clause in GROUP if paid.get(clause)]
    if len(in_group) > 1:
        with pytest.raises(SettlementError, match="多个条款拨付"):
            settle(RULES, asked(found, base, paid=paid))
        return
    result = settle(RULES, asked(found, base, paid=paid))
    counted = sum(fen for clause, fen in paid.items() if not RULES.clauses[clause].exempt)
    for line in result.lines:
        assert line.settled >= paid.get(line.clause, 0)
    assert inside(result) <= max(result.cap, counted)


@cache
def two_groups(**settings):
    """The shipped policy with a second group, so that choices combine."""
    data = policy().model_dump(mode="json")
    second = {**data["groups"][0], "name": "上市融资", "clauses": ["3.1.3b", "3.1.3c", "3.1.3d"]}
    data["groups"].append(second)
    for key, value in settings.items():
        data["settings"][key]["value"] = value
    return compiled(PolicyDefinition.model_validate(data))


GROUPED = ["3.3.1", "3.4.1", "3.4.2", "3.1.3b", "3.1.3c", "3.1.3d", "3.1.1", "3.1.2"]
grouped_candidates = st.dictionaries(st.sampled_from(GROUPED), amounts, min_size=2, max_size=8)


@given(
    grouped_candidates,
    sales,
    st.dictionaries(st.sampled_from(["研发投入", "上市融资"]), st.one_of(st.integers(0, 9), amounts)),
    st.sampled_from([None, "3.3.1", "3.4.2", "3.1.3c", "3.1.2"]),
    st.sampled_from(["block", "difference"]),
    st.sampled_from(["pro_rata", "clause_order"]),
    st.sampled_from([None, CapOverride(lift=True), CapOverride(cap=7)]),
)
@settings(STEADY, max_examples=400)
def test_no_feasible_combination_of_choices_pays_more(found, base, external, paid, how, allocation, override):
    """Brute force over every choice in every group, with other measures, with amounts paid, with and without a cap."""
    rules = two_groups(external_award=how, cap_allocation=allocation)
    done = {paid: found[paid]} if paid in found else {}
    given_ = asked(found, base, external=external, paid=done, override=override)
    best = settle(rules, given_)
    options = [
        [None, *(clause for clause in members if clause in found and not (set(done) & set(members)) - {clause})]
        for members in rules.groups.values()
    ]
    totals = []
    for picked in product(*options):
        choices = {group: clause for group, clause in zip(rules.groups, picked, strict=True) if clause}
        result = settle(rules, replace(given_, choices=choices))
        totals.append(result.total)
        for line in result.lines:
            assert line.settled >= done.get(line.clause, 0)  # what is paid is never lowered
        if result.cap is not None:
            counted = sum(fen for clause, fen in done.items() if not rules.clauses[clause].exempt)
            assert inside(result) <= max(result.cap, counted)
    assert max(totals) == best.total


@given(grouped_candidates, sales, st.sampled_from(GROUPED), st.integers(1, 10**9))
@settings(STEADY, max_examples=200)
def test_a_larger_award_never_pays_less_in_all(found, base, clause, more):
    """One claim gives more: the applicant's total does not fall."""
    rules = two_groups()
    raised = {**found, clause: found.get(clause, 0) + more}
    assert settle(rules, asked(raised, base)).total >= settle(rules, asked({clause: 0, **found}, base)).total


def test_paid_clause_keeps_its_place_in_the_group():
    found = {"3.3.1": 500, "3.4.2": 900}
    result = settle(RULES, asked(found, 10**9, paid={"3.3.1": 500}))
    assert [(line.clause, line.settled, line.reason) for line in result.lines] == [
        ("3.3.1", 500, None),
        ("3.4.2", 0, "not_chosen"),
    ]
    with pytest.raises(SettlementError, match=r"已按 3\.3\.1 拨付"):
        settle(RULES, asked(found, 10**9, paid={"3.3.1": 500}, choices={"研发投入": "3.4.2"}))


def test_only_the_rest_is_cut():
    """Cap 100: 60 are paid, 40 are left for wants of 30 and 90 → 10 and 30."""
    found = {"3.1.2": 60, "3.1.3b": 30, "3.4.5": 90}
    result = settle(RULES, asked(found, 2000, paid={"3.1.2": 60}))
    assert [line.settled for line in result.lines] == [60, 10, 30]


def test_paid_beyond_the_new_amount_is_told():
    result = settle(RULES, asked({"3.1.2": 50}, 10**6, paid={"3.1.2": 80}))
    assert [(line.settled, line.reason) for line in result.lines] == [(80, "paid")]


@pytest.mark.parametrize("choice", ["3.4.1", "3.1.2", "9.9"])
def test_choice_outside_the_eligible_claims_is_refused(choice):
    with pytest.raises(SettlementError, match="不是本次符合条件的申报条款"):
        settle(RULES, asked({"3.3.1": 5, "3.1.2": 5}, choices={"研发投入": choice}))


def test_unknown_clause_is_refused():
    with pytest.raises(SettlementError, match=r"没有条款 8\.8"):
        settle(RULES, asked({"8.8": 5}))


def test_difference_to_an_external_award_is_paid_when_so_set():
    rules = variant(external_award="difference")
    found = {"3.3.1": 500, "3.4.2": 900}
    result = settle(rules, asked(found, 10**9, external={"研发投入": 300}))
    assert [(line.settled, line.reason) for line in result.lines] == [(0, "not_chosen"), (600, "external_award")]
    result = settle(rules, asked(found, 10**9, external={"研发投入": 901}))
    assert [line.settled for line in result.lines] == [0, 0]


def test_lowering_override_cannot_bind_the_uncapped():
    new = SettlementInput("enterprise", {"Y.newly_introduced": True}, {"3.1.2": 5}, override=CapOverride(cap=1))
    assert settle(RULES, new).cap is None


@given(st.dictionaries(st.sampled_from(CLAUSES), st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 300))
@STEADY
def test_shares_add_up_exactly(wants, room):
    for share in (pro_rata(wants, room), clause_order(wants, room)):
        assert sum(share.values()) == min(room, sum(wants.values()))
        assert all(0 <= share[clause] <= wants[clause] for clause in wants)


def test_pro_rata_is_proportional_to_within_one_fen():
    for a, b, room in product(range(1, 12), range(1, 12), range(12)):
        share = pro_rata({"a": a, "b": b}, room)
        if room < a + b:
            assert abs(share["a"] * (a + b) - room * a) < a + b


@pytest.mark.parametrize(
    ("amount", "share", "parts"),
    [(100, "50%", (50, 50)), (101, "50%", (51, 50)), (100, "33%", (33, 67)), (1, "0%", (0, 1)), (1, "1%", (1, 0))],
)
def test_split_of_budgets_gives_the_remainder_to_the_city(amount, share, parts):
    assert split_budgets(amount, share) == parts


def test_trace_reads_as_a_calculation():
    found = {"3.1.3b": 100_000_000, "3.3.1": 100, "3.4.2": 200_000_000}
    steps = [step.step for step in settle(RULES, asked(found, 200_000_019)).trace]
    assert steps == [
        "“研发投入”类（同类型只取一项）：3.3.1 硅衬底LED技术研发补助 1.00 元，"
        "3.4.2 设立研发中心补贴 2,000,000.00 元；企业未选择，就高取 3.4.2，其余计 0.00 元（默认值，待确认）",
        "累计奖补上限：销售收入（不含税）2,000,000.19 元 × 5% = 100,000.0095 元，舍去不足一分的部分，计 100,000.00 元",
        "计入上限的奖补合计：1,000,000.00 元 + 2,000,000.00 元 = 3,000,000.00 元，超过上限 100,000.00 元，须核减",
        "3.1.3b “新三板”挂牌奖励按比例核减：1,000,000.00 元 × 上限 100,000.00 元 ÷ 合计 3,000,000.00 元，"
        "舍去不足一分的部分，计 33,333.33 元（默认值，待确认）",
        "3.4.2 设立研发中心补贴按比例核减：（累计 1,000,000.00 元 + 2,000,000.00 元）× 上限 100,000.00 元"
        " ÷ 合计 3,000,000.00 元 = 100,000.00 元，减去前面条款已分 33,333.33 元，得 66,666.67 元",
        "本年度奖补金额合计：33,333.33 元 + 66,666.67 元 = 100,000.00 元",
    ]


def test_the_working_of_a_settlement_is_told_unless_it_is_not_wanted():
    given_ = asked({"3.1.2": 5}, 10**6)
    told = settle(RULES, given_)
    assert told.trace
    assert settle(RULES, given_, trace=True) == told
    assert settle(RULES, given_, trace=False) == replace(told, trace=())


def test_what_was_paid_without_a_claim_stays_and_gives_nothing_now():
    result = settle(RULES, asked({"3.4.5": 7}, 10**6, paid={"3.1.2": 1}))
    assert [(line.clause, line.candidate, line.settled, line.reason) for line in result.lines] == [
        ("3.1.2", 0, 1, "paid"),
        ("3.4.5", 7, 7, None),
    ]
    assert result.total == 8


@pytest.mark.parametrize("paid", [("3.3.1", "3.4.1"), ("3.3.1", "3.4.1", "3.4.2")])
def test_several_paid_clauses_of_a_group_are_refused(paid):
    with pytest.raises(SettlementError, match=rf"已有多个条款拨付（{'、'.join(paid)}）"):
        settle(RULES, asked({"3.3.1": 5}, 10**6, paid=dict.fromkeys(paid, 1)))


def test_a_paid_clause_may_be_chosen_again():
    result = settle(RULES, asked({"3.3.1": 5, "3.4.2": 9}, 10**6, paid={"3.3.1": 5}, choices={"研发投入": "3.3.1"}))
    assert [line.settled for line in result.lines] == [5, 0]


def test_each_group_is_told_by_its_own_name():
    found = {"3.3.1": 5, "3.4.2": 9, "3.1.3b": 3, "3.1.3c": 2}
    steps = [step.step for step in settle(two_groups(), asked(found, 10**6)).trace]
    assert [step.partition("（")[0] for step in steps[:2]] == ["“研发投入”类", "“上市融资”类"]


def test_why_a_clause_of_a_group_stands():
    """Alone nothing is chosen; else what is paid, what the enterprise chose, or what pays most."""

    def why(found, **changes):
        return [step.step for step in settle(RULES, asked(found, 10**6, **changes)).trace if "同类型" in step.step]

    assert why({"3.3.1": 5}) == []
    both = {"3.3.1": 500, "3.4.2": 900}
    head = "“研发投入”类（同类型只取一项）：3.3.1 硅衬底LED技术研发补助 5.00 元，3.4.2 设立研发中心补贴 9.00 元；"
    tail = "，其余计 0.00 元（默认值，待确认）"
    assert why(both) == [f"{head}企业未选择，就高取 3.4.2{tail}"]
    assert why(both, choices={"研发投入": "3.3.1"}) == [f"{head}企业自行选择 3.3.1{tail}"]
    assert why(both, paid={"3.3.1": 1}) == [f"{head}已按 3.3.1 拨付，取 3.3.1{tail}"]


def test_awards_of_other_measures_of_nothing_are_not_told():
    for how in ("block", "difference"):
        rules = variant(external_award=how)
        told = settle(rules, asked({"3.3.1": 500}, 10**6, external={"研发投入": 0}))
        assert told == settle(rules, asked({"3.3.1": 500}, 10**6))
        assert not [step for step in told.trace if "同类政策" in step.step]


def test_an_award_beyond_the_difference_leaves_nothing_and_is_told_once():
    result = settle(variant(external_award="difference"), asked({"3.3.1": 500}, 10**6, external={"研发投入": 501}))
    assert [(line.settled, line.reason) for line in result.lines] == [(0, "external_award")]
    assert [step.value for step in result.trace] == ["0.00", "500.00", "0.00", "0.00"]
    assert not [step for step in result.trace if "已拨付" in step.step]


def test_an_award_that_blocks_a_group_leaves_nothing_to_stay():
    result = settle(RULES, asked({"3.3.1": 500, "3.4.2": 900}, 10**6, external={"研发投入": 1}))
    assert [(line.settled, line.reason) for line in result.lines] == [(0, "external_award")] * 2
    assert not [step for step in result.trace if "已拨付" in step.step]


def test_a_sum_that_just_reaches_the_cap_is_not_cut():
    for how in ("pro_rata", "clause_order"):
        result = settle(variant(cap_allocation=how), asked({"3.1.2": 30, "3.4.5": 70}, 2000))
        assert (result.cap, [line.reason for line in result.lines]) == (100, [None, None])
        assert [step.step.partition("：")[0] for step in result.trace] == [
            "累计奖补上限",
            "计入上限的奖补合计",
            "本年度奖补金额合计",
        ]


def test_every_step_of_a_settlement_is_told_in_its_order():
    """Group, cap, what stands outside it, what it counts, the cut, the total; what was paid before the sum."""
    found = {"3.1.1": 9, "3.1.2": 60, "3.3.1": 1, "3.4.2": 90}
    result = settle(RULES, asked(found, 2000, paid={"3.1.2": 70}))
    heads = ["“研发投入”类", "累计奖补上限", "3.1.2 在昌项目贷款贴息：已拨付", "3.1.1", "计入上限的奖补合计",
             "可安排的额度", "3.4.2 设立研发中心补贴按比例核减", "本年度奖补金额合计"]  # fmt: skip
    assert len(result.trace) == len(heads)
    for step, head in zip(result.trace, heads, strict=True):
        assert step.step.startswith(head), step.step
    assert [(line.settled, line.reason) for line in result.lines] == [
        (9, None),
        (70, "paid"),
        (0, "not_chosen"),
        (30, "cap"),
    ]


def test_what_was_paid_and_is_due_again_is_not_told_to_stay():
    trace = settle(RULES, asked({"3.1.2": 60}, 10**6, paid={"3.1.2": 60})).trace
    assert not [step for step in trace if "已拨付部分不变" in step.step]


def test_an_officer_who_neither_lifts_nor_sets_a_cap_changes_nothing():
    found = asked({"3.1.2": 60}, 1000)
    assert settle(RULES, replace(found, override=CapOverride())) == settle(RULES, found)
    assert settle(RULES, replace(found, override=CapOverride(cap=0))).cap == 0


def test_the_base_of_the_cap_must_be_there_where_the_cap_binds():
    nothing = SettlementInput("enterprise", {"Y.newly_introduced": False}, {"3.1.2": 5})
    with pytest.raises(KeyError, match=r"Y\.sales_ex_tax"):
        settle(RULES, nothing)
    assert settle(RULES, replace(nothing, override=CapOverride(lift=True))).cap is None
    assert settle(RULES, replace(nothing, override=CapOverride(cap=3))).cap == 3
    assert settle(RULES, replace(nothing, kind="association")).cap is None


def test_whom_the_cap_binds():
    total = policy().model_dump(mode="json")["total_cap"]

    def binds(kind, new, cap=total):
        rules = compiled(PolicyDefinition.model_validate({**policy().model_dump(mode="json"), "total_cap": cap}))
        return cap_applies(rules, kind, {"Y.newly_introduced": new})

    assert [binds("enterprise", new) for new in (False, None, True)] == [True, True, False]
    assert binds("association", False) is False
    assert binds("enterprise", True, {**total, "lifted_if": None}) is True
    assert binds("enterprise", False, None) is False


def test_an_officers_decision_on_the_cap_is_told_with_what_stood_before():
    found = asked({"3.1.2": 60}, 1000)
    before = "调整前：销售收入（不含税）10.00 元 × 5% = 0.50 元"
    for override, line in (
        (CapOverride(lift=True), f"累计奖补上限：经批准突破，本年度不设上限；{before}"),
        (CapOverride(cap=55), f"累计奖补上限：经批准调整为 0.55 元；{before}"),
    ):
        assert settle(RULES, replace(found, override=override)).trace[0].step == line
    lines = [settle(RULES, replace(found, kind="association")).trace[0].step]
    lines.append(settle(RULES, replace(found, facts={**found.facts, "Y.newly_introduced": True})).trace[0].step)
    assert lines == ["累计奖补上限：申报主体不是企业，不适用", "累计奖补上限：新引入企业，不适用"]


def closed(found, base, paid, **more):
    """A settlement where what was settled before is public or paid, so that it gets nothing more."""
    return settle(RULES, asked(found, base, paid=paid, closed=tuple(paid), **more))


@given(candidates, sales, st.dictionaries(st.sampled_from(CLAUSES), st.integers(1, 10**9), max_size=3))
@settings(STEADY, max_examples=200)
def test_what_is_closed_gets_exactly_what_it_had(found, base, paid):
    """Nothing of the cap goes to an award that a settlement leaves alone: the rest is shared out among the others."""
    if len([clause for clause in GROUP if paid.get(clause)]) > 1:
        return
    result = closed(found, base, paid)
    lines = {line.clause: line for line in result.lines}
    assert {clause: lines[clause].settled for clause in paid} == paid
    assert result.total == sum(line.settled for line in result.lines)
    fixed = sum(fen for clause, fen in paid.items() if not RULES.clauses[clause].exempt)
    assert result.cap is not None
    assert inside(result) <= max(result.cap, fixed)
    wanted = {clause: fen for clause, fen in found.items() if clause not in paid and not RULES.clauses[clause].exempt}
    if not set(wanted) & set(GROUP):
        assert inside(result) == min(max(result.cap, fixed), fixed + sum(wanted.values()))


def test_room_goes_past_what_is_closed():
    """Cap 100: 30 of 90 stand and get no more; the other clause gets all that is left."""
    result = closed({"3.1.2": 90, "3.4.5": 80}, 2000, {"3.1.2": 30})
    assert [(line.settled, line.reason) for line in result.lines] == [(30, "closed"), (70, "cap")]
    told = [step.step for step in result.trace]
    assert any(
        "3.1.2" in step and "已核定 0.30 元，已公示或拨付，不再变动（本次计算为 0.90 元）" in step for step in told
    )
    assert any("可安排的额度：上限 1.00 元 − 已核定 0.30 元 = 0.70 元" in step for step in told)
    assert any("÷ 未核定部分合计 0.80 元" in step for step in told)


def test_beyond_the_cap_what_is_closed_stays_and_the_rest_gets_nothing():
    result = closed({"3.1.2": 90, "3.4.5": 80}, 400, {"3.1.2": 30})
    assert [(line.settled, line.reason) for line in result.lines] == [(30, "closed"), (0, "cap")]
    assert any(
        "已核定合计：0.30 元，已超过上限 0.20 元，已核定部分不变，其余不再安排" in step.step for step in result.trace
    )


def test_what_is_closed_keeps_its_place_in_the_group_and_its_amount():
    result = closed({"3.3.1": 500, "3.4.2": 900}, 10**6, {"3.3.1": 400})
    assert [(line.settled, line.reason) for line in result.lines] == [(400, "closed"), (0, "not_chosen")]
    assert any("已按 3.3.1 核定且不再变动，取 3.3.1" in step.step for step in result.trace)


def test_what_is_closed_at_what_comes_out_now_is_told_without_a_reason():
    result = closed({"3.1.2": 50}, 10**6, {"3.1.2": 50})
    assert [(line.settled, line.reason) for line in result.lines] == [(50, None)]
    assert not any("不再变动" in step.step for step in result.trace)


def test_nothing_is_closed_that_was_not_settled():
    with pytest.raises(SettlementError, match=r"条款 3\.1\.2 没有已定的金额"):
        settle(RULES, asked({"3.1.2": 5}, 10**6, closed=("3.1.2",)))
