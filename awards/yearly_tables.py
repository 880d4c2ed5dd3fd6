"""The yearly report as sections: each with a sentence that says what it shows, a drawing and a real table. Page and
PDF draw the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from awards.queries.yearly import SMALLEST, Budget, Days, Group, YearlyReport
from common.money import grouped
from reviews.enums import CaseState


@dataclass(frozen=True)
class Span:
    """One rectangle of a drawing, in per cent of its width, with the class that gives its colour."""

    start: str
    width: str
    tone: str


@dataclass(frozen=True)
class Line:
    """A name, its drawing and its numbers (label, text)."""

    name: str
    spans: list[Span]
    cells: list[tuple[str, str]]
    hint: str = ""


@dataclass(frozen=True)
class Section:
    """One section. `legend`: (class, meaning) of the colours; `drawn`: whether there is a drawing; `note`: how to read
    it."""

    key: str
    title: str
    summary: str
    name: str
    heads: list[str]
    lines: list[Line] = field(default_factory=list)
    total: Line | None = None
    empty: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    drawn: bool = True
    note: str = ""


MONEY_LEGEND = (("paid", "已拨付"), ("rest", "已批复，尚未拨付"))


def wan(fen: int) -> str:
    """分 in 万元, rounded to two places: sums are read here, each award has its exact amount in the open data."""
    return f"{fen / 1_000_000:,.2f}"


def per_cent(part: int, whole: int) -> str:
    """A share with one decimal; — where there is no whole."""
    return f"{100 * part / whole:.1f}%" if whole else "—"


def _span(start: float, width: float, tone: str) -> Span:
    return Span(f"{start:.2f}", f"{max(width, 0):.2f}", tone)


def sections(report: YearlyReport) -> list[Section]:
    """The sections of the report in their order."""
    return [
        _money("clauses", "按条款", "条款", report.clauses, report.whole, named=True),
        _money("districts", "按县区", "县区（开发区）", report.districts, report.whole),
        _money("units", "按牵头单位", "牵头单位", report.units, report.whole),
        _budgets(report.budgets),
        _days(report.to_approval, report.to_payment),
        _effects(report),
    ]


def totals(report: YearlyReport) -> list[dict[str, str]]:
    """The figures at the head of the report, for components/stat.html."""
    whole, public = report.whole, report.public
    return [
        {"label": "已批复奖补", "value": f"{whole.awards:,}", "unit": "笔", "hint": f"{whole.enterprises:,} 家企业"},
        {
            "label": "批复金额",
            "value": wan(whole.settled_fen),
            "unit": "万元",
            "hint": f"{grouped(whole.settled_fen)} 元",
        },
        {
            "label": "已拨付",
            "value": wan(whole.paid_fen),
            "unit": "万元",
            "hint": f"占批复金额的 {per_cent(whole.paid_fen, whole.settled_fen)}",
        },
        {
            "label": "正在公示",
            "value": f"{public.awards:,}",
            "unit": "笔",
            "hint": f"{wan(public.settled_fen)} 万元，不计入下列各项" if public.awards else "",
        },
    ]


def _money(key: str, title: str, name: str, groups: Sequence[Group], whole: Group, *, named: bool = False) -> Section:
    longest = max((group.settled_fen for group in groups), default=0)
    most = max(groups, key=lambda group: group.settled_fen, default=None)
    names = _clauses(groups) if named else [group.name for group in groups]
    summary = "还没有已批复的奖补。"
    if most is not None:
        label = names[groups.index(most)]
        share = per_cent(most.settled_fen, whole.settled_fen)
        others = f"共 {len(groups)} 个{name}有奖补；" if len(groups) > 1 else ""
        summary = f"{others}{label}金额最高，{wan(most.settled_fen)} 万元，占 {share}。"
    return Section(
        key,
        title,
        summary,
        name,
        ["笔数", "企业（家）", "批复金额（万元）", "已拨付（万元）", "已拨付占比"],
        [
            Line(
                label,
                _paid_spans(group, longest),
                _money_cells(group),
            )
            for label, group in zip(names, groups, strict=True)
        ],
        total=Line("合计", [], _money_cells(whole)) if groups else None,
        empty="批复后，这里按" + name + "列出。",
        legend=MONEY_LEGEND,
    )


def _clauses(rows: Sequence[Group | Budget]) -> list[str]:
    """The clauses' names, with their documents where the rows are of more than one."""
    several = len({row.document for row in rows}) > 1
    return [f"{row.document} {row.key} {row.name}" if several else f"{row.key} {row.name}" for row in rows]


