"""The worked cases of a clause's version: what must come out, what does come out, and whether the two agree.

A case asks what the clause gives for one claim, before groups and the cap on the year's sum: the clause is computed
alone, so that a case does not fail because of what stands beside it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from common.canonical import canonical_json, digest
from common.errors import Invalid
from common.money import MoneyError, grouped, parse_yuan
from common.templatetags.ui import zhdate
from policies.enums import VersionState
from policies.lint import LintFault
from policies.lint.references import clause_references
from policies.lint.schema import checked
from policies.models import ClauseVersion, PolicyRules, VersionCase
from policies.places import located, place_of
from policies.queries.comparison import valid_facts
from policies.queries.versions import composed, governing_day
from policies.rules.compile import CompiledPolicy, DefinitionError, compiled
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.nodes import MissingRateError
from policies.rules.schema import FactDecl, PolicyDefinition

#: What may come out of a clause, as people say it.
STATUSES = {"eligible": "符合", "not_eligible": "不符合", "pending": "待裁量"}


class NotComputable(Invalid):
    """The definition of a version cannot be computed with, so that no case can be read against it."""

    title = "草稿还不能计算"

    def __init__(self, faults: Sequence[LintFault]) -> None:
        errors: dict[str, list[str]] = {}
        for fault in faults:
            errors.setdefault(fault.path, []).append(fault.sentence)
        super().__init__(f"定义还不能计算，请先改正：{faults[0].told}", errors=errors)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class CaseResult:
    """One case beside what the version gives; `actual` is empty where it gives nothing because of `fault`.

    `trace` and `unmet` are those of the evaluation's answer.
    """

    case: VersionCase
    expected: str
    actual: str
    ok: bool
    fault: str = ""
    trace: list[dict[str, Any]] = field(default_factory=list)
    unmet: list[dict[str, Any]] = field(default_factory=list)


def needs_cases(version: ClauseVersion) -> bool:
    """Whether a version pays money and so cannot be published without a worked case."""
    return isinstance(version.definition, dict) and "award" in version.definition


def year_facts_for(version: ClauseVersion, rules: PolicyRules | None = None) -> list[FactDecl]:
    """The figures of the year that a version's cases may name.

    rules: those that will be in force with it. Without them, the published ones of its first day, and whatever a draft
    of the rules adds to them: the two are often written side by side.
    """
    if rules is not None:
        return list(valid_facts(rules.definition) or ())
    document = version.clause.document
    found: dict[str, FactDecl] = {}
    drafts = document.rules.filter(state=VersionState.DRAFT).order_by("number")
    published = document.rules.filter(state=VersionState.PUBLISHED).order_by("valid_from")
    in_force = published.filter(valid_from__lte=version.valid_from).last() or published.last()
    for one in (*drafts, in_force):
        if one is not None:
            found |= {fact.key: fact for fact in valid_facts(one.definition) or ()}
    return list(found.values())


def case_policy(version: ClauseVersion, policy_year: int, rules: PolicyRules | None = None) -> CompiledPolicy:
    """The clause of a version alone with the figures of the year, ready to compute for a policy year.

    Raises NotComputable with every fault, each by its path in the definition.
    """
    document = version.clause.document
    facts = [fact.model_dump(mode="json") for fact in year_facts_for(version, rules)]
    common = {"year_facts": facts, "total_cap": None, "groups": []}
    raw = composed(document, policy_year, common, {version.clause.clause_id: version.definition})
    try:
        return compiled(PolicyDefinition.model_validate_json(canonical_json(raw)))
    except ValidationError:
        faults = checked(PolicyDefinition, raw)[1]
    except DefinitionError:
        own = f'clauses["{version.clause.clause_id}"]'
        faults = [fault.below(own) for fault in clause_references(version.definition, raw)]
    if not faults:
        faults = [LintFault("", "定义不完整。", "请在条款页按核对结果改正。")]
    stand = {place_of(one): one for one in (version, rules) if one is not None}
    raise NotComputable([located(fault, document, stand) for fault in faults])


def default_year(version: ClauseVersion) -> int:
    """The first policy year that a version governs, or that of its first day."""
    ends = [day for day in (version.valid_to, version.clause.document.valid_to) if day is not None]
    first: int = version.valid_from.year
    for year in (first, first + 1):
        if version.valid_from <= governing_day(version.clause.document, year) <= min(ends, default=dt.date.max):
            return year
    return first


def evaluate_case(
    version: ClauseVersion, document: Mapping[str, Any], rules: PolicyRules | None = None
) -> dict[str, Any]:
    """What a version gives for one evaluation document with one claim: the claim of the engine's answer.

    Raises NotComputable, EvaluationFault with every fault of the document.
    """
    if not isinstance(document, Mapping):
        raise EvaluationFault([{"path": "", "message": "算例的数据不完整，请重新录入。"}])
    policy = case_policy(version, _settings_year(version, document.get("policy_year")), rules)
    asked = {key: document[key] for key in ("policy_year", "applicant", "claims") if key in document}
    try:
        answer = evaluate_document(policy, {**asked, "policy": policy.definition.number})
    except MissingRateError as error:
        sentence = f"参考利率没有{zhdate(error.day)}的数值。请先补充利率，或改正日期。"
        raise EvaluationFault([{"path": "", "message": sentence}]) from error
    if len(answer["claims"]) != 1:
        raise EvaluationFault([{"path": "claims", "message": "一个算例只算一次申报，请保留一项。"}])
    found: dict[str, Any] = answer["claims"][0]
    return found


def run_cases(version: ClauseVersion, rules: PolicyRules | None = None) -> list[CaseResult]:
    """Every case of a version, computed with what it says now; `rules`: those that will be in force with it."""
    return [run_case(version, case, rules) for case in version.cases.order_by("number")]


def run_case(version: ClauseVersion, case: VersionCase, rules: PolicyRules | None = None) -> CaseResult:
    """One case of a version."""
    expected = result_words(case.expected)
    try:
        line = evaluate_case(version, case.document, rules)
    except Invalid as error:
        return CaseResult(case, expected, "", ok=False, fault=error.message)
    wanted = case.expected
    same = line["status"] == wanted.get("status") and (
        line["status"] != "eligible" or _same_amount(line["amount"], wanted.get("amount"))
    )
    return CaseResult(case, expected, result_words(line), ok=same, trace=line["trace"], unmet=line["unmet"])


def result_words(result: Mapping[str, Any]) -> str:
    """An expected or computed result for people: 符合，9,300,000.00 元."""
    status = STATUSES.get(str(result.get("status")), "未填写")
    amount = result.get("amount")
    try:
        return f"{status}，{grouped(parse_yuan(amount))} 元" if amount else status
    except MoneyError:
        return f"{status}，{amount} 元"


def seen_of(case: VersionCase) -> str:
    """A sum over what a case says, as the page showed it: whoever saves names it, so that nobody overwrites another."""
    return digest({"title": case.title, "document": case.document, "expected": case.expected})


def _settings_year(version: ClauseVersion, given: Any) -> int:
    """The year whose settings a case is computed with; for a year outside the document any will do, it is refused."""
    document = version.clause.document
    if not isinstance(given, int) or isinstance(given, bool) or document.valid_from is None:
        return default_year(version)
    last = document.valid_to.year if document.valid_to else dt.MAXYEAR
    return given if document.valid_from.year <= given <= last else default_year(version)


def _same_amount(one: Any, other: Any) -> bool:
    try:
        return parse_yuan(str(one)) == parse_yuan(str(other))
    except MoneyError:
        return False
