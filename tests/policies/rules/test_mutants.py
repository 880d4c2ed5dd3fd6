"""Mutants of the engine die: each small falsehood in its source changes a figure that the oracle knows.

A copy of the engine is changed in one place and run in a process of its own over a fixed set of documents, the answers
are compared with the oracle's. The unchanged copy must agree, otherwise nothing would be shown. These mutants are
picked by hand; `make mutation` makes them all.
"""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.policies import oracle
from tests.policies.rules.support import claim, document, loan

ROOT = Path(__file__).resolve().parents[3]

DOCS = [
    document(
        claim("3.4.2"), claim("3.4.1", base_rd_subsidy="15000000.00"), claim("3.3.1", silicon_led_rd="75000000.00")
    ),
    document(claim("3.4.2"), revenue="2000000000.00"),
    document(claim("3.4.2"), rd_staff=99),
    document(claim("3.4.1", base_rd_subsidy="20000000.00"), rd_expense="20000000.00"),
    document(claim("3.4.1", base_rd_subsidy="20000000.01")),
    document(claim("3.1.2", loans=[loan("1000.00", "2024-01-01", "2024-07-22")]), revenue="5100000000.00"),
    document(claim("3.1.2", loans=[loan("1000.00", "2024-01-01", "2024-07-22")]), revenue="5099999999.99"),
    document(claim("3.1.2", loans=[loan("987654.32", "2023-01-01"), loan("36000000.00", "2024-07-21", "2024-10-22")])),
    document(
        claim("3.1.2", loans=[loan("36000000.00", "2024-12-31"), loan("36000000.00", "2024-02-28", "2024-02-28")])
    ),
    document(claim("3.1.2", loans=[loan("36000000.00", "2024-03-01", paid="12.34")])),
    document(claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="5.00")),  # 0.025, a tie to even differs
    document(claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="1.00")),
    document(claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="0.99")),
    document(claim("3.4.5", projects=[{"investment": "0.01"}, {"investment": "0.01"}, {"investment": "99999999.00"}])),
    document(
        claim("3.3.1", silicon_led_rd="1000.00"),
        claim("3.8.3", introduced=[{"name": "演示甲"}]),
        sales_ex_tax="1999.99",
    ),
    document(claim("3.1.1", "5000.00"), claim("3.1.3b", neeq_listed_on="2024-01-01"), sales_ex_tax="2000000.19"),
    document(claim("3.1.3b", neeq_listed_on="2024-01-01"), newly_introduced=True, sales_ex_tax="1.00"),
    document(claim("3.1.3b", neeq_listed_on="2024-01-01"), kind="association", sales_ex_tax="1.00"),
    document(claim("3.4.2"), external_awards=[{"group": "研发投入", "amount": "0.01"}]),
    document(claim("3.4.2"), claim("3.3.1", silicon_led_rd="5.00"), choices={"研发投入": "3.3.1"}, external_awards=[]),
    document(
        claim(
            "3.2.2",
            "5.00",
            investor_fortune500=False,
            investment="1000000000.00",
            production_started_on="2023-10-10",
        )
    ),
    document(claim("3.2.2", "5.00", investor_fortune500=True, investment="0.00", production_started_on="2024-12-31")),
    document(claim("3.1.1"), claim("3.1.3b", neeq_listed_on="2024-01-01"), cap_override={"cap": "12.34"}),
    document(claim("3.1.3b", neeq_listed_on="2024-01-01"), cap_override={"lift": True}, sales_ex_tax="1.00"),
]