def _paid_spans(group: Group, longest: int) -> list[Span]:
    share = 100 / longest if longest else 0
    return [
        _span(0, group.paid_fen * share, "paid"),
        _span(group.paid_fen * share, (group.settled_fen - group.paid_fen) * share, "rest"),
    ]


def _money_cells(group: Group) -> list[tuple[str, str]]:
    return [
        ("笔数", f"{group.awards:,}"),
        ("企业（家）", f"{group.enterprises:,}"),
        ("批复金额（万元）", wan(group.settled_fen)),
        ("已拨付（万元）", wan(group.paid_fen)),
        ("已拨付占比", per_cent(group.paid_fen, group.settled_fen)),
    ]


def _budgets(budgets: Sequence[Budget]) -> Section:
    longest = max((budget.amount_fen for budget in budgets), default=0)
    share = 100 / longest if longest else 0
    whole = Budget(
        "",
        "合计",
        sum(budget.amount_fen for budget in budgets),
        sum(budget.approved_fen for budget in budgets),
        sum(budget.paid_fen for budget in budgets),
    )
    summary = "本年度还没有录入预算。"
    if budgets:
        summary = (
            f"市、县区两级预算合计 {wan(whole.amount_fen)} 万元，"
            f"已批复 {per_cent(whole.approved_fen, whole.amount_fen)}，"
            f"已拨付 {per_cent(whole.paid_fen, whole.amount_fen)}。"
        )
    return Section(
        "budgets",
        "预算执行",
        summary,
        "条款",
        ["预算（万元）", "已批复（万元）", "已拨付（万元）", "批复率", "拨付率"],
        [
            Line(
                name,
                [
                    _span(0, budget.paid_fen * share, "paid"),
                    _span(budget.paid_fen * share, (budget.approved_fen - budget.paid_fen) * share, "rest"),
                    _span(budget.approved_fen * share, (budget.amount_fen - budget.approved_fen) * share, "free"),
                ],
                _budget_cells(budget),
            )
            for name, budget in zip(_clauses(budgets), budgets, strict=True)
        ],
        total=Line("合计", [], _budget_cells(whole)) if budgets else None,
        empty="录入预算后，这里按条款列出。",
        legend=(*MONEY_LEGEND, ("free", "尚未批复的预算")),
        note="预算为市级和各县区同一条款的合计。",
    )


def _budget_cells(budget: Budget) -> list[tuple[str, str]]:
    return [
        ("预算（万元）", wan(budget.amount_fen)),
        ("已批复（万元）", wan(budget.approved_fen)),
        ("已拨付（万元）", wan(budget.paid_fen)),
        ("批复率", per_cent(budget.approved_fen, budget.amount_fen)),
        ("拨付率", per_cent(budget.paid_fen, budget.amount_fen)),
    ]


