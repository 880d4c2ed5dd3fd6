"""Proving stored awards: each is computed again from its receipt, and its rows are compared with that receipt.

Nothing is written. Definitions, what governs today and the other awards of an account are asked for once for many
awards, and only a part of the awards is in memory at a time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from django.db.models import QuerySet

from awards.models import Award, CheckedFigure, SettlementLine
from awards.queries.preview import cap_keys
from awards.queries.receipt_rows import Beside, Mate, row_faults
from common.errors import DomainError
from common.money import parse_yuan
from policies.models import ClauseVersion, Document
from policies.queries import KeptDefinitionFault, definition_of, governing_day, kept_definition, published_policy
from policies.rules.document import EvaluationFault, evaluate_document
from policies.rules.receipt import (
    Verdict,
    Verification,
    amount_differences,
    changes_since,
    definition_sha256,
    verify_receipt,
)
from policies.rules.schema import PolicyDefinition

#: How many awards are in memory at a time.
CHUNK = 100

#: The definition that a receipt is verified with: the kept one, one put together again that has the same hash, one
#: that stands in for it, none.
Basis = Literal["kept", "rebuilt", "stand_in", "none"]

_BASIS = {
    "kept": "",
    "rebuilt": "出具时没有留存条款定义；由已发布的版本重新组成的定义与凭据的校验值一致，据此核验。",
    "stand_in": "出具时没有留存条款定义；以现有的设置和参考利率重新组成的定义代为核验，与出具时的定义不尽相同。",
    "none": "条款定义没有留存，现在也没有适用于该年度的已发布政策。",
}

Mates = Mapping[str, Mate]


@dataclass(frozen=True, slots=True)
class Today:
    """What governs a policy year now."""

    policy: PolicyDefinition
    #: The number of the published version, by clause.
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one award."""

    award: Award
    verification: Verification
    basis: Basis
    #: The definition that it was verified with.
    definition: PolicyDefinition | None
    today: Today | None
    mates: Mates
    #: Where award, settlement, revision or kept definition do not agree with the receipt.
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """The award recomputes to the same 分, and every row says what its receipt says."""
        return self.verification.holds and not self.faults

    @property
    def verdict(self) -> Verdict:
        """In one word; a row that does not agree with its receipt counts as touched."""
        return "touched" if self.faults else self.verification.verdict

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said about receipt and rows, in sentences."""
        basis = _BASIS[self.basis]
        return (*self.faults, *self.verification.differences, *((basis,) if basis else ()))

    @property
    def since(self) -> tuple[str, ...]:
        """What today's rules say differently from those of the receipt; explanation, it changes nothing."""
        year = self.award.account.policy_year
        if self.definition is None:
            return ()
        if self.today is None:
            return (f"现在没有适用于 {year} 年度的已发布政策。",)
        claimed = [clause for clause in _claimed(self.award.receipt) if clause in self.mates]
        replaced = [
            f"条款 {clause} 现行第 {now} 版，出具时适用第 {then} 版。"
            for clause in claimed
            if (now := self.today.versions.get(clause)) != (then := self.mates[clause].version) and now is not None
        ]
        return (*replaced, *changes_since(self.definition, self.today.policy, year, claimed))


def prove(awards: QuerySet[Award]) -> Iterator[Proof]:
    """Prove many awards, those of one settlement after each other; awards that were never settled have no receipt."""
    prover = Prover()
    rows = (
        awards.filter(settlement__isnull=False)
        .select_related("application__clause__document", "application__enterprise", "account")
        .select_related("revision", "settlement")
        .defer("application__draft")
        .order_by("account_id", "settlement_id", "pk")
        .iterator(chunk_size=CHUNK)
    )
    while part := list(islice(rows, CHUNK)):
        yield from prover.prove(part)


class Prover:
    """Proves awards; keeps a bounded number of definitions between them."""

    def __init__(self) -> None:
        self._kept = lru_cache(maxsize=32)(_kept)
        self._today = lru_cache(maxsize=32)(today_of)
        self._rebuilt = lru_cache(maxsize=32)(_rebuilt)
        self._last: tuple[Any, PolicyDefinition | None, Verification] | None = None

    def prove(self, awards: Iterable[Award]) -> Iterator[Proof]:
        """Prove these, which were settled; two queries for what stands beside them."""
        awards = list(awards)
        mates = _mates({award.settlement_id for award in awards if award.settlement_id is not None})
        checked = _checked({award.account_id for award in awards})
        for award in awards:
            yield self._one(award, Beside(mates[award.settled_in.pk], checked[award.account_id]))

    def _one(self, award: Award, beside: Beside) -> Proof:
        mates = beside.mates
        receipt = award.receipt if isinstance(award.receipt, dict) else {}
        named = receipt.get("definition_sha256")
        number, year = award.application.clause.document.number, award.account.policy_year
        faults: list[str] = []
        today = self._today(number, year)
        found = self._kept(named) if isinstance(named, str) else None
        basis: Basis = "kept"
        if isinstance(found, KeptDefinitionFault):
            faults += [str(found)] if found.altered else []
            definition, basis = None, "none"
        elif found is None:
            versions = frozenset((clause, mates[clause].version_id) for clause in _claimed(receipt) if clause in mates)
            definition, sha256 = self._rebuilt(today.policy, versions) if today else (None, "")
            basis = "none" if definition is None else "rebuilt" if sha256 == named else "stand_in"
        else:
            definition = found
        faults = row_faults(award, beside, cap_keys(definition) if definition else ()) + faults
        verification = self._verify(award.receipt, definition, named if basis in ("kept", "rebuilt") else None)
        return Proof(award, verification, basis, definition, today, mates, tuple(faults))

    def _verify(self, receipt: Any, definition: PolicyDefinition | None, sha256: str | None) -> Verification:
        """Awards that were settled together have one receipt, which is computed once."""
        if self._last is not None and self._last[1] is definition and self._last[0] == receipt:
            return self._last[2]
        verification = verify_receipt(receipt, definition, sha256=sha256)
        self._last = (receipt, definition, verification)
        return verification