MUTANTS = [
    ("conditions.py", "return left >= right", "return left > right"),
    ("conditions.py", "value >= first", "value > first"),
    ("conditions.py", "value <= last", "value < last"),
    ("conditions.py", "return any(part.holds", "return all(part.holds"),
    ("conditions.py", "(now - before) * self.denominator", "now * self.denominator"),
    ("nodes.py", "return (2 * numerator + denominator) // (2 * denominator)", "return round(numerator / denominator)"),
    ("nodes.py", "return (2 * numerator + denominator) // (2 * denominator)", "return numerator // denominator"),
    ("nodes.py", "return (2 * numerator + denominator) // (2 * denominator)", "return -(-numerator // denominator)"),
    ("nodes.py", "if first < day < end), end]", "if first < day < end), end - 1]"),
    ("nodes.py", "year_end = dt.date(year + 1, 1, 1)", "year_end = dt.date(year, 12, 31)"),
    ("nodes.py", "if first < day < end)", "if day == end)"),
    ("nodes.py", "if self.limited else total", "if not self.limited else total"),
    ("nodes.py", "min(value, self.cap * self.denominator)", "min(value, self.cap)"),
    ("evaluate.py", "fen = min(fen, limit)", "fen = max(fen, limit)"),
    ("evaluate.py", "fen = min(fen, limit)", "fen = fen"),
    ("settle.py", "recommended[group] = max(present,", "recommended[group] = max(reversed(present),"),
    ("settle.py", "recommended[group] = max(present,", "recommended[group] = min(present,"),
    ("settle.py", "cap = base * rule.factor // rule.denominator", "cap = round(base * rule.factor / rule.denominator)"),
    ("settle.py", "now = room * running // whole", "now = -(-room * running // whole)"),
    ("settle.py", "running += want", "running = want"),
    ("settle.py", "if not policy.clauses[clause].exempt]", "]"),
    ("settle.py", "given.choices.get(group) or recommended", "recommended"),
    ("settle.py", "after_group[clause] = 0\n            reasons[clause] = \"ext", "reasons[clause] = \"ext"),
    ("settle.py", "rule.lifted_if.read(facts) is True)", "rule.lifted_if.read(facts) is False)"),
]  # fmt: skip


@pytest.fixture(scope="module")
def copy_of_engine(tmp_path_factory):
    root = tmp_path_factory.mktemp("engine")
    (root / "common").mkdir()
    (root / "common" / "__init__.py").touch()
    for name in ("money.py", "errors.py"):
        shutil.copy(ROOT / "common" / name, root / "common")
    skip = shutil.ignore_patterns("__pycache__")
    for part in ("rules", "corpus"):
        shutil.copytree(ROOT / "policies" / part, root / "policies" / part, ignore=skip)
    (root / "policies" / "__init__.py").touch()
    return root


COLUMN_MUTANTS = [
    ("numbers.py", "_floored(number, number.denominator // 2)", "_floored(number, 0)"),
    ("numbers.py", "_floored(number, number.denominator // 2)", "_floored(number, number.denominator - 1)"),
    ("numbers.py", "_floored(number, number.denominator // 2)", "_floored(number, (number.denominator - 1) // 2)"),
    ("numbers.py", "cut = min(most, beyond) * unit", "cut = min(most, beyond)"),
    ("blocks.py", "first = np.maximum(drawn, year_start)", "first = drawn"),
    ("blocks.py", "np.where(repaid == MISSING, year_end, repaid), year_end)", "repaid, year_end)"),
    ("blocks.py", "if node.limited:", "if not node.limited:"),
    ("blocks.py", "rates[day - first + 1] = series.rate_on(day)", "rates[day - first] = series.rate_on(day)"),
    ("conditions.py", "return left >= right", "return left > right"),
    ("conditions.py", "found &= value >= first.toordinal()", "found &= value > first.toordinal()"),
    ("conditions.py", "found &= value <= last.toordinal()", "found &= value < last.toordinal()"),
    ("conditions.py", "reduce(np.logical_or,", "reduce(np.logical_and,"),
    ("run.py", "np.minimum(fen.values, limit)", "np.maximum(fen.values, limit)"),
    ("run.py", "np.copyto(status, Status.PENDING, where=~decided)", "pass"),
    ("settle.py", "(line.candidate > before)", "(line.candidate >= before)"),
    ("settle.py", "limit = floor(share(", "limit = ceiling(share("),
    ("settle.py", "np.where(year.override == MISSING, limit, year.override)", "limit"),
    ("settle.py", "free = year.override == LIFTED", "free = year.override == MISSING"),
    ("settle.py", "answers(rule.lifted_if) == 1", "answers(rule.lifted_if) == 0"),
    ("settle.py", "inside = [line for line in lines if not line.exempt]", "inside = lines"),
    ("settle.py", "line.amount = np.where(touched, 0, line.amount)", "pass"),
    ("settle.py", "running = self.running[who] + want", "running = want"),
    ("settle.py", "part = served - self.served[who]", "part = served"),
]


