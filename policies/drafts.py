"""What a draft holds, as one value: saved whole, compared whole, restored whole.

Contents are JSON-able and need not be valid: a draft may be stored with faults, the lints tell them.
"""

import datetime as dt
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from common.canonical import digest
from policies.models import ClauseVersion, PolicyRules


@dataclass(frozen=True)
class ClauseContent:
    """A clause's version: the printed sentence and bracket, what the system does with it, what is attached, its days.

    `definition`: policies.rules.schema.ClauseDefinition as JSON; where nothing is paid {id, title, sentence, quota?}.
    `evidence`: [{key, label, help, scope, required, common}].
    """

    quote: str
    bracket: str
    definition: dict[str, Any]
    evidence: list[dict[str, Any]]
    valid_from: dt.date
    valid_to: dt.date | None

    @classmethod
    def of(cls, version: ClauseVersion) -> Self:
        """The content of a stored version."""
        return cls(
            version.quote,
            version.bracket,
            version.definition,
            version.evidence,
            version.valid_from,
            version.valid_to,
        )

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The reverse of `as_json`."""
        return cls(**{**data, **_days(data)})

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; days as 2026-01-01."""
        return _plain(self)

    @property
    def sha256(self) -> str:
        """Over everything, the same as a load of the shipped corpus makes it."""
        return digest({**asdict(self), "valid_from": str(self.valid_from), "valid_to": str(self.valid_to)})

    def with_definition(self, definition: dict[str, Any]) -> Self:
        """The same with another definition."""
        return replace(self, definition=definition)


@dataclass(frozen=True)
class RulesContent:
    """The rules of a document across its clauses: {"year_facts": […], "total_cap": {…} | null, "groups": […]}."""

    definition: dict[str, Any]
    valid_from: dt.date
    valid_to: dt.date | None

    @classmethod
    def of(cls, version: PolicyRules) -> Self:
        """The content of a stored version."""
        return cls(version.definition, version.valid_from, version.valid_to)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The reverse of `as_json`."""
        return cls(**{**data, **_days(data)})

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; days as 2026-01-01."""
        return _plain(self)

    @property
    def sha256(self) -> str:
        """Over everything."""
        return digest({**asdict(self), "valid_from": str(self.valid_from), "valid_to": str(self.valid_to)})


Content = ClauseContent | RulesContent


def _plain(content: Content) -> dict[str, Any]:
    days = {name: day.isoformat() if (day := getattr(content, name)) else None for name in ("valid_from", "valid_to")}
    return {**asdict(content), **days}


def _days(data: dict[str, Any]) -> dict[str, Any]:
    return {name: dt.date.fromisoformat(data[name]) if data[name] else None for name in ("valid_from", "valid_to")}


def wrong_days(content: Content) -> str:
    """What is wrong with the days of a content, as a sentence; empty where nothing is."""
    if content.valid_to is not None and content.valid_to < content.valid_from:
        return "失效日期不能早于生效日期。"
    return ""


def content_of(version: ClauseVersion | PolicyRules) -> Content:
    """The content of a stored version of either kind."""
    return ClauseContent.of(version) if isinstance(version, ClauseVersion) else RulesContent.of(version)
