"""All figures of speed: ``make bench``. Runs `figures()` of every bench.py below tests/; nothing is asserted."""

import importlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent


def modules() -> list[str]:
    """The dotted names of the bench modules of the apps."""
    found = sorted(path for path in HERE.rglob("bench.py") if path.parent != HERE)
    return [".".join(("tests", *path.relative_to(HERE).with_suffix("").parts)) for path in found]


def machine() -> str:
    """Processor, cores and Python of this machine in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    print(f"{datetime.now(UTC):%Y-%m-%d} · {machine()}")
    for module in modules():
        print(f"== {module}")
        for name, figure in importlib.import_module(module).figures():
            print(f"{name}: {figure}")
