"""Definitions: every block computes, and one that makes no sense is refused before anybody files under it."""

import copy
import json

import pytest
from pydantic import ValidationError

from policies.rules import schema
from policies.rules.compile import DefinitionError, compile_policy, compiled
from policies.rules.corpus import CorpusError, read_policy
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.explain import quota_note
from policies.rules.schema import PolicyDefinition
from policies.rules.values import CitedMoney, CitedRate
from tests.policies import oracle
from tests.policies.rules.support import claim, document, policy
from tests.policies.rules.synthetic import QUOTE, cited, fact, synthetic


def amount(asked, **changes):
    answer = evaluate_document(synthetic(), document(asked, **changes))["claims"][0]
    return answer["amount"] if answer["status"] == "eligible" else [item["condition"] for item in answer["unmet"]]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("99.99", "0.00"),
        ("100.00", "1.00"),
        ("999.99", "1.00"),
        ("1000.00", "10.00"),
        ("9999.99", "100.00"),  # 99.9999
        ("10000.00", "250.00"),
    ],
)
def test_step(base, expected):
    assert amount(claim("1.1", base=base)) == expected


def test_sum_of_blocks_is_rounded_once():
    # 0.99 × 0.5% + 3 × 3.00 + 0.99 × 0.5 = 0.00495 + 9 + 0.495 = 9.49995
    assert amount(claim("1.2", base="0.99", heads=3)) == "9.50"


def test_rows_of_steps_with_a_row_cap():
    rows = [{"base": "100.00", "name": "甲"}, {"base": "10000.00", "name": "乙"}]
    assert amount(claim("1.3", sites=rows)) == "201.00"


def test_rows_of_a_fixed_amount():
    assert amount(claim("1.4", sites=[{"name": "甲"}, {"name": "乙"}])) == "14.00"


@pytest.mark.parametrize(
    ("changes", "facts", "expected"),
    [
        ({}, {}, "10.00"),
        ({"revenue": "109.99"}, {}, ["增长一成"]),
        ({}, {"flag": False}, ["有标志"]),
        ({}, {"day": None}, ["有日期", "当年"]),
        ({}, {"day": "2023-12-31"}, ["当年"]),
        ({}, {"day": "2024-01-01"}, "10.00"),
        ({}, {"day": "2024-12-31"}, "10.00"),
        ({}, {"day": "2025-01-01"}, ["当年"]),
        ({}, {"heads": 3}, ["人数"]),
        ({}, {"heads": 9}, ["人数"]),
        ({}, {"heads": 10}, "10.00"),
        ({}, {"heads": 13}, ["不是十三人"]),
        ({}, {"heads": 20}, "10.00"),
        ({}, {"heads": 21}, ["人数"]),
    ],
)
def test_conditions(changes, facts, expected):
    asked = claim("1.5", **{"flag": True, "heads": 2, "day": "2024-06-01", **facts})
    assert amount(asked, **{"revenue": "110.00", "revenue_prev": "100.00", **changes}) == expected


def test_every_line_of_every_block_is_told():
    doc = document(
        claim("1.1", base="99.99"),
        claim("1.2", base="0.99", heads=3),
        claim("1.3", sites=[{"base": "10000.00", "name": "甲"}, {"base": "1.00", "name": "乙"}]),
        claim("1.4", sites=[{"name": "甲"}]),
    )
    steps = [step["step"] for item in evaluate_document(synthetic(), doc)["claims"] for step in item["trace"]]
    assert steps == [
        "1.1：base 99.99 元，未达到最低一档 100.00 元，计 0.00 元",
        "1.1：本条款计算金额 0.00 元",
        "1.2：base 0.99 元 × 0.5% = 0.00495 元",
        "1.2：heads 3 人 × 3.00 元 = 9.00 元",
        "1.2：base 0.99 元 × 0.5 倍 = 0.495 元",
        "1.2各部分合计：0.00495 元 + 9.00 元 + 0.495 元 = 9.49995 元",
        "1.2，四舍五入到分：9.49995 元 ≈ 9.50 元",
        "1.2：本条款计算金额 9.50 元",
        "1.3，第1项（甲）：达到 1 万元一档，base 1 万元 × 2.5% = 250.00 元",
        "1.3，第1项（甲）：250.00 元超过单项上限 200.00 元，按上限计 200.00 元",
        "1.3，第2项（乙）：base 1.00 元，未达到最低一档 100.00 元，计 0.00 元",
        "1.3合计：200.00 元 + 0.00 元 = 200.00 元",
        "1.3：本条款计算金额 200.00 元",
        "1.4，第1项：定额 7.00 元",
        "1.4：本条款计算金额 7.00 元",
    ]


