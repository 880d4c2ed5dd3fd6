"""Settle the awards of one applicant and policy year: the group's choice, then the cap on their sum.

Pure: amounts in, amounts out, all in 分. The order is fixed by the policy's own end of section 三: clause amounts →
choice inside each group (同类型, 就高不就低) → cap of the sum → split between budgets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from policies.rules import explain_settlement as explain
from policies.rules.compile import CompiledPolicy
from policies.rules.explain import Step
from policies.rules.nodes import Facts

#: ``paid``: more was paid before than the clause gives now; it stays. ``closed``: the clause gives more now than what
#: was settled for good.
Reason = Literal["not_chosen", "external_award", "cap", "paid", "closed"]


class SettlementError(ValueError):
    """A choice or a paid amount that cannot be; the message is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class CapOverride:
    """An authorised officer's decision for one enterprise and year: no cap at all, or another one (分)."""

    lift: bool = False
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class SettlementInput:
    """Everything a settlement depends on.

    ``candidates``: eligible claims, clause → 分. ``external``: awards of other measures, group → 分. ``choices``:
    group → clause. ``paid``: what already left the house, clause → 分: it stays, whatever else is settled. ``closed``:
    clauses of ``paid`` that get exactly that amount, no more: they are public or paid, and a settlement leaves them
    alone. ``pending``: claims that wait for a decision, named in the working and counted nowhere.
    """

    kind: Literal["enterprise", "association"]
    facts: Facts
    candidates: Mapping[str, int]
    external: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    override: CapOverride | None = None
    paid: Mapping[str, int] = field(default_factory=dict)
    closed: Collection[str] = ()
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One eligible claim: what the clause gives, what is settled, and why less."""

    clause: str
    candidate: int
    settled: int
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The result; ``cap`` is None where none applies, ``total`` includes the clauses outside the cap.

    ``recommended`` names for each group the clause that pays most, whatever was chosen.
    """

    cap: int | None
    total: int
    lines: tuple[Line, ...]
    recommended: Mapping[str, str]
    trace: tuple[Step, ...] = ()


def settle(policy: CompiledPolicy, given: SettlementInput, *, trace: bool = True) -> Settlement:
    """Settle one applicant and year.

    Raises:
        SettlementError: a choice that is no eligible claim of its group, or that contradicts a payment.
        KeyError: the base of the cap is needed and was not given.
    """
    steps: list[Step] = []
    if unknown := {*given.candidates, *given.paid} - set(policy.clauses):
        raise SettlementError(f"政策中没有条款 {'、'.join(sorted(unknown))}。")
    if unsettled := set(given.closed) - set(given.paid):
        raise SettlementError(f"条款 {'、'.join(sorted(unsettled))} 没有已定的金额。")
    order = [clause for clause in policy.clauses if clause in given.candidates or clause in given.paid]
    candidates = {clause: given.candidates.get(clause, 0) for clause in order}
    after_group = dict(candidates)
    reasons: dict[str, Reason] = {}
    recommended: dict[str, str] = {}
    for group, members in policy.groups.items():
        _check_choice(group, members, given)
        present = [clause for clause in members if clause in candidates]
        if present:
            recommended[group] = max(present, key=lambda clause: candidates[clause])  # the first of equals
            _choose(policy, given, group, present, recommended[group], after_group, reasons, steps)
    _close(policy, given, after_group, reasons, steps)
    cap = total_cap(policy, given, steps)
    settled = _share_out(policy, given, cap, after_group, reasons, steps)
    lines = tuple(
        Line(
            clause,
            candidates[clause],
            settled[clause],
            _reason(settled[clause] - candidates[clause], reasons.get(clause)),
        )
        for clause in order
    )
    total = sum(settled.values())
    steps.append(explain.total(settled, given.pending))
    return Settlement(cap, total, lines, recommended, tuple(steps) if trace else ())


def _reason(difference: int, reason: Reason | None) -> Reason | None:
    if difference > 0:
        return "paid"
    return reason if difference else None


def _check_choice(group: str, members: tuple[str, ...], given: SettlementInput) -> None:
    choice = given.choices.get(group)
    if choice is not None and (choice not in members or choice not in given.candidates):
        raise SettlementError(
            f"“{group}”类中选择的 {choice} 不是本次符合条件的申报条款，请从该类符合条件的条款中选择。"
        )
    paid = [clause for clause in members if given.paid.get(clause)]
    if len(paid) > 1:
        raise SettlementError(f"“{group}”类中已有多个条款拨付（{'、'.join(paid)}），请先办理追回。")
    if paid and choice is not None and choice not in paid:
        raise SettlementError(f"“{group}”类已按 {paid[0]} 拨付，不能再改选 {choice}。")


