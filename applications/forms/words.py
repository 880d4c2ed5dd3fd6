"""Stored values as people read them, for summaries, comparisons and letters."""

import datetime as dt
from typing import Any

from common.money import MoneyError, grouped, parse_yuan
from policies.rules.schema import Column


def _money(declaration: Column, value: Any) -> str:
    return f"{grouped(parse_yuan(value))} 元"


def _day(declaration: Column, value: Any) -> str:
    day = dt.date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日"


def _choice(declaration: Column, value: Any) -> str:
    return next((choice.label for choice in declaration.choices if choice.value == value), str(value))


_WORDS = {
    "money": _money,
    # Four digits are read at a glance, and a year is a count too: 2024, not 2,024.
    "count": lambda declaration, value: f"{value:,}" if abs(value) >= 10_000 else str(value),
    "date": _day,
    "flag": lambda declaration, value: "是" if value is True else "否",
    "choice": _choice,
    "text": lambda declaration, value: str(value),
}


def display(declaration: Column, value: Any) -> str:
    """The value in words; "" for none. A stored value that does not fit its declaration is shown as it is."""
    if value is None:
        return ""
    try:
        return _WORDS[declaration.type](declaration, value)
    except (MoneyError, TypeError, ValueError):
        return str(value)
