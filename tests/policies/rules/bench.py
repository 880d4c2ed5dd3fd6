"""Figures of speed of the engine, with OpenFisca computing the same beside it.

Nothing is asserted about time, but wrong results have no speed: before a year is timed, a sample of it must come out of
the columns as out of the documents.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from common.money import yuan
from policies.rules.change import apply_change
from policies.rules.columns import MISSING, Reason, Status, YearColumns, YearResults, load_year, run_year, save_year
from policies.rules.compile import compile_policy, compiled
from policies.rules.corpus import corpus_source
from policies.rules.document import evaluate_document, evaluate_text, read_document
from policies.rules.evaluate import amount_of, evaluate_clause
from policies.rules.impact import compare
from tests.policies.rules.support import NUMBER, claim, document, loan, policy
from tests.policies.rules.synthetic_year import YEAR, documents, synthetic_year

TITLE = "The award engine"
PACKAGES = ("numpy", "openfisca-core")
ROOT = Path(__file__).resolve().parents[3]

ESTIMATES = document(
    claim("3.1.2", loans=[loan("50000000.00", "2024-03-01"), loan("20000000.00", "2023-03-01", "2024-11-30")]),
    claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="123456789.00"),
    claim("3.3.1", silicon_led_rd="7654321.09"),
    claim("3.4.1", base_rd_subsidy="1234567.89"),
    claim("3.4.2"),
    claim("3.4.5", projects=[{"name": "演示一线", "investment": "8000000.00"}] * 3),
)
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LINES = 20_000
SAMPLE = 2_000
#: The question of the what-if: two clauses and the cap on the sum change.
CHANGE = {
    "policy": NUMBER,
    "clauses": {"3.4.2": {"award.rate": "12%"}, "3.4.5": {"award.row_cap": "4000000.00"}},
    "total_cap": {"rate": "3%"},
}

NOTES = """
How to read this:

- A claim is one clause of one enterprise (an application). The year is made up
  (`tests/policies/rules/synthetic_year.py`): two and a half claims for each enterprise, one to three loans or projects
  for a claim of 3.1.2 or 3.4.5, sizes over orders of magnitude. A run checks conditions, computes, chooses in the group
  研发投入 and cuts to 5 %.
- Before a year is timed, documents of a random sample are evaluated one by one and must equal the columns to the 分, in
  status, amount, what is settled and why; otherwise the bench ends.
- OpenFisca (`tests/policies/rules/openfisca_peer.py`) gets the same data as arrays in its own types before the clock
  starts. Build: entities declared and linked, inputs set; a run needs both steps, since a simulation keeps what it has
  calculated. It computes every clause for every enterprise, claimed or not, and answers amounts alone, without a
  reason or what is unmet. Its own way to link (`join_with_persons`) cannot take enterprises without a loan or project
  and is left out, which is faster.
- Everything of the six clauses could be expressed in it: conditions, rates, caps of clauses and rows, interest by
  stretches of LPR, group, choice, external awards, officer's caps, the cut. What could not is exact money: its floats
  are float32. With 64 bits, which it does not offer, rows still differ: a rate such as 0.005 is no binary fraction.
- The first what-if runs in a fresh process; again: the best of several in the same one.
"""

Rows = list[tuple[str, ...]]


def seconds(work: Callable[[], object], times: int, rounds: int = 3) -> float:
    """Processor seconds of one call, the best of the rounds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            work()
        taken.append((time.process_time() - start) / times)
    return min(taken)


def shown(taken: float) -> str:
    """Seconds in a unit that suits them."""
    if taken < 1e-3:
        return f"{taken * 1e6:.1f} µs"
    return f"{taken * 1e3:.1f} ms" if taken < 1 else f"{taken:.2f} s"


# ------------------------------------------------------------------------------------------- one document


def estimates() -> Rows:
    """Each clause without and with its trace."""
    given = read_document(compiled(policy()), ESTIMATES)
    rows: Rows = [("one estimate", "amount alone", "with conditions and trace")]
    for item in given.claims:
        facts = {**given.facts, **item.facts}
        plain = seconds(lambda c=item.clause, f=facts: amount_of(c, f, YEAR), 2000)
        traced = seconds(lambda c=item.clause, f=facts: evaluate_clause(c, f, YEAR), 500)
        rows.append((item.clause.id, shown(plain), shown(traced)))
    return rows


