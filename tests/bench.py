"""All figures of speed: ``make bench``. Runs `figures()` of every bench.py below tests/; nothing is asserted."""

import importlib
from pathlib import Path

HERE = Path(__file__).resolve().parent


def modules() -> list[str]:
    """The dotted names of the bench modules of the apps."""
    found = sorted(path for path in HERE.rglob("bench.py") if path.parent != HERE)
    return [".".join(("tests", *path.relative_to(HERE).with_suffix("").parts)) for path in found]


if __name__ == "__main__":
    for module in modules():
        print(f"== {module}")
        for name, figure in importlib.import_module(module).figures():
            print(f"{name}: {figure}")
