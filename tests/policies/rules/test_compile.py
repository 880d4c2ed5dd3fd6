"""What a definition becomes when it is compiled: whole numbers, resolved references, settings, quotations."""

import datetime as dt

import pytest

from common.money import MAX_FEN
from policies.rules import compile as c
from policies.rules.compile import DefinitionError, compile_policy, compiled, count_bounds, money_bounds
from policies.rules.conditions import DateWindow
from policies.rules.nodes import TierNode
from policies.rules.schema import Column, PolicyDefinition
from policies.rules.settle import SettlementInput, settle
from tests.policies.rules.support import policy, variant
from tests.policies.rules.synthetic import QUOTE, STEP, cited, fact, synthetic

FIXED = {"kind": "fixed", "amount": cited("1.00")}
RATE = {"kind": "rate", "of": "base", "rate": cited("1%")}
LOANS = [fact("principal", "money"), fact("drawn_on", "date"), fact("repaid_on", "date", nullable=True),
         fact("interest_paid", "money"), fact("name", "text")]  # fmt: skip
INTEREST = {"kind": "loan_interest", "table": "loans", "series": "lpr_1y", "share": cited("40%")}


def clause(**definition):
    """Clause 1.1 of the made-up policy, compiled."""
    return compile_policy(synthetic(c1_1={"award": FIXED, **definition})).clauses["1.1"]


def condition(**definition):
    """Its only condition, on any of many facts."""
    facts = [
        fact("heads", "count"),
        fact("base", "money"),
        fact("other", "money", nullable=True, informational=True),
        fact("day", "date"),
        fact("sites", "table", columns=[fact("cost", "money"), fact("maybe", "money", nullable=True)]),
    ]
    return clause(facts=facts, conditions=[definition]).conditions[0]


def changed(**changes):
    """The shipped policy with other top-level data."""
    return compile_policy(PolicyDefinition.model_validate({**policy().model_dump(mode="json"), **changes}))


# ------------------------------------------------------------------------------------------- bounds of values


def test_bounds_are_those_of_the_declaration_or_the_engines_own():
    def bounds(kind, **more):
        return {"money": money_bounds, "count": count_bounds}[kind](Column(**fact("x", kind, **more)))

    assert bounds("money") == (0, MAX_FEN)
    assert bounds("money", minimum="10.00", maximum="20.00") == (1_000, 2_000)
    assert bounds("count") == (0, 1_000_000_000)
    assert bounds("count", minimum="3", maximum="7") == (3, 7)


@pytest.mark.parametrize(
    ("definition", "high"),
    [
        ({"fact": "base", "value": cited("1.00", "money")}, MAX_FEN),
        ({"fact": "heads", "value": cited(1, "count")}, 10**9),
        ({"fact": "sites", "value": cited(1, "count")}, 200),
        ({"fact": "sites.cost", "value": cited("1.00", "money")}, 200 * MAX_FEN),
        ({"fact": "Y.revenue", "value": cited("1.00", "money")}, MAX_FEN),
    ],
)
def test_the_greatest_value_of_an_operand(definition, high):
    assert condition(kind="compare", label="x", **definition).operand.high == high


def test_the_greatest_value_of_what_is_no_number_is_nothing():
    assert condition(kind="given", label="x", fact="day", quote=QUOTE).operand.high == 0


def test_rows_and_loans_know_the_most_rows():
    facts = [fact("sites", "table", columns=[fact("cost", "money")], max_rows=7)]
    each = {**RATE, "of": "row.cost"}
    assert clause(facts=facts, award={"kind": "rows", "table": "sites", "each": each}).award.max_rows == 7
    assert clause(facts=[fact("loans", "table", columns=LOANS, max_rows=9)], award=INTEREST).award.max_rows == 9


# ------------------------------------------------------------------------------------------------- references


