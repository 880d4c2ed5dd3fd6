"""What may notice a mutant, from the fastest to the slowest: documents with the oracle's answers, then the tests.

The oracle shares nothing with the engine, so its answers are computed once, before any mutant lives. Columns promise to
equal the scalar engine in every claim, condition and reason, so a mutant of theirs is held against its answers as well.
"""

from __future__ import annotations

import contextlib
import importlib
import io
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from tests.policies import oracle
from tests.policies.rules import strategies
from tests.policies.rules.columns import support as columns_support
from tests.policies.rules.columns.test_blocks import documents as made_up_documents
from tests.policies.rules.support import STEADY, variant
from tests.policies.rules.synthetic import synthetic
from tests.policies.rules.synthetic_year import documents as of_year
from tests.policies.rules.synthetic_year import synthetic_year
from tests.policies.rules.test_mutants import DOCS

#: Every setting that the arithmetic knows, beside the defaults.
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"day_count": 365, "lpr_pick": "drawn_on", "loan_cap": False},
    {"external_award": "difference", "cap_allocation": "clause_order", "extra_cap": "total"},
)
GENERATED = 600
#: So many are tried before all of them.
FIRST = 150
#: Examples of a generated test in the quick run.
FEW = 5
COLUMN_TESTS = [
    f"columns/test_{name}.py"
    for name in ("numbers", "overflow", "unknown", "snapshot", "blocks", "loans", "edges", "equal", "settle_columns")
]
TESTS = [
    "test_conditions.py",
    "test_compile.py",
    "test_edges.py",
    "test_worked_numbers.py",
    "test_definition.py",
    "test_trace.py",
    "test_unmet.py",
    "test_receipt.py",
    "test_settle.py",
    "test_workings.py",
    "test_properties.py",
    "test_oracle.py",
]
#: The tests that promise what a module does; they are asked before all others.
NEAREST = {
    "evaluate": ["test_edges.py", "test_trace.py", "test_unmet.py"],
    "nodes": ["test_edges.py", "test_definition.py", "columns/test_loans.py"],
    "conditions": ["test_conditions.py"],
    "settle": ["test_settle.py"],
    "compile": ["test_compile.py", "test_definition.py"],
    "columns.blocks": ["columns/test_edges.py", "columns/test_loans.py", "columns/test_overflow.py"],
    "columns.conditions": ["columns/test_edges.py", "columns/test_blocks.py"],
    "columns.numbers": ["columns/test_numbers.py"],
    "columns.reading": ["columns/test_unknown.py", "columns/test_numbers.py"],
    "columns.results": ["columns/test_settle_columns.py"],
    "columns.run": ["columns/test_overflow.py", "columns/test_unknown.py"],
    "columns.settle": ["columns/test_unknown.py", "columns/test_settle_columns.py"],
    "columns.table": ["columns/test_snapshot.py"],
}


@dataclass(frozen=True, slots=True)
class Case:
    """A document, what was paid before, and what is right under some settings."""

    settings: dict[str, Any]
    document: dict[str, Any]
    paid: dict[str, int]
    #: The oracle's; it knows no payments.
    answer: dict[str, Any] | None
    #: The unchanged scalar engine's, in the shape that columns must reproduce.
    scalar: dict[str, Any]
    #: The document as the unchanged engine reads it.
    read: Any


@dataclass(frozen=True, slots=True)
class Cases:
    """All of them; ``made_up`` are for the policy that uses every block."""

    shipped: list[Case]
    made_up: list[Case] = field(default_factory=list)


