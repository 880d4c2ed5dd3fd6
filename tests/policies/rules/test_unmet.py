"""A claim that fails is told every reason: what is required, what is the case, by how much, and the sentence."""

import pytest
from hypothesis import given, settings

from policies.rules.document import evaluate_document, outcome_json
from policies.rules.evaluate import evaluate_clause
from policies.rules.explain import readable
from tests.policies.rules import strategies
from tests.policies.rules.strategies import RULES
from tests.policies.rules.support import STEADY, claim, evaluate, policy

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
                "投资方是世界500强企业：否；项目投资总额：999999999.99",
                None,
            )
        ],
    ),
    (
        claim("3.2.2", **{**PROJECT_2_2, "production_started_on": "2023-10-09"}),
        {},
        [("项目在政策有效期内投产", "不早于 2023-10-10，不晚于 2025-12-31", "2023-10-09", "1")],
    ),
    (
        claim("3.2.2", **{**PROJECT_2_2, "production_started_on": "2025-01-01"}),
        {},
        [("项目投产不晚于政策年度", "不晚于 2024-12-31", "2025-01-01", "1")],
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
    unmet = {one["condition"]: one["sentence"] for one in item["unmet"]}
    told = [step["step"] for step in item["trace"] if step["step"].startswith("不符合")]
    assert told == [f"不符合“{condition}”：{sentence}" for condition, sentence in unmet.items()]


@pytest.mark.parametrize(
    ("asked", "changes", "sentence"),
    [
        (claim("3.4.2"), {"revenue": "1920000000.00"}, "年度营业收入 19.2 亿元，低于 20 亿元，差 8,000 万元"),
        (claim("3.4.2"), {"rd_staff": 99}, "全职研发人员 99 人，少于 100 人，差 1 人"),
        (
            claim("3.1.2", loans=[]),
            {"revenue": "5050000000.00"},
            "年度营业收入 50.5 亿元 − 上年度营业收入 50 亿元 = 5,000 万元，低于 1 亿元，差 5,000 万元",
        ),
        (
            claim("3.1.2", loans=[]),
            {"revenue": "4000000000.00"},
            "年度营业收入 40 亿元 − 上年度营业收入 50 亿元 = −10 亿元，低于 1 亿元，差 11 亿元",
        ),
        (
            claim("3.2.2", **{**PROJECT_2_2, "investment": "950000000.00"}),
            {},
            "以下 2 项至少须符合一项，均不符合：（1）“投资方是世界500强企业”为“否”，应为“是”；"
            "（2）项目投资总额 9.5 亿元，低于 10 亿元，差 5,000 万元",
        ),
        (
            claim("3.2.2", **{**PROJECT_2_2, "production_started_on": "2023-10-01"}),
            {},
            "项目投产日期为2023年10月1日，早于2023年10月10日，早 9 天",
        ),
        (
            claim("3.2.2", **{**PROJECT_2_2, "production_started_on": "2025-01-03"}),
            {},
            "项目投产日期为2025年1月3日，晚于2024年12月31日，晚 3 天",
        ),
    ],
)
def test_what_is_required_what_is_there_and_by_how_much_it_misses(asked, changes, sentence):
    (unmet,) = evaluate(asked, **changes)["claims"][0]["unmet"]
    assert unmet["sentence"] == sentence


@settings(STEADY, max_examples=150)
@given(strategies.documents(["3.1.2", "3.4.1", "3.4.2"]))
def test_what_is_missing_is_enough_and_a_fen_less_is_not(doc):
    """Adding `short_by` to the figure fulfils the condition; one 分 (or person) less does not."""
    figure = {"年度营业收入": "revenue", "年度研发费用": "rd_expense", "全职研发人员": "rd_staff"}
    for position, item in enumerate(evaluate_document(policy(), doc)["claims"]):
        for one in item["unmet"]:
            key = next(key for label, key in figure.items() if one["condition"].startswith(label))
            short = int(one["short_by"].replace(".", ""))
            for off, holds in ((0, True), (-1, False)):
                given = doc["applicant"][key]
                more = short + off + (given if key == "rd_staff" else int(given.replace(".", "")))
                changed = {**doc["applicant"], key: more if key == "rd_staff" else strategies.yuan(more)}
                again = evaluate_document(policy(), {**doc, "applicant": changed})["claims"][position]["unmet"]
                assert (one["condition"] not in {other["condition"] for other in again}) is holds


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
        ("≥ 2000000000.00", "≥ 20 亿元"),
        ("0.01", "0.01 元"),
        ("-1000000000.00", "−10 亿元"),
        ("1234567.80", "1,234,567.80 元"),
        ("≥ 100", "≥ 100"),
        ("不早于 2023-10-10，不晚于 2025-12-31", "不早于2023年10月10日，不晚于2025年12月31日"),
        ("项目投资总额10亿元以上（≥ 1000000000.00）", "项目投资总额10亿元以上（≥ 10 亿元）"),
        ("未填写", "未填写"),
    ],
)
def test_people_read_sums_and_days(text, shown):
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