#: Claims as the columns answer them, amounts in 分, a document on each line.
COLUMNS_RUN = """
import json, sys
from policies.rules.columns import MISSING, Reason, Status, YearBuilder, run_year
from policies.rules.corpus import corpus_source
from policies.rules.document import read_document
docs = [json.loads(line) for line in sys.stdin]
rules = corpus_source(docs[0]["policy"], 2024)
builder = YearBuilder(rules, 2024)
for doc in docs:
    builder.add(read_document(rules, doc))
year = builder.build()
found = run_year(rules, year)
answers = [{"claims": {}, "cap": int(cap), "total": int(total)} for cap, total in zip(found.cap, found.total)]
for clause, claims in found.claims.items():
    for k, row in enumerate(year.claims[clause].applicant):
        answers[row]["claims"][clause] = [
            Status(claims.status[k]).name.lower(), int(claims.amount[k]), int(claims.settled[k]),
            Reason(claims.reason[k]).name.lower(),
        ]
for answer in answers:
    for line in answer["claims"].values():
        line[:] = [None if value in (MISSING, "none") else value for value in line]
    answer["cap"] = None if answer["cap"] == MISSING else answer["cap"]
    print(json.dumps(answer))
"""
#: Answers without the working, which some mutants would write for ever.
RUN = """
import json, sys
from policies.rules.corpus import corpus_source
from policies.rules.document import evaluate_text
for line in sys.stdin.buffer:
    print(json.dumps(evaluate_text(line, corpus_source, trace=False)))
"""


def answers(root, program):
    """What the engine at a place answers to every document; None when it fails."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        input="\n".join(json.dumps(doc) for doc in DOCS).encode(),
        cwd=root,
        capture_output=True,
        check=False,
    )
    return None if done.returncode else [json.loads(line) for line in done.stdout.splitlines()]


def agrees(root):
    """Whether the engine at a place gives the oracle's answer for every document."""
    found = answers(root, RUN)
    return found is not None and all(
        oracle.shape(answer) == oracle.evaluate(doc) for answer, doc in zip(found, DOCS, strict=True)
    )


def columns_agree(root):
    """The same for its columns."""

    def fen(amount):
        return None if amount is None else int(amount * 100)

    def wanted(doc):
        answer = oracle.evaluate(doc)
        claims = {}
        for clause, (status, amount) in answer["claims"].items():
            _, settled, reason = answer["settlement"]["lines"].get(clause, (None, 0, None))
            claims[clause] = [status, fen(amount), fen(settled), reason]
        return {"claims": claims, "cap": fen(answer["settlement"]["cap"]), "total": fen(answer["settlement"]["total"])}

    return answers(root, COLUMNS_RUN) == [wanted(doc) for doc in DOCS]


def test_the_unchanged_copy_agrees(copy_of_engine):
    assert agrees(copy_of_engine)
    assert columns_agree(copy_of_engine)


@contextmanager
def changed(path, old, new):
    """A file with a falsehood in it, for a while."""
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(source, encoding="utf-8")


@pytest.mark.parametrize(("name", "old", "new"), MUTANTS)
def test_mutant_dies(copy_of_engine, name, old, new):
    with changed(copy_of_engine / "policies" / "rules" / name, old, new):
        assert not agrees(copy_of_engine)


@pytest.mark.parametrize(("name", "old", "new"), COLUMN_MUTANTS)
def test_mutant_of_the_columns_dies(copy_of_engine, name, old, new):
    with changed(copy_of_engine / "policies" / "rules" / "columns" / name, old, new):
        assert not columns_agree(copy_of_engine)
