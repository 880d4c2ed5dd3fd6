"""What a lint says, and where: paths as people and the API write them, and a guard against input that is no definition.

A path names entries by what they are called: ``clauses["3.4.2"].award.rate``, ``facts["loans"].columns["principal"]``,
``groups["研发投入"]``; what has no name is counted from zero (``conditions[0].value``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Severity = Literal["error", "warning"]
#: Beside what a fault was found: the rules across clauses, other clauses, or nothing but the definition and the text.
Against = Literal["", "rules", "clauses"]

#: No definition nests deeper; a mapping inside a mapping counts one.
MAX_DEPTH = 24

_NAMED = {"clauses": "id", "facts": "key", "year_facts": "key", "columns": "key", "series": "key", "groups": "name"}
_NAME = re.compile(r"[^\s\"\[\]\x00-\x1f\x7f]{1,60}")


@dataclass(frozen=True, slots=True)
class LintFault:
    """One thing that is wrong: where, what (a sentence), and what would mend it (a sentence).

    A warning does not refuse a definition.
    """

    path: str
    message: str
    mend: str
    severity: Severity = "error"
    against: Against = ""
    #: Its place in the words of the editor and the address of its field, once somebody has looked them up.
    where: str = ""
    link: str = ""

    def __str__(self) -> str:
        return f"{self.path}：{self.message}{self.mend}"

    @property
    def sentence(self) -> str:
        """What is wrong and what mends it."""
        return self.message + self.mend

    @property
    def told(self) -> str:
        """The sentence behind its place in words, where it has one."""
        return f"{self.where}：{self.sentence}" if self.where else self.sentence

    @property
    def refuses(self) -> bool:
        """Whether the definition is refused for it."""
        return self.severity == "error"

    def below(self, path: str) -> LintFault:
        """The same fault, its place told from further out."""
        return replace(self, path=field(path, self.path) if self.path else path)


class TooDeepError(ValueError):
    """The input nests deeper than any definition; the message is a Chinese sentence."""


def field(path: str, name: str) -> str:
    """The path of a field."""
    return f"{path}.{name}" if path else name


def entry(path: str, items: Sequence[Any], index: int) -> str:
    """The path of an entry of a list: by its name where it has one that no earlier entry has, else by its place."""
    key = _NAMED.get(path.rsplit(".", 1)[-1])
    if key and index < len(items):
        names = [item.get(key) if isinstance(item, Mapping) else None for item in items[: index + 1]]
        name = names[-1]
        if isinstance(name, str) and _NAME.fullmatch(name) and name not in names[:-1]:
            return f'{path}["{name}"]'
    return f"{path}[{index}]"


def entries(raw: Mapping[str, Any], name: str, path: str = "") -> list[tuple[str, Mapping[str, Any]]]:
    """(path, entry) of the mappings in a list field; whatever else stands there is the schema's to tell."""
    items = raw.get(name)
    if not isinstance(items, list):
        return []
    place = field(path, name)
    return [(entry(place, items, index), item) for index, item in enumerate(items) if isinstance(item, Mapping)]


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(path, mapping) of every mapping inside a value, itself first."""
    if isinstance(value, Mapping):
        yield path, value
        for name, inner in value.items():
            yield from walk(inner, field(path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, entry(path, value, index))


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON would hold it: dates as text, tuples as lists, nothing that JSON does not know.

    Raises:
        TooDeepError: see the class.
    """
    if depth > 2 * MAX_DEPTH:
        raise TooDeepError("定义的层次过深，无法核对。")
    if isinstance(value, Mapping):
        return {str(key): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, depth + 1) for inner in value]
    if isinstance(value, dt.datetime):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:  # NaN and the infinities
        return str(value)
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def text_of(raw: Mapping[str, Any], name: str) -> str:
    """A text field, empty where it is missing or no text."""
    value = raw.get(name)
    return value if isinstance(value, str) else ""
