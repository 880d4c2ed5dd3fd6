"""Number types of a definition, each with the words of the policy that it was read from.

A value is written once, typed and tagged, beside its ``literal`` (the characters that stand for it in the
policy: 「20亿元」) and its ``quote`` (the passage that contains the literal). The tag matters: an untagged union
would read 20亿元 as the count 20. Values are strings, never JSON or TOML numbers, so that nothing passes
through a float on its way here; counts are the one exception (whole numbers).
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MONEY_PATTERN = r"^(0|[1-9][0-9]{0,13})\.[0-9]{2}$"
PERCENT_PATTERN = r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,6})?%$"
TIMES_PATTERN = r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$"

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
#: ``Y.revenue`` a figure of the year, ``row.cost`` a column of the row at hand, ``cost_total`` a fact of the
#: clause, ``product_sales.sales_ex_tax`` the sum of a table's column, ``introduced`` (a table) its rows.
Ref = Annotated[str, Field(pattern=r"^(Y\.|row\.)?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]


def _as_date(value: Any) -> Any:
    """TOML hands out dates, JSON strings: both are wanted; an instant is not a day."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return dt.date.fromisoformat(value)
    return value


Day = Annotated[dt.date, BeforeValidator(_as_date)]


class Model(BaseModel):
    """Base of every schema class: unknown keys refused, no coercion, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Citation(Model):
    """A passage of a source text, word for word.

    ``source`` names the document when it is not the policy itself.
    """

    quote: Text
    source: Text | None = None


class _Cited(Citation):
    #: The characters inside ``quote`` that are read as the value, e.g. ``500万元``.
    literal: Annotated[str, Field(min_length=1, max_length=40)]


class CitedMoney(_Cited):
    """An amount of money in 元 with exactly two decimals: ``"5000000.00"`` for 500万元."""

    type: Literal["money"] = "money"
    value: Annotated[str, Field(pattern=MONEY_PATTERN)]

    @property
    def fen(self) -> int:
        """The amount in 分."""
        return int(self.value.replace(".", ""))


class CitedRate(_Cited):
    """A share written as a percentage: ``"0.5%"``."""

    type: Literal["rate"] = "rate"
    value: Annotated[str, Field(pattern=PERCENT_PATTERN)]

    @property
    def fraction(self) -> Fraction:
        """The share as an exact fraction (0.5% = 1/200)."""
        return Fraction(self.value[:-1]) / 100


class CitedTimes(_Cited):
    """A multiple: ``"1"`` for 加计1倍."""

    type: Literal["times"] = "times"
    value: Annotated[str, Field(pattern=TIMES_PATTERN)]

    @property
    def fraction(self) -> Fraction:
        """The multiple as an exact fraction."""
        return Fraction(self.value)


class CitedCount(_Cited):
    """A whole number of persons, projects, …: ``100`` for 100人."""

    type: Literal["count"] = "count"
    value: Annotated[int, Field(ge=0, le=10**9)]
    #: The measure word for people: 人, 项, 家.
    unit: Annotated[str, Field(max_length=4)] = ""


CitedNumber = Annotated[CitedMoney | CitedRate | CitedCount, Field(discriminator="type")]
