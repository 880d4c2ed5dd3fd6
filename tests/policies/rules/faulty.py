"""One sound document and its places, for the tests that put a fault into it."""

import copy

from tests.policies.rules.support import claim, document, loan

BASE = document(
    claim("3.1.2", loans=[loan("50000000.00", "2024-03-01")]),
    claim("3.4.5", projects=[{"name": "演示一线", "investment": "8000000.00", "accepted_on": "2024-05-01"}]),
    claim("3.2.3", status_list="listed_ei", settlement_sales_ex_tax="1.00"),
    claim("3.4.4", "1500000.00"),
    claim("3.4.2"),
    external_awards=[{"group": "研发投入", "amount": "0.00"}],
    choices={"研发投入": "3.4.2"},
)


def changed(path, value):
    """The base document with one value set (or, for the value ..., taken away)."""
    doc = copy.deepcopy(BASE)
    target = doc
    for step in path[:-1]:
        target = target[step]
    if value is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return doc


LOAN = ("claims", 0, "facts", "loans", 0)
PROJECT = ("claims", 1, "facts", "projects", 0)
SALES = ("claims", 2, "facts", "settlement_sales_ex_tax")
DECISION = ("claims", 3, "decision")
