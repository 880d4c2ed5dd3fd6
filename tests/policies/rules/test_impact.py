"""What a change does to a year: equal to sums of single answers, whatever the parts it is computed in."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict, fields
from functools import cache, reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.change import apply_change
from policies.rules.columns import YearBuilder, run_year
from policies.rules.compile import compiled
from policies.rules.document import evaluate_document, read_document
from policies.rules.impact import KEPT, Impact, Mover, QuotaUse, Sums, compare
from policies.rules.impact_columns import total, totals
from tests.policies.rules import strategies
from tests.policies.rules.support import STEADY, claim, document, policy
from tests.policies.rules.synthetic import cited, fact, heads, synthetic

CHANGES = [
    {"clauses": {"3.4.2": {"award.rate": "12%", "cap.amount": "10000000.00", "conditions[0].value": "1500000000.00"}}},
    {"clauses": {"3.3.1": {"award.rate": "0%"}, "3.4.5": {"award.row_cap": None}, "3.8.3": {"award.amount": "0.07"}}},
    {"clauses": {"3.1.2": {"conditions[0]": None, "award.share": "33.333333%"}, "3.4.1": {"award.times": "2.5"}}},
    {"clauses": {"3.1.2": {"conditions[0].by": "50000000.00"}, "3.4.4": {"quota.target": 0}}},
    {"clauses": {"3.4.1": {"conditions[0].value": "900000000.00"}, "3.4.2": {"conditions[2].value": 101}}},
    {"clauses": {"3.4.5": {"exempt": True}}, "total_cap": {"rate": "3%"}},
    {"total_cap": None},
    {"groups": {"研发投入": ["3.3.1", "3.4.5"], "上市": ["3.1.3a", "3.1.3b"]}},
    {"settings": {"cap_allocation": "clause_order", "external_award": "difference", "day_count": 365}},
]


@cache
def changed(place):
    return apply_change(policy(), CHANGES[place])[0]


def impact(docs, before, after, *, ids=None, districts=None):
    """The way of the product: documents, columns, two runs, one comparison."""
    rules, changed_rules = compiled(before), compiled(after)
    builder = YearBuilder(rules, 2024)
    for place, doc in enumerate(docs):
        given_ = read_document(rules, doc)
        builder.add(given_, id=ids[place] if ids else place, district=districts[place] if districts else 0)
    year = builder.build()
    return compare(year, (rules, run_year(rules, year)), (changed_rules, run_year(changed_rules, year)))


# ------------------------------------------------------------------------------- against single answers


def fen(text):
    return int(text.replace(".", ""))


def just_fails(definition, line):
    """Read from the answer of a single document: what is required, and by how much it is missed."""
    if line["status"] != "not_eligible" or len(line["unmet"]) != 1:
        return False
    unmet = line["unmet"][0]
    kinds = {item.label: item.kind for item in definition.conditions if hasattr(item, "label")}
    if kinds.get(unmet["condition"]) not in ("compare", "growth") or not unmet["short_by"]:
        return False
    return 10 * fen(unmet["short_by"]) <= fen(unmet["required"].split()[1])


def single_answers(docs, before, after, ids, districts):
    """The impact, added up from evaluate_document one document after the other."""
    found = Impact(applicants=len(docs))
    clauses, areas, movers = {}, {}, []
    definitions = {clause.id: clause for clause in after.clauses}
    for doc, applicant, district in zip(docs, ids, districts, strict=True):
        sides = [evaluate_document(side, doc, trace=False) for side in (before, after)]
        lines = [{line["clause"]: line for line in side["settlement"]["lines"]} for side in sides]
        touched = False
        for first, second in zip(sides[0]["claims"], sides[1]["claims"], strict=True):
            clause = first["clause"]
            was, now = (fen(side[clause]["settled"]) if clause in side else 0 for side in lines)
            noted = Sums(
                files=1,
                touched=int((first["status"], was) != (second["status"], now)),
                before=was,
                after=now,
                opened=int(first["status"] == "not_eligible" != second["status"]),
                closed=int(second["status"] == "not_eligible" != first["status"]),
                near=int(just_fails(definitions[clause], second)),
                pending=int("pending" in (first["status"], second["status"])),
            )
            touched |= bool(noted.touched)
            found.whole = found.whole.plus(noted)
            clauses[clause] = clauses.get(clause, Sums()).plus(noted)
            areas[district] = areas.get(district, Sums()).plus(noted)
            if quota := definitions[clause].quota:
                use = found.quotas.setdefault(
                    clause,
                    QuotaUse(0, quota.target.value, quota.target.unit, "15项" if quota.target.value == 15 else ""),
                )
                use.awarded += now > 0
        found.applicants_touched += touched
        found.capped_before += any(line["reason"] == "cap" for line in lines[0].values())
        found.capped_after += any(line["reason"] == "cap" for line in lines[1].values())
        money = [fen(side["settlement"]["total"]) for side in sides]
        found.gaining += money[1] > money[0]
        found.losing += money[1] < money[0]
        if money[0] != money[1]:
            movers.append(Mover(applicant, district, *money))
    found.clauses, found.districts = clauses, areas
    movers.sort(key=lambda mover: (-abs(mover.after - mover.before), mover.id))
    found.gainers = [mover for mover in movers if mover.after > mover.before][:KEPT]
    found.losers = [mover for mover in movers if mover.after < mover.before][:KEPT]
    return found


YEAR = st.lists(strategies.documents(), min_size=1, max_size=8)


def of_2024(docs):
    for doc in docs:
        doc["policy_year"] = 2024
    return docs


@settings(STEADY, max_examples=60)
@given(docs=YEAR, place=st.integers(0, len(CHANGES) - 1), data=st.data())
def test_an_impact_is_the_sum_of_single_answers(docs, place, data):
    docs, after = of_2024(docs), changed(place)
    ids = data.draw(st.lists(st.integers(0, 10**9), min_size=len(docs), max_size=len(docs), unique=True))
    districts = data.draw(st.lists(st.integers(1, 3), min_size=len(docs), max_size=len(docs)))
    found = impact(docs, policy(), after, ids=ids, districts=districts)
    assert found == single_answers(docs, policy(), after, ids, districts)


@settings(STEADY, max_examples=40)
@given(docs=YEAR, place=st.integers(0, len(CHANGES) - 1), data=st.data())
def test_parts_of_a_year_merge_into_the_whole_and_add_up(docs, place, data):
    docs, after = of_2024(docs), changed(place)
    homes = data.draw(st.lists(st.integers(0, 2), min_size=len(docs), max_size=len(docs)))
    districts = data.draw(st.lists(st.integers(1, 3), min_size=len(docs), max_size=len(docs)))
    whole = impact(docs, policy(), after, districts=districts)
    parts = []
    for home in data.draw(st.permutations(range(3))):
        rows = [row for row in range(len(docs)) if homes[row] == home]
        area = [districts[row] for row in rows]
        parts.append(impact([docs[row] for row in rows], policy(), after, ids=rows, districts=area))
    assert reduce(Impact.merge, parts) == whole
    for by in (whole.clauses, whole.districts):
        assert reduce(Sums.plus, by.values(), Sums()) == whole.whole
    assert json.loads(json.dumps(whole.as_json())) == whole.as_json()
    assert Impact.from_json(json.loads(json.dumps(whole.as_json()))) == whole


# ----------------------------------------------------------------------------------------------- merging

numbers = st.integers(0, 10**19)
sums = st.builds(Sums, **{one.name: numbers for one in fields(Sums)})


@st.composite
def impacts(draw, part):
    """Any impact; applicants of part ``part`` are no one else's."""
    size = st.integers(0, KEPT)

    def movers(sign):
        ids = draw(st.lists(st.integers(0, 200), unique=True, max_size=draw(size)))
        gains = draw(st.lists(st.integers(1, 4), min_size=len(ids), max_size=len(ids)))
        found = [Mover(3 * number + part, 1, 10, 10 + sign * gain) for number, gain in zip(ids, gains, strict=True)]
        return sorted(found, key=lambda mover: (-abs(mover.after - mover.before), mover.id))

    counts = {name: draw(st.integers(0, 10**7)) for name in ("applicants", "gaining", "losing", "unknown")}
    awarded = draw(st.dictionaries(st.sampled_from(["3.4.4", "3.4.10", "3.4.9"]), st.integers(0, 12)))
    return Impact(
        **counts,
        whole=draw(sums),
        clauses=draw(st.dictionaries(st.sampled_from(["3.4.4", "3.4.10", "3.1.3a", "3.1.3b"]), sums)),
        districts=draw(st.dictionaries(st.integers(0, 4), sums)),
        gainers=movers(1),
        losers=movers(-1),
        quotas={clause: QuotaUse(number, 15, "项", "15项") for clause, number in awarded.items()},
    )


