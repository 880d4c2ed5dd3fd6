"""Run every mutant of the engine and write docs/mutation.md: ``make mutation``, or with words to choose modules.

Each mutant lives in a process forked after everything has been imported. There the changed module and whatever imports
it are imported anew; the process ends with the first test that notices. Verdicts are kept in var/mutation.jsonl as they
come; ``--resume`` takes those of an earlier, broken-off run, where the module has not changed since. Exit status 1: a
mutant survived that ``equivalent.toml`` does not explain.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType

from tests.policies.mutation import killers, report
from tests.policies.mutation.operators import Mutation, mutated, mutations

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "policies" / "rules"
SCALAR = ("evaluate", "nodes", "conditions", "settle", "compile")
#: Seconds of processor after which a mutant counts as noticed: it does not end.
TIMEOUT = 60
KEPT = ROOT / "var" / "mutation.jsonl"
STAGES = ("documents", "quick tests", "all examples of the tests")


def modules(words: Sequence[str] = ()) -> list[str]:
    """The dotted names of the modules that are mutated."""
    columns = sorted(path.stem for path in (RULES / "columns").glob("*.py") if path.stem != "__init__")
    names = [*(f"policies.rules.{name}" for name in SCALAR), *(f"policies.rules.columns.{name}" for name in columns)]
    return [name for name in names if not words or any(word in name for word in words)]


@cache
def source_of(module: str) -> str:
    """The source text of a module."""
    return (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")


def dependents(module: str) -> set[str]:
    """The module and every loaded one of the engine and its tests that imports it, directly or not."""
    imports: dict[str, set[str]] = {}
    for name, loaded in sys.modules.items():
        path = getattr(loaded, "__file__", None)
        if path and name.startswith(("policies.rules", "tests.policies")) and not name.startswith(__package__ or "-"):
            found = imports[name] = set()
            for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module)
                    found.update(f"{node.module}.{alias.name}" for alias in node.names)
    reached = {module}
    while more := {name for name, found in imports.items() if found & reached} - reached:
        reached |= more
    return reached


class _Mutant(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed code when the module is imported."""

    def __init__(self, module: str, code: CodeType) -> None:
        self.module, self.code = module, code

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=str(RULES))

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(ROOT / (self.module.replace(".", "/") + ".py"))
        exec(self.code, module.__dict__)


@dataclass
class Running:
    """A mutant in its process."""

    mutation: Mutation
    pid: int
    pipe: int
    text: bytes = b""


def start(mutation: Mutation, source: str, stale: set[str], judge: Callable[[str], str | None]) -> Running:
    """Fork; the child tells what noticed it, or nothing."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return Running(mutation, pid, reader)
    verdict: str | None = "the process ended"
    try:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT, TIMEOUT + 5))
        resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.dup2(devnull, 2)
        tree = ast.parse(source) if mutation.node < 0 else mutated(source, mutation)
        code = compile(tree, mutation.module, "exec", dont_inherit=True)
        for name in stale:
            sys.modules.pop(name, None)
            parent, _, own = name.rpartition(".")
            vars(sys.modules.get(parent, sys)).pop(own, None)  # from package import module looks there first
        sys.meta_path.insert(0, _Mutant(mutation.module, code))
        try:
            importlib.import_module(mutation.module)
            verdict = judge(mutation.module)
        except BaseException as error:
            verdict = f"{type(error).__name__} on import"
        os.write(writer, (verdict or "").encode()[:4000])
    finally:
        os._exit(0 if verdict is None else 1)


def finish(run: Running) -> str | None:
    """What noticed a mutant whose pipe has ended."""
    os.close(run.pipe)
    _, status = os.waitpid(run.pid, 0)
    if os.WIFSIGNALED(status):
        return "does not end" if os.WTERMSIG(status) == signal.SIGXCPU else f"signal {os.WTERMSIG(status)}"
    return run.text.decode(errors="replace") or None


@cache
def sum_of(module: str) -> str:
    """A short sum of a module's source: a verdict is about this text and no other."""
    return hashlib.sha256(source_of(module).encode()).hexdigest()[:12]


