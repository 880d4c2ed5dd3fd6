"""A look at the raw sheet before it is read: merged cells, hidden rows and columns, and how far it is filled in.

openpyxl's read-only mode, which keeps memory small, does not tell these. The package was checked before
(common.uploads): it has no DTD and a bounded size; this reads it once more, element by element.
"""

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

_CHUNK: Final = 256 * 1024
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
#: Notes of one kind that are kept; more would say the same.
_MOST: Final = 50


@dataclass
class Layout:
    """What stands in the way of reading a sheet row by row. Rows and columns count from 1."""

    last_row: int = 0
    last_column: int = 0
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


def _relations(archive: zipfile.ZipFile) -> dict[str, str]:
    found: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "Relationship":
            found[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, "xl/_rels/workbook.xml.rels", start)
    return found


def _parse(archive: zipfile.ZipFile, part: str, start: Any, end: Any = None) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _part_of(archive: zipfile.ZipFile, title: str) -> str:
    """The part that holds the sheet of this name. Raises KeyError."""
    sheets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            sheets[attributes.get("name", "")] = relation

    _parse(archive, "xl/workbook.xml", start)
    target = _relations(archive)[sheets[title]]
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def layout_of(data: bytes, title: str) -> Layout:
    """The layout of one sheet of a checked workbook. Raises KeyError, zipfile.BadZipFile, expat.ExpatError."""
    layout = Layout()
    row: dict[str, Any] = {"number": 0, "hidden": False, "filled": False, "cell": 0}

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            row["number"] = int(attributes["r"]) if attributes.get("r", "").isdigit() else row["number"] + 1
            row["hidden"], row["filled"], row["cell"] = attributes.get("hidden") in {"1", "true"}, False, 0
        elif tag == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            row["cell"] = column_number(place[1]) if place else row["cell"] + 1
        elif tag in {"v", "is", "f"} and row["cell"]:
            row["filled"] = True
            layout.last_row = max(layout.last_row, row["number"])
            layout.last_column = max(layout.last_column, row["cell"])
        elif tag == "mergeCell" and len(layout.merged) < _MOST:
            layout.merged.append(attributes.get("ref", ""))
        elif tag == "col" and attributes.get("hidden") in {"1", "true"} and len(layout.hidden_columns) < _MOST:
            layout.hidden_columns.append((int(attributes.get("min", "0")), int(attributes.get("max", "0"))))

    def end(name: str) -> None:
        if name.rpartition(" ")[2] == "row" and row["hidden"] and row["filled"] and len(layout.hidden_rows) < _MOST:
            layout.hidden_rows.append(row["number"])

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _parse(archive, _part_of(archive, title), start, end)
    return layout


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
