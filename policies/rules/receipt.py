"""The receipt of an award: everything that is needed to compute it again years later, and to see what changed since.

It holds the document (figures, decisions, choices), what was paid before, the values of the reference series that
were read, the answer, and SHA-256 sums of engine, definition and source text. The definition itself is kept beside it
under its hash (``policies.actions.keep_definition``); the receipt proves that it is the same.

Format 1 has the same content, but its definition was not kept: it may have to be verified with one that was put
together again from the published versions, and then this is said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from common.canonical import digest
from common.money import grouped, parse_yuan, yuan
from policies.rules.compile import CompiledPolicy, DefinitionError, compiled
from policies.rules.differences import differences
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.engine_hash import engine_sha256
from policies.rules.nodes import Interest, Total
from policies.rules.schema import PolicyDefinition

#: Of the receipts that are made; every format from 1 on is read.
FORMAT = 2

#: From this format on the definition is kept.
_KEPT_SINCE = 2

Verdict = Literal["same", "wording", "different", "touched"]


def definition_sha256(policy: PolicyDefinition) -> str:
    """SHA-256 of a whole definition, settings and series included."""
    return digest(policy.model_dump(mode="json"))


def build_receipt(
    policy: PolicyDefinition | CompiledPolicy,
    document: Mapping[str, Any],
    answer: Mapping[str, Any],
    *,
    paid: Mapping[str, int] | None = None,
    closed: Collection[str] = (),
) -> dict[str, Any]:
    """The receipt of one evaluation; plain JSON. Whoever stores it keeps the definition as well.

    ``paid``: what was fixed before, clause → 分, and ``closed``: which of it for good, as they were given to the
    evaluation; a receipt where nothing was closed does not name them.
    """
    rules = compiled(policy)
    definition = rules.definition
    body: dict[str, Any] = {
        "format": FORMAT,
        "policy": definition.number,
        "policy_year": document["policy_year"],
        "engine_sha256": engine_sha256(),
        "definition_sha256": definition_sha256(definition),
        "source_sha256": definition.source_sha256,
        "facts_sha256": digest(document),
        "answer_sha256": digest(answer),
        "series": _series_used(rules, document),
        "decisions": _decisions(document),
        "document": document,
        "paid": {clause: yuan(fen) for clause, fen in (paid or {}).items()},
        "answer": answer,
    }
    if closed:
        body["closed"] = sorted(closed)
    return {**body, "sha256": digest(body)}


def _decisions(document: Mapping[str, Any]) -> dict[str, Any]:
    return {claim["clause"]: claim["decision"] for claim in document["claims"] if claim.get("decision") is not None}


def _series_used(rules: CompiledPolicy, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reference series that the claims read, with their values up to the end of the policy year."""
    keys = set()
    for claim in document["claims"]:
        award = rules.clauses[claim["clause"]].award
        for block in award.parts if isinstance(award, Total) else (award,):
            if isinstance(block, Interest):
                keys.add(block.series.key)
    last = f"{document['policy_year']}-12-31"
    return [
        {
            "key": series.key,
            "known_until": series.known_until.isoformat(),
            "values": {value.on.isoformat(): value.value for value in series.values if value.on.isoformat() <= last},
        }
        for series in rules.definition.series
        if series.key in keys
    ]


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a receipt. ``holds`` is the question that matters; the rest says why not, or what changed."""

    #: The content has its sums, and its parts agree with each other.
    untouched: bool
    #: This program reads the receipt's format.
    readable: bool
    #: The receipt promises that its definition was kept.
    promises_definition: bool
    same_engine: bool
    same_definition: bool
    same_source: bool
    same_series: bool
    #: Status, amounts, reasons, cap and total are the same to the 分.
    same_amounts: bool
    #: The working as well, word for word.
    same_answer: bool
    #: Sentences for people, one for each difference.
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """The receipt is as it was issued, and the same inputs give the same amounts today.

        The words of the working may differ only where another engine or another definition wrote them. A definition
        other than the receipt's will do only for receipts from before definitions were kept.
        """
        proven = (self.same_source and self.same_series) if self.same_definition else not self.promises_definition
        worded = self.same_answer or not (self.same_engine and self.same_definition)
        return self.untouched and self.readable and self.same_amounts and proven and worded

    @property
    def verdict(self) -> Verdict:
        """In one word: same, only the wording differs, different, or the receipt was touched."""
        if not self.untouched:
            return "touched"
        if not self.holds:
            return "different"
        return "same" if self.same_answer else "wording"


def verify_receipt(
    receipt: Any, policy: PolicyDefinition | CompiledPolicy | None, *, sha256: str | None = None
) -> Verification:
    """Compute a receipt again and compare; junk in its place is answered, never a crash.

    ``policy``: the definition that the receipt names or, where that was not kept, the one that is to stand in for it;
    None when there is none. ``sha256``: the hash of the content that ``policy`` was read from, where it is known (a
    schema that gained a field since would give the same definition another hash).

    A newer engine that gives the same amounts is told, but does not make the receipt fail; an amount that differs
    always does.
    """
    receipt = receipt if isinstance(receipt, Mapping) else {}
    number = receipt.get("format")
    readable = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= FORMAT
    untouched = _untouched(receipt)
    same_engine = receipt.get("engine_sha256") == engine_sha256()
    said: list[str] = []
    if not untouched:
        said.append("凭据内容与其校验值不符，可能被改动。")
    if not readable:
        said.append(f"凭据的格式（{'未注明' if number is None else number}）不能由现在的程序读取，请用较新的程序核验。")
    if not same_engine:
        said.append("计算程序的版本与出具凭据时不同。")
    same_definition = same_source = same_series = same_amounts = same_answer = False
    if policy is None:
        said.append("没有可用的条款定义，不能重新计算。")
    elif readable:
        same_definition, same_source, same_series, words = _same_rules(receipt, policy, sha256)
        said += words
        same_amounts, same_answer, words = _same_results(receipt, policy)
        said += words
    return Verification(
        untouched=untouched,
        readable=readable,
        promises_definition=not readable or number >= _KEPT_SINCE,
        same_engine=same_engine,
        same_definition=same_definition,
        same_source=same_source,
        same_series=same_series,
        same_amounts=same_amounts,
        same_answer=same_answer,
        differences=tuple(said),
    )


def _untouched(receipt: Mapping[str, Any]) -> bool:
    """Whether every sum is that of its content, and what is said twice says the same."""
    try:
        document = receipt["document"]
        return bool(
            receipt["sha256"] == digest({key: value for key, value in receipt.items() if key != "sha256"})
            and receipt["facts_sha256"] == digest(document)
            and receipt["answer_sha256"] == digest(receipt["answer"])
            and receipt["policy_year"] == document["policy_year"]
            and receipt["policy"] == document["policy"]
            and receipt["decisions"] == _decisions(document)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _same_rules(
    receipt: Mapping[str, Any], policy: PolicyDefinition | CompiledPolicy, sha256: str | None
) -> tuple[bool, bool, bool, list[str]]:
    """Whether definition, source text and rates are those of the receipt, and what is to be said about it."""
    try:
        rules = compiled(policy)
    except DefinitionError:
        return False, False, False, ["条款定义不能由现在的程序读取，请用出具凭据时的程序版本核验。"]
    definition = rules.definition
    same = receipt.get("definition_sha256") == (sha256 or definition_sha256(definition))
    source = receipt.get("source_sha256") == definition.source_sha256
    try:
        then, now = receipt["series"], _series_used(rules, receipt["document"])
        if not same:  # the day up to which a series is known moves with every import
            then, now = (
                [{**entry, "known_until": ""} for entry in then],
                [{**entry, "known_until": ""} for entry in now],
            )
        series = then == now
    except (KeyError, TypeError):
        series = False
    checks = ((same, "条款定义"), (source, "政策原文"), (series, "所用参考利率"))
    return same, source, series, [f"{what}与出具凭据时不同。" for agrees, what in checks if not agrees]


def _same_results(
    receipt: Mapping[str, Any], policy: PolicyDefinition | CompiledPolicy
) -> tuple[bool, bool, list[str]]:
    """Whether the amounts, and the whole answer, come out again, and what is to be said about it."""
    try:
        paid = {clause: parse_yuan(amount) for clause, amount in receipt["paid"].items()}
        now = evaluate_document(policy, receipt["document"], paid=paid, closed=receipt.get("closed", ()))
        wrong = amount_differences(receipt["answer"], now)
    except EvaluationFault as fault:
        told = "".join(str(item["message"]) for item in fault.faults[:3])
        return False, False, [f"按凭据所载数据不能重新计算：{told}"]
    except (KeyError, TypeError, ValueError, AttributeError, DefinitionError):
        return False, False, ["按凭据所载数据不能重新计算。"]
    if wrong:
        return False, False, [f"按凭据所载数据重新计算，结果与凭据不同：{'；'.join(wrong)}。"]
    if now != receipt["answer"]:
        reason = "因程序版本更新而不同" if receipt.get("engine_sha256") != engine_sha256() else "与凭据不同"
        return True, False, [f"金额一致，计算过程的文字表述{reason}。"]
    return True, True, []


# ------------------------------------------------------------------------------------------------- amounts

_NOTHING = "无"


def amount_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Where two answers differ in status, amount, reason, cap or total, to the 分; the words of a working are not
    compared. Each place reads ``3.4.5 核定金额：凭据为 …，现为 …``.
    """
    before, after = _amounts(then), _amounts(now)
    return [
        f"{place}：凭据为 {before.get(place, _NOTHING)}，现为 {after.get(place, _NOTHING)}"
        for place in {**before, **after}
        if before.get(place) != after.get(place)
    ]


