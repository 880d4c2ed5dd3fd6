"""What a changed definition reads that the one under which people filed never asked for, or asked otherwise.

A value that was entered as money says nothing about a count of the same name: facts of another type count as never
asked, and are taken out of the columns before the changed definition runs over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from policies.rules.columns import YearColumns
from policies.rules.columns.table import ClaimColumns
from policies.rules.compile import CompiledClause, CompiledPolicy
from policies.rules.schema import Column, FactDecl

#: The key of the cap on the sum beside the ids of clauses.
CAP = ""


def never_asked(before: CompiledPolicy, after: CompiledPolicy) -> dict[str, list[str]]:
    """By clause (and :data:`CAP`) the labels of facts, columns and figures of the year that ``after`` reads and nobody
    was asked for; clauses of ``before`` alone are not told."""
    figures = {key for key in after.year_facts if _is_new(after.year_facts[key], before.year_facts.get(key))}
    found: dict[str, list[str]] = {}
    for clause_id, clause in after.clauses.items():
        if clause_id not in before.clauses:
            continue
        labels = _own(before.clauses[clause_id], clause)
        labels += [after.year_facts[key].label for key in clause.year_keys & figures]
        if labels:
            found[clause_id] = sorted(labels)
    if cap := after.total_cap:
        read = [operand for operand in (cap.base, cap.lifted_if) if operand is not None]
        if labels := sorted({one.label for one in read if one.key.removeprefix("Y.") in figures}):
            found[CAP] = labels
    return found


def only_asked(year: YearColumns, before: CompiledPolicy, after: CompiledPolicy) -> YearColumns:
    """The columns without the values that were asked for as something else than ``after`` takes them for."""
    gone = {f"Y.{key}" for key, fact in before.year_facts.items() if _differs(fact, after.year_facts.get(key))}
    claims = {
        clause_id: _claims(claims, before.clauses[clause_id].facts, after.clauses[clause_id].facts)
        if clause_id in before.clauses and clause_id in after.clauses
        else claims
        for clause_id, claims in year.claims.items()
    }
    if not gone and all(claims[clause_id] is kept for clause_id, kept in year.claims.items()):
        return year
    return replace(year, facts={key: values for key, values in year.facts.items() if key not in gone}, claims=claims)


def _is_new(fact: Column, asked: Column | None) -> bool:
    return asked is None or asked.type != fact.type


def _differs(asked: Column, fact: Column | None) -> bool:
    return fact is not None and asked.type != fact.type


def _own(before: CompiledClause, after: CompiledClause) -> list[str]:
    labels: list[str] = []
    for key, fact in after.facts.items():
        asked = before.facts.get(key)
        if asked is None or asked.type != fact.type:
            labels += [] if fact.informational else [fact.label]
        else:
            known = {column.key: column for column in asked.columns}
            labels += [
                f"{fact.label}：{column.label}"
                for column in _read(fact.columns)
                if _is_new(column, known.get(column.key))
            ]
    return labels


def _read(columns: Iterable[Column]) -> list[Column]:
    return [column for column in columns if not column.informational]


def _claims(claims: ClaimColumns, before: Mapping[str, FactDecl], after: Mapping[str, FactDecl]) -> ClaimColumns:
    """The claims of one clause without what was asked for as something else; the same object where nothing was."""
    gone = {key for key, fact in before.items() if _differs(fact, after.get(key))}
    facts = {key: values for key, values in claims.facts.items() if key not in gone}
    tables = {}
    for key, table in claims.tables.items():
        if key in gone:
            continue
        later = {column.key: column for column in after[key].columns} if key in after else {}
        other = {column.key for column in before[key].columns if _differs(column, later.get(column.key))}
        kept = {name: values for name, values in table.columns.items() if name not in other}
        tables[key] = table if len(kept) == len(table.columns) else replace(table, columns=kept)
    same = len(facts) == len(claims.facts) and all(tables.get(key) is table for key, table in claims.tables.items())
    return claims if same else replace(claims, facts=facts, tables=tables)
