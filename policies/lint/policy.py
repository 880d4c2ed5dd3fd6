"""The lints of a whole definition: every fault at once, each with path, sentence, and what would mend it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from common.canonical import canonical_json
from policies.lint.bounds import clause_bounds, policy_bounds
from policies.lint.citations import cites_nothing, number_faults, quotation_faults, unused_numbers
from policies.lint.consistency import bound, clause_consistency, policy_consistency
from policies.lint.domains import Space
from policies.lint.faults import LintFault, TooDeepError, entries, entry, plain, text_of
from policies.lint.groups import group_faults
from policies.lint.operators import operator_faults
from policies.lint.reach import Reach
from policies.lint.references import clause_references, policy_references
from policies.lint.schema import checked
from policies.lint.search import governed_years
from policies.lint.text import flatten, sha256, squeeze, stands_in
from policies.lint.usage import fact_faults, year_fact_faults
from policies.rules.compile import CompiledPolicy, DefinitionError, compile_policy
from policies.rules.schema import (
    Award,
    ClauseDefinition,
    Column,
    Condition,
    FactDecl,
    Group,
    PolicyDefinition,
    Series,
    Settings,
)

_NEUTRAL_SETTINGS = {name: {"label": "〔缺〕", "reason": "〔缺〕"} for name in Settings.model_fields}


def lint_policy(
    raw: Mapping[str, Any],
    source_text: str,
    *,
    complete: bool = True,
    compiled: bool = True,
    years: Mapping[str, Sequence[int]] | None = None,
) -> list[LintFault]:
    """Every fault of a policy definition that may be invalid: `raw` is the JSON of a `PolicyDefinition`.

    source_text: the normalised text that `source_sha256` belongs to.
    complete: all clauses are there. While a policy is published version by version, a figure of the year may wait for
    the clause that reads it.
    compiled: also what only the compiled whole shows (amounts of all clauses together that leave 64 bits); left out
    where an answer must not wait for it.
    years: the policy years that the version of a clause governs, where they are fewer than the policy's.
    """
    try:
        policy = plain(raw)
    except (TooDeepError, RecursionError):
        return [LintFault("", "定义的层次过深，无法核对。", "请减少条件的嵌套。")]
    if not isinstance(policy, dict):
        return [LintFault("", "政策的定义无法读取。", "请重新录入。")]
    flat = flatten(source_text)
    faults = [*_head(policy, source_text, flat), *policy_consistency(policy), *group_faults(policy)]
    faults += [*policy_references(policy), *year_fact_faults(policy, complete=complete)]
    clauses = policy["clauses"] if isinstance(policy.get("clauses"), list) else []
    for index, clause in enumerate(clauses):
        place = entry("clauses", clauses, index)
        own = (years or {}).get(text_of(clause, "id")) if isinstance(clause, dict) else None
        faults += [fault.below(place) for fault in lint_clause(clause, policy, source_text, years=own)]
    if complete and not clauses and policy.get("total_cap") is None:
        faults.append(LintFault("", "整个定义没有任何引文，不知依据哪一句原文。", "请至少写出一个条款及其引文。"))
    if compiled and not any(fault.refuses for fault in faults):
        faults += _whole(policy)
    return _once(faults)


def lint_clause(
    raw: Any, policy: Mapping[str, Any], source_text: str, *, years: Sequence[int] | None = None
) -> list[LintFault]:
    """Every fault of one clause that pays money, paths from the clause on.

    policy: what the clause can refer to (figures of the year, series, settings) and its validity.
    years: the policy years that this version of the clause governs; otherwise those of the policy.
    """
    try:
        clause = plain(raw)
        head = {
            name: plain(policy.get(name)) for name in ("year_facts", "series", "settings", "valid_from", "valid_to")
        }
        head["years"] = list(years or _years(head))
    except (TooDeepError, RecursionError):
        return [LintFault("", "条款的层次过深，无法核对。", "请减少条件的嵌套。")]
    return list(_lint_clause(canonical_json(clause), canonical_json(head), source_text))


@lru_cache(maxsize=1024)
def _lint_clause(clause_json: str, head_json: str, source_text: str) -> tuple[LintFault, ...]:
    """Asked again and again while versions are published one by one: the key is the whole content."""
    clause, head = json.loads(clause_json), json.loads(head_json)
    _, faults = checked(ClauseDefinition, clause)
    if not isinstance(clause, dict):
        return tuple(faults)
    flat, sentence = flatten(source_text), text_of(clause, "sentence")
    if sentence and not stands_in(sentence, flat):
        faults.append(LintFault("sentence", f"「{sentence}」不在原文中。", "请从原文逐字复制本条款的句子。"))
    if cites_nothing(clause):
        faults.append(LintFault("", "整条定义没有任何引文，不知依据哪一句原文。", "请为奖补计算和每个数写上引文。"))
    faults += quotation_faults(clause, flat, squeeze(sentence) if sentence else None)
    faults += [*number_faults(clause), *unused_numbers(clause), *clause_consistency(clause)]
    faults += operator_faults(clause)
    faults += [*clause_references(clause, head), *fact_faults(clause), *_reach(clause, head)]
    if not any(fault.refuses for fault in faults):
        faults += _compiles(clause, head)
    return tuple(_once(faults))


def _head(policy: Mapping[str, Any], source_text: str, flat: str) -> Iterator[LintFault]:
    """Schema and citations of everything but the clauses."""
    bare = {name: value for name, value in policy.items() if name not in ("clauses", "groups")}
    if not isinstance(policy.get("clauses"), list):
        yield LintFault("clauses", "没有条款的列表。", "请写出各条款。")
    yield from checked(PolicyDefinition, {**bare, "clauses": []})[1]
    groups = policy.get("groups", [])
    if not isinstance(groups, list):
        yield LintFault("groups", "同类型条款组无法读取。", "请重新录入。")
        groups = []
    for index, group in enumerate(groups):
        yield from checked(Group, group, entry("groups", groups, index))[1]
    if sha256(source_text) != policy.get("source_sha256"):
        yield LintFault(
            "source_sha256",
            "文件的正文与定义所记的校验值不符，引文不能以此正文为准。",
            "请核对原文；原文确有更正的，重新核对引文后填写新的校验值。",
        )
    for name in ("groups", "total_cap"):
        yield from quotation_faults(policy.get(name), flat, None, name)
        yield from number_faults(policy.get(name), name)
    total = policy.get("total_cap")
    lifted = text_of(total, "lifted_quote") if isinstance(total, Mapping) else ""
    if lifted and not stands_in(lifted, flat):
        yield LintFault("total_cap.lifted_quote", f"「{lifted}」不在原文中。", "请从原文逐字复制引文。")


# ------------------------------------------------------------------------------- what needs typed values


def _day(value: Any, otherwise: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return otherwise


def _validity(head: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
    first = _day(head.get("valid_from"), dt.date(2000, 1, 1))
    return first, max(first, _day(head.get("valid_to"), dt.date(2100, 12, 31)))


def _years(head: Mapping[str, Any]) -> list[int]:
    return governed_years(*_validity(head), _settings(head).governing_day.value)


def _facts(raw: Mapping[str, Any], name: str) -> dict[str, FactDecl]:
    found = [checked(FactDecl, fact)[0] for _, fact in entries(raw, name)]
    return {fact.key: _readable(fact) for fact in found if fact is not None}


def _readable(fact: FactDecl) -> FactDecl:
    """The fact without bounds that are none, which are told at the fact, so that the rest can be judged."""
    columns = tuple(column.model_copy(update=_no_bounds(column)) for column in fact.columns)
    return fact.model_copy(update={**_no_bounds(fact), "columns": columns})


def _no_bounds(fact: Column) -> dict[str, None]:
    bounds = {"minimum": fact.minimum, "maximum": fact.maximum}
    return {name: None for name, text in bounds.items() if text is not None and bound(fact.type, text) is None}


def _reach(clause: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[LintFault]:
    """Reachability of every condition and tier that can be read, whatever else is faulty."""
    first, last = _validity(head)
    own, year_facts = _facts(clause, "facts"), _facts(head, "year_facts")
    reach = Reach([Space(own, year_facts, year) for year in head["years"]], first, last)
    placed = [(path, checked(Condition, item)[0]) for path, item in entries(clause, "conditions")]
    conditions = [(path, item) for path, item in placed if item is not None]
    yield from reach.conditions(conditions)
    award = checked(Award, clause.get("award"))[0]
    if award is not None:
        yield from reach.tiers(award, [item for _, item in conditions])


def _settings(head: Mapping[str, Any]) -> Settings:
    found = checked(Settings, head.get("settings"))[0] or checked(Settings, _NEUTRAL_SETTINGS)[0]
    assert isinstance(found, Settings)
    return found


def _compiles(clause: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[LintFault]:
    """What only the compiled clause shows: overflow, and whatever the lints above do not know yet."""
    first, last = _validity(head)
    policy = PolicyDefinition.model_construct(
        valid_from=first,
        valid_to=last,
        number="〔缺〕",
        title="〔缺〕",
        issuer="〔缺〕",
        issued_on=first,
        source_sha256="",
        year_facts=tuple(_facts(head, "year_facts").values()),
        clauses=(ClauseDefinition.model_validate(clause),),
        groups=(),
        total_cap=None,
        series=tuple(series for _, item in entries(head, "series") if (series := checked(Series, item)[0]) is not None),
        settings=_settings(head),
    )
    compiled = _compiled(policy)
    if isinstance(compiled, LintFault):
        yield compiled
    else:
        yield from clause_bounds(compiled)


def _whole(policy: Mapping[str, Any]) -> Iterator[LintFault]:
    compiled = _compiled(PolicyDefinition.model_validate(policy))
    if isinstance(compiled, LintFault):
        yield compiled
    else:
        yield from policy_bounds(compiled)


def _compiled(policy: PolicyDefinition) -> CompiledPolicy | LintFault:
    try:
        return compile_policy(policy)
    except (DefinitionError, ValueError, ArithmeticError):
        return LintFault("", "定义不能用于计算。", "请核对所选用的数据、明细表和类型。")


def _once(faults: list[LintFault]) -> list[LintFault]:
    """Each fault once; a sentence told at a place is not told there again in other words of the same lint."""
    return list(dict.fromkeys(faults))
