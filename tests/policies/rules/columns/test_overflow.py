"""What could leave 64 bits is refused before any fact is read, with a sentence that helps; nothing else is."""

import pytest

from policies.rules.columns import ColumnsOverflowError, YearBuilder, columns_fault, run, run_year
from policies.rules.compile import MAX_KEPT, compile_policy, compiled
from policies.rules.document import read_document
from policies.rules.schema import PolicyDefinition
from tests.policies.rules.columns.support import both, columns_of, only
from tests.policies.rules.support import claim, document, loan, policy, variant
from tests.policies.rules.synthetic import QUOTE, cited, fact, synthetic

#: 分 of the largest sum of money that a fact may hold.
MOST = "99999999999999.99"


def fault(**clause):
    """The fault of the made-up policy with another clause 1.1."""
    rules = compiled(synthetic(c1_1=clause))
    found = columns_fault(rules)
    if found is None:
        return None
    nobody = YearBuilder(rules, 2024).build()
    with pytest.raises(ColumnsOverflowError) as caught:
        run_year(rules, nobody)
    assert str(caught.value) == found
    return found


def per_unit(amount):
    return {"kind": "per_unit", "amount": cited(amount), "count": "heads"}


def test_the_shipped_policy_fits_under_every_setting():
    assert columns_fault(compiled(policy())) is None
    for changed in ({"day_count": 365}, {"lpr_pick": "drawn_on"}, {"loan_cap": False}, {"extra_cap": "total"}):
        assert columns_fault(variant(**changed)) is None
    assert columns_fault(compiled(synthetic())) is None


def test_a_product_that_is_too_large_names_clause_fact_and_remedy():
    heads = fact("heads", "count")
    found = fault(facts=[heads], award=per_unit("99999999.00"))
    assert found == (
        "条款 1.1：按比例计算的金额按事实的取值范围可能超出 64 位整数，无法批量计算。"
        "请为“heads”设置较小的最大值（maximum），或减少表格的最多行数（max_rows）。"
    )
    assert fault(facts=[{**heads, "maximum": "10000"}], award=per_unit("99999999.00")) is None


def test_the_border_of_a_product():
    """2^61 − 1 分 at most: 1,000,000 heads of 2,305,843,009,213 分 fit, one 分 more does not."""
    heads = fact("heads", "count", maximum="1000000")
    cap = {"scope": "claim", "amount": cited("1.00")}
    assert fault(facts=[heads], award=per_unit("23058430092.13"), cap=cap) is None
    assert "“heads”" in fault(facts=[heads], award=per_unit("23058430092.14"), cap=cap)


def test_rows_that_are_too_many():
    rows = {"kind": "rows", "table": "sites", "each": {"kind": "rate", "of": "row.base", "rate": cited("500%")}}
    sites = fact("sites", "table", columns=[fact("base", "money")])
    found = fault(facts=[sites], award=rows)
    assert found.startswith("条款 1.1：各行的合计")
    assert "“base”" in found
    assert fault(facts=[{**sites, "max_rows": 40}], award=rows) is None
    several = {"kind": "compare", "label": "两处以上", "fact": "sites", "value": cited(2, "count")}
    assert fault(facts=[sites], award=rows, conditions=[several]) == found
    assert fault(facts=[sites], award={**rows, "row_cap": cited("1000000.00")}) is None


def test_a_sum_of_a_column_that_is_too_large():
    sites = fact("sites", "table", columns=[fact("heads", "count", maximum="20000000000000000")])
    met = {"kind": "compare", "label": "人数", "fact": "sites.heads", "value": cited(1, "count")}
    award = {"kind": "fixed", "amount": cited("1.00")}
    assert fault(facts=[sites], conditions=[met], award=award).startswith("条款 1.1：“heads”的合计")


def test_growth_that_is_too_large():
    now = [fact("now", "count", maximum=str(10**18)), fact("before", "count", maximum=str(10**18))]
    grown = {"kind": "growth", "label": "增长", "now": "now", "before": "before", "by": cited(1, "count")}
    award = {"kind": "fixed", "amount": cited("1.00")}
    assert fault(facts=now, conditions=[grown], award=award) is None
    now[1]["maximum"] = str(3 * 10**18)
    assert fault(facts=now, conditions=[grown], award=award).startswith("条款 1.1：“增长”的增长额")


