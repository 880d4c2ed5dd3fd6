"""Conditions that no facts can fulfil, branches and tiers that can never count, conditions that can never fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from policies.lint.domains import Space
from policies.lint.faults import LintFault, field
from policies.lint.phrases import name_of, phrase, span
from policies.lint.search import Box, Goal, Search, window
from policies.rules.schema import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Given,
    Growth,
    Not,
    OneOf,
    Rows,
    Step,
    Sum,
    WithinDates,
)

Placed = tuple[str, Condition]


class Reach:
    """The questions about one clause, over the policy years that its definition can govern."""

    def __init__(self, spaces: Sequence[Space], valid_from: dt.date, valid_to: dt.date) -> None:
        self.space = spaces[-1]
        self.years = [space.year for space in spaces]
        self.valid = valid_from, valid_to
        self._searches = [Search(space, valid_from, valid_to) for space in spaces]

    def possible(self, goals: Sequence[Goal], box: Callable[[Space], Box] | None = None) -> bool:
        """Whether the goals can be met in some policy year."""
        return any(search.possible(goals, box(search.space) if box else None) for search in self._searches)

    # -- conditions

    def conditions(self, placed: Sequence[Placed]) -> Iterator[LintFault]:
        """Every fault of the conditions of a clause; they must all hold."""
        living: list[Placed] = []
        for path, item in placed:
            dead = list(self._dead(path, item))
            if dead:
                yield from dead
            if self.possible([(item, True)]):
                living.append((path, item))
            yield from self._windows(path, item)
        together = [(item, True) for _, item in living]
        if not self.possible(together):
            yield from self._conflicts(living)
            return
        for index, (path, item) in enumerate(living):
            others = together[:index] + together[index + 1 :]
            if others:
                yield from self._branches(path, item, others)
            yield from self._never_fails(path, item, others)

    def _dead(self, path: str, item: Condition) -> Iterator[LintFault]:
        """What can never hold by itself: told at the innermost place that explains it."""
        if isinstance(item, AnyOf):
            for index, part in enumerate(item.of):
                yield from self._dead(f"{field(path, 'of')}[{index}]", part)
            return
        if self.possible([(item, True)]):
            if isinstance(item, AllOf):  # an alternative inside it may still be dead
                for index, part in enumerate(item.of):
                    yield from self._dead(f"{field(path, 'of')}[{index}]", part)
            return
        if isinstance(item, AllOf):
            parts = [(f"{field(path, 'of')}[{index}]", part) for index, part in enumerate(item.of)]
            inner = [fault for place, part in parts for fault in self._dead(place, part)]
            yield from inner or self._conflicts(parts)
        elif isinstance(item, Not):
            yield LintFault(
                path,
                f"条件「{item.label}」要求不满足“{phrase(item.of, self.space)}”，而它总是满足，因此永远不会成立。",
                "请改正所否定的条件，或删除这一条件。",
            )
        else:
            yield LintFault(path, *self._why(item))

    def _why(self, item: Condition) -> tuple[str, str]:
        required = phrase(item, self.space)
        if isinstance(item, WithinDates):
            return f"条件「{item.label}」的日期区间在任何政策年度都是空的：{required}。", "请改正起止日期。"
        if isinstance(item, Growth):
            now, before = self.space.quantity(item.now), self.space.quantity(item.before)
            if now and before:
                return (
                    f"条件「{item.label}」要求{required}，而「{now.label}」只能在 {span(now)} 之间，"
                    f"「{before.label}」只能在 {span(before)} 之间，永远不会成立。",
                    "请改正增长门槛，或放宽两项数据的最小值、最大值。",
                )
        quantity = self.space.quantity(item.fact) if isinstance(item, Compare) else None
        if quantity:
            return (
                f"条件「{name_of(item)}」要求{required}，而这项数据只能在 {span(quantity)} 之间，永远不会成立。",
                "请改正门槛，或放宽这项数据的最小值、最大值。",
            )
        return f"条件「{name_of(item)}」要求{required}，永远不会成立。", "请改正或删除这一条件。"

    def _conflicts(self, placed: Sequence[Placed]) -> Iterator[LintFault]:
        """Which conditions contradict each other: the first pair of each later condition, else all together."""
        told: set[str] = set()
        for (_, first), (path, second) in combinations(placed, 2):
            if path not in told and not self.possible([(first, True), (second, True)]):
                told.add(path)
                yield LintFault(
                    path,
                    f"条件「{name_of(second)}」与「{name_of(first)}」不可能同时成立："
                    f"{phrase(first, self.space)}，又要求{phrase(second, self.space)}。",
                    "请改正其中一个门槛、取值或日期；只须满足其一的，放进“满足下列任意一项”。",
                )
        if not told and placed:
            names = "、".join(f"「{name_of(item)}」" for _, item in placed)
            yield LintFault(placed[-1][0], f"条件{names}放在一起不可能全部成立。", "请改正其中的门槛、取值或日期。")

    def _branches(self, path: str, item: Condition, others: list[Goal]) -> Iterator[LintFault]:
        """Alternatives that are possible by themselves and not beside the other conditions."""
        if not isinstance(item, (AnyOf, AllOf)):
            return
        for index, part in enumerate(item.of):
            place = f"{field(path, 'of')}[{index}]"
            if isinstance(item, AllOf):
                beside = others + [(other, True) for other in item.of if other is not part]
                yield from self._branches(place, part, beside)
            elif self.possible([(part, True)]):
                if self.possible([*others, (part, True)]):
                    yield from self._branches(place, part, others)
                else:
                    yield LintFault(
                        place,
                        f"其他条件成立时，「{item.label}」中的「{name_of(part)}」"
                        f"（{phrase(part, self.space)}）永远不会成立。",
                        "请改正或删除这一选项，或改正与它矛盾的条件。",
                    )

    def _never_fails(self, path: str, item: Condition, others: list[Goal]) -> Iterator[LintFault]:
        if isinstance(item, (Given, OneOf)):
            return  # they repeat what the declaration of the fact insists on, so that the sentence is told
        if not self.possible([(item, False)]):
            why = "无论申报什么都成立，不起作用"
        elif others and not self.possible([*others, (item, False)]):
            why = "在其他条件成立时必然成立，不起作用"
        else:
            return
        yield LintFault(
            path,
            f"条件「{name_of(item)}」（{phrase(item, self.space)}）{why}。",
            "请核对门槛；确实多余的，请删除。",
            "warning",
        )

    def _windows(self, path: str, item: Condition) -> Iterator[LintFault]:
        """Date windows of fixed days that lie outside every policy year."""
        if isinstance(item, (AllOf, AnyOf)):
            for index, part in enumerate(item.of):
                yield from self._windows(f"{field(path, 'of')}[{index}]", part)
        if not isinstance(item, WithinDates) or not self.possible([(item, True)]):
            return
        first, last = dt.date(self.years[0], 1, 1).toordinal(), dt.date(self.years[-1], 12, 31).toordinal()
        windows = [window(item, year, *self.valid) for year in self.years]
        # 「2018年以前设立」 is a window without beginning and may well lie in the past.
        late = all(low is not None and low > last for low, _ in windows)
        early = all(low is not None and high is not None and high < first for low, high in windows)
        if late or early:
            years = f"{self.years[0]}" if len(self.years) == 1 else f"{self.years[0]}–{self.years[-1]}"
            yield LintFault(
                path,
                f"条件「{item.label}」的日期区间（{phrase(item, self.space)}）"
                f"落在本版本适用的政策年度（{years}）之外。",
                "请改正起止日期，或改写为“政策年度第一天”“政策年度最后一天”。",
            )

    # -- tiers

    def tiers(self, award: object, conditions: Sequence[Condition]) -> Iterator[LintFault]:
        """Tiers of an award that can never decide."""
        if isinstance(award, Sum):
            for index, part in enumerate(award.parts):
                for fault in self.tiers(part, conditions):
                    yield LintFault(fault.path.replace("award", f"award.parts[{index}]", 1), fault.message, fault.mend)
        elif isinstance(award, Rows) and isinstance(award.each, Step):
            yield from self._step(award.each, "award.each", award.table, [])
        elif isinstance(award, Step):
            goals: list[Goal] = [(item, True) for item in conditions]
            yield from self._step(award, "award", "", goals if self.possible(goals) else [])

    def _step(self, step: Step, path: str, table: str, goals: list[Goal]) -> Iterator[LintFault]:
        quantity = self.space.quantity(step.of, table)
        if quantity is None:
            return
        starts = [tier.at_least.fen for tier in step.tiers]
        for index, start in enumerate(starts):
            place, end = f"{path}.tiers[{index}]", starts[index + 1] - 1 if index + 1 < len(starts) else None
            if start > quantity.domain.high:
                yield LintFault(
                    f"{place}.at_least",
                    f"这一档从 {quantity.shown(start)} 起，超过「{quantity.label}」的最大值 "
                    f"{quantity.shown(quantity.domain.high)}，永远达不到。",
                    "请改正起点金额，或提高这项数据的最大值。",
                )
            elif (end is not None and end < quantity.domain.low) or not self._decides(
                step.of, table, start, end, goals
            ):
                following = "" if end is None else f"（{quantity.shown(end + 1)} 起由下一档决定）"
                yield LintFault(
                    place,
                    f"从 {quantity.shown(start)} 起的一档{following}在「{quantity.label}」可能的取值和本条款的条件下"
                    "永远不起作用。",
                    "请改正起点金额或条件，或删除这一档。",
                )

    def _decides(self, ref: str, table: str, start: int, end: int | None, goals: list[Goal]) -> bool:
        def narrowed(space: Space) -> Box:
            quantity = space.quantity(ref, table)
            return {ref: quantity.domain.within(start, end)} if quantity else {}

        return bool(table) or self.possible(goals, narrowed)