def texts() -> Rows:
    """Documents of five claims from text to text: one in this process, and a stream through the command."""
    year = synthetic_year(5 * LINES * 15)
    claims = sum(np.bincount(found.applicant, minlength=len(year)) for found in year.claims.values())
    chosen = np.flatnonzero(claims == 5)[:LINES]
    lines = [json.dumps(doc, ensure_ascii=False).encode() for doc in documents(year, chosen)]
    some = iter(lines * 2)
    one = seconds(lambda: json.dumps(evaluate_text(next(some), corpus_source), ensure_ascii=False), 2000)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "evaluate", "--corpus", "--jsonl", "-"],
        input=b"\n".join(lines),
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answers = done.stdout.splitlines()
    if len(answers) != len(lines) or any(b'"errors"' in answer for answer in answers):
        raise SystemExit("not every document was answered")
    return [
        ("documents of five claims, text to text", "figure"),
        ("one document in a running process", f"{shown(one)}, {60 / one:,.0f} a minute"),
        (
            f"`manage.py evaluate --corpus --jsonl -` with {len(lines):,} documents, start included",
            f"{used:.1f} s of processor, {wall:.1f} s on the clock: {60 / used * len(lines):,.0f} a minute",
        ),
    ]


# ------------------------------------------------------------------------------------------------- a year


def check(year: YearColumns, results: YearResults) -> None:
    """A sample must come out of the columns as out of the documents.

    Raises:
        SystemExit: it does not, with the first difference.
    """
    rows = np.random.default_rng(1).choice(len(year), min(SAMPLE, len(year)), replace=False)
    for row, doc in zip(rows, documents(year, rows), strict=True):
        answer = evaluate_document(policy(), doc, trace=False)
        lines = {line["clause"]: line for line in answer["settlement"]["lines"]}
        for item in answer["claims"]:
            clause = item["clause"]
            found, place = results.claims[clause], np.searchsorted(year.claims[clause].applicant, row)
            line = lines.get(clause, {"settled": "0.00", "reason": None})
            wanted = (item["status"], item["amount"], line["settled"], line["reason"])
            amount, reason = int(found.amount[place]), Reason(int(found.reason[place]))
            got = (
                Status(int(found.status[place])).name.lower(),
                None if amount == MISSING else yuan(amount),
                yuan(int(found.settled[place])),
                None if reason is Reason.NONE else reason.name.lower(),
            )
            if got != wanted:
                raise SystemExit(f"columns {got}, document {wanted}: {clause} of {json.dumps(doc, ensure_ascii=False)}")
        cap = int(results.cap[row])
        got_sum = (None if cap == MISSING else yuan(cap), yuan(int(results.total[row])))
        if got_sum != (answer["settlement"]["cap"], answer["settlement"]["total"]):
            raise SystemExit(
                f"columns {got_sum}, document {answer['settlement']}: {json.dumps(doc, ensure_ascii=False)}"
            )


