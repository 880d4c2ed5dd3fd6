"""Figures of speed of the letters: ``python -m tests.bench letters`` prints them. Nothing is asserted."""

import multiprocessing
import os
import resource
import statistics
import time
from dataclasses import replace
from pathlib import Path

TITLE = "Letters"
NOTES = (
    "Drawing alone, without database and storage; each figure with its processor time, because other programs may "
    "share the machine. Kinds: median of 20 in a warm process, samples of tests/letters/samples.py. The run of 1,000 "
    "takes the kinds in turn with other names and numbers in two processes, as two Celery workers would, on both cores."
)
PACKAGES = ("weasyprint", "pyhanko")
TIMES, MANY, WORKERS = 20, 1_000, 2
EARLY = 100  # letters after which a worker's memory is looked at first
KINDS = ("approval", "long_approval", "receipt", "correction", "refusal", "objection_reply", "payment_notice")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻"


def _django() -> None:
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    os.environ["DJANGO_SETTINGS_MODULE"] = "nanchang_ei.settings.test"
    import django

    django.setup()


def _memory() -> float:
    """Resident memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _varied(sample: object, number: int) -> object:
    """The sample as another enterprise's letter: other characters, other number."""
    name = "演示" + "".join(SURNAMES[(number * step) % len(SURNAMES)] for step in (1, 7, 11)) + "电子有限公司"
    return replace(sample, number=f"演工信批〔2026〕{number}号", content=replace(sample.content, recipient=name))  # type: ignore[type-var,attr-defined]


def _work(numbers: range) -> tuple[float, float, float, float]:
    """Draw so many letters: processor seconds, memory after EARLY and at the end, its highest (MiB)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # the bench keeps to one core, two workers need two
    _django()
    from letters.rendering import render
    from tests.letters.samples import every_kind

    samples = [every_kind()[name] for name in KINDS]
    early, start = 0.0, time.process_time()
    for done, number in enumerate(numbers, start=1):
        render(_varied(samples[number % len(samples)], number + 1))  # type: ignore[arg-type]
        if done == EARLY:
            early = _memory()
    spent = time.process_time() - start
    return spent, early, _memory(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run() -> list[tuple[str, str]]:
    share = MANY // WORKERS
    start = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        told = pool.map(_work, [range(first, first + share) for first in range(0, MANY, share)])
    wall = time.perf_counter() - start
    spent = sum(one[0] for one in told)
    early, late, highest = (max(one[place] for one in told) for place in (1, 2, 3))
    return [
        (f"{MANY:,} letters in {WORKERS} processes", f"{wall:.0f} s, {wall / MANY:.3f} s per letter"),
        ("processor time per letter", f"{spent / MANY:.3f} s"),
        (f"memory of a worker after {EARLY} letters", f"{early:.0f} MiB"),
        (f"memory of a worker after {share} letters", f"{late:.0f} MiB, highest {highest:.0f} MiB"),
    ]


def _kinds() -> list[tuple[str, str]]:
    from letters.rendering import render
    from tests.letters.samples import every_kind

    start = time.perf_counter()
    render(every_kind()["approval"])
    rows = [("first letter of a process", f"{time.perf_counter() - start:.2f} s")]
    for name, sample in every_kind().items():
        letter, walls, cores = render(sample), [], []
        for _ in range(TIMES):
            wall, core = time.perf_counter(), time.process_time()
            letter = render(sample)
            walls.append(time.perf_counter() - wall)
            cores.append(time.process_time() - core)
        shown = f"{statistics.median(walls):.3f} s ({statistics.median(cores):.3f} s of the processor)"
        rows.append((f"{name}, {letter.pages} page(s), {len(letter.pdf) // 1024} KiB", shown))
    return rows


def figures() -> list[tuple[str, str]]:
    """One letter of each kind, then a thousand."""
    _django()
    return _kinds() + _run()
