"""The form of a clause's facts: plain fields and tables with rows, made from declarations, filled from a draft.

It is always bound, to what was posted or to the draft: so a wrong value that was saved appears with its fault.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from applications.drafts import RAW_KEY, Draft, Fault, Slot, raw_of, rows_of, slots, storable
from applications.forms.builder import build_form, entry_of
from policies.rules.schema import FactDecl


class Table:
    """A table fact as rows of fields, with the interface that templates/components/formset_rows.html draws."""

    def __init__(self, fact: FactDecl, data: Mapping[str, Any]) -> None:
        self.fact = fact
        self.prefix = fact.key
        self.errors: list[str] = []
        form = build_form(fact.columns, deletable=True)
        try:
            total = int(data.get(self.total_name) or 0)
        except (TypeError, ValueError):
            total = fact.min_rows
        self.forms = [form(data, prefix=f"{fact.key}-{index}") for index in range(self._bounded(total, data))]
        self.empty_form = form(prefix=f"{fact.key}-__prefix__")

    def _bounded(self, total: int, data: Mapping[str, Any]) -> int:
        """How many rows to read. More than allowed are read as far as they were really sent: they are refused as a
        whole, and none of them is dropped; a forged number makes no rows."""
        total, most = max(total, 0), self.fact.max_rows
        if total <= most:
            return total
        row = re.compile(rf"{re.escape(self.prefix)}-(\d{{1,6}})-")
        sent = {int(match[1]) for match in map(row.match, data) if match}
        return most + sum(most <= index < total for index in sent)

    def __iter__(self) -> Iterator[forms.Form]:
        return iter(self.forms)

    def __len__(self) -> int:
        return len(self.forms)

    @property
    def total_name(self) -> str:
        """The hidden field that says how many rows were sent."""
        return f"{self.fact.key}-TOTAL_FORMS"

    @property
    def management_form(self) -> SafeString:
        """The hidden fields as HTML: how many rows stand here, and how many are accepted."""
        return format_html(
            '<input type="hidden" name="{}" value="{}"><input type="hidden" name="{}-MAX_NUM_FORMS" value="{}">',
            self.total_name,
            len(self.forms),
            self.prefix,
            self.fact.max_rows,
        )

    @property
    def dom_id(self) -> str:
        """Where a fault of the table as a whole leads to."""
        return f"id_{self.fact.key}"

    def kept(self) -> list[forms.Form]:
        """The rows that are not ticked for removal."""
        return [form for form in self.forms if not form.cleaned_data.get("DELETE")]

    @property
    def too_many(self) -> str:
        """The sentence that refuses more rows than are accepted; "" where they fit. Blank rows are no rows."""
        filled = sum(any(form[name].data for name in form.fields) for form in self.kept())
        most = self.fact.max_rows
        return f"最多 {most} 行，现有 {filled} 行，请合并或移除多余的行。" if filled > most else ""

    @property
    def full(self) -> str:
        """The sentence that refuses one more row; "" where there is room."""
        return f"最多 {self.fact.max_rows} 行，不能再添加。" if len(self.kept()) >= self.fact.max_rows else ""


@dataclass
class Section:
    """One fact on the page: a bound field or a table, and the points of a correction about it."""

    fact: FactDecl
    bound: forms.BoundField | None = None
    table: Table | None = None
    points: list[Any] = field(default_factory=list)
    old: Any = None


class FactsForm:
    """All facts of one clause (or all figures of a year) as one form."""

    def __init__(self, facts: Iterable[FactDecl], data: Mapping[str, Any]) -> None:
        self.facts = tuple(facts)
        self.form = build_form([fact for fact in self.facts if fact.type != "table"])(data)
        self.tables = {fact.key: Table(fact, data) for fact in self.facts if fact.type == "table"}
        for part in self._forms():
            part.full_clean()
        for table in self.tables.values():
            table.errors += [table.too_many] if table.too_many else []

    @classmethod
    def from_draft(cls, facts: Iterable[FactDecl], draft: Mapping[str, Any]) -> "FactsForm":
        """The form as the draft left it, unreadable texts included; an empty table opens with a row to type into.

        A row that stays blank is not stored and is no fault.
        """
        facts = tuple(facts)
        data: dict[str, Any] = {
            f"{fact.key}-TOTAL_FORMS": max(len(rows_of(draft, fact.key)), fact.min_rows, 1)
            for fact in facts
            if fact.type == "table"
        }
        data |= {slot.name: entry_of(slot.declaration, value) for slot, value in slots(facts, draft)}
        return cls(facts, data | raw_of(draft))

    def _forms(self) -> Iterator[forms.Form]:
        yield self.form
        for table in self.tables.values():
            yield from table

    @property
    def sections(self) -> list[Section]:
        """The facts in their order."""
        return [
            Section(fact, table=self.tables[fact.key])
            if fact.type == "table"
            else Section(fact, bound=self.form[fact.key])
            for fact in self.facts
        ]

    def draft(self) -> Draft:
        """What was typed, readable or not, as a draft; rows without anything in them are left out."""
        values, raw = self._values(self.form, "")
        for key, table in self.tables.items():
            rows: list[dict[str, Any]] = []
            for form in table.kept():
                row_values, row_raw = self._values(form, f"{key}-{len(rows)}-")
                if row_values or row_raw:
                    rows.append(row_values)
                    raw |= row_raw
            if rows:
                values[key] = rows
        return values | ({RAW_KEY: raw} if raw else {})

    @staticmethod
    def _values(form: forms.Form, prefix: str) -> tuple[Draft, dict[str, str]]:
        values: Draft = {}
        raw: dict[str, str] = {}
        for name, value in form.cleaned_data.items():
            if value is not None and name != "DELETE":
                values[name] = value
        for name in form.errors:
            if name in form.fields:
                raw[f"{prefix}{name}"] = storable(form[name].data or "")
        return values, raw

    def faults(self, section: str = "facts") -> list[Fault]:
        """Every value that cannot be read, in the order of the page."""
        found = []
        for fact in self.facts:
            if fact.type != "table":
                slot = Slot(fact.key, fact)
                found += self._faults_of(self.form, fact.key, slot, section)
                continue
            table = self.tables[fact.key]
            found += [Fault(table.dom_id, section, message, fact.label) for message in table.errors]
            for number, form in enumerate(self.tables[fact.key]):
                for column in fact.columns:
                    slot = Slot(f"{fact.key}-{number}-{column.key}", column, fact, number)
                    found += self._faults_of(form, column.key, slot, section)
        return found

    @staticmethod
    def _faults_of(form: forms.Form, name: str, slot: Slot, section: str) -> list[Fault]:
        return [Fault(f"id_{slot.name}", section, str(message), slot.label) for message in form.errors.get(name, [])]

    def show(self, faults: Iterable[Fault]) -> None:
        """Put faults found elsewhere (missing answers, the engine's findings) beside their fields, each once."""
        by_id: dict[str, list[str]] = {}
        for fault in faults:
            by_id.setdefault(fault.field_id, []).append(fault.message)
        for fact in self.facts:
            if fact.type != "table":
                self._add(self.form, fact.key, by_id.get(f"id_{fact.key}", []))
                continue
            table = self.tables[fact.key]
            table.errors += [text for text in by_id.get(table.dom_id, []) if text not in table.errors]
            for number, form in enumerate(table):
                for column in fact.columns:
                    self._add(form, column.key, by_id.get(f"id_{fact.key}-{number}-{column.key}", []))

    @staticmethod
    def _add(form: forms.Form, name: str, messages: list[str]) -> None:
        for message in messages:
            if message not in form.errors.get(name, []):
                form.add_error(name, message)

    def with_row(self, key: str) -> "FactsForm":
        """The same form with one more row in a table: what the button does where no script runs. Raises KeyError."""
        self.tables[key]  # an unknown table is the caller's fault, not an empty answer
        data: dict[str, Any] = {name: self.form[name].data for name in self.form.fields}
        for table in self.tables.values():
            kept = table.kept()
            for index, form in enumerate(kept):
                data |= {f"{table.prefix}-{index}-{name}": form[name].data for name in form.fields if name != "DELETE"}
            data[table.total_name] = len(kept) + (table.prefix == key)
        return FactsForm(self.facts, data)