def growth() -> Rows:
    """Columns and OpenFisca over years from a thousand to a million claims."""
    from tests.policies.rules import openfisca_peer as peer

    rules, system = compiled(policy()), peer.system()
    rows: Rows = [
        (
            "claims",
            "enterprises, loans and projects",
            "columns",
            "claims a second",
            "OpenFisca: build + calculate",
            "claims a second",
            "columns ÷ OpenFisca",
        )
    ]
    for size in SIZES:
        year = synthetic_year(size)
        check(year, run_year(rules, year))
        times = max(1, 50_000 // size)
        ours = seconds(lambda y=year: run_year(rules, y), times, rounds=5)
        given = peer.inputs(year)
        build = seconds(lambda g=given: peer.build(system, g), times, rounds=5)
        both = seconds(lambda g=given: peer.calculate(peer.build(system, g), g.period), times, rounds=5)
        rows.append(
            (
                f"{size:,}",
                f"{len(year):,}, {len(given.members):,}",
                shown(ours),
                f"{size / ours:,.0f}",
                f"{shown(build)} + {shown(max(0.0, both - build))}",
                f"{size / both:,.0f}",
                f"{both / ours:.1f} times as fast",
            )
        )
    return rows


def exactness() -> Rows:
    """How far OpenFisca's answers are from ours, on a million claims."""
    from tests.policies.rules import openfisca_peer as peer

    year = synthetic_year(SIZES[-1])
    ours = run_year(compiled(policy()), year)
    rows: Rows = [("settled amounts of a million claims", "differ at the 分", "largest difference", "sum of the year")]
    total = sum(int(found.settled.sum()) for found in ours.claims.values())
    paid = sum(int((found.settled != 0).sum()) for found in ours.claims.values())
    rows.append(("the engine (columns)", "—", "—", f"{yuan(total)} 元"))
    for name, double in (("OpenFisca (float32)", False), ("OpenFisca, its floats widened to 64 bits", True)):
        given = peer.inputs(year, double=double)
        theirs = peer.calculate(peer.build(peer.system(double=double), given), given.period)
        differ, largest, whole = 0, 0, 0
        for clause, found in ours.claims.items():
            amounts = theirs[clause][year.claims[clause].applicant].astype(np.float64)
            fen = np.rint(amounts * 100).astype(np.int64)
            gap = np.abs(fen - found.settled)
            differ, largest, whole = differ + int((gap > 0).sum()), max(largest, int(gap.max())), whole + int(fen.sum())
        share = f"{differ:,} ({differ / paid:.1%} of the {paid:,} that are above 0)"
        rows.append((name, share, f"{yuan(largest)} 元", f"{yuan(whole)} 元"))
    return rows


# ---------------------------------------------------------------------------------------- a changed policy


def what_if(year: YearColumns, parts: dict[str, float]) -> None:
    """One question, with the seconds of its parts."""

    def part(name: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        parts[name] = time.process_time() - start
        return result

    rules = compiled(policy())
    changed = part("change laid over and compiled", lambda: compile_policy(apply_change(policy(), CHANGE)[0]))
    before = part("the year before", lambda: run_year(rules, year))
    after = part("the year after", lambda: run_year(changed, year))
    part("compared", lambda: compare(year, (rules, before), (changed, after)))


def peak() -> int:
    """The most memory this process ever held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def child(kind: str, path: str) -> None:
    """What is measured in a process of its own, as JSON on standard output: ``kind`` is what_if, run or peer."""
    if kind == "peer":
        from tests.policies.rules import openfisca_peer as peer

        given = pickle.loads(Path(path).read_bytes())
        held = peak()
        peer.calculate(peer.build(peer.system(), given), given.period)
        print(json.dumps({"held": held, "peak": peak()}))
        return
    compiled(policy())
    start = time.process_time()
    year = load_year(Path(path))
    loaded, held = time.process_time() - start, peak()
    if kind == "run":
        run_year(compiled(policy()), year)
        print(json.dumps({"held": held, "peak": peak()}))
        return
    first: dict[str, float] = {}
    what_if(year, first)
    most = peak()
    again = []
    for _ in range(4):
        again.append({})
        what_if(year, again[-1])
    best = min(again, key=lambda parts: sum(parts.values()))
    print(json.dumps({"loaded": loaded, "held": held, "peak": most, "first": first, "again": best}))


def _apart(kind: str, path: Path) -> dict[str, Any]:
    program = "import sys; from tests.policies.rules.bench import child; child(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, kind, str(path)], cwd=ROOT, capture_output=True, check=True, env=os.environ
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def snapshot() -> tuple[Rows, Rows, Rows]:
    """A what-if over a million claims from the snapshot on, and the memory that the runs need."""
    from tests.policies.rules import openfisca_peer as peer

    year = synthetic_year(SIZES[-1])
    with tempfile.TemporaryDirectory() as folder:
        path, inputs = Path(folder) / "year.npz", Path(folder) / "inputs"
        saved = seconds(lambda: save_year(year, path), 1)
        size = path.stat().st_size / 2**20
        found, run = _apart("what_if", path), _apart("run", path)
        inputs.write_bytes(pickle.dumps(peer.inputs(year)))
        theirs = _apart("peer", inputs)
    facts: Rows = [
        ("facts of a million claims", "figure"),
        ("snapshot written", shown(saved)),
        ("snapshot read", shown(found["loaded"])),
        ("its size", f"{size:.0f} MiB"),
    ]
    rows: Rows = [("a what-if over a million claims, facts loaded", "first", "again")]
    rows += [(name, shown(taken), shown(found["again"][name])) for name, taken in found["first"].items()]
    sums = [shown(sum(found[which].values())) for which in ("first", "again")]
    rows.append(("**the question as a whole**", *(f"**{text}**" for text in sums)))
    memory: Rows = [
        ("memory for a million claims", "process with the facts", "at its peak"),
        ("columns, one run", f"{run['held']} MiB", f"{run['peak']} MiB"),
        ("columns, a what-if (two runs held and compared)", f"{found['held']} MiB", f"{found['peak']} MiB"),
        ("OpenFisca, one run", f"{theirs['held']} MiB", f"{theirs['peak']} MiB"),
    ]
    return facts, rows, memory


def figures() -> dict[str, Rows]:
    """All tables."""
    facts, question, memory = snapshot()
    return {
        "One document": estimates(),
        "From text to text": texts(),
        "A year in columns, and OpenFisca beside it": growth(),
        "Exactness": exactness(),
        "The snapshot": facts,
        "A changed policy": question,
        "Memory": memory,
    }
