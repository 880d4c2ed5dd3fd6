"""Read an evaluation document: strict, every fault at once, each with its path and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from common.errors import Invalid
from policies.rules.compile import CompiledClause, CompiledPolicy, compiled
from policies.rules.facts import (
    Faults,
    is_object,
    kind_of,
    marked_values,
    money,
    quoted,
    read_claim_facts,
    read_value,
    shown,
    text,
    unknown_keys,
)
from policies.rules.nodes import Latitude
from policies.rules.schema import PolicyDefinition
from policies.rules.settle import CapOverride, cap_applies
from policies.rules.strict_json import Number
from policies.rules.wording import told

_TOP = {"policy", "policy_year", "applicant", "claims", "external_awards", "choices", "cap_override"}
_NEEDED = {"policy": "政策文号", "policy_year": "政策年度", "applicant": "申报主体", "claims": "申报条款"}
#: First and last policy year that can be written at all.
YEARS = (1990, 2100)
MAX_ITEMS = 200


class EvaluationFault(Invalid):
    """A document cannot be evaluated; ``faults`` lists every fault as ``{"path", "message"}``."""

    title = "评估文档有误"

    def __init__(self, faults: list[dict[str, str]]) -> None:
        by_path: dict[str, list[str]] = {}
        for fault in faults:
            by_path.setdefault(fault["path"], []).append(fault["message"])
        first = faults[0]["message"] if faults else ""
        super().__init__(first if len(faults) < 2 else f"共有 {len(faults)} 处错误：{first}", errors=by_path)
        self.faults = faults

    def as_json(self) -> dict[str, Any]:
        """The answer to a faulty document."""
        return {"errors": self.faults}


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a document, validated; ``decision`` in 分."""

    clause: CompiledClause
    facts: dict[str, Any]
    decision: int | None


@dataclass(frozen=True, slots=True)
class EvaluationInput:
    """A validated document. ``facts`` are the figures of the year, under ``Y.key``."""

    policy: CompiledPolicy
    year: int
    kind: Literal["enterprise", "association"]
    facts: dict[str, Any]
    claims: tuple[Claim, ...]
    external: dict[str, int]
    choices: dict[str, str]
    override: CapOverride | None


# ------------------------------------------------------------------------------------------------- reading


def read_document(
    policy: PolicyDefinition | CompiledPolicy, doc: Any, *, year_fault: str | None = None
) -> EvaluationInput:
    """Validate a document (as parsed from JSON) against a policy.

    ``year_fault``: the policy does not govern the document's year, for this reason; it is read against it all the
    same, to find the other faults, and refused.

    Raises:
        EvaluationFault: with every fault found.
    """
    rules, faults = compiled(policy), Faults()
    if not is_object(doc, "", faults):
        raise EvaluationFault(faults.found)
    outer_faults(doc, faults)
    if "policy" in doc and doc["policy"] != rules.definition.number:
        faults.add("policy", f"未知的政策文号，应为“{rules.definition.number}”。")
    year = _governed(rules, doc, year_fault, faults)
    claims = _claims(rules, doc["claims"], year or rules.definition.valid_to.year, faults) if "claims" in doc else ()
    override = read_override(doc.get("cap_override"), faults)
    kind = "enterprise"
    facts: dict[str, Any] = {}
    if "applicant" in doc:
        kind, facts = _applicant(rules, doc["applicant"], doc.get("claims", []), override, faults)
    external = read_external(rules, doc.get("external_awards", []), faults)
    choices = _choices(rules, doc.get("choices", {}), {claim.clause.id for claim in claims}, faults)
    if faults.found or year is None:
        raise EvaluationFault(faults.found)
    return EvaluationInput(rules, year, cast(Any, kind), facts, tuple(claims), external, choices, override)


def outer_faults(doc: Mapping[str, Any], faults: Faults) -> None:
    """Note what is wrong with the outermost keys; that much can be told without knowing the policy."""
    unknown_keys(doc, _TOP, "", faults)
    for key, label in _NEEDED.items():
        if key not in doc:
            faults.add(key, f"缺少{quoted(label)}（{key}），请补充。")


def read_year(value: Any, faults: Faults) -> int | None:
    """A policy year as such, whether or not a policy governs it."""
    if isinstance(value, bool) or not isinstance(value, int):
        faults.add("policy_year", f"政策年度应为四位整数（如 2024，不带引号），实际是{shown(value)}。")
        return None
    if not YEARS[0] <= value <= YEARS[1]:
        faults.add("policy_year", f"政策年度应为四位年份（如 2024），实际是 {value}。")
        return None
    return value


