"""Mutants of the engine die: each small falsehood in its source changes a figure that the oracle knows.

A copy of the engine is changed in one place and run in a process of its own over a fixed set of documents, the answers
are compared with the oracle's. The unchanged copy must agree, otherwise nothing would be shown.
"""

import json
import shutil
import subprocess
import sys
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
    document(claim("3.3.1", silicon_led_rd="1000.00"), claim("3.8.3", introduced=[{}]), sales_ex_tax="1999.99"),
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
    ("nodes.py", "max(start, first), min(stop, end)", "max(start, first), min(stop, end - 1)"),
    ("nodes.py", "year_end = dt.date(year + 1, 1, 1)", "year_end = dt.date(year, 12, 31)"),
    ("nodes.py", "if stop > first:", "if start > first:"),
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


RUN = "import sys; from policies.rules.cli import main; sys.exit(main(['-', '--jsonl']))"


def agrees(root):
    """Whether the engine at a place gives the oracle's answer for every document."""
    done = subprocess.run(
        [
            sys.executable,
            "-B",
            "-c",
            "import sys; from policies.rules.cli import main; sys.exit(main(['-', '--jsonl']))",
        ],
        input="\n".join(json.dumps(doc) for doc in DOCS).encode(),
        cwd=root,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        return False
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return all(
        "errors" not in answer and oracle.shape(answer) == oracle.evaluate(doc)
        for answer, doc in zip(answers, DOCS, strict=True)
    )


def test_the_unchanged_copy_agrees(copy_of_engine):
    assert agrees(copy_of_engine)


@pytest.mark.parametrize(("name", "old", "new"), MUTANTS)
def test_mutant_dies(copy_of_engine, name, old, new):
    path = copy_of_engine / "policies" / "rules" / name
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new), encoding="utf-8")
    try:
        assert not agrees(copy_of_engine)
    finally:
        path.write_text(source, encoding="utf-8")
