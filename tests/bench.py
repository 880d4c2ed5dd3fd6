"""All figures of speed: ``make bench``. Runs `figures()` of every bench.py below tests/, prints them and writes each
module's section of docs/benchmarks.md, so that what stands there is exactly what ran. Nothing is asserted.

``python -m tests.bench rules`` runs only the modules whose name contains the word, and writes only their sections.

A bench module has ``figures()``: pairs of name and figure, or tables by title, each a head and its rows. It may have a
``TITLE``, ``NOTES`` (what the reader must know) and ``PACKAGES`` (distributions whose versions count).
"""

import importlib
import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent / "docs" / "benchmarks.md"

Pairs = list[tuple[str, str]]
Tables = dict[str, Sequence[tuple[str, ...]]]


def modules() -> list[str]:
    """The dotted names of the bench modules of the apps."""
    found = sorted(path for path in HERE.rglob("bench.py") if path.parent != HERE)
    return [".".join(("tests", *path.relative_to(HERE).with_suffix("").parts)) for path in found]


def one_core() -> None:
    """Everything runs on one core, libraries of linear algebra included (to be called before they are imported)."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def machine(packages: Sequence[str] = ()) -> str:
    """Processor, cores, memory, load before the run, and versions, in one line."""

    def told(path: str, key: str) -> str:
        lines = Path(path).read_text().splitlines() if Path(path).exists() else []
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")

    memory = told("/proc/meminfo", "MemTotal").removesuffix(" kB")
    parts = [
        f"{told('/proc/cpuinfo', 'model name') or platform.machine()}, one of {os.cpu_count()} cores used",
        f"{int(memory) / 2**20:.0f} GiB of memory" if memory else "",
        f"load before the run {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}",
        *(f"{name} {version(name)}" for name in packages),
    ]
    return " · ".join(part for part in parts if part)


def markdown(tables: Tables) -> str:
    """Tables as Markdown, each under its title."""
    blocks = []
    for title, (head, *rows) in tables.items():
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        blocks.append("\n".join(([f"### {title}", ""] if title else []) + lines))
    return "\n\n".join(blocks)


def section(name: str, module: ModuleType, tables: Tables, told: str) -> str:
    """A module's section of the report, between its markers."""
    title, notes = getattr(module, "TITLE", name.split(".")[1]), getattr(module, "NOTES", "").strip()
    body = [f"## {title}", told, markdown(tables), notes]
    text = "\n\n".join(part for part in body if part)
    return f"<!-- {name}: written by make bench -->\n{text}\n<!-- end of {name} -->"


def write(name: str, text: str) -> None:
    """Put a section in the place of the former one, or at the end."""
    report = REPORT.read_text(encoding="utf-8")
    place = re.compile(rf"<!-- {re.escape(name)}: .*?<!-- end of {re.escape(name)} -->", re.DOTALL)
    known = place.search(report)
    REPORT.write_text(
        place.sub(lambda _: text, report) if known else f"{report.rstrip()}\n\n{text}\n", encoding="utf-8"
    )


def main(words: list[str]) -> None:
    """Run the modules and write their sections."""
    one_core()
    for name in modules():
        if words and not any(word in name for word in words):
            continue
        module = importlib.import_module(name)
        told = f"{datetime.now(UTC):%Y-%m-%d} · {machine(getattr(module, 'PACKAGES', ()))}"
        print(f"== {name}\n{told}", flush=True)
        found: Pairs | Tables = module.figures()
        tables: Tables = found if isinstance(found, dict) else {"": [("what", "figure"), *found]}
        print(f"\n{markdown(tables)}\n", flush=True)
        write(name, section(name, module, tables, told))


if __name__ == "__main__":
    main(sys.argv[1:])