def _amounts(answer: Mapping[str, Any]) -> dict[str, str]:
    """Everything in an answer that is a result, by its place in words."""
    found = {}
    for claim in answer["claims"]:
        for key, label in (("status", "状态"), ("amount", "条款金额"), ("floor", "下限"), ("ceiling", "上限")):
            found[f"{claim['clause']} {label}"] = _printed(claim.get(key))
    settlement = answer["settlement"]
    for line in settlement["lines"]:
        for key, label in (("candidate", "参与核算的金额"), ("settled", "核定金额"), ("reason", "调整原因")):
            found[f"{line['clause']} {label}"] = _printed(line[key])
    return found | {"年度上限": _printed(settlement["cap"]), "合计": _printed(settlement["total"])}


_WORDS = {
    "eligible": "符合条件",
    "not_eligible": "不符合条件",
    "pending": "待核定",
    "not_chosen": "同类型条款未选用",
    "external_award": "已获其他同类奖补",
    "cap": "超过年度上限",
    "paid": "此前支付的更多，不再收回",
    "closed": "已公示或拨付，不再变动",
}


def _printed(value: Any) -> str:
    if value is None:
        return _NOTHING
    try:
        return f"{grouped(parse_yuan(value))} 元"
    except ValueError:
        return _WORDS.get(value, str(value))


# ------------------------------------------------------------------------------------------------ since then


def changes_since(
    before: PolicyDefinition, after: PolicyDefinition, year: int, clauses: Collection[str] | None = None
) -> tuple[str, ...]:
    """What a later definition says differently from the one of a receipt, for whoever reads that receipt.

    Explanation only: a receipt holds by its own definition. Rates from after the policy year are marked as such; of
    clauses other than ``clauses`` (None: all are listed) only the number of changes is told.
    """
    said, others = [], 0
    for item in differences(before, after):
        if clauses is not None and item.clause is not None and item.clause not in clauses:
            others += 1
        elif item.rate_day is not None and item.rate_day > dt.date(year, 12, 31):
            said.append(f"{item.sentence()}（在 {year} 年度之后，不影响该年度的金额）。")
        else:
            said.append(f"{item.sentence()}。".replace("。」。", "。」"))
    return tuple(said) + ((f"另有其他条款的 {others} 处变化，与本件无关。",) if others else ())
