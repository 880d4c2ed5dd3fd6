"""The overview as tables: each with a sentence that says what it shows, bars beside the names, and numbers that lead
to the files they count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from reviews.enums import CaseState
from reviews.queries.overview import GroupFigures, Narrowing, Overview, Scope


@dataclass(frozen=True)
class Cell:
    """One number of a table; `url` leads to the files that it counts, "" where there are none or no such list."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar beside a name: per cent of the longest one, and how much of it is late."""

    width: str
    late: str


@dataclass(frozen=True)
class TableRow:
    """A name, its bar and its numbers."""

    name: str
    bar: Bar
    cells: list[Cell]
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """One section of the page. `summary`: what the bars show, in a sentence; `legend`: what their colours mean."""

    key: str
    title: str
    summary: str
    name: str
    heads: list[str]
    rows: list[TableRow] = field(default_factory=list)
    empty: str = ""
    legend: str = ""


class Links:
    """Addresses of the list of all files with the page's narrowing and more; none where the reader may only count."""

    def __init__(self, narrowing: Narrowing, *, opens: bool) -> None:
        self._opens = opens
        self._kept = {
            "policy_year": narrowing.policy_year or "",
            "clause": narrowing.clause,
            "district": narrowing.district,
        }

    def cases(self, count: int, **more: object) -> str:
        """The files, "" for none of them."""
        return self._address("reviews:cases", count, more)

    def done(self, count: int, **more: object) -> str:
        """Finished tasks in the queue."""
        return self._address("reviews:queue", count, {"tab": "done", **more})

    def _address(self, name: str, count: int, more: dict[str, object]) -> str:
        query = {key: value for key, value in {**self._kept, **more}.items() if value not in {"", None}}
        return f"{reverse(name)}?{urlencode(query)}" if count and self._opens else ""


def _bar(value: int, late: int, longest: int) -> Bar:
    share = 100 / longest if longest else 0
    return Bar(f"{value * share:.2f}", f"{late * share:.2f}")


def _count(label: str, count: int, url: str) -> Cell:
    return Cell(label, f"{count:,}", url)


def _wan(fen: int) -> str:
    """分 in 万元, rounded to two places: a sum of thousands of files is read, not added up again."""
    return f"{fen / 1_000_000:,.2f}"


def tables(figures: Overview, scope: Scope, narrowing: Narrowing, *, opens: bool = True) -> list[Table]:
    """The sections of the page in their order; `opens`: whether the reader may open what is counted."""
    links = Links(narrowing, opens=opens)
    found = [_funnel(figures, links), _units(figures, links, scope)]
    if scope.units:
        found.append(_people(figures, links))
    return [
        *found,
        _groups("districts", "按县区", "县区", figures.districts, lambda key: {"district": key}, links),
        _groups("clauses", "按条款", "条款", figures.clauses, lambda key: {"clause": key}, links, named=True),
        _days(figures, links),
    ]


def totals(figures: Overview, narrowing: Narrowing, *, opens: bool = True) -> list[dict[str, str]]:
    """The figures at the head of the page, for components/stat.html."""
    links = Links(narrowing, opens=opens)
    every = sum(figures.files.values())
    told = [
        {"label": "已受理", "value": f"{every:,}", "unit": "件", "url": links.cases(every)},
        *(
            {
                "label": str(state.label),
                "value": f"{figures.files[state]:,}",
                "unit": "件",
                "hint": f"测算 {_wan(figures.amounts[state])} 万元",
                "url": links.cases(figures.files[state], state=state.value),
            }
            for state in (CaseState.OPEN, CaseState.APPROVED, CaseState.REFUSED)
        ),
    ]
    ended = figures.files[CaseState.WITHDRAWN] + figures.files[CaseState.LAPSED]
    told[0]["hint"] = f"其中撤回或失效 {ended:,} 件" if ended else ""
    return [
        *told,
        {
            "label": "已逾期",
            "value": f"{figures.late:,}",
            "unit": "件",
            "url": links.cases(figures.late, due="overdue"),
            "tone": "danger" if figures.late else "",
        },
    ]


def _funnel(figures: Overview, links: Links) -> Table:
    shown = [stage for stage in figures.stages if stage.now or stage.passed]
    longest = max((stage.now for stage in shown), default=0)
    most = max(shown, key=lambda stage: stage.now, default=None)
    summary = "还没有受理的申报。"
    if most is not None and most.now:
        summary = (
            f"在办 {sum(stage.now for stage in shown):,} 件，{most.kind.label}最多（{most.now:,} 件）；"
            f"其中逾期 {figures.late:,} 件。"
        )
    elif shown:
        summary = "目前没有在办的件。"
    return Table(
        "funnel",
        "各环节",
        summary,
        "环节",
        ["在本环节", "逾期", "暂停计时", "已通过本环节"],
        [
            TableRow(
                str(stage.kind.label),
                _bar(stage.now, stage.late, longest),
                [
                    _count("在本环节", stage.now, links.cases(stage.now, stage=stage.kind.value)),
                    _count("逾期", stage.late, links.cases(stage.late, stage=stage.kind.value, due="overdue")),
                    _count("暂停计时", stage.paused, links.cases(stage.paused, stage=stage.kind.value, due="paused")),
                    _count("已通过本环节", stage.passed, links.cases(stage.passed, passed=stage.kind.value)),
                ],
            )
            for stage in shown
        ],
        empty="企业提交申报后，这里显示各环节的件数。",
        legend="长条为在本环节的件数，红色部分为逾期。",
    )