def test_figures_of_the_year_that_a_clause_reads_are_known():
    """Intake asks for them; a figure that only the award reads counts as well."""
    grown = {"kind": "growth", "label": "x", "now": "Y.revenue", "before": "Y.revenue_prev", "by": cited("10%", "rate")}
    found = clause(conditions=[grown], award={**RATE, "of": "Y.rd_expense"})
    assert found.year_keys == {"revenue", "revenue_prev", "rd_expense"}
    assert clause().year_keys == frozenset()


WINDOW = {"kind": "within_dates", "label": "x", "quote": QUOTE}
TABLE = fact("sites", "table", columns=[fact("cost", "money"), fact("maybe", "money", nullable=True),
                                        fact("hidden", "money", informational=True)])  # fmt: skip
SHARE_OF = {"kind": "compare", "label": "x", "value": cited("1.00", "money")}
REFUSED = {
    "choice of an unknown fact": ({"conditions": [
        {"kind": "one_of", "label": "x", "fact": "nothing", "values": ["a"], "quote": QUOTE}]}, "nothing"),
    "a table is no sum of money": ({"facts": [TABLE], "award": {**RATE, "of": "sites"}}, "sites is a table"),
    "a rate is no threshold": ({"facts": [fact("base", "money")], "conditions": [
        {**SHARE_OF, "fact": "base", "value": cited("1%", "rate")}]}, "rate is needed"),
    "growth of a count by a rate": ({"facts": [fact("now", "count"), fact("before", "count")], "conditions": [
        {"kind": "growth", "label": "x", "now": "now", "before": "before", "by": cited("1%", "rate")}]},
        "money is needed"),
    "sum of a column that may be null": ({"facts": [TABLE], "conditions": [{**SHARE_OF, "fact": "sites.maybe"}]},
                                         "sites.maybe can be missing"),
    "sum of an informational column": ({"facts": [TABLE], "conditions": [{**SHARE_OF, "fact": "sites.hidden"}]},
                                       "sites.hidden can be missing"),
    "column of no table": ({"facts": [TABLE], "award": {"kind": "rows", "table": "nothing", "each": RATE}},
                           "nothing is no table"),
    "rows of a plain fact": ({"facts": [fact("base", "money")], "award": {
        "kind": "rows", "table": "base", "each": RATE}}, "base is no table"),
    "unknown name of a row": ({"facts": [TABLE], "award": {
        "kind": "rows", "table": "sites", "each": FIXED, "row_label": "nothing"}}, "sites.nothing is no text column"),
    "name of a row that is no text": ({"facts": [TABLE], "award": {
        "kind": "rows", "table": "sites", "each": FIXED, "row_label": "cost"}}, "sites.cost is no text column"),
    "unknown series": ({"facts": [fact("loans", "table", columns=LOANS)], "award": {**INTEREST, "series": "shibor"}},
                       "no series shibor"),
    "base of a cap that is no money": ({"facts": [fact("day", "date")], "cap": {
        "amount": cited("1.00"), "base": "day"}}, "day is a date"),
}  # fmt: skip
REFUSED |= {
    f"a loan's {column['key']} of another type": (
        {
            "facts": [fact("loans", "table", columns=[x if x is not column else {**x, "type": "flag"} for x in LOANS])],
            "award": INTEREST,
        },
        f"row.{column['key']} is a flag",
    )
    for column in LOANS[:4]
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_reference_that_makes_no_sense_is_refused_with_its_clause(name):
    definition, told = REFUSED[name]
    data = synthetic(c1_1={"award": FIXED, **definition}).model_dump(mode="json")
    data["settings"]["extra_cap"]["value"] = "total"
    with pytest.raises(DefinitionError, match=r"^1\.1: ") as caught:
        compile_policy(PolicyDefinition.model_validate(data))
    assert told in str(caught.value)


def test_a_cap_on_the_sum_that_makes_no_sense_is_refused_with_the_policy():
    total = policy().model_dump(mode="json")["total_cap"]
    with pytest.raises(DefinitionError, match=r"^洪府发〔2023〕30号: Y\.rd_staff is a count"):
        changed(total_cap={**total, "base": "Y.rd_staff"})


def test_conditions_may_read_what_can_be_missing():
    choices = [{"value": "a", "label": "甲"}]
    kinds = {"money": {}, "count": {}, "date": {}, "flag": {}, "text": {}, "choice": {"choices": choices}}
    for kind, more in kinds.items():
        for missing in ({"nullable": True}, {"informational": True}):
            given = {"kind": "given", "label": "x", "fact": "x", "quote": QUOTE}
            assert clause(facts=[fact("x", kind, **more, **missing)], conditions=[given]).conditions[0].allowed == ()
    missing = {"nullable": True, "informational": True}
    found = clause(
        facts=[
            fact("now", "count", **missing), fact("before", "count", **missing), fact("day", "date", **missing),
            fact("flag", "flag", **missing), fact("pick", "choice", choices=choices, **missing),
        ],
        conditions=[
            {"kind": "growth", "label": "x", "now": "now", "before": "before", "by": cited(1, "count")},
            {"kind": "compare", "label": "x", "fact": "now", "value": cited(1, "count")},
            {**WINDOW, "fact": "day"},
            {"kind": "is_true", "label": "x", "fact": "flag", "quote": QUOTE},
            {"kind": "one_of", "label": "x", "fact": "pick", "values": ["a"], "quote": QUOTE},
        ],
    )  # fmt: skip
    assert len(found.conditions) == 5


def test_choices_are_told_by_the_labels_of_their_own_fact():
    def told(ref, year_facts):
        data = synthetic(
            c1_1={
                "facts": [fact("pick", "choice", choices=[{"value": "a", "label": "甲"}])],
                "conditions": [{"kind": "one_of", "label": "x", "fact": ref, "values": ["a"], "quote": QUOTE}],
                "award": FIXED,
            }
        ).model_dump(mode="json")
        data["year_facts"] += year_facts
        return compile_policy(PolicyDefinition.model_validate(data)).clauses["1.1"].conditions[0].allowed

    of_year = fact("pick", "choice", choices=[{"value": "a", "label": "乙"}], scope="year")
    assert told("pick", [of_year]) == (("a", "甲"),)
    assert told("Y.pick", [of_year]) == (("a", "乙"),)


# ------------------------------------------------------------------------------------------------- conditions


def test_growth_is_an_amount_or_a_share():
    def growth(by, now="base", before="base", op="ge"):
        found = condition(kind="growth", label="x", now=now, before=before, by=by, op=op)
        return found.amount, found.factor, found.denominator, found.unit, found.quote

    assert growth(cited("2.50", "money")) == (250, 0, 1, "", QUOTE)
    assert growth({**cited(3, "count"), "unit": "人"}, "heads", "heads") == (3, 0, 1, "人", QUOTE)
    assert growth(cited("12.5%", "rate"), op="gt") == (0, 1, 8, "", QUOTE)
    missing = condition(kind="growth", label="x", now="other", before="other", by=cited("2.50", "money"))
    assert (missing.now.key, missing.before.key) == ("other", "other")


def test_a_threshold_keeps_its_measure_word():
    heads = condition(kind="compare", label="x", fact="heads", value={**cited(3, "count"), "unit": "人"})
    assert (heads.threshold, heads.unit, heads.op) == (3, "人", "ge")
    base = condition(kind="compare", label="x", fact="base", value=cited("3.00", "money"))
    assert (base.threshold, base.unit) == (300, "")


def test_windows_take_the_days_of_the_policy():
    def window(**bounds):
        found = condition(**WINDOW, fact="day", **bounds)
        assert isinstance(found, DateWindow)
        return found.not_before, found.not_after

    assert window() == (None, None)
    assert window(not_before="valid_from", not_after="valid_to") == (dt.date(2023, 10, 10), dt.date(2025, 12, 31))
    assert window(not_before="year_start", not_after="year_end") == ("year_start", "year_end")
    assert window(not_before="2024-03-01", not_after="2024-03-02") == (dt.date(2024, 3, 1), dt.date(2024, 3, 2))


@pytest.mark.parametrize("kind", ["all", "any"])
def test_combined_conditions_quote_their_first(kind):
    parts = [
        {"kind": "compare", "label": f"第{k}", "fact": "heads", "value": {**cited(k, "count"), "quote": f"第{k}句"}}
        for k in (1, 2, 3)
    ]
    found = condition(kind=kind, of=parts, **({"label": "其一"} if kind == "any" else {}))
    assert (found.label, found.quote) == ("其一" if kind == "any" else "第1；第2；第3", "第1句")


# ----------------------------------------------------------------------------------------------------- blocks


def test_limits_of_a_latitude_and_their_quotations():
    def latitude(**limits):
        found = clause(award={"kind": "discretion", "quote": "裁量", **limits}).award
        return found.floor, found.ceiling, found.quote, found.floor_quote, found.ceiling_quote

    low, high = {**cited("1.00"), "quote": "不低于"}, {**cited("2.00"), "quote": "不超过"}
    assert latitude() == (None, None, "裁量", "裁量", "裁量")
    assert latitude(floor=low) == (100, None, "裁量", "不低于", "裁量")
    assert latitude(ceiling=high) == (None, 200, "裁量", "裁量", "不超过")
    assert latitude(floor=low, ceiling=high) == (100, 200, "裁量", "不低于", "不超过")


def test_tiers_stand_over_their_common_denominator():
    found = clause(facts=[fact("base", "money")], award=STEP).award
    assert (found.denominator, found.of.key) == (200, "base")
    assert found.tiers == (
        TierNode(10_000, QUOTE, 0, 20_000, "1.00", QUOTE),
        TierNode(100_000, QUOTE, 2, 0, "1%", QUOTE),
        TierNode(1_000_000, QUOTE, 5, 0, "2.5%", QUOTE),
    )
    assert [found.numerator({"base": base}, 2024) for base in (9_999, 10_000, 99_999, 100_000)] == [
        0,
        20_000,
        20_000,
        200_000,
    ]
    amounts = clause(facts=[fact("base", "money")], award={**STEP, "tiers": STEP["tiers"][:1]}).award
    assert (amounts.denominator, amounts.tiers[0].amount) == (1, 100)


def test_the_cap_of_a_row_is_quoted_where_there_is_one():
    rows = {"kind": "rows", "table": "sites", "each": {**RATE, "of": "row.cost"}}
    facts = [fact("sites", "table", columns=[fact("cost", "money"), fact("name", "text")])]
    found = clause(facts=facts, award=rows).award
    assert (found.cap, found.cap_quote, found.row_label, found.max_rows) == (None, "", "", 200)
    found = clause(
        facts=facts, award={**rows, "row_label": "name", "row_cap": {**cited("2.00"), "quote": "每项"}}
    ).award
    assert (found.cap, found.cap_quote, found.row_label) == (200, "每项", "name")


def test_the_base_of_a_cap_counts_under_one_setting_and_is_confirmed_by_choosing_it():
    def cap(number, **settings):
        found = variant(**settings).clauses[number].cap
        return found.base.key if found.base else None, found.confirmed

    assert cap("3.4.1") == (None, False)
    assert cap("3.4.1", extra_cap="total") == ("base_rd_subsidy", True)
    for settings in ({}, {"extra_cap": "total"}):
        assert cap("3.4.2", **settings) == (None, True)


# --------------------------------------------------------------------------------------------------- interest


def test_interest_at_a_share_that_is_no_half():
    """36,000 元 × 40% × 3.45% × 10 ÷ 360 = 13.80 元."""
    award = clause(facts=[fact("loans", "table", columns=LOANS)], award=INTEREST).award
    lent = {"principal": 3_600_000, "drawn_on": dt.date(2024, 3, 1), "repaid_on": dt.date(2024, 3, 11),
            "interest_paid": 10**9}  # fmt: skip
    assert award.numerator({"loans": [lent]}, 2024) * 100 == 138_000 * award.denominator


def test_a_series_is_found_by_its_key():
    data = synthetic(c1_1={"facts": [fact("loans", "table", columns=LOANS)], "award": INTEREST}).model_dump(mode="json")
    other = {**data["series"][0], "key": "lpr_5y", "label": "五年期"}
    for series in ([other, *data["series"]], [*data["series"], other]):
        rules = compile_policy(PolicyDefinition.model_validate({**data, "series": series}))
        assert rules.clauses["1.1"].award.series.key == "lpr_1y"


@pytest.mark.parametrize(
    ("settings", "confirmed"),
    [
        ({}, (False, False)),
        ({"day_count": 365}, (False, False)),
        ({"lpr_pick": "drawn_on"}, (False, False)),
        ({"day_count": 365, "lpr_pick": "drawn_on"}, (True, False)),
        ({"loan_cap": False}, (False, True)),
    ],
)
def test_how_days_count_is_confirmed_when_both_settings_are(settings, confirmed):
    award = variant(**settings).clauses["3.1.2"].award
    assert (award.days_confirmed, award.limit_confirmed) == confirmed


# ----------------------------------------------------------------------------------------------- whole policy


def test_a_policy_governs_from_its_first_day_to_its_last():
    def years(day):
        data = policy().model_dump(mode="json")["settings"]
        data["governing_day"]["value"] = day
        return [year for year in range(2022, 2028) if changed(settings=data).governs(year)]

    assert years("10-09") == [2024, 2025]
    assert years("10-10") == [2023, 2024, 2025]
    assert years("12-31") == [2023, 2024, 2025]
    assert policy().valid_to == dt.date(2025, 12, 31)


def test_a_group_stands_in_printed_order():
    group = {**policy().model_dump(mode="json")["groups"][0], "clauses": ["3.4.2", "3.4.1", "3.3.1"]}
    assert changed(groups=[group]).groups == {"研发投入": ("3.3.1", "3.4.1", "3.4.2")}


def test_the_cap_on_the_sum_is_any_share():
    """⌊3% × 0.99 元⌋ = 2 分; nothing lifts it where nothing is named, and then the rate's sentence is quoted."""
    total = policy().model_dump(mode="json")["total_cap"]
    rules = changed(total_cap={**total, "rate": {**total["rate"], "value": "3%"}, "lifted_if": None})
    asked = SettlementInput("enterprise", {"Y.sales_ex_tax": 99, "Y.newly_introduced": True}, {"3.1.2": 5})
    assert settle(rules, asked).cap == 2
    assert rules.total_cap.lifted_if is None
    assert changed(total_cap={**total, "lifted_quote": None}).total_cap.lifted_quote == total["rate"]["quote"]
    assert changed(total_cap={**total, "lifted_quote": "除外"}).total_cap.lifted_quote == "除外"
    assert changed(total_cap=None).total_cap is None


def test_what_lifts_the_cap_may_be_unanswered():
    figures = policy().model_dump(mode="json")["year_facts"]
    figures = [{**one, "nullable": one["key"] == "newly_introduced"} for one in figures]
    assert changed(year_facts=figures).total_cap.lifted_if.key == "Y.newly_introduced"


def test_compiled_definitions_are_kept_and_their_number_is_bounded():
    c._COMPILED.clear()
    definitions = [synthetic().model_copy() for _ in range(c.MAX_KEPT + 1)]
    first = [compiled(definition) for definition in definitions[:-1]]
    assert [compiled(definition) for definition in definitions[:-1]] == first
    assert all(compiled(definition) is one for definition, one in zip(definitions, first, strict=False))
    assert len(c._COMPILED) == c.MAX_KEPT == 64
    last = compiled(definitions[-1])
    assert (compiled(definitions[-1]), compiled(last), len(c._COMPILED)) == (last, last, 1)
    assert last.definition is definitions[-1]
