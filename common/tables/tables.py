"""The vocabulary of imported tables: columns, rows, faults, changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from common.tables.cells import Reader

#: Filled-in rows of one table.
MAX_ROWS: Final = 5_000
#: Faults that are kept and shown of one table.
MAX_FAULTS: Final = 2_000
#: The column of a marked copy; it is passed over when the copy comes back.
FAULT_COLUMN: Final = "差错"

Format = Literal["text", "money", "count", "year", "day"]


@dataclass(frozen=True)
class Column:
    """One column. `read`: cell → value (raises CellFault); None: shown for comparison, never read. `choices`: the list
    of its data validation. `format`: how its cells are preset in a template."""

    key: str
    title: str
    read: Reader | None = None
    required: bool = True
    width: float = 18
    choices: tuple[str, ...] = ()
    format: Format = "text"
    help: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong, where. `row`: as Excel counts (0: the whole table); `column`: the title, "" for the whole row."""

    row: int
    column: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "message": self.message}


@dataclass(frozen=True)
class Row:
    """One filled-in row: its number as Excel counts, and the values that could be read."""

    number: int
    values: dict[str, Any]

    def get(self, key: str) -> Any:
        """The value, None where nothing was filled in or it could not be read."""
        return self.values.get(key)


@dataclass
class Table:
    """A table as it was read. `total`: the value of the money column in the row 合计, where there is one."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    head_row: int = 0
    total_fen: int | None = None
    total_row: int = 0


@dataclass(frozen=True)
class Change:
    """One thing that taking the table over would do. `payload`: what the gesture needs."""

    row: int
    label: str
    field: str
    before: str
    after: str
    payload: Any = None

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "label": self.label,
            "field": self.field,
            "before": self.before,
            "after": self.after,
        }


@dataclass
class Checked:
    """What checking a table against the database found; `unchanged`: rows that say what stands already, or nothing."""

    faults: list[Fault] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True)
class Subject:
    """What a table is about: a policy's year, or a payment list."""

    key: str
    label: str


def doubled(rows: Sequence[Row], keys: Sequence[str], column: str, what: str) -> list[Fault]:
    """A fault for every row whose values of these keys occurred before."""
    seen: dict[tuple[Any, ...], int] = {}
    faults = []
    for row in rows:
        value = tuple(row.get(key) for key in keys)
        if any(part is None for part in value):
            continue
        if value in seen:
            faults.append(Fault(row.number, column, f"与第 {seen[value]} 行重复，同一{what}只能填写一行。"))
        else:
            seen[value] = row.number
    return faults
