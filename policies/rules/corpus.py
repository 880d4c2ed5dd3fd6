"""Read a policy definition from a folder of TOML files, without a database.

Layout, one folder per document under ``policies/corpus``::

    hongfufa-2023-30/policy.toml        the fields of PolicyDefinition, without clauses and series, and
                                        clause_order = ["3.1.1", …]   series = ["lpr-1y"]
    hongfufa-2023-30/clauses/3.4.5.toml one ClauseDefinition each; a file without [award] is a clause that
                                        pays nothing and is left to the library
    hongfufa-2023-30/text.txt           the normalised source text; its SHA-256 is source_sha256
    series/lpr-1y.toml                  one Series each

Any of these files may hold a table ``[library]``: what the library prints (bracket, units, metadata). The engine
does not read it, so it is no part of the definition's hash.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.document import PolicyNotFoundError
from policies.rules.schema import PolicyDefinition

#: The corpus that ships with the product.
CORPUS = Path(__file__).resolve().parents[1] / "corpus"


class CorpusError(Exception):
    """The folder cannot be read as a policy; the sentence names the file."""


def _toml(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{path.parent.name}/{path.name}: {error}") from error
    data.pop("library", None)
    return data


def read_policy(folder: Path) -> dict[str, Any]:
    """The raw definition of one folder, as it goes into :class:`PolicyDefinition`.

    Raises:
        CorpusError: a file is missing, is no TOML, or the source text does not match its pinned hash.
    """
    data = _toml(folder / "policy.toml")
    order = data.pop("clause_order", [])
    clauses = [_toml(folder / "clauses" / f"{clause}.toml") for clause in order]
    data["clauses"] = [clause for clause in clauses if "award" in clause]
    data["series"] = [_toml(folder.parent / "series" / f"{name}.toml") for name in data.get("series", [])]
    try:
        text = (folder / "text.txt").read_bytes()
    except OSError as error:
        raise CorpusError(f"{folder.name}/text.txt: {error}") from error
    digest = hashlib.sha256(text).hexdigest()
    if data.get("source_sha256") != digest:
        raise CorpusError(f"{folder.name}/text.txt: its SHA-256 is {digest}, policy.toml pins another one")
    return data


def load_policy(folder: Path) -> PolicyDefinition:
    """One folder as a validated definition.

    Raises:
        CorpusError: see :func:`read_policy`.
        pydantic.ValidationError: the files do not make a definition.
    """
    return PolicyDefinition.model_validate(read_policy(folder))


@cache
def corpus_policies(root: Path = CORPUS) -> dict[str, PolicyDefinition]:
    """Every policy of the corpus by its number (洪府发〔2023〕30号); documents without clauses are left out."""
    found: dict[str, PolicyDefinition] = {}
    for path in sorted(root.glob("*/policy.toml")):
        if "clause_order" in _toml(path):
            policy = load_policy(path.parent)
            found[policy.number] = policy
    return found


def corpus_source(number: str, year: int | None) -> CompiledPolicy:
    """A :data:`policies.rules.document.PolicySource` over the shipped corpus; it knows one version per policy.

    Raises:
        PolicyNotFoundError: no such number.
    """
    try:
        return compiled(corpus_policies()[number])
    except KeyError:
        known = "、".join(corpus_policies())
        raise PolicyNotFoundError(f"未知的政策文号，现有：{known}。") from None