def test_fine_shares_fit_unless_their_common_denominator_is_too_large():
    """33.333333% once did not fit; now the wholes are set aside first."""
    base = fact("base", "money")
    award = {"kind": "rate", "of": "base", "rate": cited("33.333333%")}
    assert fault(facts=[base], award=award) is None
    docs = [document(claim("1.1", base=text)) for text in (MOST, "0.03", "1234567890.12")]
    columns, one_by_one = both(synthetic(c1_1={"facts": [base], "award": award}), docs)
    assert columns == one_by_one
    loans = policy().model_dump(mode="json")["clauses"][1]
    interest = {**loans["award"], "share": cited("33.333333%")}
    facts, cap = loans["facts"], loans["cap"]
    lent = {"facts": facts, "award": interest, "cap": cap}
    assert fault(**lent) is None
    docs = [
        document(claim("1.1", loans=[loan(MOST, "2024-02-01"), loan("123456789.12", "2023-01-01", "2024-08-08")])),
        document(claim("1.1", loans=[loan("9000000.00", "2024-07-21", "2024-07-23")])),
    ]
    columns, one_by_one = both(synthetic(c1_1=lent), docs)
    assert columns == one_by_one
    together = {"kind": "sum", "parts": [interest, {**award, "rate": cited("33.33333%")}]}
    assert fault(facts=[*facts, base], award=together, cap=cap) is None
    ninths = [{**award, "rate": cited("0.000001%")}] * 9
    assert fault(facts=[base], award={"kind": "sum", "parts": ninths}) is None


def test_awards_that_are_too_large_together():
    """Each clause fits, the sum of one applicant's does not; a cap on one of them mends it."""
    award = {"kind": "external", "fact": "base", "times": cited("100")}
    wide = {"facts": [fact("base", "money")], "award": award}
    clauses = {"c1_1": wide, "c1_2": wide, "c1_3": {**wide, "cap": {"scope": "claim", "amount": cited("1.00")}}}
    assert columns_fault(compiled(synthetic(**clauses))) is None
    clauses["c1_3"] = wide
    assert columns_fault(compiled(synthetic(**clauses))) == (
        "条款 1.1 等：一个申报主体的奖补合计按事实的取值范围可能超出 64 位整数，无法批量计算。"
        "请为条款设置上限（cap），或为其事实设置较小的最大值（maximum）。"
    )


def test_a_decision_without_a_ceiling_counts_with_the_largest_sum_of_money():
    """2 × 100 × the largest sum leave room for 30 of them below 2^61, not for 31; a ceiling mends it."""
    award = {"kind": "external", "fact": "base", "times": cited("100")}
    wide = {"facts": [fact("base", "money")], "award": award}
    free = {"award": {"kind": "discretion", "quote": QUOTE}}
    thirty = {"c1_1": wide, "c1_2": wide} | {f"c2_{k}": free for k in range(30)}
    assert columns_fault(compiled(synthetic(**thirty))) is None
    assert "奖补合计" in columns_fault(compiled(synthetic(**thirty, c2_30=free)))
    limited = {"award": {**free["award"], "ceiling": cited("1.00")}}
    assert columns_fault(compiled(synthetic(**thirty, c2_30=limited))) is None


