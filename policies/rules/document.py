"""The evaluation document: the JSON that the command line and the API take and return.

Reading is strict and tells every fault at once; the answer has exactly the agreed shape. The version of the policy is
selected by the policy year, never by today, and a year that no policy governs is a fault, never a fallback.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from common.money import yuan
from policies.rules.compile import CompiledClause, CompiledPolicy, compiled
from policies.rules.evaluate import Outcome, evaluate_clause
from policies.rules.facts import (
    Faults,
    is_object,
    kind_of,
    money,
    read_claim_facts,
    read_value,
    text,
    unknown_keys,
)
from policies.rules.nodes import Latitude
from policies.rules.schema import PolicyDefinition
from policies.rules.settle import CapOverride, Settlement, SettlementInput, cap_applies, settle
from policies.rules.strict_json import NotJSONError, Number, loads

_TOP = {"policy", "policy_year", "applicant", "claims", "external_awards", "choices", "cap_override"}
_NEEDED = {"policy": "政策文号", "policy_year": "政策年度", "applicant": "申报主体", "claims": "申报条款"}
_MAX_ITEMS = 200


class EvaluationFault(Exception):
    """A document cannot be evaluated; ``errors`` lists every fault as ``{"path", "message"}``."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("；".join(f"{error['path']}: {error['message']}" for error in errors[:5]))
        self.errors = errors

    def as_json(self) -> dict[str, Any]:
        """The answer to a faulty document."""
        return {"errors": self.errors}


class PolicyNotFoundError(LookupError):
    """No policy for this number and year; ``field`` is the key of the document that is wrong."""

    def __init__(self, message: str, field: Literal["policy", "policy_year"] = "policy") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


#: Finds the definition for a number and a policy year; raises PolicyNotFoundError. A source that keeps one version
#: may return it for any year (None: the document names no proper year): reading the document refuses the year and
#: tells the other faults with it.
PolicySource = Callable[[str, int | None], PolicyDefinition | CompiledPolicy]


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


def read_document(policy: PolicyDefinition | CompiledPolicy, doc: Any) -> EvaluationInput:
    """Validate a document (as parsed from JSON) against a policy.

    Raises:
        EvaluationFault: with every fault found.
    """
    rules, faults = compiled(policy), Faults()
    if not is_object(doc, "", faults):
        raise EvaluationFault(faults.found)
    unknown_keys(doc, _TOP, "", faults)
    for key, label in _NEEDED.items():
        if key not in doc:
            faults.add(key, f"缺少“{label}”（{key}），请补充。")
    if "policy" in doc and doc["policy"] != rules.definition.number:
        faults.add("policy", f"未知的政策文号，应为“{rules.definition.number}”。")
    year = _year(rules, doc.get("policy_year"), faults) if "policy_year" in doc else None
    claims = _claims(rules, doc["claims"], year or rules.definition.valid_to.year, faults) if "claims" in doc else ()
    override = _override(doc.get("cap_override"), faults)
    kind = "enterprise"
    facts: dict[str, Any] = {}
    if "applicant" in doc:
        kind, facts = _applicant(rules, doc["applicant"], doc.get("claims", []), override, faults)
    external = _external(rules, doc.get("external_awards", []), faults)
    choices = _choices(rules, doc.get("choices", {}), faults)
    if faults.found or year is None:
        raise EvaluationFault(faults.found)
    return EvaluationInput(rules, year, cast(Any, kind), facts, tuple(claims), external, choices, override)


def _year(rules: CompiledPolicy, value: Any, faults: Faults) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        faults.add("policy_year", f"政策年度应为四位整数（如 2024，不带引号），实际是{kind_of(value)}。")
        return None
    if not 1990 <= value <= 2100:
        faults.add("policy_year", "政策年度应为四位年份，如 2024。")
        return None
    if not rules.governs(value):
        first, last = rules.definition.valid_from, rules.definition.valid_to
        message = (
            f"{value} 年度没有适用的政策：{rules.definition.number}自 {first} 起施行，有效期至 {last}，"
            f"适用于当年 {rules.definition.settings.governing_day.value} 仍有效的年度。请核对政策年度。"
        )
        faults.add("policy_year", message)
        return None
    return value


