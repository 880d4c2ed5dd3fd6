"""The settlement of a year in Chinese, line by line: the group's choice, the cap on the sum, the cut, what is paid.

Wording alone: figures come from :mod:`.settle`. Amounts of clauses are results, so they stay in 元 with 分; awards of
other measures, an officer's cap and the base of the cap are given figures (see :mod:`.wording`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from common.money import yuan
from policies.rules.compile import CompiledCap, CompiledPolicy
from policies.rules.explain import Step
from policies.rules.schema import Group
from policies.rules.wording import amount, exact, labelled, quoted, settled, told, unconfirmed

#: Terms of a sum that are written out; beyond, their number is told.
_TERMS = 12

#: Why one clause of a group stands.
How = Literal["paid", "closed", "chosen", "recommended"]


@dataclass(frozen=True, slots=True)
class Before:
    """What was settled before this settlement (clause → 分) and which clauses of it are closed: public or paid, so that
    they get nothing more."""

    amounts: Mapping[str, int]
    closed: Collection[str]

    def word(self, clauses: Collection[str]) -> str:
        """已拨付, or 已核定 where one of the clauses may not have been paid yet."""
        return "已核定" if set(clauses) & set(self.closed) else "已拨付"


def _named(policy: CompiledPolicy, clause: str) -> str:
    """3.4.2 设立研发中心补贴."""
    return f"{clause} {policy.clauses[clause].definition.title}"


def _added(values: Iterable[int]) -> str:
    """a 元 + b 元 = c 元; one value stands alone."""
    parts = list(values)
    whole = amount(sum(parts))
    if len(parts) < 2:
        return whole
    return f"{' + '.join(map(amount, parts)) if len(parts) <= _TERMS else f'{len(parts)} 项相加'} = {whole}"


def _head(group: Group) -> str:
    return f"{quoted(group.name)}类"


# ------------------------------------------------------------------------------------------------ the group


def blocked(
    policy: CompiledPolicy, group: Group, candidates: Mapping[str, int], present: list[str], external: int
) -> Step:
    """Another measure has paid: nothing is left for the group."""
    amounts = "，".join(f"{_named(policy, clause)} {amount(candidates.get(clause, 0))}" for clause in present)
    step = f"{_head(group)}：已获其他市级同类政策奖补 {told(external)}，不重复奖补，{amounts}，均计 0.00 元"
    mark = unconfirmed(group.confirmed, settled(policy.definition.settings.external_award))
    return Step((step if len(present) > 1 else step.replace("，均计", "，计")) + mark, "0.00", group.quote, "")


def chosen(
    policy: CompiledPolicy, group: Group, candidates: Mapping[str, int], present: list[str], clause: str, how: How
) -> Step:
    """One clause stands, the others count nothing."""
    amounts = "，".join(f"{_named(policy, one)} {amount(candidates.get(one, 0))}" for one in present)
    best = max(candidates.get(one, 0) for one in present)
    tie = [candidates.get(one, 0) for one in present].count(best) > 1
    why = {
        "paid": f"已按 {clause} 拨付，取 {clause}",
        "closed": f"已按 {clause} 核定且不再变动，取 {clause}",
        "chosen": f"企业自行选择 {clause}",
        "recommended": f"企业未选择，就高取 {clause}" + ("（金额相同，取排列在前的条款）" if tie else ""),
    }[how]
    step = f"{_head(group)}（同类型只取一项）：{amounts}；{why}，其余计 0.00 元{unconfirmed(group.confirmed)}"
    return Step(step, yuan(candidates.get(clause, 0)), group.quote, "")


def difference(policy: CompiledPolicy, group: Group, clause: str, before: int, external: int) -> Step:
    """Another measure has paid part of it: the rest is paid here."""
    head = f"{_head(group)}，{_named(policy, clause)}补差额：{amount(before)}"
    got = f"已获其他市级同类政策奖补 {told(external)}"
    mark = unconfirmed(settled(policy.definition.settings.external_award))
    if before <= external:
        return Step(f"{head}不高于{got}，没有差额，计 0.00 元{mark}", "0.00", group.quote, "")
    rest = before - external
    return Step(f"{head} − {got} = {amount(rest)}{mark}", yuan(rest), group.quote, "")


# -------------------------------------------------------------------------------------------------- the cap

_CAP = "累计奖补上限"


def _formula(rule: CompiledCap, base: int) -> tuple[str, int]:
    """The base times the rate, floored to the 分; the sentence and the cap."""
    raw, cap = base * rule.factor, base * rule.factor // rule.denominator
    sign, shown, _ = exact(raw, rule.denominator)
    floored = "" if raw % rule.denominator == 0 else f"，舍去不足一分的部分，计 {amount(cap)}"
    return f"{labelled(rule.base.label, told(base))} × {rule.written} {sign} {shown} 元{floored}", cap


def capped(rule: CompiledCap, base: int) -> Step:
    """The cap as the policy sets it."""
    formula, cap = _formula(rule, base)
    return Step(f"{_CAP}：{formula}", yuan(cap), rule.quote, "")


def uncapped(rule: CompiledCap, kind: str) -> Step:
    """No cap for this applicant."""
    if kind not in rule.binds:
        return Step(f"{_CAP}：申报主体不是企业，不适用", "", rule.quote, "")
    return Step(f"{_CAP}：{rule.lifted_if.label if rule.lifted_if else ''}，不适用", "", rule.lifted_quote, "")


def _instead(rule: CompiledCap, base: int | None) -> str:
    return f"；调整前：{_formula(rule, base)[0]}" if base is not None else ""


def lifted(rule: CompiledCap, base: int | None) -> Step:
    """An officer took the cap away."""
    return Step(f"{_CAP}：经批准突破，本年度不设上限{_instead(rule, base)}", "", rule.quote, "")


def overridden(rule: CompiledCap, base: int | None, cap: int) -> Step:
    """An officer put another cap in its place."""
    return Step(f"{_CAP}：经批准调整为 {told(cap)}{_instead(rule, base)}", yuan(cap), rule.quote, "")


def outside(policy: CompiledPolicy, amounts: Mapping[str, int]) -> list[Step]:
    """Clauses that the cap does not count."""
    return [
        Step(f"{_named(policy, clause)} {amount(fen)}：不计入{_CAP}", yuan(fen), exempt.quote, clause)
        for clause, fen in amounts.items()
        if (exempt := policy.clauses[clause].definition.exempt) is not None
    ]


def demand(policy: CompiledPolicy, parts: list[int], cap: int) -> Step:
    """What the cap counts, against the cap."""
    whole = sum(parts)
    how = f"超过上限 {amount(cap)}，须核减" if whole > cap else f"未超过上限 {amount(cap)}，不核减"
    step = f"计入上限的奖补合计：{_added(part for part in parts if part)}，{how}"
    return Step(step, yuan(whole), policy.total_cap.quote if policy.total_cap else "", "")


# -------------------------------------------------------------------------------------------------- the cut


def stays(policy: CompiledPolicy, clause: str, fen: int, paid: int) -> Step:
    """More was paid than is due now: it stays."""
    step = f"{_named(policy, clause)}：已拨付 {amount(paid)}，高于本次计算的 {amount(fen)}，已拨付部分不变"
    return Step(step, yuan(paid), policy.clauses[clause].definition.sentence, clause)


def closed(policy: CompiledPolicy, clause: str, fen: int, settled_fen: int) -> Step:
    """What was settled for good is not what comes out now: it counts as it was settled."""
    step = f"{_named(policy, clause)}：已核定 {amount(settled_fen)}，已公示或拨付，不再变动（本次计算为 {amount(fen)}）"
    return Step(step, yuan(settled_fen), policy.clauses[clause].definition.sentence, clause)


def _room(policy: CompiledPolicy, before: Before, cap: int) -> tuple[list[Step], int]:
    """What is left under the cap for what is not settled for good yet."""
    inside = {clause: fen for clause, fen in before.amounts.items() if fen and not policy.clauses[clause].exempt}
    if not inside:
        return [], cap
    done, word = list(inside.values()), before.word(inside)
    room, quote = max(0, cap - sum(done)), policy.total_cap.quote if policy.total_cap else ""
    if cap < sum(done):
        step = f"{word}合计：{_added(done)}，已超过上限 {amount(cap)}，{word}部分不变，其余不再安排"
    else:
        minus = "".join(f" − {before.word([clause])} {amount(fen)}" for clause, fen in inside.items())
        step = f"可安排的额度：上限 {amount(cap)}{minus} = {amount(room)}"
    return [Step(step, yuan(room), quote, "")], room


_NOTHING = "没有可安排的额度，计 0.00 元"


def _cut(policy: CompiledPolicy, clause: str, how: str, line: str, share: int, before: Before) -> Step:
    """One clause after the cut; what is paid already is added."""
    paid = before.amounts[clause]
    if paid:
        line += f"，加已拨付 {amount(paid)}，共 {amount(paid + share)}"
    quote = policy.total_cap.quote if policy.total_cap else ""
    return Step(f"{_named(policy, clause)}{how}：{line}", yuan(paid + share), quote, clause)


def in_proportion(
    policy: CompiledPolicy, wants: Mapping[str, int], shares: Mapping[str, int], given: Before, cap: int
) -> list[Step]:
    """Cumulative floors, clause after clause, so that the parts add up to the cap to the 分."""
    steps, room = _room(policy, given, cap)
    whole, running, before = sum(wants.values()), 0, 0
    rest = f"未{given.word([clause for clause, fen in given.amounts.items() if fen])[1:]}部分"
    limit, what = (f"可安排 {amount(room)}", rest) if steps else (f"上限 {amount(room)}", "")
    for clause, want in wants.items():
        if not want:
            continue
        share = shares[clause]
        left = f"（累计 {amount(running)} + {amount(want)}）" if running else f"{amount(want)} "
        running, upto = running + want, before + share
        sign = " = " if room * running % whole == 0 else "，舍去不足一分的部分，计 "
        line = f"{left}× {limit} ÷ {what}合计 {amount(whole)}{sign}{amount(upto)}"
        if before:
            line += f"，减去前面条款已分 {amount(before)}，得 {amount(share)}"
        steps.append(_cut(policy, clause, "按比例核减", line if room else _NOTHING, share, given))
        before = upto
    return _marked(policy, steps)


def _marked(policy: CompiledPolicy, steps: list[Step]) -> list[Step]:
    """How the cut is shared out is a setting: the first line of a clause says so while it is not confirmed."""
    mark = unconfirmed(settled(policy.definition.settings.cap_allocation))
    first = next((number for number, step in enumerate(steps) if step.clause), None)
    if mark and first is not None:
        steps[first] = replace(steps[first], step=steps[first].step + mark)
    return steps


def in_order(
    policy: CompiledPolicy, wants: Mapping[str, int], shares: Mapping[str, int], given: Before, cap: int
) -> list[Step]:
    """One clause after the other until nothing is left."""
    steps, room = _room(policy, given, cap)
    for clause, want in wants.items():
        if not want:
            continue
        share = shares[clause]
        if share == want:
            line = f"可安排 {amount(room)}，足额安排 {amount(want)}，余 {amount(room - share)}"
        else:
            line = f"可安排 {amount(room)}，不足 {amount(want)}，计 {amount(share)}" if room else _NOTHING
        steps.append(_cut(policy, clause, "按条款顺序安排", line, share, given))
        room -= share
    return _marked(policy, steps)


def total(amounts: Mapping[str, int], pending: Sequence[str] = ()) -> Step:
    """The last line; ``pending`` are claims whose amount is not decided yet."""
    whole = sum(amounts.values())
    step = f"本年度奖补金额合计：{_added(fen for fen in amounts.values() if fen)}"
    if pending:
        step += f"，另有 {len(pending)} 项待裁量（{'、'.join(pending)}），未计入"
    return Step(step, yuan(whole), "", "")
