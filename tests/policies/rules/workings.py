"""The workings of every clause as readable text: ``python -m tests.policies.rules.workings`` writes them anew.

The files under ``workings/`` show every line that people read, so that a change of wording is seen in review. Their
cases are the readable case files of the clauses (``tests/policies/corpus``), and below a few that need amounts paid
before, another setting, or a block that the shipped policy does not use.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.schema import PolicyDefinition
from tests.policies.rules.support import claim, document, loan, policy, variant
from tests.policies.rules.synthetic import synthetic

FOLDER = Path(__file__).parent / "workings"
CASES = Path(__file__).resolve().parents[1] / "corpus"

STATUS = {"eligible": "符合条件", "not_eligible": "不符合条件", "pending": "金额待定"}
REASON = {
    None: "",
    "not_chosen": "，同类型未选",
    "external_award": "，已获其他奖补",
    "cap": "，累计上限",
    "paid": "，已拨付",
}

LISTED = claim("3.1.3b", neeq_listed_on="2024-05-06")
PROJECT = claim("3.4.5", projects=[{"name": "演示一线", "investment": "8000000.00"}])
HALL = claim("3.8.2", events=[{"name": "演示对接会", "cost": "1999999.99"}])
LED = claim("3.3.1", silicon_led_rd="30000000.00")
EXTRA = claim("3.4.1", base_rd_subsidy="6000000.00")
SMALL = {"sales_ex_tax": "20000001.99"}

#: Name, document, settings, what was paid before (分).
ACROSS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, int]]] = [
    ("三项按比例核减，有尾差", document(LISTED, PROJECT, HALL, **SMALL), {}, {}),
    ("三项按条款顺序安排", document(LISTED, PROJECT, HALL, **SMALL), {"cap_allocation": "clause_order"}, {}),
    ("其中一项已拨付一部分", document(LISTED, PROJECT, HALL, **SMALL), {}, {"3.4.5": 60_000_000}),
    ("已拨付的超过上限", document(LISTED, PROJECT, **SMALL), {}, {"3.4.5": 200_000_000}),
    ("已拨付的高于本次计算", document(LISTED), {}, {"3.1.3b": 120_000_000}),
    ("同类型中一项已拨付", document(LED, EXTRA), {}, {"3.4.1": 600_000_000}),
    ("同类型金额相同", document(LED, EXTRA), {}, {}),
    ("已获其他奖补，补差额", document(LED, external_awards=[{"group": "研发投入", "amount": "2500000.00"}]),
     {"external_award": "difference"}, {}),
    ("已获其他奖补更高，没有差额", document(LED, external_awards=[{"group": "研发投入", "amount": "9000000.01"}]),
     {"external_award": "difference"}, {}),
    ("没有可以计入的奖补", document(claim("3.4.2"), rd_staff=99), {}, {}),
]  # fmt: skip

#: Settings that change a clause's own working: clause → (name, document, settings).
SETTINGS: dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]] = {
    "3.1.2": [
        ("设置：按365天、放款日利率、不限于实际支付利息",
         document(claim("3.1.2", loans=[loan("50000000.00", "2024-03-01", paid="1.00")])),
         {"day_count": 365, "lpr_pick": "drawn_on", "loan_cap": False}),
        ("两笔贷款", document(claim("3.1.2", loans=[
            {**loan("50000000.00", "2024-07-21", "2024-07-23", paid="4000.00"), "project": "演示一期"},
            loan("12345678.90", "2025-03-01"), loan("1000000.00", "2024-12-31", paid="40.00")])), {}),
        ("营业收入比上年度减少", document(claim("3.1.2", loans=[]), revenue="4000000000.00"), {}),
    ],
    "3.4.1": [
        ("设置：两项补助合计不超过2000万元", document(claim("3.4.1", base_rd_subsidy="15000000.00")),
         {"extra_cap": "total"}),
        ("设置：两项补助合计，没有余额", document(claim("3.4.1", base_rd_subsidy="25000000.00")),
         {"extra_cap": "total"}),
    ],
}  # fmt: skip


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))


def with_nulls(facts: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: a loan without 还款日 is one that is not repaid."""
    return {**facts, "loans": [{"repaid_on": None, **row} for row in facts["loans"]]} if "loans" in facts else facts