def _days(to_approval: Days, to_payment: Days) -> Section:
    told = [("提交到批复", to_approval), ("提交到拨付完成", to_payment)]
    longest = max((days.calendar.third for _, days in told if days.calendar), default=0)
    share = 100 / longest if longest else 0
    lines = []
    for name, days in told:
        if days.calendar is None or days.working is None:
            continue
        box = days.calendar
        lines.append(
            Line(
                name,
                [
                    _span(box.first * share, (box.third - box.first) * share, "rest"),
                    # The line of the median, wide enough to be seen.
                    _span(min(box.median * share, 99), 1, "paid"),
                ],
                [
                    ("件数", f"{days.files:,}"),
                    ("四分之一（天）", f"{box.first:,}"),
                    ("中位数（天）", f"{box.median:,}"),
                    ("四分之三（天）", f"{box.third:,}"),
                    ("中位数（工作日）", f"{days.working.median:,}"),
                    ("四分之三（工作日）", f"{days.working.third:,}"),
                ],
            )
        )
    summary = f"已批复的不足 {SMALLEST} 件，不公布用时。"
    if to_approval.calendar and to_approval.working:
        summary = (
            f"从提交申报到批复，一半的件在 {to_approval.calendar.median} 天"
            f"（{to_approval.working.median} 个工作日）内办结，"
            f"四分之三在 {to_approval.calendar.third} 天内办结。"
        )
        if to_payment.calendar and to_payment.working:
            summary += f"从提交到拨付完成，一半的件在 {to_payment.calendar.median} 天内。"
    return Section(
        "days",
        "办理用时",
        summary,
        "过程",
        [label for label, _ in lines[0].cells] if lines else [],
        lines,
        empty=f"满 {SMALLEST} 件后公布。",
        legend=(("rest", "中间一半的件"), ("paid", "中位数")),
        note="自企业首次提交起算，含补正、公示的时间；天为日历日。中位数指一半的件不超过这个天数，四分之一、四分之三同此。",
    )


def _effects(report: YearlyReport) -> Section:
    cap, recoveries = report.cap, report.recoveries
    few = f"少于 {SMALLEST}"
    rows: list[tuple[str, str, str]] = []
    if report.accepted is not None:
        rows.append(("已受理申报", f"{report.accepted:,} 件", ""))
    for state, label in (
        (CaseState.REFUSED, "不予支持"),
        (CaseState.WITHDRAWN, "企业撤回"),
        (CaseState.LAPSED, "逾期未补正"),
    ):
        count = report.ended.get(str(state))
        rows.append((label, f"{few} 件" if count is None else f"{count:,} 件", ""))
    rows.append(
        (
            "受年度累计上限核减",
            _or_none(cap.awards, f"{cap.awards:,} 笔，{cap.enterprises:,} 家企业") if cap.told else f"{few} 家企业",
            _or_none(cap.awards, f"{wan(cap.cut_fen)} 万元", "") if cap.told else "不公布",
        )
    )
    rows.append(
        (
            "追回决定",
            _or_none(recoveries.count, f"{recoveries.count:,} 件") if recoveries.told else f"{few} 件",
            _or_none(
                recoveries.count,
                f"应退 {wan(recoveries.demanded_fen)} 万元，已退（含抵扣）{wan(recoveries.returned_fen)} 万元",
                "",
            )
            if recoveries.told
            else "不公布",
        )
    )
    refused = report.ended.get(str(CaseState.REFUSED))
    summary = "、".join(_told_in_words(refused, cap.told, cap.awards, cap.cut_fen)) + "。"
    return Section(
        "effects",
        "其他结果",
        summary,
        "事项",
        ["数量", "金额"],
        [Line(name, [], [("数量", count), ("金额", money or "—")]) for name, count, money in rows],
        drawn=False,
        note=f"涉及的企业或申报不足 {SMALLEST} 个的，不公布具体数。",
    )


def _or_none(count: int, words: str, none: str = "无") -> str:
    return words if count else none


def _told_in_words(refused: int | None, cap_told: bool, capped: int, cut_fen: int) -> Iterable[str]:
    yield f"不予支持的申报少于 {SMALLEST} 件" if refused is None else f"不予支持 {refused:,} 件"
    if not capped:
        yield "没有奖补因年度累计上限核减"
    elif cap_told:
        yield f"{capped:,} 笔因年度累计上限核减 {wan(cut_fen)} 万元"


def context_of(report: YearlyReport) -> dict[str, Any]:
    """What page and PDF draw."""
    return {"report": report, "sections": sections(report), "totals": totals(report)}
