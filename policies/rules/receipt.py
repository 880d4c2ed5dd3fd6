"""The receipt of an award: everything that is needed to compute it again years later, and to see what changed since.

It holds the document (figures, decisions, choices), what was paid before, the values of the reference series that
were read, the answer, and SHA-256 sums of engine, definition and source text. The definition itself is kept by its
immutable versions; the receipt proves that it is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from common.canonical import digest
from common.money import parse_yuan, yuan
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.nodes import Interest, Total
from policies.rules.schema import PolicyDefinition

FORMAT = 1

#: Files outside this folder that a figure depends on.
_ALSO = tuple(Path(__file__).resolve().parents[2] / "common" / name for name in ("canonical.py", "money.py"))


@cache
def engine_sha256() -> str:
    """SHA-256 of the engine's own source files, names included."""
    total = hashlib.sha256()
    for path in [*sorted(Path(__file__).resolve().parent.glob("*.py")), *_ALSO]:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def definition_sha256(policy: PolicyDefinition) -> str:
    """SHA-256 of a whole definition, settings and series included."""
    return digest(policy.model_dump(mode="json"))


def build_receipt(
    policy: PolicyDefinition | CompiledPolicy,
    document: Mapping[str, Any],
    answer: Mapping[str, Any],
    *,
    paid: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The receipt of one evaluation; plain JSON.

    ``paid``: what was fixed before, clause → 分, as it was given to the evaluation.
    """
    rules = compiled(policy)
    definition = rules.definition
    body: dict[str, Any] = {
        "format": FORMAT,
        "policy": definition.number,
        "policy_year": document["policy_year"],
        "engine_sha256": engine_sha256(),
        "definition_sha256": definition_sha256(definition),
        "source_sha256": definition.source_sha256,
        "facts_sha256": digest(document),
        "answer_sha256": digest(answer),
        "series": _series_used(rules, document),
        "decisions": {
            claim["clause"]: claim["decision"] for claim in document["claims"] if claim.get("decision") is not None
        },
        "document": document,
        "paid": {clause: yuan(fen) for clause, fen in (paid or {}).items()},
        "answer": answer,
    }
    return {**body, "sha256": digest(body)}


def _series_used(rules: CompiledPolicy, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reference series that the claims read, with their values up to the end of the policy year."""
    keys = set()
    for claim in document["claims"]:
        award = rules.clauses[claim["clause"]].award
        for block in award.parts if isinstance(award, Total) else (award,):
            if isinstance(block, Interest):
                keys.add(block.series.key)
    last = f"{document['policy_year']}-12-31"
    return [
        {
            "key": series.key,
            "known_until": series.known_until.isoformat(),
            "values": {value.on.isoformat(): value.value for value in series.values if value.on.isoformat() <= last},
        }
        for series in rules.definition.series
        if series.key in keys
    ]


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a receipt. ``holds`` is the question that matters; the rest says why not, or what changed."""

    untouched: bool
    same_engine: bool
    same_definition: bool
    same_source: bool
    same_series: bool
    same_answer: bool
    #: Sentences for people, one for each difference.
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """The receipt is as it was issued, and the same inputs give the same award today."""
        return self.untouched and self.same_definition and self.same_source and self.same_series and self.same_answer


def verify_receipt(receipt: Mapping[str, Any], policy: PolicyDefinition | CompiledPolicy) -> Verification:
    """Compute a receipt again with the definition that it names and compare.

    A newer engine that gives the same answer is told, but does not make the receipt fail. The trace is compared as
    well: amounts that agree with another working would be a change too.
    """
    rules = compiled(policy)
    body = {key: value for key, value in receipt.items() if key != "sha256"}
    untouched = (
        receipt.get("sha256") == digest(body)
        and receipt["facts_sha256"] == digest(receipt["document"])
        and receipt["answer_sha256"] == digest(receipt["answer"])
    )
    same_engine = receipt["engine_sha256"] == engine_sha256()
    same_definition = receipt["definition_sha256"] == definition_sha256(rules.definition)
    same_source = receipt["source_sha256"] == rules.definition.source_sha256
    try:
        same_series = receipt["series"] == _series_used(rules, receipt["document"])
        paid = {clause: parse_yuan(amount) for clause, amount in receipt["paid"].items()}
        same_answer = evaluate_document(rules, receipt["document"], paid=paid) == receipt["answer"]
    except (EvaluationFault, KeyError, ValueError):
        same_series = same_answer = False
    checks = (
        (untouched, "回执内容与其校验值不符，可能被改动。"),
        (same_engine, "计算程序的版本与出具回执时不同。"),
        (same_definition, "条款定义与出具回执时不同。"),
        (same_source, "政策原文与出具回执时不同。"),
        (same_series, "所用参考利率与出具回执时不同。"),
        (same_answer, "按回执所载数据重新计算，结果与回执不同。"),
    )
    differences = tuple(sentence for same, sentence in checks if not same)
    return Verification(untouched, same_engine, same_definition, same_source, same_series, same_answer, differences)