def test_a_cap_on_the_sum_that_is_too_large():
    """By the bounds of money no rate is too large; only figures that no document could hold are."""
    total = {**policy().model_dump(mode="json")["total_cap"], "rate": cited("999.999999%")}
    rules = compiled(PolicyDefinition.model_validate({**policy().model_dump(mode="json"), "total_cap": total}))
    assert columns_fault(rules) is None
    year = columns_of(rules, [read_document(rules, document(sales_ex_tax=MOST))], 2024)
    assert run_year(rules, year).cap.tolist() == [9_999_999_999_999_999 * 999_999_999 // 10**8]
    year.facts["Y.sales_ex_tax"][:] = 10**18
    with pytest.raises(ColumnsOverflowError, match=r"累计奖补上限：.*“销售收入（不含税）”"):
        run_year(rules, year)


def test_negative_counts_and_too_many_conditions():
    award = {"kind": "fixed", "amount": cited("1.00")}
    heads = fact("heads", "count", minimum="-1")
    assert "“heads”的最小值为负数" in fault(facts=[heads], award=award)
    in_table = fact("sites", "table", columns=[heads])
    assert "“heads”的最小值为负数" in fault(facts=[in_table], award=award)
    one = {"kind": "given", "label": "有", "fact": "heads", "quote": QUOTE}
    heads = fact("heads", "count", nullable=True)
    assert fault(facts=[heads], award=award, conditions=[one] * 63) is None
    assert "条件超过 63 个" in fault(facts=[heads], award=award, conditions=[one] * 64)
    rules = synthetic(c1_1={"facts": [heads], "award": award, "conditions": [one] * 63})
    columns, one_by_one = both(rules, [document(claim("1.1", heads=None)), document(claim("1.1", heads=1))])
    assert columns == one_by_one
    assert columns[0]["claims"]["1.1"][2] == list(range(63))


def test_facts_beyond_their_bounds_are_computed_while_they_fit_and_refused_else():
    """A changed definition may allow less than was filed; the columns say so rather than be wrong."""
    rules = compiled(policy())
    doc = document(claim("3.8.3", introduced=[{"name": "演示甲"}]), claim("3.3.1", silicon_led_rd="1.00"))
    year = columns_of(rules, [read_document(rules, doc)], 2024)
    facts = {"silicon_led_rd": year.claims["3.3.1"].facts["silicon_led_rd"] * 0 + 10**17}
    assert run_year(rules, only(year, "3.3.1", facts=facts)).claims["3.3.1"].amount.tolist() == [10**9]
    wide = compiled(
        synthetic(
            c1_1={
                "facts": [fact("base", "money", maximum="1.00")],
                "award": {"kind": "external", "fact": "base", "times": cited("9999")},
            }
        )
    )
    year = columns_of(wide, [read_document(wide, document(claim("1.1", base="1.00")))], 2024)
    far = {"base": year.claims["1.1"].facts["base"] * 0 + 10**18}
    with pytest.raises(ColumnsOverflowError, match=r"条款 1\.1：按比例计算的金额"):
        run_year(wide, only(year, "1.1", facts=far))


def test_rows_beyond_their_bounds_are_refused_when_their_sum_no_longer_fits():
    rules = compiled(policy())
    sales = [{"category": "chip", "sales_ex_tax": "1.00"}] * 3
    year = columns_of(rules, [read_document(rules, document(claim("3.3.2", product_sales=sales)))], 2024)
    column = year.claims["3.3.2"].tables["product_sales"].columns["sales_ex_tax"]
    column[:] = 7 * 10**17  # three of them are below 2^61, three of the next are not
    assert run_year(rules, year).claims["3.3.2"].amount.tolist() == [10**9]
    column[:] = 8 * 10**17
    with pytest.raises(ColumnsOverflowError, match=r"条款 3\.3\.2：.*的合计"):
        run_year(rules, year)


def growth_of(by, kind, now, before):
    """A run over one claim whose facts are set beyond what their declarations allow."""
    facts = [fact("now", kind, maximum="10" if kind == "count" else "10.00"),
             fact("before", kind, maximum="10" if kind == "count" else "10.00")]  # fmt: skip
    grown = {"kind": "growth", "label": "增长", "now": "now", "before": "before", "by": by}
    fixed = {"kind": "fixed", "amount": cited("1.00")}
    rules = compiled(synthetic(c1_1={"facts": facts, "conditions": [grown], "award": fixed}))
    given = {"now": 1, "before": 1} if kind == "count" else {"now": "1.00", "before": "1.00"}
    year = columns_of(rules, [read_document(rules, document(claim("1.1", **given)))], 2024)
    year.claims["1.1"].facts["now"][:], year.claims["1.1"].facts["before"][:] = now, before
    return run_year(rules, year).claims["1.1"].status.tolist()


def test_growth_of_facts_beyond_their_bounds_is_computed_right_or_refused():
    assert growth_of(cited(1, "count"), "count", 2**61 - 1, 2**61 - 2) == [0]
    assert growth_of(cited(1, "count"), "count", 2**61 - 2, 2**61 - 2) == [1]
    with pytest.raises(ColumnsOverflowError, match="“增长”的增长额"):
        growth_of(cited(1, "count"), "count", 2**61, 2**61 - 1)
    assert growth_of(cited("100%", "rate"), "money", 2**61 - 2, 2**60 - 1) == [0]
    with pytest.raises(ColumnsOverflowError, match="“增长”的增长额"):
        growth_of(cited("100%", "rate"), "money", 2**61, 2**60)


def test_a_fault_is_kept_with_its_policy_and_their_number_is_bounded():
    run._FAULTS.clear()
    heads = fact("heads", "count", minimum="-1")
    one = synthetic(c1_1={"facts": [heads], "award": {"kind": "fixed", "amount": cited("1.00")}})
    rules = [compile_policy(one) for _ in range(MAX_KEPT + 1)]
    for item in rules[:-1]:
        assert "最小值为负数" in columns_fault(item)
    assert len(run._FAULTS) == MAX_KEPT
    run._FAULTS[id(rules[0])] = (rules[0], "已知")
    assert columns_fault(rules[0]) == "已知"
    assert "最小值为负数" in columns_fault(rules[-1])
    assert len(run._FAULTS) == 1


def test_bounds_of_what_is_no_count_are_no_matter():
    award = {"kind": "fixed", "amount": cited("1.00")}
    facts = [fact("base", "money", minimum="1.00"), fact("day", "date", minimum="2020-01-01")]
    assert fault(facts=facts, award=award) is None


def test_a_negative_figure_of_the_year_is_named_as_one():
    data = synthetic().model_dump(mode="json")
    data["year_facts"].append(fact("balance", "count", minimum="-1", scope="year"))
    assert columns_fault(compiled(PolicyDefinition.model_validate(data))) == (
        "年度数据：“balance”的最小值为负数，无法批量计算。请将最小值（minimum）改为 0 以上。"
    )


def test_a_growth_that_is_too_large_names_no_fact_of_an_amount():
    now = [fact("now", "count"), fact("before", "count", maximum=str(3 * 10**18))]
    grown = {"kind": "growth", "label": "增长", "now": "now", "before": "before", "by": cited(1, "count")}
    assert fault(facts=now, conditions=[grown], award={"kind": "fixed", "amount": cited("1.00")}) == (
        "条款 1.1：“增长”的增长额按事实的取值范围可能超出 64 位整数，无法批量计算。"
        "请为相关事实设置较小的最大值（maximum），或减少表格的最多行数（max_rows）。"
    )


TWICE = {"kind": "external", "fact": "base", "times": cited("1")}


def beside(base, decision=None, **second):
    """The total of an applicant with ``base`` 分, more than its declaration allows, beside a second clause."""
    rules = compiled(synthetic(c1_1={"facts": [fact("base", "money")], "award": TWICE}, c1_2=second))
    asked = document(claim("1.1", base="1.00"), claim("1.2", decision), cap_override={"lift": True})
    year = columns_of(rules, [read_document(rules, asked)], 2024)
    year.claims["1.1"].facts["base"][:] = base
    return run_year(rules, year).total.tolist()


def test_the_bound_of_a_clause_is_what_it_really_gives():
    """Neither its cap nor the ceiling of a decision where less was decided; so nothing is refused that fits."""
    limit = 2**61 - 1
    fixed = {"award": {"kind": "fixed", "amount": cited("1.00")}, "cap": {"amount": cited(MOST)}}
    free = {"award": {"kind": "discretion", "quote": QUOTE, "ceiling": cited(MOST)}}
    assert beside(limit - 100, **fixed) == beside(limit - 100, "1.00", **free) == [limit]
    assert beside(limit - 100, award={"kind": "discretion", "quote": QUOTE}) == [limit - 100]
    for decision, second in ((None, fixed), ("1.00", free)):
        with pytest.raises(ColumnsOverflowError, match="奖补合计"):
            beside(limit - 99, decision, **second)


def test_rows_beyond_their_bounds_count_as_many_as_there_are():
    """One row of 2^60 分 fits, though 200 of them would not."""
    sites = fact("sites", "table", columns=[fact("base", "money")])
    rows = {"kind": "rows", "table": "sites", "each": {"kind": "rate", "of": "row.base", "rate": cited("100%")}}
    rules = compiled(synthetic(c1_1={"facts": [sites], "award": rows}))
    year = columns_of(rules, [read_document(rules, document(claim("1.1", sites=[{"base": "1.00"}])))], 2024)
    year.claims["1.1"].tables["sites"].columns["base"][:] = 2**60
    assert run_year(rules, year).claims["1.1"].amount.tolist() == [2**60]
