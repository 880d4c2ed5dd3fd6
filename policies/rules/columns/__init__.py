"""The second way to run a definition: a whole year of claims as columns of 64-bit integers.

The same compiled definition (:mod:`policies.rules.compile`) that answers one document with a trace answers a million
claims here without one, equal to the 分. What a column holds is said in :mod:`.table`; :func:`.run.run_year` computes.
No float is used anywhere, and a definition whose values could overflow is refused before any fact is read.
"""

from policies.rules.columns.results import ClaimResults, Reason, Status, YearResults
from policies.rules.columns.run import ColumnsOverflowError, columns_fault, run_year
from policies.rules.columns.table import (
    LIFTED,
    MISSING,
    ClaimColumns,
    TableColumns,
    YearBuilder,
    YearColumns,
    load_year,
    save_year,
)

__all__ = [
    "LIFTED",
    "MISSING",
    "ClaimColumns",
    "ClaimResults",
    "ColumnsOverflowError",
    "Reason",
    "Status",
    "TableColumns",
    "YearBuilder",
    "YearColumns",
    "YearResults",
    "columns_fault",
    "load_year",
    "run_year",
    "save_year",
]