@settings(STEADY, max_examples=80)
@given(impacts(0), impacts(1), impacts(2))
def test_merging_knows_no_order(one, two, three):
    assert one.merge(two) == two.merge(one)
    assert one.merge(two).warnings == two.merge(one).warnings
    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(Impact()) == one
    assert Impact.from_json(json.loads(json.dumps(one.as_json()))) == one


@settings(STEADY, max_examples=80)
@given(impacts(0), impacts(1))
def test_the_movers_kept_are_those_of_the_union(one, two):
    merged = one.merge(two)
    for name in ("gainers", "losers"):
        union = [*getattr(one, name), *getattr(two, name)]
        union.sort(key=lambda mover: (-abs(mover.after - mover.before), mover.id))
        assert getattr(merged, name) == union[:KEPT]


def test_merged_clauses_stand_in_printed_order():
    one, two = Impact(clauses={"3.4.10": Sums(), "3.1.3b": Sums()}), Impact(clauses={"3.4.9": Sums(), "3.1.3a": Sums()})
    assert list(one.merge(two).clauses) == ["3.1.3a", "3.1.3b", "3.4.9", "3.4.10"]


# ------------------------------------------------------------------------------------------- movers, quotas


def introduced(count):
    return claim("3.8.3", introduced=[{"name": "演示企业"}] * count)


