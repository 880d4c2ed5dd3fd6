"""docs/mutation.md: what was run, what was noticed by what, and why each survivor changes nothing."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.policies.mutation.killers import FEW, SETTINGS
from tests.policies.mutation.operators import Mutation

REPORT = Path(__file__).resolve().parents[3] / "docs" / "mutation.md"
#: Why a mutant that survives changes nothing that matters: sentences (``why``), each with the keys of its ``mutants``.
EQUIVALENT = Path(__file__).with_name("equivalent.toml")

HEAD = f"""# Mutation run of the engine

`make mutation` changes the source of the engine in one place at a time and looks whether a test notices. A mutant that
nobody notices is either the same computation in other words, or a hole in the tests; each one is listed below with
the reason why it is the former. Mutants: comparisons moved by one and reversed, + − × ÷ exchanged, floor to ceiling,
half up to half even and to floor, min and max, any and all, and and or, not, conditions always and never true, whole
numbers ± 1, the first of equals to the last, branches of `where` exchanged, an answer of nothing, a statement left out.
Types, texts and the sentences of errors are not mutated.

Each mutant meets documents first: those at the borders of the definition, a made-up year, generated ones, each under
{len(SETTINGS)} combinations of settings, with choices and payments, and documents of a made-up policy that uses every
block. A mutant of the scalar engine must answer as the oracle does (`tests/policies/oracle.py`) and as the columns do,
a mutant of the columns as the scalar engine. Those that pass meet the tests of `tests/policies/rules`, nearest to the
module first, with at most {FEW} examples of each generated test; then, unless the reason below was known, all examples.
"""


RESUMED = (
    "\nThe run was broken off and resumed: {:,} verdicts of its three steps were there already, all about the present "
    "source of\ntheir module; the time is that of the last part."
)


def explanations() -> dict[str, str]:
    """Reasons by key."""
    groups = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["same"]
    return {key: group["why"] for group in groups for key in group["mutants"]}


def _code(text: str) -> str:
    return f"`` {text.replace('|', chr(92) + '|')} ``" if "`" in text else f"`{text.replace('|', chr(92) + '|')}`"


def write(
    every: Sequence[Mutation],
    verdicts: Mapping[str, str | None],
    cases: int,
    took: tuple[float, int],
    *,
    whole: bool,
) -> list[Mutation]:
    """Write the report of a whole run; returns the survivors without an explanation.

    ``took``: seconds of this process, and how many verdicts it took over from broken-off ones.
    """
    reasons = explanations()
    survivors = [item for item in every if verdicts[item.key] is None]
    if not whole:
        return [item for item in survivors if item.key not in reasons]
    lines = [
        HEAD,
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {cases:,} documents and settings, "
        f"{took[0] / 60:.0f} min: **{len(every):,} mutants, {len(every) - len(survivors):,} killed, "
        f"{len(survivors):,} survived.**{RESUMED.format(took[1]) if took[1] else ''}",
        "",
        "| file | mutants | killed by documents | killed by tests | survived |",
        "| --- | --- | --- | --- | --- |",
    ]
    for module in dict.fromkeys(item.module for item in every):
        mine = [verdicts[item.key] for item in every if item.module == module]
        tests = sum(1 for verdict in mine if verdict and "test_" in verdict)
        alive = sum(verdict is None for verdict in mine)
        path = module.replace(".", "/") + ".py"
        lines.append(f"| `{path}` | {len(mine)} | {len(mine) - tests - alive} | {tests} | {alive} |")
    lines += ["", "## Survivors", ""]
    for module in dict.fromkeys(item.module for item in survivors):
        lines += [f"### {module.replace('.', '/')}.py", "", "| line | in | change | why nothing changes |"]
        lines.append("| --- | --- | --- | --- |")
        for item in survivors:
            if item.module == module:
                reason = reasons.get(item.key, "**unexplained**")
                change = f"{_code(item.before)} → {_code(item.after)}"
                lines.append(f"| {item.line} | {item.place} | {change} | {reason} |")
        lines.append("")
    stale = sorted(set(reasons) - {item.key for item in survivors})
    if stale:
        lines += ["Reasons that no survivor needs any more:", "", *(f"- {_code(key)}" for key in stale), ""]
    REPORT.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return [item for item in survivors if item.key not in reasons]