def _units(figures: Overview, links: Links, scope: Scope) -> Table:
    late = [unit for unit in figures.units if unit.late]
    worst = "、".join(f"{unit.name} {unit.late:,} 件" for unit in late[:3])
    summary = f"{len(late)} 家单位有逾期件：{worst}{'等' if len(late) > 3 else ''}。" if late else "没有单位逾期。"
    longest = max((unit.tasks for unit in figures.units), default=0)
    return Table(
        "units",
        "逾期和在办（按单位）",
        summary,
        "单位",
        ["在办", "逾期", "两个工作日内到期", "尚无承办人"],
        [
            TableRow(
                unit.name,
                _bar(unit.tasks, unit.late, longest),
                [
                    _count("在办", unit.tasks, links.cases(unit.tasks, unit=unit.code)),
                    _count("逾期", unit.late, links.cases(unit.late, unit=unit.code, due="overdue")),
                    _count("两个工作日内到期", unit.soon, links.cases(unit.soon, unit=unit.code, due="2days")),
                    _count("尚无承办人", unit.free, links.cases(unit.free, unit=unit.code, handler="none")),
                ],
            )
            for unit in figures.units
        ],
        empty="没有在办的件。",
        legend="长条为在办件数，红色部分为逾期。",
    )


def _people(figures: Overview, links: Links) -> Table:
    busy = [person for person in figures.people if person.pk is not None]
    longest = max((person.tasks for person in figures.people), default=0)
    most = max(busy, key=lambda person: person.tasks, default=None)
    summary = "本单位还没有经办、审核人员。"
    if most is not None:
        average = sum(person.tasks for person in busy) / len(busy)
        summary = f"{len(busy)} 人，平均在办 {average:.1f} 件，最多的是{most.name}（{most.tasks:,} 件）。"
        if not most.tasks:
            summary = f"{len(busy)} 人，名下现在都没有在办件。"

    def handler(pk: int | None) -> str:
        return "none" if pk is None else str(pk)

    return Table(
        "people",
        "本单位人员",
        summary,
        "人员",
        ["在办", "逾期", "已办"],
        [
            TableRow(
                person.name,
                _bar(person.tasks, person.late, longest),
                [
                    _count("在办", person.tasks, links.cases(person.tasks, handler=handler(person.pk))),
                    _count("逾期", person.late, links.cases(person.late, handler=handler(person.pk), due="overdue")),
                    _count("已办", person.finished, links.done(person.finished, handler=handler(person.pk))),
                ],
                hint=person.unit,
            )
            for person in figures.people
        ],
        legend="长条为在办件数，红色部分为逾期。",
    )


def _groups(
    key: str,
    title: str,
    name: str,
    groups: Sequence[GroupFigures],
    narrowed: Callable[[str], dict[str, str]],
    links: Links,
    *,
    named: bool = False,
) -> Table:
    longest = max((group.files for group in groups), default=0)
    most = max(groups, key=lambda group: group.files, default=None)
    largest = max(groups, key=lambda group: group.estimate_fen, default=None)
    summary = "还没有受理的申报。"
    if most is not None and largest is not None:
        summary = (
            f"{most.name}最多（{most.files:,} 件）；测算金额最高的是{largest.name}"
            f"（{_wan(largest.estimate_fen)} 万元）。"
        )
    rows = []
    for group in groups:
        which = narrowed(group.key)
        counts: tuple[tuple[str, int, dict[str, str]], ...] = (
            ("全部", group.files, {}),
            ("审核中", group.open, {"state": CaseState.OPEN.value}),
            ("逾期", group.late, {"due": "overdue"}),
            ("通过", group.approved, {"state": CaseState.APPROVED.value}),
            ("不予支持", group.refused, {"state": CaseState.REFUSED.value}),
        )
        cells = [_count(label, count, links.cases(count, **which, **more)) for label, count, more in counts]
        amount = links.cases(group.files, **which, sort="-amount")
        cells.append(Cell("测算金额（万元）", _wan(group.estimate_fen), amount))
        label = f"{group.key} {group.name}" if named else group.name
        rows.append(TableRow(label, _bar(group.files, group.late, longest), cells))
    heads = ["全部", "审核中", "逾期", "通过", "不予支持", "测算金额（万元）"]
    return Table(key, title, summary, name, heads, rows, "还没有受理的申报。", "长条为全部件数，红色部分为逾期。")


def _days(figures: Overview, links: Links) -> Table:
    passed = [stage for stage in figures.stages if stage.days is not None]
    longest = max((stage.days or 0 for stage in passed), default=0)
    slowest = max(passed, key=lambda stage: stage.days or 0, default=None)
    summary = "还没有办结的环节。"
    if slowest is not None:
        summary = f"{slowest.kind.label}平均用时最长，{slowest.days:.1f} 个工作日。"
    return Table(
        "days",
        "平均办理用时",
        f"{summary}补正等暂停的时间不计入。",
        "环节",
        ["平均工作日", "已通过本环节"],
        [
            TableRow(
                str(stage.kind.label),
                Bar(f"{100 * (stage.days or 0) / longest:.2f}" if longest else "0", "0"),
                [
                    Cell("平均工作日", f"{stage.days:.1f}", links.cases(stage.passed, passed=stage.kind.value)),
                    _count("已通过本环节", stage.passed, links.cases(stage.passed, passed=stage.kind.value)),
                ],
            )
            for stage in passed
        ],
        empty="有环节办结后，这里显示平均用时。",
        legend="长条为平均工作日。",
    )