def test_more_than_fifty_gain_and_ties_go_to_the_least_id():
    after, _ = apply_change(policy(), {"clauses": {"3.8.3": {"award.amount": "600000.00"}}})
    counts = [1 + (row % 3) for row in range(150)]
    ids = [(row * 77) % 151 for row in range(150)]
    found = impact([document(introduced(count)) for count in counts], policy(), after, ids=ids)
    expected = sorted(zip(counts, ids, strict=True), key=lambda one: (-one[0], one[1]))[:KEPT]
    assert [(mover.after - mover.before, mover.id) for mover in found.gainers] == [
        (count * 10_000_000, number) for count, number in expected
    ]
    assert (found.gaining, found.losing, found.losers) == (150, 0, [])


def test_a_quota_passed_is_told_only_when_the_parts_are_together():
    claims = [document(claim("3.4.4", "1500000.00")) for _ in range(16)]
    after, _ = apply_change(policy(), {"total_cap": {"rate": "4%"}})
    halves = [impact(claims[:8], policy(), after), impact(claims[8:], policy(), after, ids=list(range(8, 16)))]
    assert [half.warnings for half in halves] == [[], []]
    assert halves[0].merge(halves[1]).warnings == [
        "条款 3.4.4 变更后本年度有 16 件获得奖补，超过原文“15项”的目标数 15 项。"
    ]
    supposed, _ = apply_change(policy(), {"clauses": {"3.4.4": {"quota.target": 10}}})
    assert impact(claims, policy(), supposed).warnings == [
        "条款 3.4.4 变更后本年度有 16 件获得奖补，超过变更所设的目标数 10 项。"
    ]


