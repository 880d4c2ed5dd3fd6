"""A claim that fails is told every reason: what is required, what is the case, by how much, and the sentence."""

import pytest

from policies.rules.document import outcome_json
from policies.rules.evaluate import evaluate_clause
from policies.rules.explain import readable
from tests.policies.rules.strategies import RULES
from tests.policies.rules.support import claim, evaluate

PROJECT_2_2 = {"investor_fortune500": False, "investment": "1000000000.00", "production_started_on": "2024-05-01"}

CASES = [
    (
        claim("3.1.2", loans=[]),
        {"revenue": "5099999999.99"},
        [("年度营业收入较上年度增加1亿元以上", "≥ 100000000.00", "99999999.99", "0.01")],
    ),
    (
        claim("3.1.2", loans=[]),
        {"revenue": "4000000000.00"},
        [("年度营业收入较上年度增加1亿元以上", "≥ 100000000.00", "-1000000000.00", "1100000000.00")],
    ),
    (
        claim("3.4.1", base_rd_subsidy="1.00"),
        {"rd_expense": "19999999.99"},
        [("年度研发费用达到2000万元以上", "≥ 20000000.00", "19999999.99", "0.01")],
    ),
    (
        claim("3.4.2"),
        {"revenue": "1999999999.99", "rd_expense": "99999999.99", "rd_staff": 99},
        [
            ("年度营业收入达到20亿元以上", "≥ 2000000000.00", "1999999999.99", "0.01"),
            ("年度研发费用达到1亿元以上", "≥ 100000000.00", "99999999.99", "0.01"),
            ("全职研发人员达到100人以上", "≥ 100", "99", "1"),
        ],
    ),
    (claim("3.4.2"), {"rd_staff": 99}, [("全职研发人员达到100人以上", "≥ 100", "99", "1")]),
    (
        claim("3.2.2", **{**PROJECT_2_2, "investment": "999999999.99"}),
        {},
        [
            (
                "世界500强企业在昌投资的项目，或10亿元以上的重大投资项目",
                "投资方是世界500强企业（是） 或 项目投资总额10亿元以上（≥ 1000000000.00）",
                "投资方是世界500强企业：否；项目投资总额10亿元以上：999999999.99",
                None,
            )
        ],
    ),
    (
        claim("3.2.2", **{**PROJECT_2_2, "production_started_on": "2023-10-09"}),
        {},
        [("项目在政策有效期内投产", "不早于 2023-10-10，不晚于 2025-12-31", "2023-10-09", None)],
    ),
    (
        claim("3.2.2", **{**PROJECT_2_2, "production_started_on": "2025-01-01"}),
        {},
        [("项目投产不晚于政策年度", "不晚于 2024-12-31", "2025-01-01", None)],
    ),
]


@pytest.mark.parametrize(("asked", "changes", "expected"), CASES)
def test_unmet(asked, changes, expected):
    answer = evaluate(asked, **changes)
    item = answer["claims"][0]
    assert (item["status"], item["amount"]) == ("not_eligible", None)
    told = [(one["condition"], one["required"], one["actual"], one["short_by"]) for one in item["unmet"]]
    assert told == expected
    assert all(one["quote"] in RULES.clauses[item["clause"]].definition.sentence for one in item["unmet"])
    assert answer["settlement"]["lines"] == []
    assert answer["settlement"]["total"] == "0.00"
    assert any(step["step"].startswith("不符合") for step in item["trace"])


@pytest.mark.parametrize("clause", ["3.1.1", "3.1.3a", "3.1.3c", "3.1.3d", "3.2.1", "3.4.4", "3.7.2"])
def test_latitude_without_a_decision_is_pending(clause):
    definition = RULES.clauses[clause]
    facts = {key: _any(fact) for key, fact in definition.facts.items() if not fact.informational}
    answer = evaluate(claim(clause, **facts))
    item = answer["claims"][0]
    assert (item["status"], item["amount"], item["unmet"]) == ("pending", None, [])
    limits = {
        "3.1.3a": (None, "10000000.00"),
        "3.1.3c": (None, "2000000.00"),
        "3.1.3d": (None, "2000000.00"),
        "3.4.4": ("1000000.00", "2000000.00"),
    }
    assert (item["floor"], item["ceiling"]) == limits.get(clause, (None, None))
    assert answer["settlement"]["lines"] == []
    low, high = limits.get(clause, (None, None))
    for amount in filter(None, (low, high, None if high else "123456.78")):
        decided = evaluate(claim(clause, amount, **facts))["claims"][0]
        assert (decided["status"], decided["amount"]) == ("eligible", amount)


def _any(fact):
    return {"money": "1.00", "count": 1, "date": "2024-05-01", "flag": True, "text": "演示"}.get(
        fact.type, fact.choices[0].value if fact.choices else None
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("≥ 2000000000.00", "≥ 2,000,000,000.00 元"),
        ("0.01", "0.01 元"),
        ("-1000000000.00", "-1,000,000,000.00 元"),
        ("≥ 100", "≥ 100"),
        ("不早于 2023-10-10，不晚于 2025-12-31", "不早于 2023-10-10，不晚于 2025-12-31"),
        ("项目投资总额10亿元以上（≥ 1000000000.00）", "项目投资总额10亿元以上（≥ 1,000,000,000.00 元）"),
        ("未填写", "未填写"),
    ],
)
def test_people_read_grouped_sums(text, shown):
    assert readable(text) == shown


def test_conditions_are_looked_at_before_a_decision():
    asked = claim("3.2.2", "500000.00", **{**PROJECT_2_2, "production_started_on": "2025-01-01"})
    assert evaluate(asked)["claims"][0]["status"] == "not_eligible"
    assert evaluate(asked, year=2025)["claims"][0]["amount"] == "500000.00"


def test_a_missing_figure_never_fulfils_a_condition():
    """Estimates may run on half a draft: what is not known does not count in anybody's favour."""
    for clause in ("3.1.2", "3.4.1", "3.4.2"):
        outcome = evaluate_clause(RULES.clauses[clause], {}, 2024)
        assert outcome.status == "not_eligible"
        assert {one.actual for one in outcome.unmet} == {"未填写"}
        assert outcome_json(outcome)["unmet"][0]["short_by"] is None
