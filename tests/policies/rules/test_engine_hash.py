"""The hash of the engine covers what a figure depends on: no file less, no file more."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from policies.rules import engine_hash
from policies.rules.engine_hash import engine_files, engine_sha256, hash_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def copy(tmp_path):
    """A copy of the engine to change."""
    for name in ("policies/rules", "common"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_copy_has_the_same_hash(copy):
    assert hash_of(copy) == engine_sha256()


@pytest.mark.parametrize(
    "name",
    [
        *(f"policies/rules/{name}.py" for name in ("nodes", "conditions", "compile", "evaluate", "explain", "settle")),
        *(f"policies/rules/{name}.py" for name in ("document", "intake", "facts", "strict_json", "values")),
        *(f"policies/rules/{name}.py" for name in ("schema", "schema_clause", "schema_policy")),
        "common/money.py",
    ],
)
def test_a_change_of_the_engine_alters_the_hash(copy, name):
    assert name in engine_files()
    (copy / name).write_text((copy / name).read_text() + "\n# changed\n")
    assert hash_of(copy) != engine_sha256()


@pytest.mark.parametrize(
    "name",
    [
        *(f"policies/rules/{name}.py" for name in ("change", "impact", "receipt", "differences", "cli", "corpus")),
        *(f"policies/rules/columns/{name}.py" for name in ("__init__", "run", "table", "results")),
        "policies/rules/engine_hash.py",
        "common/errors.py",
    ],
)
def test_what_no_figure_depends_on_does_not(copy, name):
    (copy / name).write_text((copy / name).read_text() + "\n# changed\n")
    assert hash_of(copy) == engine_sha256()


def test_a_file_that_the_engine_begins_to_import_counts_at_once(copy):
    (copy / "policies/rules/half.py").write_text("WAY = 'up'\n")
    assert hash_of(copy) == engine_sha256()
    nodes = copy / "policies/rules/nodes.py"
    nodes.write_text(nodes.read_text() + "\nfrom policies.rules.half import WAY  # noqa\n")
    assert "policies/rules/half.py" in engine_files(copy)
    before = hash_of(copy)
    (copy / "policies/rules/half.py").write_text("WAY = 'down'\n")
    assert hash_of(copy) != before


def test_what_runs_is_what_is_hashed():
    """Every module of the package that the running evaluation holds is in the list, and the other way round."""
    code = (
        "import json, sys, policies.rules.document;"
        "print(json.dumps([m.replace('.', '/') + '.py' for m in sys.modules if m.startswith('policies.rules.')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted([*json.loads(done.stdout), *engine_hash._ALSO]) == engine_files()