def _choose(
    policy: CompiledPolicy,
    given: SettlementInput,
    group: str,
    present: list[str],
    recommended: str,
    after_group: dict[str, int],
    reasons: dict[str, Reason],
    steps: list[Step],
) -> None:
    """Leave one clause of the group, and only as far as no other measure has paid already."""
    definition = next(item for item in policy.definition.groups if item.name == group)
    external = given.external.get(group, 0)
    if external and policy.definition.settings.external_award.value == "block":
        for clause in present:
            after_group[clause] = 0
            reasons[clause] = "external_award"
        steps.append(explain.blocked(policy, definition, given.candidates, present, external))
        return
    paid = next((clause for clause in present if given.paid.get(clause)), None)
    chosen = paid or given.choices.get(group) or recommended
    for clause in present:
        if clause != chosen:
            after_group[clause] = 0
            reasons[clause] = "not_chosen"
    if len(present) > 1:
        how: explain.How = "chosen" if given.choices.get(group) else "recommended"
        if paid:
            how = "closed" if paid in given.closed else "paid"
        steps.append(explain.chosen(policy, definition, given.candidates, present, chosen, how))
    if external:
        before = after_group[chosen]
        after_group[chosen] = max(0, before - external)
        reasons[chosen] = "external_award"
        steps.append(explain.difference(policy, definition, chosen, before, external))


def _close(
    policy: CompiledPolicy,
    given: SettlementInput,
    after_group: dict[str, int],
    reasons: dict[str, Reason],
    steps: list[Step],
) -> None:
    """What was settled for good counts as it is, whatever the clause or the group would give now."""
    for clause in [clause for clause in after_group if clause in given.closed]:
        amount = given.paid[clause]
        if amount != after_group[clause]:
            steps.append(explain.closed(policy, clause, after_group[clause], amount))
        after_group[clause] = amount
        reasons[clause] = "closed"


def cap_applies(policy: CompiledPolicy, kind: str, facts: Facts) -> bool:
    """Whether the cap binds this applicant at all, before any officer's decision."""
    rule = policy.total_cap
    if rule is None or kind not in rule.binds:
        return False
    return not (rule.lifted_if and rule.lifted_if.read(facts) is True)


def total_cap(policy: CompiledPolicy, given: SettlementInput, steps: list[Step]) -> int | None:
    """The cap in 分, floored to the 分; None where none applies. Appends how it came about to ``steps``."""
    rule = policy.total_cap
    if rule is None:
        return None
    if not cap_applies(policy, given.kind, given.facts):
        steps.append(explain.uncapped(rule, given.kind))
        return None
    base: int | None = given.facts.get(rule.base.key)
    if given.override and given.override.lift:
        steps.append(explain.lifted(rule, base))
        return None
    if given.override and given.override.cap is not None:
        steps.append(explain.overridden(rule, base, given.override.cap))
        return given.override.cap
    if base is None:
        raise KeyError(rule.base.key)
    cap = base * rule.factor // rule.denominator
    steps.append(explain.capped(rule, base))
    return cap


def _share_out(
    policy: CompiledPolicy,
    given: SettlementInput,
    cap: int | None,
    after_group: dict[str, int],
    reasons: dict[str, Reason],
    steps: list[Step],
) -> dict[str, int]:
    """Cut the awards inside the sum to the cap; what is paid stays and is counted first."""
    paid = {clause: given.paid.get(clause, 0) for clause in after_group}
    settled = {clause: max(amount, paid[clause]) for clause, amount in after_group.items()}
    for clause, amount in after_group.items():
        if paid[clause] > amount:
            steps.append(explain.stays(policy, clause, amount, paid[clause]))
    inside = [clause for clause in settled if not policy.clauses[clause].exempt]
    demand = sum(settled[clause] for clause in inside)
    if cap is not None:
        steps += explain.outside(policy, settled)
        steps.append(explain.demand(policy, [settled[clause] for clause in inside], cap))
    if cap is None or demand <= cap:
        return settled
    room = max(0, cap - sum(paid[clause] for clause in inside))
    wants = {clause: settled[clause] - paid[clause] for clause in inside}
    in_order = policy.definition.settings.cap_allocation.value == "clause_order"
    shares = clause_order(wants, room) if in_order else pro_rata(wants, room)
    cut = explain.in_order if in_order else explain.in_proportion
    steps += cut(policy, wants, shares, explain.Before(paid, given.closed), cap)
    for clause in inside:
        after = paid[clause] + shares[clause]
        if after != settled[clause]:
            reasons[clause] = "cap"
        settled[clause] = after
    return settled


def pro_rata(wants: Mapping[str, int], room: int) -> dict[str, int]:
    """Share ``room`` out in proportion, exact to the 分: ``⌊C·S_k/S⌋ − ⌊C·S_{k−1}/S⌋`` over the running sums.

    The parts are in the order given, add up to ``min(room, Σ wants)`` and none exceeds what it wants.
    """
    whole = sum(wants.values())
    if whole <= room:
        return dict(wants)
    parts, running, before = {}, 0, 0
    for clause, want in wants.items():
        running += want
        now = room * running // whole
        parts[clause], before = now - before, now
    return parts


def clause_order(wants: Mapping[str, int], room: int) -> dict[str, int]:
    """Serve one clause after the other until ``room`` is used up."""
    parts = {}
    for clause, want in wants.items():
        parts[clause] = min(want, room)
        room -= parts[clause]
    return parts


def split_budgets(amount: int, city_share: str) -> tuple[int, int]:
    """(city, district) parts of an amount in 分 by a percentage such as "50%"; the remainder of a 分 is the city's.

    Source: 四（三）由各级受益财政参照现行财政体制分担; the ratio is a setting.
    """
    district = int(amount * (1 - Fraction(city_share.removesuffix("%")) / 100))
    return amount - district, district
