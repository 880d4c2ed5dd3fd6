"""What could leave 64 bits: every value of the columns, and with them the amounts that are stored as a bigint of 分.

The columns refuse what could pass 2⁶¹ − 1 anywhere on the way to an amount, to an applicant's total or to the cap on
it, so an amount that they compute fits a bigint, and so does the sum of any two.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from policies.lint.faults import LintFault
from policies.rules.compile import CompiledPolicy

_MEND = "也可以设置条款上限或单项上限。"
#: The engine adds the keys of a definition for whoever writes one; the form of the editor names them in words.
_KEYS = re.compile(r"（[a-z_]+）")


def clause_bounds(policy: CompiledPolicy) -> Iterator[LintFault]:
    """The fault of a policy that holds one clause, told at its award."""
    if said := _said(dataclasses.replace(policy, groups={}, total_cap=None)):
        yield LintFault("award", *said)


def policy_bounds(policy: CompiledPolicy) -> Iterator[LintFault]:
    """The fault that only the clauses together, or the total cap, have; each clause by itself is in order."""
    if said := _said(policy):
        yield LintFault("total_cap" if policy.total_cap else "clauses", *said)


def _said(policy: CompiledPolicy) -> tuple[str, str] | None:
    """(what could overflow, what mends it)."""
    from policies.rules.columns import columns_fault  # numpy, wanted only when a definition is judged

    said = columns_fault(policy)
    if said is None:
        return None
    message, stop, mend = _KEYS.sub("", said).replace("事实", "数据").partition("。")
    return message + stop, mend or _MEND
