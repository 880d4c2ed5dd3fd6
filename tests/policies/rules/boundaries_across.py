"""Documents at the borders of the rules across clauses: the cap on the sum, its cut, the groups, other measures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any

from policies.rules.compile import CompiledClause, CompiledPolicy
from policies.rules.nodes import Latitude, Share
from tests.policies.rules.boundaries import AROUND, YEAR, build, near, place
from tests.policies.rules.strategies import yuan

#: Sums of 分 whose parts leave every kind of remainder when they are cut.
PARTS = [(1, 1, 1), (1, 2, 4), (3, 5, 7), (0, 1, 0), (2, 0, 9)]


def free(rules: CompiledPolicy, *, exempt: bool) -> list[CompiledClause]:
    """Clauses whose amount a decision fixes to the 分, without a floor, in printed order."""
    return [
        clause
        for clause in rules.clauses.values()
        if isinstance(clause.award, Latitude)
        and clause.award.floor is None
        and clause.exempt is exempt
        and not any(clause.id in members for members in rules.groups.values())
    ]


def together(*docs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The claims of several documents as one, with the larger one of every figure: what holds for each goes on to."""
    top = {key: changes.pop(key) for key in ("external_awards", "choices", "cap_override") if key in changes}
    applicant = {
        key: max((doc["applicant"][key] for doc in docs), key=lambda one: (len(str(one)), one))
        for key in docs[0]["applicant"]
    }
    claims = [claim for doc in docs for claim in doc["claims"]]
    return {**docs[0], "applicant": {**applicant, **changes}, "claims": claims, **top}


def bases(rules: CompiledPolicy, cap: int) -> set[int]:
    """Bases around the one from which on the cap is so many 分."""
    rule = rules.total_cap
    assert rule is not None
    return near(Fraction(cap * rule.denominator, rule.factor))


def across(rules: CompiledPolicy) -> Iterator[dict[str, Any]]:
    """Every document across clauses."""
    yield from _cap(rules)
    yield from _who(rules)
    for name in rules.groups:
        yield from _group(rules, name)


def _decided(clauses: list[CompiledClause], amounts: tuple[int, ...], **changes: Any) -> dict[str, Any]:
    docs = [build(clause, {}, decision=fen) for clause, fen in zip(clauses, amounts, strict=False)]
    return together(*docs, **changes)


def _base(rules: CompiledPolicy) -> str:
    assert rules.total_cap is not None
    return rules.total_cap.base.key.removeprefix("Y.")


def _cap(rules: CompiledPolicy) -> Iterator[dict[str, Any]]:
    """Every remainder of the cut, the sum at the cap ± 1 分, the floor of the cap, exempt clauses beside it."""
    key, inside, outside = _base(rules), free(rules, exempt=False), free(rules, exempt=True)
    for parts in PARTS:
        for cap in range(sum(parts) + 2):
            yield _decided(
                inside, parts, **{key: yuan(min(bases(rules, cap), key=lambda base: (base < cap * 20, base)))}
            )
    for amounts in ((50, 70, 30), (100_000_000, 33_333_333, 1)):
        for off in AROUND:
            for base in bases(rules, sum(amounts) + off):
                yield _decided(inside, amounts, **{key: yuan(base)})
                yield _decided(outside + inside, (777, 888, *amounts), **{key: yuan(base)})
        for off in AROUND:
            yield _decided(inside, amounts, **{key: "0.00"}, cap_override={"cap": yuan(sum(amounts) + off)})
    rule = rules.total_cap
    assert rule is not None
    for base in range(2 * rule.denominator // rule.factor + 2):
        yield _decided(inside, (5, 7, 11), **{key: yuan(base)})
    shuffled = _decided(inside, (5, 7, 11), **{key: yuan(17 * rule.denominator // rule.factor)})
    yield {**shuffled, "claims": shuffled["claims"][::-1]}


def _who(rules: CompiledPolicy) -> Iterator[dict[str, Any]]:
    """Who is capped, and what an officer may change."""
    key, inside = _base(rules), free(rules, exempt=False)
    overrides = [None, {"lift": True}, {"cap": "0.00"}, {"cap": "0.01"}]
    for kind, new, override in product(("enterprise", "association"), (False, True), overrides):
        yield _decided(inside, (5, 7, 11), **{key: "2.00"}, kind=kind, newly_introduced=new, cap_override=override)


def least(clause: CompiledClause) -> int:
    """What a clause of a share gives on the figures with which its conditions just hold, in 分."""
    award = clause.award
    assert isinstance(award, Share)
    if place(award.of)[0] != "Y":
        return 0
    figure = build(clause, {})["applicant"][place(award.of)[1]]
    return int(figure.replace(".", "")) * award.factor // award.denominator


def giving(clause: CompiledClause, fen: int) -> dict[str, Any]:
    """A document whose claim gives an amount, as near as the share allows (never more than its cap)."""
    award = clause.award
    assert isinstance(award, Share)
    return build(clause, {place(award.of): fen * award.denominator // award.factor})


def ties(one: CompiledClause, other: CompiledClause) -> list[int]:
    """Amounts that both can give: the least, one inside, and the lower cap; empty when there is none."""
    low = max(least(one), least(other))
    high = min(clause.cap.fen for clause in (one, other) if clause.cap)
    return sorted({low, low + 100, high}) if low <= high else []


def _group(rules: CompiledPolicy, name: str) -> Iterator[dict[str, Any]]:
    """Ties and one 分 beside them, with every choice, with and without a cap that binds, and other measures."""
    members = [rules.clauses[member] for member in rules.groups[name]]
    for one, other in combinations(members, 2):
        for fen, off in product(ties(one, other), AROUND):
            pair = (giving(one, fen), giving(other, max(0, fen + off)))
            second = [other.id] if fen + off >= least(other) else []  # else it is not eligible and cannot be chosen
            for choice in (None, one.id, *second):
                choices = {"choices": {name: choice}} if choice else {}
                yield together(*pair, **choices)
                yield together(*pair[::-1], **choices)
                for cap in (fen - 1, fen, fen + 1):
                    base = max(bases(rules, max(0, cap)))
                    yield together(*pair, **choices, **{_base(rules): yuan(base)})
            for award in ("0.00", "0.01", yuan(fen), yuan(fen + 1)):
                yield together(*pair, external_awards=[{"group": name, "amount": award}])
    alone = [build(member, {}) for member in members]
    for awards in ([], ["0.00"], ["0.01"], ["0.00", "0.01"]):
        listed = [{"group": name, "amount": award} for award in awards]
        yield together(*alone, external_awards=listed)
        yield from ({**doc, "external_awards": listed, "policy_year": YEAR} for doc in alone)
