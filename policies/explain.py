"""A definition in plain words: conditions, amount and limits, each line with its sentence of the policy.

Pure: a definition and labels in, lines out. The library shows them; nothing is computed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.money import grouped
from policies.rules import schema
from policies.rules.values import CitedCount, CitedMoney, CitedRate, CitedTimes

_OPS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


@dataclass(frozen=True)
class Line:
    """One plain sentence with the passage it comes from; `settings` name the open points it depends on."""

    text: str
    quote: str = ""
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The three parts of a rule as people read it."""

    conditions: tuple[Line, ...]
    amount: tuple[Line, ...]
    limits: tuple[Line, ...]

    @property
    def settings(self) -> frozenset[str]:
        """Keys of every open point that the rule depends on."""
        return frozenset(key for line in (*self.conditions, *self.amount, *self.limits) for key in line.settings)


def money(amount: CitedMoney) -> str:
    """The printed literal and the figure: 500万元（5,000,000.00 元）."""
    return f"{amount.literal}（{grouped(amount.fen)} 元）"


def explain(clause: schema.ClauseDefinition, year_labels: Mapping[str, str]) -> Explanation:
    """Put one monetary clause in plain words; `year_labels` are the labels of the figures of the year by key."""
    words = _Words(clause, year_labels)
    limits = []
    if clause.cap:
        whose = "每家企业每个政策年度" if clause.cap.scope == "enterprise_year" else "每次申报"
        settings = ("extra_cap",) if clause.cap.base else ()
        limits.append(Line(f"{whose}最高 {money(clause.cap.amount)}。", clause.cap.amount.quote, settings))
    if clause.quota:
        limits.append(
            Line(
                f"每年 {clause.quota.target.value} {clause.quota.target.unit}左右；超出时提示，不作为拒绝的理由。",
                clause.quota.target.quote,
            )
        )
    if clause.exempt:
        limits.append(Line("不计入每家企业每年的累计奖补上限。", clause.exempt.quote))
    return Explanation(
        conditions=tuple(line for item in clause.conditions for line in words.condition(item)),
        amount=tuple(words.award(clause.award)),
        limits=tuple(limits),
    )


class _Words:
    """Sentences for the blocks of one clause; labels come from its facts."""

    def __init__(self, clause: schema.ClauseDefinition, year_labels: Mapping[str, str]) -> None:
        self.clause = clause
        self.year_labels = year_labels
        self.facts = {fact.key: fact for fact in clause.facts}

    def label(self, ref: str, table: str | None = None) -> str:
        """The label people know a reference by, in 「」."""
        if ref.startswith("Y."):
            return f"「{self.year_labels.get(ref[2:], ref)}」"
        if ref.startswith("row.") and table:
            ref = f"{table}.{ref[4:]}"
        head, _, column = ref.partition(".")
        fact = self.facts.get(head)
        if fact is None:
            return f"「{ref}」"
        if column:
            return f"「{next((item.label for item in fact.columns if item.key == column), column)}」"
        return f"「{fact.label}」"

    def condition(self, item: Any) -> Iterator[Line]:
        """One line per condition; alternatives stay one line."""
        if isinstance(item, schema.AllOf):
            for inner in item.of:
                yield from self.condition(inner)
        elif isinstance(item, schema.AnyOf):
            quotes = [line.quote for inner in item.of for line in self.condition(inner)]
            yield Line(f"{item.label}。", "；".join(dict.fromkeys(quotes)))
        elif isinstance(item, schema.Compare):
            text = f"{item.label}：{self.label(item.fact)} {_OPS[item.op]} {number(item.value)}。"
            yield Line(text, item.value.quote)
        elif isinstance(item, schema.Growth):
            change = f"{self.label(item.now)} − {self.label(item.before)} {_OPS[item.op]} {number(item.by)}"
            yield Line(f"{item.label}：{change}。", item.by.quote)
        else:
            yield Line(f"{item.label}。", getattr(item, "quote", ""))

    def award(self, block: Any, table: str | None = None) -> Iterator[Line]:
        """The lines of one block."""
        if isinstance(block, schema.Fixed):
            yield Line(f"给予 {money(block.amount)}。", block.amount.quote)
        elif isinstance(block, schema.Rate):
            summed = "各行合计" if "." in block.of and not block.of.startswith(("row.", "Y.")) else ""
            yield Line(f"{self.label(block.of, table)}{summed} × {block.rate.literal}。", block.rate.quote)
        elif isinstance(block, schema.PerUnit):
            fact = self.facts.get(block.count)
            by = "行数" if fact is not None and fact.type == "table" else ""
            yield Line(f"{self.label(block.count)}{by} × {money(block.amount)}。", block.amount.quote)
        elif isinstance(block, schema.External):
            yield Line(f"{self.label(block.fact)} × {block.times.literal}。", block.times.quote)
        elif isinstance(block, schema.Step):
            for tier in block.tiers:
                gain = f"× {tier.rate.literal}" if tier.rate else money(tier.amount) if tier.amount else ""
                quote = (tier.rate or tier.amount or tier.at_least).quote
                yield Line(f"{self.label(block.of, table)}达到 {money(tier.at_least)}：{gain}。", quote)
        elif isinstance(block, schema.Rows):
            yield Line(f"按{self.label(block.table)}逐行计算，再把各行相加：")
            yield from self.award(block.each, block.table)
            if block.row_cap:
                yield Line(f"每一行最高 {money(block.row_cap)}。", block.row_cap.quote)
        elif isinstance(block, schema.Sum):
            for part in block.parts:
                yield from self.award(part)
        elif isinstance(block, schema.LoanInterest):
            yield from self._loans(block)
        elif isinstance(block, schema.Discretion):
            yield from self._discretion(block)

    def _loans(self, block: schema.LoanInterest) -> Iterator[Line]:
        column = {name: self.label(f"{block.table}.{getattr(block, name)}") for name in ("principal", "interest_paid")}
        yield Line(
            f"逐笔贷款按日计算：{column['principal']} × {block.share.literal} × 当日最近一次公布的一年期LPR "
            "÷ 一年计息天数，只计政策年度内的天数，放款日计、还款日不计。",
            block.share.quote,
            ("day_count", "lpr_pick"),
        )
        yield Line(f"每笔不超过{column['interest_paid']}，各笔相加。", "", ("loan_cap",))

    def _discretion(self, block: schema.Discretion) -> Iterator[Line]:
        bounds = []
        if block.floor:
            bounds.append(f"不低于 {grouped(block.floor.fen)} 元")
        if block.ceiling:
            bounds.append(f"不超过 {grouped(block.ceiling.fen)} 元")
        how = "经专家评审后，由" if self.clause.competitive else "由"
        limits = "，".join(bounds) or "原文没有写明金额"
        yield Line(f"{how}牵头单位核定金额并写明理由：{limits}。", block.quote)


def number(value: CitedMoney | CitedRate | CitedTimes | CitedCount) -> str:
    """A cited number in words."""
    return money(value) if isinstance(value, CitedMoney) else value.literal
