"""In words why an award is less than its clause gives, and how the cap came about; for pages and letters.

Amounts and reasons are the engine's; here they are told with what people did: who chose which clause and when, which
other award was entered, what was decided about the cap, what stands since when. `inside` adds what only officers read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from awards.enums import AwardState, ItemState
from awards.labels import REASONS
from awards.models import (
    Award,
    CapOverride,
    ExternalAward,
    GroupChoice,
    PublicityItem,
    Settlement,
    SettlementLine,
    YearAccount,
)
from awards.queries.preview import Prepared, PreparedLine, governing_policy
from common.errors import DomainError
from common.money import grouped, parse_yuan
from common.templatetags.ui import zhdate, zhdatetime
from policies.rules.schema import Group, PolicyDefinition

Line = PreparedLine | SettlementLine


def standing_since(award: Award) -> str:
    """Why the amount of this award moves no more, with the day: 公示中（2026年3月10日起）, 已拨付（2026年4月1日）."""
    state = AwardState(award.state)
    if state in (AwardState.PUBLIC, AwardState.OBJECTED):
        item = (
            PublicityItem.objects.filter(award=award, state__in=[ItemState.LISTED, ItemState.HELD])
            .select_related("round")
            .order_by("-pk")
            .first()
        )
        since = f"（{zhdate(item.round.first_day)}起公示）" if item and item.round.first_day else ""
        return f"{state.label}{since}"
    if state == AwardState.PAID:
        return f"{state.label}（{zhdate(award.paid_at)}）"
    if award.approved_at is not None:
        where = "已列入拨付清单" if state == AwardState.APPROVED else state.label
        return f"{where}（{zhdate(award.approved_at)}批复）"
    return state.label


@dataclass(frozen=True)
class Explainer:
    """Explains the lines of one settlement, made or only prepared. `since`: award → why it stands, where it is known;
    `external` and `choices`: what counted, newest last."""

    policy: PolicyDefinition | None
    document: dict[str, Any]
    answer: dict[str, Any]
    lines: Sequence[Line]
    cap_fen: int | None
    cap_by_rule_fen: int | None
    override: CapOverride | None
    choices: dict[str, GroupChoice]
    external: dict[str, list[ExternalAward]]
    since: dict[int, str]
    inside: bool

    @classmethod
    def of_prepared(cls, prepared: Prepared, *, inside: bool) -> "Explainer":
        """Of what settling now would give."""
        account = prepared.account
        return cls(
            policy=prepared.policy,
            document=dict(prepared.document),
            answer=dict(prepared.answer),
            lines=prepared.lines,
            cap_fen=prepared.cap_fen,
            cap_by_rule_fen=prepared.cap_by_rule_fen,
            override=prepared.override,
            choices=_choices(account),
            external=_external(account),
            since={line.award.pk: standing_since(line.award) for line in prepared.lines if line.fixed},
            inside=inside,
        )

    @classmethod
    def of_settlement(cls, settlement: Settlement, *, inside: bool) -> "Explainer":
        """Of a settlement that was made, with what counted at its time."""
        lines = list(
            settlement.lines.select_related(
                "award__application__clause__document",
                "award__revision__application__clause__document",
                "award__revision__clause_version",
            )
        )
        try:
            policy = governing_policy([line.award for line in lines]) if lines else None
        except DomainError:
            policy = None
        return cls(
            policy=policy,
            document=settlement.document,
            answer=settlement.answer,
            lines=lines,
            cap_fen=settlement.cap_fen,
            cap_by_rule_fen=settlement.cap_by_rule_fen,
            override=settlement.override,
            choices=_choices(settlement.account, settlement.made_at),
            external=_external(settlement.account, settlement.made_at),
            since={},
            inside=inside,
        )

    # ------------------------------------------------------------------------------------------------ one line

    def why(self, line: Line) -> str:
        """One sentence about what became of this award."""
        if line.fixed:
            since = self.since.get(line.award.pk)
            told = f"{since}，金额不再变动" if since else "核算时已公示或在拨付，金额不再变动"
            return f"{told}；原核定：{REASONS[line.reason]}。" if line.reason else f"{told}。"
        match line.reason:
            case "not_chosen":
                return self._not_chosen(line)
            case "external_award":
                return self._external(line)
            case "cap":
                return self._cut(line)
        return f"{REASONS[line.reason]}。"

    def _not_chosen(self, line: Line) -> str:
        group = self._group(_clause(line))
        if group is None:
            return f"{REASONS['not_chosen']}。"
        head = f"“{group.name}”类同类型条款只奖补一项"
        others = [one for one in self.lines if _clause(one) in group.clauses and _clause(one) != _clause(line)]
        taken = next((one for one in others if one.reason != "not_chosen"), None)
        if taken is None:
            return f"{head}，本条款不重复奖补。"
        instead = f"{_named(taken)}（条款金额 {grouped(taken.candidate_fen)} 元）"
        choice = self.choices.get(group.name)
        if taken.fixed:
            since = self.since.get(taken.award.pk, "已公示或在拨付")
            return f"{head}：{instead}{since}，不能再改，本条款不重复奖补。"
        if self.document.get("choices", {}).get(group.name) == _clause(taken) and choice is not None:
            when = zhdatetime(choice.chosen_at)
            return f"{head}：企业于{when}由{choice.chosen_by}选择 {instead}，本条款不重复奖补。"
        return f"{head}：企业未另作选择，就高取 {instead}，本条款不重复奖补。"

    def _external(self, line: Line) -> str:
        group = self._group(_clause(line))
        rows = self.external.get(group.name, []) if group else []
        if group is None or not rows:
            return f"{REASONS['external_award']}。"
        told = "、".join(
            f"{row.source} {grouped(row.amount_fen)} 元" + (f"（{row.unit.name}录入）" if self.inside else "")
            for row in rows
        )
        head = f"“{group.name}”类已获其他市级政策奖补：{told}"
        if line.settled_fen:
            return f"{head}，补差额 {grouped(line.settled_fen)} 元。"
        return f"{head}，不重复奖补，计 0.00 元。"

    def _cut(self, line: Line) -> str:
        cap = self.cap_fen
        if cap is None or self.policy is None:
            return f"{REASONS['cap']}。"
        stands = sum(one.settled_fen for one in self._counted() if one.fixed)
        wanted = sum(self._wanted(one) for one in self._counted() if not one.fixed)
        room = max(0, cap - stands)
        head = f"年度累计上限 {grouped(cap)} 元"
        head += f"，减去已核定不变的 {grouped(stands)} 元，可安排 {grouped(room)} 元" if stands else ""
        if not room:
            return f"{head}，没有可安排的额度，本件计 0.00 元。"
        in_order = self.policy.settings.cap_allocation.value == "clause_order"
        how = "按条款先后核减" if in_order else "按比例核减"
        return (
            f"{head}；计入上限待安排的奖补合计 {grouped(wanted)} 元，{how}："
            f"本件 {grouped(self._wanted(line))} 元核减为 {grouped(line.settled_fen)} 元。"
        )

    def _counted(self) -> list[Line]:
        """The lines inside the sum that the cap limits."""
        exempt = {clause.id for clause in self.policy.clauses if clause.exempt} if self.policy else set()
        return [one for one in self.lines if _clause(one) not in exempt]

    def _wanted(self, line: Line) -> int:
        """What was left of the clause amount before the cap (分)."""
        if line.reason == "not_chosen":
            return 0
        group = self._group(_clause(line))
        given = self.document.get("external_awards", [])
        external = sum(parse_yuan(row["amount"]) for row in given if group and row["group"] == group.name)
        if external and self.policy is not None:
            if self.policy.settings.external_award.value == "block":
                return 0
            return max(0, line.candidate_fen - external)
        return line.candidate_fen

    def _group(self, clause: str) -> Group | None:
        groups = self.policy.groups if self.policy else ()
        return next((group for group in groups if clause in group.clauses), None)

    # ------------------------------------------------------------------------------------------------- the cap

    def cap(self) -> list[str]:
        """How the cap came about, with the figures before and after a decision, and what was settled under it."""
        steps = [str(step["step"]) for step in self.answer.get("settlement", {}).get("trace", [])]
        told = [f"{step}。" for step in steps if step.startswith("累计奖补上限")]
        if self.override is not None and (self.cap_by_rule_fen is not None or self.cap_fen is not None):
            told.append(override_words(self.override, inside=self.inside))
        if self.cap_fen == 0:
            told.append("上限为 0 元，计入上限的奖补全部核定为零。")
        elif self.cap_fen is not None:
            counted = sum(line.settled_fen for line in self._counted())
            told.append(f"计入上限的奖补核定合计 {grouped(counted)} 元，上限 {grouped(self.cap_fen)} 元。")
        return told


def override_words(override: CapOverride, *, inside: bool) -> str:
    """Who decided what about the cap, with the figures before and after."""
    after = "不设上限" if override.cap_fen is None else f"{grouped(override.cap_fen)} 元"
    head = f"重点支持领域经批准突破上限（{zhdate(override.decided_at)}，{override.unit.name}）"
    told = f"{head}：突破前 {grouped(override.cap_before_fen)} 元，突破后 {after}。"
    return f"{told}审批人：{override.decided_by}。理由：{override.reason}" if inside else told


def why_less(award: Award) -> str:
    """One sentence about an award as its own settlement left it, as a letter to the enterprise tells it."""
    explainer = Explainer.of_settlement(award.settled_in, inside=False)
    line = next((line for line in explainer.lines if line.award.pk == award.pk), None)
    return explainer.why(line) if line is not None else f"{REASONS[award.reason]}。"


def _clause(line: Line) -> str:
    return line.clause if isinstance(line, PreparedLine) else line.clause_id_text


def _named(line: Line) -> str:
    return f"{_clause(line)} {line.award.application.clause.title}"


def _choices(account: YearAccount, until: datetime | None = None) -> dict[str, GroupChoice]:
    """Group → the newest choice, at a moment or now."""
    rows = account.choices.select_related("chosen_by", "clause").order_by("pk")
    return {row.group: row for row in (rows.filter(chosen_at__lte=until) if until else rows)}


def _external(account: YearAccount, until: datetime | None = None) -> dict[str, list[ExternalAward]]:
    """Group → the awards of other policies that counted, at a moment or now."""
    rows = account.external_awards.select_related("unit").order_by("pk")
    if until is None:
        rows = rows.filter(withdrawn_at=None)
    else:
        rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=until), entered_at__lte=until)
    found: dict[str, list[ExternalAward]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found
