"""What units said by point: the points of a file, whose they are, which still stand, and who may read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from accounts.enums import SystemRole
from accounts.models import EnterpriseMember, User
from accounts.unit_names import standing_in
from applications.models import Revision
from applications.queries.definitions import definition_of, evidence_of, policy_of
from policies.enums import ClauseRole
from reviews.enums import StageKind, Stance
from reviews.models import Case, Decision, DecisionPoint, Task
from reviews.points import Document, Point, own_keys, points_of
from reviews.queries.routes import procedure_settings
from reviews.workflow import PANEL_STAGES

#: Whoever has a task at one of these stages reconciles, decides or convenes, and reads every opinion.
READS_ALL = (StageKind.LEAD, StageKind.CONFIRMATION, *PANEL_STAGES)
#: Stages at which a unit states an opinion of its own that opens those of the others (setting after_own).
STATES_OPINION = (StageKind.CONSULTATION, StageKind.PRELIMINARY)


def points_of_revision(revision: Revision) -> tuple[Point, ...]:
    """The points of a filed revision, in the order in which they are shown."""
    return points_of(
        definition_of(revision),
        figures=policy_of(revision).year_facts,
        documents=[Document(item.key, item.label, item.shared) for item in evidence_of(revision)],
    )


@dataclass(frozen=True)
class AskedPoint:
    """One point as a consulted unit meets it.

    `required`: the unit has to speak on it now. `standing`: what it said before a revision and what still stands.
    `voided`: what it said before and what the revision made void.
    """

    point: Point
    required: bool
    standing: DecisionPoint | None = None
    voided: DecisionPoint | None = None


def asked_points(task: Task, revision: Revision) -> list[AskedPoint]:
    """The points of a revision for a consulted unit: its own and those a correction made void are required, what
    still stands of an earlier opinion is not asked again, every other point may be opened."""
    points = points_of_revision(revision)
    own = own_keys(points, _wanted(task))
    last = (
        task.decisions.filter(confirmed_at__isnull=False, superseded_at__isnull=False)
        .prefetch_related("points__voided_by")
        .order_by("-pk")
        .first()
    )
    before = {row.key: row for row in last.points.all()} if last else {}
    asked = []
    for point in points:
        row = before.get(point.key)
        voided = row if row is not None and row.voided_at is not None else None
        standing = row if row is not None and row.voided_at is None else None
        required = standing is None and (point.key in own or voided is not None)
        asked.append(AskedPoint(point, required, standing, voided))
    return asked


def _wanted(task: Task) -> tuple[str, ...]:
    """The points that the setting gives to the unit of a task; none where it speaks on all.

    A setting names units as the bracket prints them. A unit that has another's duties speaks on what either would
    have spoken on in this file: on all, where the setting is silent on one of them.
    """
    application = task.stage.case.application
    settings = procedure_settings(application.clause.document).opinion_points
    printed = application.clause_version.units.filter(role=ClauseRole.COOPERATING, unit__isnull=False)
    named = [row.unit for row in printed.select_related("unit") if row.unit is not None]
    codes = [unit.code for unit in named if standing_in(unit).pk == task.unit_id] or [task.unit.code]
    if any(code not in settings for code in codes):
        return ()
    return tuple(key for code in codes for key in settings[code])


def differing_points(case: Case) -> list[DecisionPoint]:
    """The points on which a consulted unit disagrees now; what the lead has to handle in writing."""
    return list(
        DecisionPoint.objects.filter(
            decision__task__stage__case=case,
            decision__task__stage__kind=StageKind.CONSULTATION,
            decision__confirmed_at__isnull=False,
            decision__superseded_at=None,
            stance=Stance.DISAGREE,
            voided_at=None,
        )
        .select_related("decision__task__unit")
        .order_by("order", "pk")
    )


def other_leads(task: Task) -> list[Decision]:
    """What the other lead has decided already, in force; for the unit whose decision is still to come."""
    if task.stage.kind != StageKind.LEAD:
        return []
    return list(
        Decision.objects.filter(task__stage=task.stage, confirmed_at__isnull=False, superseded_at=None)
        .exclude(task=task)
        .select_related("task__unit")
    )


@dataclass(frozen=True)
class Sight:
    """What one reader may know of the opinions in a case: everything; or those of the own units, and the others'
    where `others` says so. `amounts`: whether amounts that other units decided on are shown too."""

    everything: bool
    own_units: frozenset[int]
    others: bool
    amounts: bool
    #: Whether the others open once the own unit has stated its opinion.
    opens_later: bool = False
    #: The reader belongs to the applicant or filed for it, and reads nothing that is said inside.
    kept_away: bool = False

    @property
    def why_hidden(self) -> str:
        """Why the content of other units' opinions is not shown."""
        if self.kept_away:
            return "您是本申报的填报人或申报企业的成员，不能查看审核意见。"
        if self.opens_later:
            return "本单位的意见确认后可查看其他单位意见的内容。"
        return "按意见可见范围的设置，内容仅牵头单位可见。"

    def shows(self, decision: Decision) -> bool:
        """Whether the content of a confirmed decision may be read."""
        return self.everything or self.others or decision.task.unit_id in self.own_units

    def shows_amount(self, decision: Decision) -> bool:
        """Whether its amount may be read too."""
        return self.shows(decision) and (self.everything or self.amounts or decision.task.unit_id in self.own_units)


