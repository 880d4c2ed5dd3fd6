"""Filed applications that a recomputation of the year cannot count, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: How many are named; the count always tells all of them.
KEPT = 200


@dataclass(slots=True)
class LeftOut:
    """How many files were left out, and the first of them: {application, number, enterprise, clause, reason}."""

    count: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)

    def add(self, file: dict[str, Any]) -> None:
        """One more file."""
        self.count += 1
        if len(self.files) < KEPT:
            self.files.append(file)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"count": self.count, "files": self.files}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LeftOut:
        """The reverse of :meth:`as_json`; raises KeyError, TypeError or ValueError for anything else."""
        return cls(int(data["count"]), [dict(file) for file in data["files"]])

    @classmethod
    def merged(cls, parts: Iterable[LeftOut]) -> LeftOut:
        """All parts of a year together, whatever their order."""
        everything = list(parts)
        files = sorted((file for part in everything for file in part.files), key=lambda file: str(file["number"]))
        return cls(sum(part.count for part in everything), files[:KEPT])
