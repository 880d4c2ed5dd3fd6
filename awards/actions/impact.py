"""Asking what drafts on their way to publication would have done to every past year with files."""

import re
from datetime import datetime

from django.db import transaction

from accounts.models import User
from awards.actions.simulate import may_simulate, start_simulation
from awards.models import PublicationImpact
from awards.publication_changes import PastYear, YearChange, change_for, past_years
from awards.queries.impact import impacts_of, progress_of
from awards.reports import section_words
from common.audit.actions import record
from common.errors import Conflict, NotAllowed
from policies.enums import PublicationState
from policies.errors import PolicyYearError
from policies.models import Publication
from policies.rules.change import NOTHING
from policies.rules.intake import EvaluationFault

#: Sentences for years without figures.
NO_CHANGE = "本次发布不改变该年度任何计算规则，各件金额不变。"


def start_impact(
    *, publication: Publication, by: User, at: datetime, include_refused: bool = False
) -> list[PublicationImpact]:
    """Owe the computation of every past year with files under the drafts of an open publication.

    include_refused: files that were refused count, too, so that it shows who would have fulfilled the conditions.
    A year that cannot be computed is kept with the reason; nothing to compute with is no fault. While one computation
    of the same contents runs, it is answered and no second one started.
    Raises NotAllowed, and Conflict where the publication is over.
    """
    if not may_simulate(by):
        raise NotAllowed("影响测算由政策管理员发起。")
    with transaction.atomic():
        locked = Publication.objects.select_for_update(of=("self",)).select_related("document").get(pk=publication.pk)
        if locked.state != PublicationState.OPEN:
            raise Conflict(f"这份发布申请{locked.get_state_display()}，不再测算影响。", what=locked.get_state_display())
        standing = impacts_of(locked)
        if standing and not progress_of(standing).is_over:
            return standing
        impacts = [_start(locked, year, include_refused, by=by, at=at) for year in past_years(locked)]
        record(
            "publication.impact_started",
            subject=locked,
            by=by,
            at=at,
            data={
                "content_sha256": locked.content_sha256,
                "include_refused": include_refused,
                "years": [[impact.document.number, impact.policy_year, impact.simulation_id] for impact in impacts],
            },
        )
        return impacts


def _start(
    publication: Publication, year: PastYear, include_refused: bool, *, by: User, at: datetime
) -> PublicationImpact:
    impact = PublicationImpact(
        publication=publication,
        document=year.document,
        policy_year=year.policy_year,
        content_sha256=publication.content_sha256,
        asked_by=by,
        asked_at=at,
    )
    try:
        found = change_for(publication, year)
    except PolicyYearError as error:  # nothing in force to compare with: told, and in nobody's way
        found = YearChange(words=[f"{error.message}该年度没有可比较的现行规定。"])
    impact.words = found.words
    if found.change:
        try:
            with transaction.atomic():
                impact.simulation = start_simulation(
                    document=year.document,
                    policy_year=year.policy_year,
                    change=found.change,
                    include_refused=include_refused,
                    by=by,
                    at=at,
                )
        except EvaluationFault as error:
            said = [fault["message"] for fault in error.faults]
            if said != [NOTHING]:
                impact.fault = "；".join(_placed(fault) for fault in error.faults) + "。"
    if impact.simulation is None and not impact.fault:
        impact.words = [*impact.words, NO_CHANGE]
    impact.save(force_insert=True)
    return impact


def _placed(fault: dict[str, str]) -> str:
    """A fault with its place as people call it: the clause, or the part across clauses."""
    path, message = fault["path"], fault["message"].rstrip("。")
    if clause := re.match(r'clauses\["?([^"\]]+)"?\]', path):
        return f"条款 {clause[1]}：{message}"
    head = path.partition(".")[0]
    return f"{section_words(head)}：{message}" if head in ("groups", "total_cap", "year_facts", "settings") else message
