"""A change laid over the policy of a filed year: checked before anything is computed, then run part by part."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from awards.queries.year_facts import FiledYear
from common.canonical import canonical_json
from policies.rules.asked import only_asked
from policies.rules.change import Changed, apply_change
from policies.rules.columns import YearColumns, columns_fault, run_year
from policies.rules.compile import CompiledPolicy, compiled
from policies.rules.impact import Impact, compare
from policies.rules.intake import EvaluationFault


def _fault(message: str) -> EvaluationFault:
    return EvaluationFault([{"path": "", "message": message}])


def _storable(change: Any) -> bool:
    """Whether the database can keep a document: it has no place for NUL and for halves of a surrogate pair."""
    try:
        return "\\u0000" not in canonical_json(change) and bool(canonical_json(change).encode("utf-8"))
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True)
class WhatIf:
    """A year, the policy before and after, and what the change changes."""

    year: FiledYear
    change: Mapping[str, Any]
    after: CompiledPolicy
    changed: list[Changed]

    @classmethod
    def of(cls, year: FiledYear, change: Any) -> "WhatIf":
        """Check a change document (parsed JSON) against the policy of the year.

        Raises:
            EvaluationFault: every fault with its path and a sentence.
        """
        definition, changed = apply_change(year.definition, change)
        if not _storable(change):
            raise _fault("变更内容含有不能保存的字符（如空字符），请删除。")
        after = compiled(definition)
        for rules in (year.rules, after):
            if fault := columns_fault(rules):
                raise _fault(fault)
        return cls(year, change, after, changed)

    @property
    def changed_json(self) -> list[dict[str, str]]:
        """What the change changes, as plain JSON."""
        return [asdict(one) for one in self.changed]

    @property
    def note(self) -> str:
        """What the change document says about itself; "" when it says nothing."""
        note = self.change.get("note")
        return note if isinstance(note, str) else ""

    def impact(self, columns: YearColumns) -> Impact:
        """What the change does to one part of the year.

        Raises:
            MissingRateError: a reference series does not know a day that a loan needs under the changed policy.
        """
        before = self.year.rules
        asked = only_asked(columns, before, self.after)
        return compare(asked, (before, run_year(before, columns)), (self.after, run_year(self.after, asked)))