# --------------------------------------------------------------------------- choices, unknown facts, near


def test_a_choice_that_is_no_eligible_claim_any_more_is_counted():
    doc = document(claim("3.3.1", silicon_led_rd="10000000.00"), claim("3.4.2"), choices={"研发投入": "3.4.2"})
    after, _ = apply_change(policy(), {"clauses": {"3.4.2": {"conditions[2].value": 500}}})
    found = impact([doc], policy(), after)
    assert found.choices_dropped == 1
    assert (found.clauses["3.4.2"].closed, found.clauses["3.4.2"].after) == (1, 0)
    assert (found.clauses["3.3.1"].before, found.clauses["3.3.1"].after) == (0, 200_000_000)


def decided(amount):
    return document(claim("3.4.4", amount, project_name="演示项目", total_budget="9000000.00"))


def test_a_decision_is_brought_inside_limits_that_were_other_when_it_was_taken():
    docs = [decided(amount) for amount in ("1000000.00", "1500000.00", "2000000.00", None)]
    limits = {"award.floor": "1200000.00", "award.ceiling": "1600000.00"}
    narrowed, told = apply_change(policy(), {"clauses": {"3.4.4": limits}})
    found = impact(docs, policy(), narrowed)
    assert len(told) == 2
    assert (found.whole.before, found.whole.after) == (fen("4500000.00"), fen("1200000.00") + fen("3100000.00"))
    assert [(mover.id, mover.after) for mover in found.gainers] == [(0, fen("1200000.00"))]
    assert [(mover.id, mover.after) for mover in found.losers] == [(2, fen("1600000.00"))]
    assert found.whole.pending == 1


def drafted(clause):
    return copy.deepcopy(next(one for one in policy().clauses if one.id == clause).model_dump(mode="json"))


def test_claims_that_lack_a_fact_of_the_draft_are_in_no_sum_and_make_no_loser():
    draft = drafted("3.3.1")
    draft["facts"].append({"key": "extra", "label": "新增投入", "type": "money"})
    draft["award"]["of"] = "extra"
    after, _ = apply_change(policy(), {"clauses": {"3.3.1": {"definition": draft}, "3.8.3": {"award.amount": "1.00"}}})
    doc = document(claim("3.3.1", silicon_led_rd="10000000.00"), introduced(1))
    found = impact([doc, document(introduced(1))], policy(), after)
    assert found.unknown == 1
    assert found.never_asked == {"3.3.1": ["新增投入"]}
    (sentence,) = found.warnings
    assert "没有收集过的数据（新增投入）" in sentence
    assert Impact.from_json(found.as_json()).merge(found).never_asked == found.never_asked
    assert found.clauses["3.3.1"] == Sums()
    assert (found.whole.files, found.whole.before, found.whole.after) == (2, 100_000_000, 200)
    assert [(mover.id, mover.before, mover.after) for mover in found.losers] == [
        (0, 50_000_000, 100),
        (1, 50_000_000, 100),
    ]


@pytest.mark.parametrize(
    ("figures", "near"),
    [
        ({"revenue": "1800000000.00"}, 1),
        ({"revenue": "1799999999.99"}, 0),
        ({"rd_staff": 90}, 1),
        ({"rd_staff": 89}, 0),
        ({"rd_staff": 90, "revenue": "1900000000.00"}, 0),
        ({}, 0),
    ],
    ids=["a tenth", "a fen more", "heads", "heads below", "two conditions", "fulfilled"],
)
def test_a_near_miss_fails_one_threshold_by_a_tenth(figures, near):
    after, _ = apply_change(policy(), {"clauses": {"3.4.2": {"award.rate": "12%"}}})
    found = impact([document(claim("3.4.2"), **figures)], policy(), after)
    assert found.clauses["3.4.2"].near == found.whole.near == near


