"""The impact of a publication on past years: what was asked for, how far it is, and what it still owes."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from awards.enums import SimulationState
from awards.models import PublicationImpact
from awards.publication_changes import PastYear, past_years
from awards.queries.year_facts import FiledYear
from common.errors import DomainError
from policies.enums import PublicationState
from policies.lint import LintFault
from policies.models import Publication

#: What a fault of the gate is about, where one reads paths.
PLACE = "impact"


@dataclass(frozen=True)
class Progress:
    """How far the simulations of a publication are, all together."""

    done: int
    total: int
    is_over: bool


def impacts_of(publication: Publication) -> list[PublicationImpact]:
    """The newest impact of the publication's present contents for each year, the latest year first.

    Their answers are large: `simulation.result` comes with them.
    """
    return _newest(
        _of(publication).select_related("document", "simulation__document", "simulation__asked_by", "asked_by")
    )


def _of(publication: Publication) -> QuerySet[PublicationImpact]:
    """Every impact of the publication's present contents."""
    return PublicationImpact.objects.filter(publication=publication, content_sha256=publication.content_sha256)


def _newest(rows: Iterable[PublicationImpact]) -> list[PublicationImpact]:
    newest: dict[tuple[int, int], PublicationImpact] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        newest[row.document_id, row.policy_year] = row
    return sorted(newest.values(), key=lambda row: (-row.policy_year, row.document.order, row.document_id))


def progress_of(impacts: Iterable[PublicationImpact]) -> Progress:
    """Parts done and parts in all."""
    simulations = [impact.simulation for impact in impacts if impact.simulation is not None]
    return Progress(
        sum(one.parts_done for one in simulations),
        sum(one.parts_total for one in simulations),
        all(one.is_over for one in simulations),
    )


def impact_gate(publication: Publication) -> list[LintFault]:
    """Why an open publication may not be published yet for what its impact owes; nothing for one that is over."""
    if publication.state != PublicationState.OPEN:
        return []
    rows = _of(publication).select_related("document", "simulation")
    found = _newest(rows.defer("simulation__result", "simulation__left_out"))
    known = {(row.document_id, row.policy_year): row for row in found}
    faults = [_owed(year, known.get((year.document.pk, year.policy_year))) for year in past_years(publication)]
    return [fault for fault in faults if fault is not None]


def _owed(year: PastYear, impact: PublicationImpact | None) -> LintFault | None:
    named = f"{year.document.number} {year.policy_year} 年度"
    if impact is None:
        return LintFault(
            PLACE, f"{named}已提交 {year.files:,} 件，还没有按本次提交的内容测算影响。", "请先测算对过去年度的影响。"
        )
    if impact.fault:
        return LintFault(PLACE, f"{named}不能测算影响：{impact.fault}", "请更正草稿，重新提交后再测算。")
    simulation = impact.simulation
    if simulation is None:
        return None
    if simulation.state == SimulationState.FAILED:
        return LintFault(PLACE, f"{named}的影响测算没有完成：{simulation.error}", "请重新测算。")
    if simulation.state != SimulationState.DONE:
        return LintFault(PLACE, f"{named}的影响还在测算。", "请等测算完成，看过结果后再发布。")
    if is_outdated(impact):
        return LintFault(PLACE, f"{named}的影响是按已经变动的政策测算的。", "请重新测算。")
    return None


def is_outdated(impact: PublicationImpact) -> bool:
    """Whether the policy that it compares with is not the published one any more."""
    simulation = impact.simulation
    if simulation is None:
        return False
    try:
        year = FiledYear.of(impact.document, impact.policy_year, include_refused=simulation.include_refused)
    except DomainError:
        return True
    return year.definition_sha256 != simulation.policy_sha256
