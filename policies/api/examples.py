"""The example of the interface: the document that ships beside the policy, answered by the engine itself.

Nothing here can go stale: answers and faults are computed from the shipped corpus when they are first asked for.
"""

import copy
import json
from functools import cache
from typing import Any

from policies.rules.corpus import CORPUS, corpus_source
from policies.rules.document import EvaluationFault, evaluate_document


@cache
def example_text() -> str:
    """The example of the newest policy that ships with one (`example.json` in its folder), as it is written there."""
    return sorted(CORPUS.glob("*/example.json"))[-1].read_text(encoding="utf-8").strip()


@cache
def example_document() -> dict[str, Any]:
    """The example, parsed."""
    found: dict[str, Any] = json.loads(example_text())
    return found


@cache
def faulty_document() -> dict[str, Any]:
    """The example with a number where a string is due, a clause that does not exist and a figure left out."""
    document = copy.deepcopy(example_document())
    document["applicant"]["sales_ex_tax"] = 300000000
    document["claims"][-1]["clause"] = "9.9.9"
    document["choices"] = {}
    del document["applicant"]["revenue"]
    return document


@cache
def example_answer() -> dict[str, Any]:
    """What the example is answered with."""
    return evaluate_document(corpus_source(example_document()["policy"], None), example_document())


@cache
def faulty_answer() -> dict[str, Any]:
    """What the faulty example is answered with."""
    try:
        evaluate_document(corpus_source(example_document()["policy"], None), faulty_document())
    except EvaluationFault as fault:
        return fault.as_json()
    raise AssertionError("the faulty example was accepted")
