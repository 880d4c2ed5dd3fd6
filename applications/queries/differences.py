"""The differences between two versions of a filing: figures, facts, rows of tables, documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from applications.forms.words import display
from applications.models import Application, Revision
from applications.queries.completeness import attachments_of
from applications.queries.definitions import definition_of, evidence_of, policy_of
from applications.queries.documents import applicant
from policies.rules.schema import Column, FactDecl


@dataclass(frozen=True)
class Change:
    """One difference: the field's id, its words, old and new as people read them (None: was or is not there).

    `place` is what changed without its row or content: `Y.key`, `fact`, `table.column`, `table` (a row was added or
    removed), `evidence:key`. `row` is the row's number in the earlier version, from 0, where there was one.
    """

    field: str
    label: str
    old: str | None
    new: str | None
    place: str
    row: int | None = None


def diff(revision_a: Revision, revision_b: Revision) -> list[Change]:
    """What changed from revision a to b: figures (`Y.key`), facts (`fact`), cells (`table-row-column` with rows from 0
    as they stand in b), whole rows (`table-row`, `table-removed-row`), documents (`evidence:key:hash`)."""
    return (
        _facts(policy_of(revision_b).year_facts, revision_a.figures, revision_b.figures, "Y.")
        + _facts(definition_of(revision_b).facts, revision_a.facts, revision_b.facts)
        + _documents(revision_a.evidence, revision_b.evidence)
    )


def draft_changes(application: Application, previous: Revision) -> list[Change]:
    """What a correction has changed so far against the revision it answers; fields named as in `diff`."""
    labels = {item.key: item.label for item in evidence_of(application)}
    files = [
        {"key": item.evidence_key, "label": labels[item.evidence_key], "name": item.name, "sha256": item.sha256}
        for item in attachments_of(application)
        if item.evidence_key in labels
    ]
    now = applicant(application.enterprise, application.policy_year)
    return (
        _facts(policy_of(application).year_facts, previous.figures, now, "Y.")
        + _facts(definition_of(application).facts, previous.facts, application.draft)
        + _documents(previous.evidence, files)
    )


def _facts(facts: Iterable[FactDecl], old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[Change]:
    changes: list[Change] = []
    for fact in facts:
        if fact.type == "table":
            changes += _rows(fact, old.get(fact.key) or [], new.get(fact.key) or [])
            continue
        before, after = _words(fact, old.get(fact.key)), _words(fact, new.get(fact.key))
        if before != after:
            changes.append(Change(prefix + fact.key, fact.label, before, after, prefix + fact.key))
    return changes


def _words(declaration: Column, value: Any) -> str | None:
    return None if value is None else display(declaration, value)


Row = Mapping[str, Any]


def _rows(fact: FactDecl, old: Sequence[Row], new: Sequence[Row]) -> list[Change]:
    """Cells of the rows that stand in both versions; an added or removed row is one change, and shifts no other."""
    pairs = _pairs(fact, old, new)
    changes: list[Change] = []
    for number, row in enumerate(new):
        former = pairs.get(number)
        if former is None:
            label = f"{fact.label}第 {number + 1} 条（新增）"
            changes.append(Change(f"{fact.key}-{number}", label, None, _whole(fact, row), fact.key))
            continue
        moved = "" if former == number else f"（原第 {former + 1} 条）"
        for column in fact.columns:
            before, after = _words(column, old[former].get(column.key)), _words(column, row.get(column.key))
            if before != after:
                label = f"{fact.label}第 {number + 1} 条{moved}·{column.label}"
                field, place = f"{fact.key}-{number}-{column.key}", f"{fact.key}.{column.key}"
                changes.append(Change(field, label, before, after, place, former))
    kept = set(pairs.values())
    for number, row in enumerate(old):
        if number not in kept:
            label = f"{fact.label}原第 {number + 1} 条（删除）"
            changes.append(Change(f"{fact.key}-removed-{number}", label, _whole(fact, row), None, fact.key, number))
    return changes


def _whole(fact: FactDecl, row: Row) -> str:
    told = [(column.label, _words(column, row.get(column.key))) for column in fact.columns]
    return "；".join(f"{label}：{words}" for label, words in told if words is not None)


def _pairs(fact: FactDecl, old: Sequence[Row], new: Sequence[Row]) -> dict[int, int]:
    """Number of a new row → number of the old row that it continues.

    Same content first, then the same name (first text column, else first choice), then what agrees in at least half
    of its columns; in a table without names, what is left continues in its order.
    """
    before = [tuple(row.get(column.key) for column in fact.columns) for row in old]
    after = [tuple(row.get(column.key) for column in fact.columns) for row in new]
    naming = [n for kind in ("text", "choice") for n, column in enumerate(fact.columns) if column.type == kind]
    name = naming[0] if naming else None
    pairs: dict[int, int] = {}
    free = list(range(len(old)))

    def match(fits: Any) -> None:
        for number, row in enumerate(after):
            if number in pairs:
                continue
            found = next((candidate for candidate in free if fits(before[candidate], row)), None)
            if found is not None:
                pairs[number] = found
                free.remove(found)

    match(lambda was, now: was == now)
    if name is None:
        match(lambda was, now: True)
    else:
        match(lambda was, now: now[name] is not None and was[name] == now[name])
        match(lambda was, now: 2 * sum(a == b for a, b in zip(was, now, strict=True)) >= len(now))
    return pairs


File = Mapping[str, Any]


def _documents(old: Sequence[File], new: Sequence[File]) -> list[Change]:
    """Documents that were replaced, added or removed, by name; a file with other bytes is another file."""
    labels = {item["key"]: item["label"] for item in [*old, *new]}
    changes: list[Change] = []
    for key, label in labels.items():
        before = {item["sha256"]: item for item in old if item["key"] == key}
        after = {item["sha256"]: item for item in new if item["key"] == key}
        gone = [item for sha256, item in before.items() if sha256 not in after]
        come = [item for sha256, item in after.items() if sha256 not in before]
        # A file of the same name continues the former one; what is left is replaced in order.
        come.sort(key=lambda item: item["name"] not in {file["name"] for file in gone})
        for item in come:
            same = next((file for file in gone if file["name"] == item["name"]), gone[0] if gone else None)
            if same is not None:
                gone.remove(same)
            changes.append(_document(key, label, same, item))
        changes += [_document(key, label, item, None) for item in gone]
    return changes


def _document(key: str, label: str, old: File | None, new: File | None) -> Change:
    kept_name = old is not None and new is not None and old["name"] == new["name"]

    def words(item: File | None) -> str | None:
        if item is None:
            return None
        return f"{item['name']}（摘要 {item['sha256'][:8]}）" if kept_name else str(item["name"])

    step = "替换" if old and new else "新增" if new else "删除"
    content = (new or old or {})["sha256"]
    return Change(f"evidence:{key}:{content}", f"{label}（{step}）", words(old), words(new), f"evidence:{key}")
