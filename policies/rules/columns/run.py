"""Run a compiled policy over the columns of a year."""

from __future__ import annotations

from policies.rules.columns.results import YearResults
from policies.rules.columns.table import YearColumns
from policies.rules.compile import CompiledPolicy, DefinitionError


class ColumnsOverflowError(DefinitionError):
    """By the bounds of its facts a definition could leave 64 bits; the message names the clause and what to bound."""


def columns_fault(policy: CompiledPolicy) -> str | None:
    """Why a policy cannot run over columns, as a Chinese sentence that names the clause; None when it can."""
    raise NotImplementedError


def run_year(policy: CompiledPolicy, year: YearColumns) -> YearResults:
    """Evaluate and settle a whole year.

    Raises:
        ColumnsOverflowError: see :func:`columns_fault`; nothing was computed.
        MissingRateError: a reference series does not know a day that a loan needs.
    """
    raise NotImplementedError
