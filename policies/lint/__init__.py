"""Lints that refuse a definition: values in, faults out, no framework.

:func:`lint_policy` judges the JSON of a whole policy that may be invalid, :func:`lint_clause` one of its clauses,
:func:`lint_printed` what a clause prints (sentence, bracket of units, quota), whether or not it pays money.
"""

from policies.lint.faults import LintFault
from policies.lint.policy import lint_clause, lint_policy
from policies.lint.printed import lint_printed

__all__ = ["LintFault", "lint_clause", "lint_policy", "lint_printed"]