RATE = {"kind": "rate", "of": "base", "rate": cited("1%")}
NONSENSE = {
    "unknown fact": {"award": {**RATE, "of": "nothing"}},
    "unknown figure": {"award": {**RATE, "of": "Y.nothing"}},
    "rate of a count": {"facts": [fact("base", "count")], "award": RATE},
    "rate of a date": {"facts": [fact("base", "date")], "award": RATE},
    "nullable in arithmetic": {"facts": [fact("base", "money", nullable=True)], "award": RATE},
    "informational in arithmetic": {"facts": [fact("base", "money", informational=True)], "award": RATE},
    "row outside a table": {"award": {**RATE, "of": "row.base"}},
    "unknown column": {"award": {**RATE, "of": "sites.base"}},
    "no table": {"facts": [fact("base", "money")], "award": {"kind": "rows", "table": "base", "each": RATE}},
    "no series": {
        "facts": [
            fact(
                "loans",
                "table",
                columns=[
                    fact("principal", "money"),
                    fact("drawn_on", "date"),
                    fact("repaid_on", "date", nullable=True),
                    fact("interest_paid", "money"),
                ],
            )
        ],
        "award": {"kind": "loan_interest", "table": "loans", "series": "shibor", "share": cited("50%")},
    },
    "money compared with a count": {
        "facts": [fact("base", "money")],
        "conditions": [{"kind": "compare", "label": "x", "fact": "base", "value": cited(20, "count")}],
        "award": RATE,
    },
    "no such choice": {
        "facts": [fact("base", "money"), fact("pick", "choice", choices=[{"value": "a", "label": "甲"}])],
        "conditions": [{"kind": "one_of", "label": "x", "fact": "pick", "values": ["b"], "quote": QUOTE}],
        "award": RATE,
    },
    "fact twice": {"facts": [fact("base", "money"), fact("base", "money")], "award": RATE},
}


@pytest.mark.parametrize("name", NONSENSE)
def test_definition_that_makes_no_sense_is_refused(name):
    with pytest.raises(DefinitionError, match=r"^1\.1: "):
        compile_policy(synthetic(c1_1=NONSENSE[name]))


BASE_FACT = [fact("base", "money")]
MALFORMED = {
    "amount without a quotation": {"award": {"kind": "fixed", "amount": {"value": "1.00", "literal": "1"}}},
    "empty quotation": {"award": {"kind": "fixed", "amount": {"value": "1.00", "literal": "1", "quote": ""}}},
    "number for money": {"award": {"kind": "fixed", "amount": cited(1)}},
    "float for money": {"award": {"kind": "fixed", "amount": cited(1.5)}},
    "one decimal": {"award": {"kind": "fixed", "amount": cited("1.5")}},
    "negative": {"award": {"kind": "fixed", "amount": cited("-1.00")}},
    "rate without a sign": {"facts": BASE_FACT, "award": {**RATE, "rate": cited("0.01")}},
    "untagged threshold": {
        "facts": BASE_FACT,
        "conditions": [{"kind": "compare", "label": "x", "fact": "base", "value": cited("20.00")}],
        "award": RATE,
    },
    "unknown block": {"award": {"kind": "formula", "text": "a + b"}},
    "unknown key": {"facts": BASE_FACT, "award": {**RATE, "note": "x"}},
    "expression for a reference": {"facts": BASE_FACT, "award": {**RATE, "of": "base * 2"}},
    "tiers fall": {"facts": BASE_FACT, "award": {"kind": "step", "of": "base", "tiers": [
        {"at_least": cited("2.00"), "amount": cited("1.00")}, {"at_least": cited("1.00"), "amount": cited("1.00")}]}},
    "tier with both": {"facts": BASE_FACT, "award": {"kind": "step", "of": "base", "tiers": [
        {"at_least": cited("2.00"), "amount": cited("1.00"), "rate": cited("1%")}]}},
    "floor above ceiling": {
        "award": {"kind": "discretion", "quote": QUOTE, "floor": cited("2.00"), "ceiling": cited("1.00")}
    },
    "choices without choice": {"facts": [fact("x", "text", choices=[{"value": "a", "label": "甲"}])], "award": RATE},
    "table without columns": {"facts": [fact("x", "table")], "award": RATE},
    "figure of the year inside a clause": {"facts": [fact("base", "money", scope="year")], "award": RATE},
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_definition_is_refused(name):
    with pytest.raises(ValidationError):
        synthetic(c1_1=MALFORMED[name])


def shipped(change):
    found = policy().model_dump(mode="json")
    change(found)
    return PolicyDefinition.model_validate(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["groups"].append({**copy.deepcopy(d["groups"][0]), "name": "另一类"}),
        lambda d: d["groups"][0]["clauses"].append("3.1.1"),  # mixes inside and outside the cap
        lambda d: d["groups"][0]["clauses"].append("9.9"),
        lambda d: d["clauses"].append(copy.deepcopy(d["clauses"][0])),
        lambda d: d.update(valid_from="2026-01-01"),
        lambda d: d.update(source_sha256="x"),
        lambda d: d["series"][0].update(known_until="2022-01-01"),
        lambda d: d["series"][0]["values"].reverse(),
        lambda d: d["settings"]["day_count"].update(value=364),
        lambda d: d["settings"]["governing_day"].update(value="02-29"),
        lambda d: d["settings"].pop("lpr_pick"),
        lambda d: d.update(today="2026-01-01"),
    ],
)
def test_policy_that_contradicts_itself_is_refused(change):
    with pytest.raises(ValidationError):
        shipped(change)