def kept(stage: str, wanted: list[Mutation]) -> dict[str, str | None]:
    """Verdicts of one stage that an earlier run left about the present sources, by key."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    sums = {item.key: sum_of(item.module) for item in wanted}
    found = map(json.loads, lines)
    return {key: verdict for step, key, verdict, source in found if step == stage and sums.get(key) == source}


def keep(stage: str, mutation: Mutation, verdict: str | None) -> None:
    """Append one verdict; those about the unchanged engine are not worth keeping."""
    if mutation.node >= 0:
        with KEPT.open("a", encoding="utf-8") as file:
            line = [stage, mutation.key, verdict, sum_of(mutation.module)]
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def run_all(wanted: list[Mutation], judge: Callable[[str], str | None], tell: str) -> dict[str, str | None]:
    """Verdicts by key, as many processes at a time as there are cores."""
    sources = {name: source_of(name) for name in {item.module for item in wanted}}
    stale = {name: dependents(name) for name in sources}
    verdicts = kept(tell, wanted)
    waiting, running = [item for item in reversed(wanted) if item.key not in verdicts], dict[int, Running]()
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            item = waiting.pop()
            started = start(item, sources[item.module], stale[item.module], judge)
            running[started.pipe] = started
        ready, _, _ = select.select(list(running), [], [])
        for pipe in ready:
            if text := os.read(pipe, 65536):
                running[pipe].text += text
                continue
            run = running.pop(pipe)
            verdict = verdicts[run.mutation.key] = finish(run)
            keep(tell, run.mutation, verdict)
            if verdict is None and run.mutation.node >= 0:
                print(f"\r{tell}: nobody noticed {run.mutation.line} {run.mutation.key}", file=sys.stderr)
        if sys.stderr.isatty() or len(verdicts) % 200 == 0:
            print(f"\r{tell}: {len(verdicts)} of {len(wanted)}", end="", file=sys.stderr, flush=True)
    print(f"\r{tell}: {len(verdicts)} of {len(wanted)}", file=sys.stderr)
    return verdicts


def main(words: list[str]) -> int:
    """Documents first, tests for those that they did not notice; then the report."""
    started = time.time()
    KEPT.parent.mkdir(exist_ok=True)
    if "--resume" not in words:
        KEPT.unlink(missing_ok=True)
    words = [word for word in words if word != "--resume"]
    names = modules(words)
    for name in (*names, "policies.rules.document", "tests.policies.rules.columns.support"):
        importlib.import_module(name)
    cases = killers.cases()

    def by_documents(module: str) -> str | None:
        if ".columns." in module:
            return killers.by_columns(cases, scalar_changed=False)
        return killers.by_documents(cases) or killers.by_columns(cases, scalar_changed=True)

    def by_tests(module: str, *, quick: bool = True) -> str | None:
        return next(filter(None, (killers.by_tests(names, quick=quick) for names in killers.tests_of(module))), None)

    nothing = [Mutation(name, 0, "", "unchanged", "unchanged", 0, -1, 0) for name in names]
    for some, judge in ((nothing, by_documents), ([nothing[0], nothing[-1]], by_tests)):
        if found := {key: why for key, why in run_all(some, judge, "the unchanged engine").items() if why}:
            print(f"The unchanged engine fails, a mutation run would show nothing: {found}", file=sys.stderr)
            return 2

    every = [item for name in names for item in mutations(name, source_of(name))]
    reasons = report.explanations()
    resumed = sum(len(kept(stage, every)) for stage in STAGES)
    verdicts = run_all(every, by_documents, STAGES[0])
    verdicts |= run_all([item for item in every if verdicts[item.key] is None], by_tests, STAGES[1])
    open_ones = [item for item in every if verdicts[item.key] is None and item.key not in reasons]
    verdicts |= run_all(open_ones, lambda module: by_tests(module, quick=False), STAGES[2])
    survivors = [item for item in every if verdicts[item.key] is None]
    count = len(cases.shipped) + len(cases.made_up)
    took = (time.time() - started, resumed)
    unexplained = report.write(every, verdicts, count, took, whole=not words)
    killed = len(every) - len(survivors)
    print(f"{len(every)} mutants, {killed} killed, {len(survivors)} survived, {len(unexplained)} of them unexplained")
    for item in unexplained:
        print(f"  {item.line}: {item.key}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