def _claims(rules: CompiledPolicy, given: Any, year: int, faults: Faults) -> list[Claim]:
    if not isinstance(given, list):
        faults.add("claims", f"“申报条款”应为数组 […]，实际是{kind_of(given)}。")
        return []
    if len(given) > _MAX_ITEMS:
        faults.add("claims", f"一次最多 {_MAX_ITEMS} 个申报条款，实际 {len(given)} 个。")
        return []
    claims: list[Claim] = []
    seen: dict[str, int] = {}
    for number, item in enumerate(given):
        path = f"claims[{number}]"
        if not is_object(item, path, faults):
            continue
        unknown_keys(item, ("clause", "facts", "decision"), path, faults)
        name = item.get("clause")
        clause = rules.clauses.get(name) if isinstance(name, str) else None
        if clause is None:
            shown = f"“{name[:20]}”" if isinstance(name, str) and name.isprintable() else ""
            faults.add(f"{path}.clause", f"未知的条款{shown}，应为下列之一：{'、'.join(rules.clauses)}。")
            continue
        if clause.id in seen:
            faults.add(f"{path}.clause", f"条款 {clause.id} 与第 {seen[clause.id] + 1} 项重复，同一年度只能申报一次。")
        seen.setdefault(clause.id, number)
        facts = read_claim_facts(clause, item.get("facts", {}), year, f"{path}.facts", faults)
        decision = _decision(clause, item.get("decision"), f"{path}.decision", faults)
        claims.append(Claim(clause, facts, decision))
    return claims


def _decision(clause: CompiledClause, given: Any, path: str, faults: Faults) -> int | None:
    if given is None:
        return None
    if not isinstance(clause.award, Latitude):
        faults.add(path, f"条款 {clause.id} 按公式计算，不接受裁量金额，请删除 decision。")
        return None
    if not is_object(given, path, faults):
        return None
    unknown_keys(given, ("amount", "reason"), path, faults)
    if given.get("reason") is not None:
        text(given["reason"], f"{path}.reason", faults, "裁量理由")
    if "amount" not in given:
        faults.add(f"{path}.amount", "缺少裁量金额，请补充；尚未决定时请删除 decision。")
        return None
    fen = money(given["amount"], f"{path}.amount", faults, "裁量金额")
    if fen is not None and (message := decision_fault(clause, fen)):
        faults.add(f"{path}.amount", message)
        return None
    return fen


def decision_fault(clause: CompiledClause, fen: int) -> str | None:
    """Why a reviewer's amount (分) is outside the clause's bounds, as a sentence; None when it is inside."""
    award = clause.award
    if not isinstance(award, Latitude):
        return f"条款 {clause.id} 按公式计算，不接受裁量金额。"
    if award.floor is not None and fen < award.floor:
        return f"裁量金额低于条款 {clause.id} 的下限 {yuan(award.floor)} 元，请在限额内决定。"
    if award.ceiling is not None and fen > award.ceiling:
        return f"裁量金额超过条款 {clause.id} 的上限 {yuan(award.ceiling)} 元，请在限额内决定。"
    return None


def _applicant(
    rules: CompiledPolicy, given: Any, claims: Any, override: CapOverride | None, faults: Faults
) -> tuple[str, dict[str, Any]]:
    if not is_object(given, "applicant", faults):
        return "enterprise", {}
    unknown_keys(given, {"kind", *rules.year_facts}, "applicant", faults)
    kind = given.get("kind")
    if kind not in ("enterprise", "association") or isinstance(kind, Number):
        faults.add("applicant.kind", "申报主体类别应为 enterprise（企业）或 association（协会、商会、联盟）。")
        kind = "enterprise"
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
            needed.setdefault(key, f"条款 {name}")
    if override is None and cap_applies(rules, kind, facts) and rules.total_cap:
        needed.setdefault(rules.total_cap.base.key.removeprefix("Y."), "累计奖补上限")
    for key, why in needed.items():
        if given.get(key) is None:
            faults.add(f"applicant.{key}", f"缺少“{rules.year_facts[key].label}”（{why}需要），请补充。")
    return kind, facts


def _external(rules: CompiledPolicy, given: Any, faults: Faults) -> dict[str, int]:
    if not isinstance(given, list):
        faults.add("external_awards", f"“其他市级奖补”应为数组 […]，实际是{kind_of(given)}。")
        return {}
    if len(given) > _MAX_ITEMS:
        faults.add("external_awards", f"最多 {_MAX_ITEMS} 项，实际 {len(given)} 项。")
        return {}
    found: dict[str, int] = {}
    for number, item in enumerate(given):
        path = f"external_awards[{number}]"
        if not is_object(item, path, faults):
            continue
        unknown_keys(item, ("group", "amount"), path, faults)
        group = item.get("group")
        if not isinstance(group, str) or group not in rules.groups:
            faults.add(f"{path}.group", f"未知的同类型分组，应为下列之一：{'、'.join(rules.groups) or '（无）'}。")
        if "amount" not in item:
            faults.add(f"{path}.amount", "缺少“奖补金额”，请补充。")
            continue
        fen = money(item["amount"], f"{path}.amount", faults, "奖补金额")
        if fen is not None and isinstance(group, str):
            found[group] = found.get(group, 0) + fen
    return found


def _choices(rules: CompiledPolicy, given: Any, faults: Faults) -> dict[str, str]:
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
        found[group] = choice
    return found