def _governed(rules: CompiledPolicy, doc: Mapping[str, Any], year_fault: str | None, faults: Faults) -> int | None:
    value = read_year(doc["policy_year"], faults) if "policy_year" in doc else None
    if value is None:
        return None
    if not rules.governs(value):
        first, last = rules.definition.valid_from, rules.definition.valid_to
        message = (
            f"{value} 年度没有适用的政策：{rules.definition.number}自 {first} 起施行，有效期至 {last}，"
            f"适用于当年 {rules.definition.settings.governing_day.value} 仍有效的年度。请核对政策年度。"
        )
        faults.add("policy_year", message)
        return None
    if year_fault is not None:
        faults.add("policy_year", year_fault)
        return None
    return value


def _claims(rules: CompiledPolicy, given: Any, year: int, faults: Faults) -> list[Claim]:
    if not isinstance(given, list):
        faults.add("claims", f"“申报条款”应为数组 […]，实际是{kind_of(given)}。")
        return []
    if len(given) > MAX_ITEMS:
        faults.add("claims", f"一次最多 {MAX_ITEMS} 个申报条款，实际 {len(given)} 个。")
        return []
    claims: list[Claim] = []
    seen: dict[str, int] = {}
    for number, item in enumerate(given):
        path = f"claims[{number}]"
        if not is_object(item, path, faults):
            continue
        unknown_keys(item, ("clause", "facts", "decision"), path, faults)
        clause = _clause(rules, item, path, faults)
        if clause is None:
            claim_outline(item, path, faults)
            continue
        if clause.id in seen:
            faults.add(f"{path}.clause", f"条款 {clause.id} 与第 {seen[clause.id] + 1} 项重复，同一年度只能申报一次。")
        seen.setdefault(clause.id, number)
        facts = read_claim_facts(clause, item.get("facts", {}), year, f"{path}.facts", faults)
        decision = _decision(clause, item.get("decision"), f"{path}.decision", faults)
        claims.append(Claim(clause, facts, decision))
    return claims


def clause_name(item: Mapping[str, Any], path: str, faults: Faults) -> str | None:
    """The clause that a claim names, known or not."""
    name = item.get("clause")
    if "clause" not in item:
        faults.add(f"{path}.clause", "缺少“条款编号”（clause），请补充。")
    elif not isinstance(name, str) or isinstance(name, Number):
        faults.add(f"{path}.clause", f'“条款编号”应为字符串（如 "3.1.2"，带引号），实际是{shown(name)}。')
    else:
        return name
    return None


def _clause(rules: CompiledPolicy, item: Mapping[str, Any], path: str, faults: Faults) -> CompiledClause | None:
    name = clause_name(item, path, faults)
    if name is None or name in rules.clauses:
        return rules.clauses.get(name or "")
    told_name = f"“{name[:20]}”" if name.isprintable() else ""
    faults.add(f"{path}.clause", f"未知的条款{told_name}，应为下列之一：{'、'.join(rules.clauses)}。")
    return None


def claim_outline(item: Mapping[str, Any], path: str, faults: Faults) -> None:
    """What can be told of a claim whose clause is not known."""
    facts = item.get("facts", {})
    if isinstance(facts, dict):
        marked_values(facts, f"{path}.facts", faults)
    else:
        is_object(facts, f"{path}.facts", faults)
    if item.get("decision") is not None:
        read_decision(item["decision"], f"{path}.decision", faults)


def _decision(clause: CompiledClause, given: Any, path: str, faults: Faults) -> int | None:
    if given is None:
        return None
    if not isinstance(clause.award, Latitude):
        faults.add(path, f"条款 {clause.id} 按公式计算，不接受裁量金额，请删除 decision。")
        return None
    fen = read_decision(given, path, faults)
    if fen is not None and (message := decision_fault(clause, fen)):
        faults.add(f"{path}.amount", message)
        return None
    return fen


def read_decision(given: Any, path: str, faults: Faults) -> int | None:
    """A reviewer's amount in 分, whatever its clause allows."""
    if not is_object(given, path, faults):
        return None
    unknown_keys(given, ("amount", "reason"), path, faults)
    if given.get("reason") is not None:
        text(given["reason"], f"{path}.reason", faults, "裁量理由")
    if "amount" not in given:
        faults.add(f"{path}.amount", "缺少裁量金额，请补充；尚未决定时请删除 decision。")
        return None
    return money(given["amount"], f"{path}.amount", faults, "裁量金额")


def decision_fault(clause: CompiledClause, fen: int) -> str | None:
    """Why a reviewer's amount (分) is outside the clause's bounds, as a sentence; None when it is inside."""
    award = clause.award
    if not isinstance(award, Latitude):
        return f"条款 {clause.id} 按公式计算，不接受裁量金额。"
    if award.floor is not None and fen < award.floor:
        return f"裁量金额低于条款 {clause.id} 的下限 {told(award.floor)}，请在限额内决定。"
    if award.ceiling is not None and fen > award.ceiling:
        return f"裁量金额超过条款 {clause.id} 的上限 {told(award.ceiling)}，请在限额内决定。"
    return None