def _steps(steps: list[dict[str, str]]) -> Iterator[str]:
    for number, step in enumerate(steps, start=1):
        yield f"  {number}. {step['step']}"
        tail = [step["value"] and f"值 {step['value']}", step["quote"] and f"「{step['quote']}」"]
        yield f"     {'  '.join(part for part in tail if part) or '（没有值和引文）'}"


def _claim(item: dict[str, Any]) -> Iterator[str]:
    amount = "" if item["amount"] is None else f"，{item['amount']} 元"
    yield f"{item['clause']} {STATUS[item['status']]}{amount}"
    for one in item["unmet"]:
        short = f"，short_by {one['short_by']}" if one["short_by"] else ""
        yield f"  未满足 {one['condition']}：required {one['required']}，actual {one['actual']}{short}"
        yield f"     {one['sentence']}"
    yield from _steps(item["trace"])


def _settlement(answer: dict[str, Any]) -> Iterator[str]:
    yield "结算"
    for line in answer["lines"]:
        yield f"  {line['clause']} {line['candidate']} → {line['settled']}{REASON[line['reason']]}"
    yield from _steps(answer["trace"])


def _case(name: str, doc: dict[str, Any], rules: Any = None, paid: dict[str, int] | None = None, *, whole: bool) -> str:
    lines = [f"【{name}】"]
    try:
        answer = evaluate_document(rules or policy(), doc, paid=paid)
    except EvaluationFault as fault:
        return "\n".join(lines + [f"  文档有误 {item['path']}：{item['message']}" for item in fault.faults])
    if whole:
        lines += [
            f"{item['clause']} {STATUS[item['status']]} {item['amount'] or ''}".rstrip() for item in answer["claims"]
        ]
        lines += _settlement(answer["settlement"])
    else:
        for item in answer["claims"]:
            lines += _claim(item)
    return "\n".join(lines)


def _of_clause(name: str) -> str:
    file = _file(name)
    cases = [
        _case(
            case["name"],
            document(claim(name, case.get("decision"), **with_nulls(case["facts"])), **case.get("applicant", {})),
            whole=False,
        )
        for case in file["cases"]
    ]
    cases += [_case(title, doc, variant(**changed), whole=False) for title, doc, changed in SETTINGS.get(name, [])]
    return "\n\n".join([f"{name} {_title(name)}", *cases])


def _title(name: str) -> str:
    return next(clause.title for clause in policy().clauses if clause.id == name)


def _across() -> str:
    cases = [
        _case(
            case["name"],
            document(*case["claims"], **{"choices": case["choices"]} if "choices" in case else {},
                     **case.get("applicant", {})),
            whole=True,
        )
        for case in _file("across")["cases"]
    ]  # fmt: skip
    cases += [_case(title, doc, variant(**changed), paid, whole=True) for title, doc, changed, paid in ACROSS]
    return "\n\n".join(["跨条款结算", *cases])


def _blocks() -> str:
    """Blocks and conditions that the shipped policy does not use, on a made-up one."""
    made: PolicyDefinition = synthetic()
    sites = [{"base": "10000.00", "name": "演示甲"}, {"base": "1.00", "name": "演示乙"}]
    year = {"revenue": "110.00", "revenue_prev": "100.00"}
    day = "2024-06-01"
    cases = {
        "各档": document(claim("1.1", base="99.99"), claim("1.3", sites=sites), claim("1.4", sites=[])),
        "各部分相加": document(claim("1.2", base="0.99", heads=3)),
        "条件全部符合": document(claim("1.5", flag=True, heads=10, day=day), **year),
        "条件全部不符合": document(
            claim("1.5", flag=False, heads=21, day="2025-01-03"), revenue="109.98", revenue_prev="100.05"
        ),
        "没有填写": document(claim("1.5", flag=True, heads=3, day=None), **year),
        "不应出现的情形": document(claim("1.5", flag=True, heads=13, day="2023-12-30"), **year),
    }
    return "\n\n".join(["积木（虚构政策）", *(_case(name, doc, made, whole=False) for name, doc in cases.items())])


def texts() -> dict[str, str]:
    """Every file by its name, as it should be."""
    found = {clause.id: _of_clause(clause.id) for clause in policy().clauses}
    found |= {"across": _across(), "blocks": _blocks()}
    return {f"{name}.txt": text + "\n" for name, text in found.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