def test_shipped_policy_is_complete():
    rules = compiled(policy())
    assert list(rules.clauses) == oracle.ORDER
    assert {clause.id for clause in rules.clauses.values() if clause.exempt} == {"3.1.1", "3.2.1"}
    assert rules.groups == {"研发投入": ("3.3.1", "3.4.1", "3.4.2")}
    assert [year for year in range(2020, 2030) if rules.governs(year)] == [2023, 2024, 2025]
    for setting in policy().settings.__dict__.values():
        assert (setting.value, setting.confirmed) == (setting.default, False)


def test_governing_day_is_a_setting():
    moved = compile_policy(shipped(lambda d: d["settings"]["governing_day"].update(value="06-30")))
    assert [year for year in range(2020, 2030) if moved.governs(year)] == [2024, 2025]
    doc = document(claim("3.4.2"), year=2023)
    with pytest.raises(EvaluationFault):
        evaluate_document(moved, doc)


def test_definition_survives_json():
    again = PolicyDefinition.model_validate(json.loads(json.dumps(policy().model_dump(mode="json"))))
    assert again == policy()
    assert PolicyDefinition.model_validate_json(policy().model_dump_json()) == policy()


def test_definition_is_immutable():
    with pytest.raises(ValidationError):
        policy().clauses[0].title = "x"


def test_examples_of_the_schema_are_sound():
    """The two clauses shown in the docstring are TOML that validates."""
    import re
    import tomllib

    shown = re.findall(r"::\n\n((?:    .*\n|\n)+)", schema.__doc__ + "\n")
    clauses = [tomllib.loads("\n".join(line[4:] for line in block.splitlines())) for block in shown[:2]]
    assert [schema.ClauseDefinition.model_validate(clause).id for clause in clauses] == ["3.4.5", "3.1.2"]


def test_bounds_of_a_fact_are_kept():
    clause = {"facts": [fact("base", "money", minimum="10.00", maximum="20.00")], "award": RATE}
    rules = synthetic(c1_1=clause)
    assert evaluate_document(rules, document(claim("1.1", base="20.00")))["claims"][0]["amount"] == "0.20"
    for base in ("9.99", "20.01"):
        with pytest.raises(EvaluationFault, match=r"10\.00 元至 20\.00 元之间"):
            evaluate_document(rules, document(claim("1.1", base=base)))


def test_values_read_exactly():
    assert CitedMoney(value="20000000.00", literal="2000万元", quote="x").fen == 2_000_000_000
    rate = CitedRate(value="0.5%", literal="0.5%", quote="x").fraction
    assert (rate.numerator, rate.denominator) == (1, 200)


def test_quota_warns_and_never_blocks():
    clause = compiled(policy()).clauses["3.4.4"]
    assert quota_note(clause, 15) is None
    assert "超过原文“15项” 的目标数 15 项".replace(" ", "") in quota_note(clause, 16).replace(" ", "")
    assert quota_note(compiled(policy()).clauses["3.4.2"], 99) is None


def test_source_text_that_was_changed_is_refused(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "policy.toml").write_text('source_sha256 = "00"\n')
    (folder / "text.txt").write_text("演示")
    with pytest.raises(CorpusError, match="SHA-256"):
        read_policy(folder)
    (folder / "policy.toml").write_text("source_sha256 = \n")
    with pytest.raises(CorpusError, match=r"policy\.toml"):
        read_policy(folder)
