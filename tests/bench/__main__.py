"""`make bench`: figures of speed on this machine, printed; nothing is asserted and nothing fails for being slow."""

import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.policies.rules.bench import figures as engine_figures


def machine() -> str:
    """Processor, cores and Python of this machine in one line."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model or 'unknown processor'}, {os.cpu_count()} cores, Python {platform.python_version()}"


def letter_figures() -> list[tuple[str, str]]:
    """How long one letter takes to render, first and warm."""
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    os.environ["DJANGO_SETTINGS_MODULE"] = "nanchang_ei.settings.test"
    import django

    django.setup()
    from letters.rendering import render
    from tests.letters.samples import APPROVAL, facts

    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        letter = render(facts(APPROVAL))
        seconds.append(time.perf_counter() - start)
    shown = f"{seconds[0]:.2f} s cold, {min(seconds[1:]):.2f} s warm, {len(letter.pdf) // 1024} KiB"
    return [(f"approval letter of {letter.pages} page(s)", shown)]


def main() -> None:
    """Print every figure with the machine and the day."""
    print(f"{datetime.now(UTC):%Y-%m-%d} · {machine()}")
    for name, figure in [*engine_figures(), *letter_figures()]:
        print(f"  {name}: {figure}")


if __name__ == "__main__":
    main()
