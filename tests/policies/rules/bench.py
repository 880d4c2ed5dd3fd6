"""Figures of speed of the engine: ``python -m tests.policies.rules.bench``. Nothing is asserted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from policies.rules.compile import compiled
from policies.rules.corpus import corpus_source
from policies.rules.document import evaluate_text, read_document
from policies.rules.evaluate import amount_of, evaluate_clause
from tests.policies.rules.support import claim, document, loan, policy

FIVE = document(
    claim("3.1.2", loans=[loan("50000000.00", "2024-03-01"), loan("20000000.00", "2023-03-01", "2024-11-30")]),
    claim("3.4.5", projects=[{"name": "演示一线", "investment": "8000000.00"}] * 3),
    claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="123456789.00"),
    claim("3.4.1", base_rd_subsidy="1234567.89"),
    claim("3.4.2"),
)


def seconds(work: Callable[[], object], times: int) -> float:
    """Processor seconds of one call, the best of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.process_time()
        for _ in range(times):
            work()
        rounds.append((time.process_time() - start) / times)
    return min(rounds)


def figures() -> list[tuple[str, str]]:
    """Names and figures, ready to print."""
    rules = compiled(policy())
    given = read_document(rules, FIVE)
    found = []
    for item in given.claims:
        facts = {**given.facts, **item.facts}
        plain = seconds(lambda c=item.clause, f=facts: amount_of(c, f, 2024), 2000)
        traced = seconds(lambda c=item.clause, f=facts: evaluate_clause(c, f, 2024), 500)
        shown = f"{plain * 1e6:.0f} µs without working, {traced * 1e6:.0f} µs with it"
        found.append((f"estimate of {item.clause.id}", shown))
    text = json.dumps(FIVE).encode()
    one = seconds(lambda: json.dumps(evaluate_text(text, corpus_source), ensure_ascii=False), 300)
    found.append(("document of five claims, text to text", f"{one * 1e3:.2f} ms, {60 / one:,.0f} a minute"))
    return found


if __name__ == "__main__":
    for name, figure in figures():
        print(f"{name}: {figure}")