def _kept(sha256: str) -> PolicyDefinition | KeptDefinitionFault | None:
    try:
        return kept_definition(sha256)
    except KeptDefinitionFault as fault:
        return fault


def today_of(number: str, year: int) -> Today | None:
    """What governs the year now; None when no published version does."""
    try:
        policy = published_policy(number, year)
        day = governing_day(Document.objects.get(number=number), year)
    except DomainError:
        return None
    versions = ClauseVersion.objects.in_force_on(day).filter(clause__document__number=number)
    return Today(policy, dict(versions.values_list("clause__clause_id", "number")))


def _rebuilt(policy: PolicyDefinition, versions: frozenset[tuple[str, int]]) -> tuple[PolicyDefinition, str]:
    """Today's policy with the clauses as they stood when the files were filed, and its hash."""
    stored = ClauseVersion.objects.in_bulk([pk for _, pk in versions])
    filed = {clause: definition_of(stored[pk]) for clause, pk in versions}
    clauses = tuple(filed.get(clause.id, clause) for clause in policy.clauses)
    if clauses != policy.clauses:
        policy = policy.model_copy(update={"clauses": clauses})
    return policy, definition_sha256(policy)


def _mates(settlements: set[int]) -> dict[int, dict[str, Mate]]:
    """The lines of these settlements, by clause."""
    found: dict[int, dict[str, Mate]] = {settlement: {} for settlement in settlements}
    rows = SettlementLine.objects.filter(settlement__in=settlements).values_list(
        "settlement_id",
        "clause_id_text",
        "award_id",
        "award__approved_fen",
        "candidate_fen",
        "settled_fen",
        "reason",
        "fixed",
        "city_fen",
        "district_fen",
        "award__revision_id",
        "award__revision__filed_at",
        "award__revision__figures",
        "award__clause_version_id",
        "award__clause_version__number",
    )
    for settlement, clause, *values in rows:
        found[settlement][clause] = Mate(*values)
    return found


def _checked(accounts: set[int]) -> dict[int, dict[str, list[tuple[datetime, Any]]]]:
    """The checked figures of these accounts, by key, in the order in which they were entered."""
    found: dict[int, dict[str, list[tuple[datetime, Any]]]] = {account: {} for account in accounts}
    rows = CheckedFigure.objects.filter(account__in=accounts).order_by("pk")
    for account, key, at, value in rows.values_list("account_id", "key", "entered_at", "value"):
        found[account].setdefault(key, []).append((at, value))
    return found


def may_read_receipt(award: Award, user: Any) -> bool:
    """Whether a person who sees the award may read its receipt.

    Its document holds what the enterprise filed under every clause that was settled with it, so that all those awards
    must be visible to the person, not this one alone.
    """
    if award.settlement_id is None:
        return False
    beside = Award.objects.filter(lines__settlement=award.settlement_id)
    visible = Award.objects.visible_to(user).filter(lines__settlement=award.settlement_id)
    return bool(_claimed(award.receipt)) and visible.count() == beside.count()


def _claimed(receipt: Any) -> list[str]:
    """The clauses that a receipt's document claims; empty for junk."""
    try:
        return [claim["clause"] for claim in receipt["document"]["claims"]]
    except (KeyError, TypeError):
        return []


# ------------------------------------------------------------------------------------- today's rules, for one


@dataclass(frozen=True, slots=True)
class WhatNow:
    """Today's answer to the document of a receipt."""

    #: As the engine answers; None when today's rules do not fit the document.
    answer: dict[str, Any] | None
    #: Where it differs from the receipt's, in words; empty: nowhere.
    differences: tuple[str, ...] = ()
    #: Why there is no answer, in sentences.
    faults: tuple[str, ...] = ()


def what_now(proof: Proof) -> WhatNow:
    """Today's published versions, settings and rates applied to the receipt's document; what was paid stays paid."""
    if proof.today is None:
        return WhatNow(None, faults=("现在没有适用于该年度的已发布政策。",))
    try:
        receipt = proof.award.receipt
        paid = {clause: parse_yuan(amount) for clause, amount in receipt["paid"].items()}
        answer = evaluate_document(proof.today.policy, receipt["document"], paid=paid, closed=receipt.get("closed", ()))
        return WhatNow(answer, tuple(amount_differences(receipt["answer"], answer)))
    except EvaluationFault as fault:
        return WhatNow(None, faults=tuple(str(item["message"]) for item in fault.faults))
    except (KeyError, TypeError, ValueError, AttributeError):
        return WhatNow(None, faults=("凭据的内容不完整。",))