def _override(given: Any, faults: Faults) -> CapOverride | None:
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


# ----------------------------------------------------------------------------------------------- answering


def evaluate_input(given: EvaluationInput, *, trace: bool = True) -> tuple[list[Outcome], Settlement]:
    """Evaluate and settle a validated document.

    Raises:
        EvaluationFault: a choice is not an eligible claim of its group.
    """
    outcomes = [
        evaluate_clause(claim.clause, {**given.facts, **claim.facts}, given.year, decision=claim.decision, trace=trace)
        for claim in given.claims
    ]
    candidates = {outcome.clause: outcome.amount for outcome in outcomes if outcome.amount is not None}
    faults = Faults()
    for group, choice in given.choices.items():
        if choice not in candidates:
            eligible = [clause for clause in given.policy.groups[group] if clause in candidates]
            advice = (
                f"请从符合条件的条款中选择：{'、'.join(eligible)}。" if eligible else "该类没有符合条件的条款，请删除。"
            )
            faults.add(f"choices.{group}", f"所选条款 {choice} 不是本次符合条件的申报条款，{advice}")
    if faults.found:
        raise EvaluationFault(faults.found)
    settlement = settle(
        given.policy,
        SettlementInput(given.kind, given.facts, candidates, given.external, given.choices, given.override),
        trace=trace,
    )
    return outcomes, settlement


def evaluate_document(policy: PolicyDefinition | CompiledPolicy, doc: Any, *, trace: bool = True) -> dict[str, Any]:
    """Evaluate a document against a policy: the answer of the contract.

    ``doc`` is parsed JSON (see :func:`policies.rules.strict_json.loads`; the result of ``json.loads`` will do).

    Raises:
        EvaluationFault: with every fault found.
    """
    outcomes, settlement = evaluate_input(read_document(policy, doc), trace=trace)
    return answer(outcomes, settlement)


def answer(outcomes: list[Outcome], settlement: Settlement) -> dict[str, Any]:
    """Outcomes and settlement as the JSON of the contract."""
    return {
        "claims": [outcome_json(outcome) for outcome in outcomes],
        "settlement": {
            "cap": None if settlement.cap is None else yuan(settlement.cap),
            "total": yuan(settlement.total),
            "lines": [
                {
                    "clause": line.clause,
                    "candidate": yuan(line.candidate),
                    "settled": yuan(line.settled),
                    "reason": line.reason,
                }
                for line in settlement.lines
            ],
            "trace": [_step_json(step) for step in settlement.trace],
        },
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """One claim of the answer; ``floor`` and ``ceiling`` are told while a decision is pending."""
    line: dict[str, Any] = {
        "clause": outcome.clause,
        "status": outcome.status,
        "amount": None if outcome.amount is None else yuan(outcome.amount),
        "unmet": [
            {
                "condition": item.condition,
                "required": item.required,
                "actual": item.actual,
                "short_by": item.short_by or None,
                "quote": item.quote,
            }
            for item in outcome.unmet
        ],
        "trace": [_step_json(step) for step in outcome.trace],
    }
    if outcome.status == "pending":
        line["floor"] = None if outcome.floor is None else yuan(outcome.floor)
        line["ceiling"] = None if outcome.ceiling is None else yuan(outcome.ceiling)
    return line


def _step_json(step: Any) -> dict[str, Any]:
    return {"step": step.step, "value": step.value, "quote": step.quote, "clause": step.clause}


def evaluate_text(raw: bytes | str, source: PolicySource, *, trace: bool = True) -> dict[str, Any]:
    """Evaluate one JSON text with the policy that ``source`` finds for it.

    Raises:
        EvaluationFault: with every fault found.
    """
    try:
        doc = loads(raw)
    except NotJSONError as error:
        raise EvaluationFault([{"path": "", "message": str(error)}]) from error
    return evaluate_document(find_policy(doc, source), doc, trace=trace)


def find_policy(doc: Any, source: PolicySource) -> PolicyDefinition | CompiledPolicy:
    """The policy that a parsed document names, for its policy year.

    Raises:
        EvaluationFault: the number is missing or unknown, or nothing governs that year.
    """
    faults = Faults()
    if not is_object(doc, "", faults):
        raise EvaluationFault(faults.found)
    number, year = doc.get("policy"), doc.get("policy_year")
    if not isinstance(number, str) or isinstance(number, Number):
        what = "缺少" if number is None else f"应为字符串，实际是{kind_of(number)}："
        faults.add("policy", f'{what}“政策文号”（policy），例如 "洪府发〔2023〕30号"。')
        raise EvaluationFault(faults.found)
    try:
        return source(number, None if isinstance(year, bool) or not isinstance(year, int) else year)
    except PolicyNotFoundError as error:
        raise EvaluationFault([{"path": error.field, "message": error.message}]) from error