def of_the_applicant(reader: User, case: str = "") -> Q:
    """The condition that the reader belongs to the applicant of a case, or filed or prepared what was filed.

    case: how the row leads to the case (ends with __), or empty. What is said inside is not for these people before it
    is published to the applicant, whatever unit they work for.
    """
    application = f"{case}application"
    members = EnterpriseMember.objects.filter(
        enterprise=OuterRef(f"{application}__enterprise"), user=reader, is_active=True
    )
    filed = Revision.objects.filter(Q(filed_by=reader) | Q(prepared_by=reader), application=OuterRef(application))
    return Q(Exists(members)) | Q(Exists(filed))


def is_of_the_applicant(case: Case, reader: User) -> bool:
    """Whether the reader belongs to the applicant or filed for it; one question."""
    return Case.objects.filter(of_the_applicant(reader), pk=case.pk).exists()


def sight_of(case: Case, reader: User) -> Sight:
    """What the reader may know, by the settings of the policy [S]; auditors, leads and confirming units read all."""
    if reader.system_role == SystemRole.AUDITOR:
        return Sight(everything=True, own_units=frozenset(), others=True, amounts=True)
    if is_of_the_applicant(case, reader):
        return Sight(everything=False, own_units=frozenset(), others=False, amounts=False, kept_away=True)
    own = list(
        Task.objects.of_units_of(reader).filter(stage__case=case).select_related("stage").prefetch_related("decisions")
    )
    everything = any(task.stage.kind in READS_ALL for task in own)
    settings = procedure_settings(case.application.clause.document)
    stated = any(
        decision.confirmed_at is not None and decision.superseded_at is None
        for task in own
        if task.stage.kind in STATES_OPINION
        for decision in task.decisions.all()
    )
    others = settings.opinions_visible == "always" or (settings.opinions_visible == "after_own" and stated)
    units = frozenset(task.unit_id for task in own)
    return Sight(
        everything,
        units,
        others=everything or others,
        amounts=everything or settings.amounts_visible,
        opens_later=settings.opinions_visible == "after_own",
    )


def confirmed_decisions(case: Case) -> Sequence[Decision]:
    """Every confirmed decision of a case with its points, in the order of the stages; superseded ones included."""
    return list(
        Decision.objects.filter(task__stage__case=case, confirmed_at__isnull=False)
        .select_related("task__unit", "task__stage", "drafted_by", "confirmed_by", "revision")
        .prefetch_related("points__voided_by")
        .order_by("task__stage__order", "confirmed_at", "pk")
    )