def _collected(strategy: Any, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    @settings(STEADY, max_examples=count, database=None)
    @given(strategy)
    def collect(doc: dict[str, Any]) -> None:
        found.append(doc)

    collect()
    return found


def _boundaries() -> list[dict[str, Any]]:
    try:
        module = importlib.import_module("tests.policies.rules.boundaries")
    except ImportError:
        return []
    return list(module.documents())


def _with_choice(doc: dict[str, Any], number: int) -> dict[str, Any]:
    """Every third enterprise that may choose takes the last of the group."""
    eligible = [c for c, (status, _) in oracle.evaluate(doc)["claims"].items() if status == "eligible"]
    group = [clause for clause in eligible if clause in oracle.RD_GROUP]
    return {**doc, "choices": {"研发投入": group[-1]}} if group and number % 3 == 0 and "choices" not in doc else doc


def _paid(doc: dict[str, Any], number: int) -> dict[str, int]:
    """Something was paid before for a claim of every fourth document, and twice for some."""
    claimed = [item["clause"] for item in doc["claims"]]
    chosen = doc.get("choices", {}).get("研发投入")
    free = [clause for clause in claimed if clause not in oracle.RD_GROUP or clause == chosen]
    return dict.fromkeys(free[: number % 3], (1, 123_456, 10**9)[number % 3]) if number % 4 == 0 else {}


def _cases(rules: Any, chosen: dict[str, Any], docs: list[dict[str, Any]], *, known: bool) -> list[Case]:
    found = []
    for number, doc in enumerate(docs):
        paid = _paid(doc, number)
        answer = oracle.evaluate(doc, **chosen) if known and not paid else None
        read = columns_support.read_document(rules, doc)
        found.append(Case(chosen, doc, paid, answer, columns_support.scalar(read, paid), read))
    return found


def cases() -> Cases:
    """Documents at the borders of the definition, of a made-up year, generated ones; in no order, so that the first few
    are of every kind. The borders, which are many, are looked at in full under the default settings only.
    """
    generated = _collected(strategies.documents(), GENERATED)
    borders, others = _boundaries(), [*DOCS, *of_year(synthetic_year(400), range(100)), *generated]
    shipped = []
    for chosen in SETTINGS:
        docs = [*others, *(borders[::5] if chosen else borders)]
        docs = [_with_choice(doc, number) for number, doc in enumerate(docs)]
        shipped += _cases(variant(**chosen), chosen, docs, known=True)
    made_up = _collected(made_up_documents(), GENERATED // 2)
    Random(1).shuffle(shipped)
    return Cases(shipped, _cases(columns_support.compiled(synthetic()), {}, made_up, known=False))


def by_documents(all_cases: Cases) -> str | None:
    """What a document noticed, None where all answers are the oracle's. Imports the engine anew: it may be a mutant."""
    support: Any = importlib.import_module("tests.policies.rules.support")
    evaluation: Any = importlib.import_module("policies.rules.document")
    amount_of: Any = importlib.import_module("policies.rules.evaluate").amount_of
    try:
        for case in all_cases.shipped:
            if case.answer is None:
                continue
            found = evaluation.read_document(support.variant(**case.settings), case.document)
            if oracle.shape(evaluation.answer(*evaluation.evaluate_input(found, trace=False))) != case.answer:
                return "another answer than the oracle's"
            for claim in found.claims:
                fen = amount_of(claim.clause, {**found.facts, **claim.facts}, found.year, claim.decision)
                amount = case.answer["claims"][claim.clause.id][1]
                if fen != (None if amount is None else amount * 100):
                    return "another amount than the oracle's"
    except Exception as error:
        return type(error).__name__
    return None


def by_columns(all_cases: Cases, *, scalar_changed: bool) -> str | None:
    """The same over columns: every document of a year and a setting in one run; a few of them first.

    ``scalar_changed``: the mutant is in the scalar engine, so what that once read and answered is no witness.
    """
    try:
        for some in (Cases(all_cases.shipped[:FIRST], all_cases.made_up[:FIRST]), all_cases):
            if not _columns_agree(some, scalar_changed=scalar_changed):
                return f"columns: not as {'the oracle' if scalar_changed else 'the scalar engine'}"
    except Exception as error:
        return f"columns: {type(error).__name__}"
    return None


def _columns_agree(some: Cases, *, scalar_changed: bool) -> bool:
    support: Any = importlib.import_module("tests.policies.rules.columns.support")
    for chosen in SETTINGS:
        rules = importlib.import_module("tests.policies.rules.support").variant(**chosen)
        for year in (2023, 2024, 2025):
            mine = [c for c in some.shipped if c.settings == chosen and c.document["policy_year"] == year]
            _, found = _run(support, rules, mine, year, scalar_changed=scalar_changed)
            if scalar_changed:
                pairs = zip(found, mine, strict=True)
                if any(_amounts(one) != _wanted(case.answer) for one, case in pairs if case.answer):
                    return False
            elif found != [case.scalar for case in mine]:
                return False
    rules = support.compiled(importlib.import_module("tests.policies.rules.synthetic").synthetic())
    read, found = _run(support, rules, some.made_up, 2024, scalar_changed=scalar_changed)
    return bool(
        found == [support.scalar(item, case.paid) for item, case in zip(read, some.made_up, strict=True)]
        if scalar_changed
        else found == [case.scalar for case in some.made_up]
    )


def _run(support: Any, rules: Any, mine: list[Case], year: int, *, scalar_changed: bool) -> tuple[list[Any], list[Any]]:
    """The documents as they are read, by a changed engine anew, and what the columns answer to them."""
    read = [support.read_document(rules, case.document) if scalar_changed else case.read for case in mine]
    paid = [case.paid for case in mine]
    columns = support.columns_of(rules, read, year, paid)
    return read, support.by_column(rules, columns, support.run_year(rules, columns))


def _amounts(answer: dict[str, Any]) -> Any:
    claims = {clause: (line[0], line[1], line[3], line[4]) for clause, line in answer["claims"].items()}
    return claims, answer["cap"], answer["total"]


def _wanted(answer: dict[str, Any]) -> Any:
    def fen(amount: Any) -> int | None:
        return None if amount is None else int(amount * 100)

    lines = answer["settlement"]["lines"]
    claims = {}
    for clause, (status, amount) in answer["claims"].items():
        _, settled, reason = lines.get(clause, (None, 0, None))
        claims[clause] = (status, fen(amount), fen(settled), reason)
    return claims, fen(answer["settlement"]["cap"]), fen(answer["settlement"]["total"])


class _Witness:
    """A pytest plugin: keeps the first failure, which nobody needs to see in its smallest form.

    In the quick run generated tests have few examples.
    """

    def __init__(self, *, quick: bool) -> None:
        self.failed: list[str] = []
        self.quick = quick

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            used = getattr(item.obj, "_hypothesis_internal_use_settings", None)
            if used is not None:
                most = min(used.max_examples, FEW) if self.quick else used.max_examples
                item.obj._hypothesis_internal_use_settings = settings(
                    used, max_examples=most, phases=(Phase.explicit, Phase.generate)
                )

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid.rpartition("/")[2])

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(f"collection of {report.nodeid.rpartition('/')[2]}")


def tests_of(module: str) -> tuple[list[str], list[str]]:
    """The tests nearest to a module, and all others that may notice a change of it."""
    nearest = NEAREST[module.removeprefix("policies.rules.")]
    every = COLUMN_TESTS if ".columns." in module else [*TESTS, *COLUMN_TESTS]
    return nearest, [name for name in every if name not in nearest]


def by_tests(names: list[str], *, quick: bool) -> str | None:
    """The first test of the engine that fails, None where all pass."""
    witness = _Witness(quick=quick)
    options = ["-x", "-q", "-c", "/dev/null", "--rootdir", ".", "--noconftest", "--no-header", "-p", "no:cacheprovider"]
    options += ["--disable-plugin-autoload", "-W", "error::RuntimeWarning"]  # the latter as pyproject.toml has it
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = pytest.main([*options, *(f"tests/policies/rules/{name}" for name in names)], plugins=[witness])
    if status == pytest.ExitCode.OK:
        return None
    return witness.failed[0] if witness.failed else f"pytest ended with {status!r}"
