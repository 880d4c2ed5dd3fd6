"""The impact of a publication with names: every year, and what all of them come to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

from awards.enums import SimulationState
from awards.models import PublicationImpact, Simulation
from awards.queries.impact import is_outdated
from awards.queries.left_out import LeftOut
from awards.reports import NEAR_MEANS, Asked, Report, Row, difference_words, report_of
from common.money import grouped
from common.templatetags.ui import zhdatetime
from policies.rules.impact import Impact, Sums


@dataclass(frozen=True)
class YearRow:
    """One past year; `report` is None until its figures are there, and where there are none to have."""

    impact: PublicationImpact
    report: Report | None
    outdated: bool = False

    @property
    def label(self) -> str:
        """洪府发〔2023〕30号 2024 年度."""
        return f"{self.impact.document.number} {self.impact.policy_year} 年度"

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        if self.impact.fault:
            return "不能测算"
        simulation = self.impact.simulation
        return "不变" if simulation is None else str(simulation.get_state_display())

    @property
    def tone(self) -> str:
        """The tone of its badge."""
        simulation = self.impact.simulation
        if self.impact.fault or (simulation is not None and simulation.state == SimulationState.FAILED):
            return "danger"
        if simulation is None:
            return "neutral"
        return "success" if simulation.state == SimulationState.DONE else "info"

    @property
    def row(self) -> Row | None:
        """The sums of the year under its name."""
        return Row("", self.label, self.report.whole.sums) if self.report else None


@dataclass(frozen=True)
class ImpactReport:
    """Everything that the page and the spreadsheet tell."""

    years: list[YearRow]
    whole: Row
    clauses: list[Row]
    districts: list[Row]

    @property
    def reports(self) -> list[Report]:
        """Of the years that have figures."""
        return [year.report for year in self.years if year.report is not None]

    @property
    def summary(self) -> list[str]:
        """The answer in sentences; empty while no year has figures."""
        reports, sums = self.reports, self.whole.sums
        if not reports:
            return []
        impacts = [report.impact for report in reports]
        gaining, losing = sum(one.gaining for one in impacts), sum(one.losing for one in impacts)
        touched = sum(one.applicants_touched for one in impacts)
        left_out = sum(report.left_out.count for report in reports)
        unknown = sum(one.unknown for one in impacts)
        found = [
            f"按本次发布的内容重算 {len(reports)} 个年度的 {sums.files:,} 件申报，{sums.touched:,} 件、"
            f"{touched:,} 家次申报主体受影响。",
            f"奖补合计变更前 {grouped(sums.before)} 元，变更后 {grouped(sums.after)} 元，{self._difference}；"
            f"{gaining:,} 家次增加，{losing:,} 家次减少。",
        ]
        if sums.opened or sums.closed:
            found.append(f"{sums.opened:,} 件变为符合条件，{sums.closed:,} 件不再符合条件。")
        if sums.near:
            found.append(f"{sums.near:,} 件差一点。{NEAR_MEANS}")
        if sums.pending:
            found.append(f"{sums.pending:,} 件待裁量，未计金额。")
        if unknown:
            found.append(f"{unknown:,} 件变更后缺少所需数据，未计金额。")
        if left_out:
            found.append(f"{left_out:,} 件不能按该年度已发布的条款读取，两边都没有计入。")
        return found

    @property
    def _difference(self) -> str:
        words = difference_words(self.whole.difference)
        return "金额不变" if self.whole.difference == 0 else f"{words} 元"


def report_of_simulation(simulation: Simulation) -> Report | None:
    """The answer of a simulation with names; None until it is done."""
    if simulation.result is None:
        return None
    return report_of(
        simulation.document,
        simulation.policy_year,
        include_refused=simulation.include_refused,
        note=simulation.note,
        changed=simulation.changed,
        impact=Impact.from_json(simulation.result),
        left_out=LeftOut.from_json(simulation.left_out),
        asked=Asked(simulation.pk, simulation.asked_by.name, zhdatetime(simulation.asked_at)),
    )


def impact_report(impacts: Iterable[PublicationImpact]) -> ImpactReport:
    """The report over some years; rows of clauses are told apart by document where more than one is measured."""
    years = []
    for impact in impacts:
        report = report_of_simulation(impact.simulation) if impact.simulation else None
        years.append(YearRow(impact, report, outdated=report is not None and is_outdated(impact)))
    reports = [year.report for year in years if year.report is not None]
    several = len({report.policy for report in reports}) > 1
    whole = reduce(Sums.plus, (report.whole.sums for report in reports), Sums())

    def clause(report: Report, row: Row) -> tuple[str, str]:
        head = f"{report.policy} " if several else ""
        return f"{head}{row.key}", f"{head}{row.label}"

    return ImpactReport(
        years=years,
        whole=Row("", "合计", whole),
        clauses=_merged([(report, row) for report in reports for row in report.clauses], clause),
        districts=_merged(
            [(report, row) for report in reports for row in report.districts], lambda _, row: (row.key, row.label)
        ),
    )


def _merged(rows: Iterable[tuple[Report, Row]], name: Callable[[Report, Row], tuple[str, str]]) -> list[Row]:
    """Rows of the same key added up, in the order in which they come first."""
    found: dict[str, Row] = {}
    for report, row in rows:
        key, label = name(report, row)
        before = found[key].sums if key in found else Sums()
        found[key] = Row(key, label, before.plus(row.sums))
    return list(found.values())
