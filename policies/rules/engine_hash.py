"""The hash of the engine: of exactly the source files that a figure of one document depends on.

These are :mod:`.document` and whatever it imports inside this package, directly or through others, found by reading
their import statements; and :mod:`common.money`, which reads and writes the amounts. So the other way of computing
(:mod:`.columns`), change documents, the command line and the reading of the corpus can change without a word about
awards that stand, and no list has to be kept when a file of the engine is split.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = "policies.rules"
_START = f"{_PACKAGE}.document"
_ALSO = ("common/money.py",)


@cache
def engine_sha256() -> str:
    """SHA-256 of the engine's own source files, names included."""
    return hash_of(_ROOT)


def hash_of(root: Path) -> str:
    """The hash of the engine whose packages lie in ``root``."""
    total = hashlib.sha256()
    for name in engine_files(root):
        total.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return total.hexdigest()


def engine_files(root: Path = _ROOT) -> list[str]:
    """The files that are hashed, as paths below ``root``, sorted."""
    found: set[str] = set()
    waiting = [_START]
    while waiting:
        name = _file(root, waiting.pop())
        if name is not None and name not in found:
            found.add(name)
            waiting += _imports(root / name)
    return sorted([*found, *_ALSO])


def _file(root: Path, module: str) -> str | None:
    """The file of a module of this package; None for other packages and for names that are no modules."""
    if not module.startswith(f"{_PACKAGE}."):
        return None
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if (root / name).is_file()), None)


def _imports(path: Path) -> list[str]:
    """Modules that a file imports, and the names that it imports from them, which may be modules too."""
    modules = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules
