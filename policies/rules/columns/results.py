"""What a run over columns answers; the same words as an evaluation document, as codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from policies.rules.columns.table import Ints

Codes = npt.NDArray[np.int8]


class Status(IntEnum):
    """What became of a claim."""

    ELIGIBLE = 0
    NOT_ELIGIBLE = 1
    PENDING = 2
    #: A fact that the arithmetic needs is missing: a definition asks for more than was filed under another one.
    UNKNOWN = 3


class Reason(IntEnum):
    """Why a settled amount differs from its candidate; the order has no meaning."""

    NONE = 0
    NOT_CHOSEN = 1
    EXTERNAL_AWARD = 2
    CAP = 3
    PAID = 4


@dataclass(frozen=True, slots=True)
class ClaimResults:
    """One entry for each claim of a clause, in the order of :class:`.table.ClaimColumns`."""

    status: Codes
    #: 分; MISSING unless eligible.
    amount: Ints
    #: Bit i is set where the clause's condition i does not hold.
    unmet: Ints
    #: 分; 0 where nothing is settled.
    settled: Ints
    reason: Codes


@dataclass(frozen=True, slots=True)
class YearResults:
    """A whole year, settled."""

    claims: dict[str, ClaimResults]
    #: 分 for each applicant; MISSING where no cap applies.
    cap: Ints
    #: 分 for each applicant, clauses outside the cap included.
    total: Ints
    #: True where an applicant's choice is no eligible claim of its group: the recommendation took its place. (An
    #: evaluation document with such a choice is refused; a changed definition can bring it about.)
    choice_dropped: npt.NDArray[np.bool_]