def _applicant(
    rules: CompiledPolicy, given: Any, claims: Any, override: CapOverride | None, faults: Faults
) -> tuple[str, dict[str, Any]]:
    if not is_object(given, "applicant", faults):
        return "enterprise", {}
    unknown_keys(given, {"kind", *rules.year_facts}, "applicant", faults)
    kind = read_kind(given, faults)
    facts: dict[str, Any] = {}
    for key, decl in rules.year_facts.items():
        value = given.get(key)
        if value is not None:  # a figure that is not known yet is null; whether it is needed is asked below
            facts[f"Y.{key}"] = read_value(value, decl, rules.definition.valid_to.year, f"applicant.{key}", faults)
    needed: dict[str, str] = {}
    for item in claims if isinstance(claims, list) else []:
        name = item.get("clause") if isinstance(item, dict) else None
        clause = rules.clauses.get(name) if isinstance(name, str) else None
        for key in clause.year_keys if clause else ():
            needed.setdefault(key, f"条款 {name} ")
    if override is None and cap_applies(rules, kind, facts) and rules.total_cap:
        needed.setdefault(rules.total_cap.base.key.removeprefix("Y."), "累计奖补上限")
    for key, decl in rules.year_facts.items():  # in the order of declaration, whatever claim asks first
        if key in needed and given.get(key) is None:
            faults.add(f"applicant.{key}", f"缺少{quoted(decl.label)}（{needed[key]}需要），请补充。")
    return kind, facts


def read_kind(given: Mapping[str, Any], faults: Faults) -> str:
    """What kind of applicant it is."""
    kind = given.get("kind")
    if kind in ("enterprise", "association") and isinstance(kind, str) and not isinstance(kind, Number):
        return kind
    faults.add("applicant.kind", "申报主体类别应为 enterprise（企业）或 association（协会、商会、联盟）。")
    return "enterprise"


def read_external(rules: CompiledPolicy | None, given: Any, faults: Faults) -> dict[str, int]:
    """Awards of other measures, group → 分; without a policy any name of a group will do."""
    if not isinstance(given, list):
        faults.add("external_awards", f"“其他市级奖补”应为数组 […]，实际是{kind_of(given)}。")
        return {}
    if len(given) > MAX_ITEMS:
        faults.add("external_awards", f"最多 {MAX_ITEMS} 项，实际 {len(given)} 项。")
        return {}
    found: dict[str, int] = {}
    for number, item in enumerate(given):
        path = f"external_awards[{number}]"
        if not is_object(item, path, faults):
            continue
        unknown_keys(item, ("group", "amount"), path, faults)
        group = item.get("group")
        if rules is None:
            if not isinstance(group, str) or isinstance(group, Number):
                faults.add(f"{path}.group", f"“同类型分组”应为字符串，实际是{shown(group)}。")
        elif not isinstance(group, str) or group not in rules.groups:
            faults.add(f"{path}.group", f"未知的同类型分组，应为下列之一：{'、'.join(rules.groups) or '（无）'}。")
        if "amount" not in item:
            faults.add(f"{path}.amount", "缺少“奖补金额”，请补充。")
            continue
        fen = money(item["amount"], f"{path}.amount", faults, "奖补金额")
        if fen is not None and isinstance(group, str):
            found[group] = found.get(group, 0) + fen
    return found


def _choices(rules: CompiledPolicy, given: Any, claimed: set[str], faults: Faults) -> dict[str, str]:
    if not is_object(given, "choices", faults):
        return {}
    unknown_keys(given, rules.groups, "choices", faults, "同类型分组")
    found = {}
    for group, members in rules.groups.items():
        if group not in given:
            continue
        choice = given[group]
        if not isinstance(choice, str) or choice not in members:
            faults.add(f"choices.{group}", f"应为该类中的一个条款：{'、'.join(members)}。")
            continue
        if choice not in claimed:
            faults.add(f"choices.{group}", f"所选条款 {choice} 没有在 claims 中申报，请先申报或更正选择。")
            continue
        found[group] = choice
    return found


def read_override(given: Any, faults: Faults) -> CapOverride | None:
    """An officer's decision about the cap."""
    if given is None or not is_object(given, "cap_override", faults):
        return None
    unknown_keys(given, ("lift", "cap"), "cap_override", faults)
    if ("lift" in given) == ("cap" in given):
        faults.add("cap_override", '应为 null、{"lift": true} 或 {"cap": "金额"} 之一。')
        return CapOverride(lift=True)
    if "cap" in given:
        return CapOverride(cap=money(given["cap"], "cap_override.cap", faults, "调整后的上限") or 0)
    if given["lift"] is not True:
        faults.add("cap_override.lift", "只能为 true；不突破上限时请将 cap_override 设为 null。")
    return CapOverride(lift=True)