@pytest.mark.parametrize(("now", "near"), [("5090000000.00", 1), ("5089999999.99", 0), ("4000000000.00", 0)])
def test_growth_is_missed_by_a_tenth_of_the_growth_asked_for(now, near):
    after, _ = apply_change(policy(), {"clauses": {"3.1.2": {"award.share": "40%"}}})
    found = impact([document(claim("3.1.2", loans=[]), revenue=now)], policy(), after)
    assert found.whole.near == near


def made_up(condition, facts, award=None):
    clause = {
        "facts": facts,
        "conditions": [condition],
        "award": award or {"kind": "fixed", "amount": cited("10.00")},
    }
    return synthetic(c1_1=clause)


TABLE = fact("sites", "table", columns=[fact("cost", "money")])


@pytest.mark.parametrize(
    ("condition", "facts", "given_facts", "near"),
    [
        (heads("超过二十人", "gt", 20), [fact("heads", "count")], {"heads": 19}, 1),
        (heads("超过二十人", "gt", 20), [fact("heads", "count")], {"heads": 18}, 0),
        (heads("超过三人", "gt", 3), [fact("heads", "count")], {"heads": 3}, 0),
        (heads("不超过二十人", "le", 20), [fact("heads", "count")], {"heads": 22}, 1),
        (heads("不超过二十人", "le", 20), [fact("heads", "count")], {"heads": 23}, 0),
        ({**heads("十处", "ge", 10), "fact": "sites"}, [TABLE], {"sites": [{"cost": "1.00"}] * 9}, 1),
        ({**heads("十处", "ge", 10), "fact": "sites"}, [TABLE], {"sites": [{"cost": "1.00"}] * 8}, 0),
        (
            {"kind": "compare", "label": "合计", "fact": "sites.cost", "value": cited("10.00", "money")},
            [TABLE],
            {"sites": [{"cost": "4.00"}, {"cost": "5.00"}]},
            1,
        ),
        (
            {"kind": "compare", "label": "合计", "fact": "sites.cost", "value": cited("10.00", "money")},
            [TABLE],
            {"sites": [{"cost": "4.00"}, {"cost": "4.99"}]},
            0,
        ),
        ({"kind": "is_true", "label": "是", "fact": "ok", "quote": "演示"}, [fact("ok", "flag")], {"ok": False}, 0),
        (
            {"kind": "any", "label": "任一", "of": [heads("二十人", "ge", 20)]},
            [fact("heads", "count")],
            {"heads": 19},
            0,
        ),
    ],
)
def test_near_misses_of_every_kind_of_operand(condition, facts, given_facts, near):
    before = made_up(condition, facts)
    after, _ = apply_change(before, {"clauses": {"1.1": {"award.amount": "20.00"}}})
    found = impact([document(claim("1.1", **given_facts))], before, after)
    assert found.whole.near == near


def test_nothing_filed_is_an_impact_of_nothing():
    after, _ = apply_change(policy(), {"total_cap": None})
    assert impact([], policy(), after) == Impact()
    assert impact([document()], policy(), after) == Impact(applicants=1)


@settings(STEADY, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2**62), st.integers(0, 3)), max_size=30))
def test_sums_beyond_64_bits_are_exact(rows):
    values = np.asarray([value for value, _ in rows], dtype=np.int64)
    groups = sorted({group for _, group in rows})
    place = np.asarray([groups.index(group) for _, group in rows], dtype=np.int64)
    assert total(values) == sum(value for value, _ in rows)
    assert totals(values, place, len(groups)) == [
        sum(value for value, other in rows if other == group) for group in groups
    ]


def test_plain_json_has_no_other_keys_than_the_fields_and_the_warnings():
    assert set(Impact().as_json()) == {*asdict(Impact()), "warnings"}
