"""Who may see and judge what of a panel, and what a panel's result asks of the lead that decides after it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.enums import OFFICER_ROLES, SystemRole, UnitRole
from accounts.models import EnterpriseMember, Unit, UnitMember, User
from applications.models import Application, Revision
from applications.queries.definitions import definition_of
from common.money import grouped
from policies.rules.schema import ClauseDefinition
from reviews.assessment import assess
from reviews.enums import CaseState, Outcome, PanelState, StageKind, StageState
from reviews.models import Case, Decision, Panel, PanelMember, Participation, Recusal, Stage, Task
from reviews.queries.opinions import READS_ALL, is_of_the_applicant
from reviews.workflow import PANEL_STAGES, ROLES

#: A file that is still to be judged; whatever was withdrawn or is done counts no more.
LIVE = (StageState.OPEN, StageState.PAUSED)


@dataclass(frozen=True)
class Quota:
    """How many awards a clause aims at in a year, as printed, and how many files of the year are approved already."""

    target: int
    printed: str
    unit: str
    approved: int

    @property
    def left(self) -> int:
        """Places that are left; never negative."""
        return max(self.target - self.approved, 0)

    @property
    def warning(self) -> str:
        """What to tell whoever approves one more; "" while places are left."""
        if self.left:
            return ""
        return f"本年度已同意 {self.approved} {self.unit}，原文为“{self.printed}”，超出不受限制但请说明。"


@dataclass(frozen=True)
class PanelResult:
    """What a panel said of one file, beside what the lead decides."""

    panel: Panel
    decision: Decision
    #: The average with two decimals and the rank; "" and None for an audit.
    score: str
    rank: int | None
    of: int
    #: 分; what the formula gives for the revision that was verified, None where the amount is the lead's to set.
    computed_fen: int | None
    #: The enterprise has filed again since: the panel judged an earlier revision.
    outdated: bool

    @property
    def is_audit(self) -> bool:
        """Whether this is a verified amount rather than a score."""
        return self.panel.kind == StageKind.AUDIT

    @property
    def favourable(self) -> bool:
        """Whether the panel recommends the file, or found nothing against it."""
        return self.decision.outcome in {Outcome.RECOMMEND, Outcome.VERIFIED}

    @property
    def differs(self) -> bool:
        """Whether an audit verified another amount than the computed one."""
        amount = self.decision.amount_fen
        return self.is_audit and amount is not None and self.computed_fen not in {None, amount}


def visible_panels(user: User) -> QuerySet[Panel]:
    """Panels of the units whose officer the user is, and those the user sits on as an expert; all for auditors."""
    if not user.is_authenticated or not user.is_active:
        return Panel.objects.none()
    if user.system_role == SystemRole.AUDITOR:
        return Panel.objects.all()
    return Panel.objects.filter(Q(unit__in=_units(user, OFFICER_ROLES)) | Q(pk__in=sits_on(user).values("panel")))


def overseen_panels(user: User) -> QuerySet[Panel]:
    """The visible panels whose scores the user may read while they are being given: never an expert's own."""
    if user.is_active and user.system_role == SystemRole.AUDITOR:
        return Panel.objects.all()
    return Panel.objects.filter(unit__in=_units(user, OFFICER_ROLES)) if user.is_active else Panel.objects.none()


def sits_on(user: User) -> QuerySet[PanelMember]:
    """The seats that a person holds today: not left, and still on the list of the panel's unit."""
    if not user.is_active:
        return PanelMember.objects.none()
    return PanelMember.objects.filter(user=user, left_at=None, panel__unit__in=_units(user, [UnitRole.EXPERT]))


def _units(user: User, roles: Iterable[str]) -> QuerySet[UnitMember, Any]:
    return UnitMember.objects.filter(user=user, role__in=roles, is_active=True, unit__is_active=True).values("unit")


def may_convene(unit: Unit, user: User) -> bool:
    """Whether the person holds a role of the unit that puts panels together (经办, 审核)."""
    return (
        user.is_active
        and not user.system_role
        and UnitMember.objects.filter(
            unit=unit, unit__is_active=True, user=user, role__in=ROLES["convene"], is_active=True
        ).exists()
    )


def experts_of(unit: Unit) -> QuerySet[User]:
    """The outside people on a unit's list, by name."""
    listed = UnitMember.objects.filter(unit=unit, role=UnitRole.EXPERT, is_active=True).values("user")
    return User.objects.filter(pk__in=listed, is_active=True).order_by("name", "pk")


def files_of(panel: Panel) -> QuerySet[Stage]:
    """The files before a panel in the order of their numbers, everything loaded that a list shows."""
    return panel.stages.select_related(
        "case__application__enterprise__district",
        "case__application__clause__document",
        "case__application__clause_version",
    ).order_by("case__application__number", "pk")


def unattached(unit: Unit, *, clause_id: int, policy_year: int) -> QuerySet[Stage]:
    """The files of a competition that are open at the unit and before no panel yet."""
    return Stage.objects.filter(
        kind=StageKind.EXPERT,
        state__in=LIVE,
        panel=None,
        tasks__unit=unit,
        case__application__clause_id=clause_id,
        case__application__policy_year=policy_year,
    )


def interests(stages: Sequence[Stage], users: Collection[int]) -> dict[tuple[int, int], str]:
    """(stage, user) → why this person has an interest in the file; the stages come with case and application loaded."""
    of_case, of_enterprise, of_application = defaultdict(list), defaultdict(list), defaultdict(list)
    for stage in stages:
        of_case[stage.case_id].append(stage.pk)
        of_application[stage.case.application_id].append(stage.pk)
        of_enterprise[stage.case.application.enterprise_id].append(stage.pk)
    found: dict[tuple[int, int], str] = {}

    def bar(stage_ids: list[int], user_id: int, why: str) -> None:
        for stage_id in stage_ids:
            found.setdefault((stage_id, user_id), why)

    for case_id, user_id in Recusal.objects.filter(case__in=of_case, user__in=users).values_list("case", "user"):
        bar(of_case[case_id], user_id, "已回避")
    members = EnterpriseMember.objects.filter(enterprise__in=of_enterprise, user__in=users, is_active=True)
    for enterprise_id, user_id in members.values_list("enterprise", "user"):
        bar(of_enterprise[enterprise_id], user_id, "是申报企业的成员")
    filed = Revision.objects.filter(application__in=of_application)
    filed = filed.filter(Q(filed_by__in=users) | Q(prepared_by__in=users))
    for application_id, *people in filed.values_list("application", "filed_by", "prepared_by"):
        for user_id in set(people) & set(users):
            bar(of_application[application_id], user_id, "是本申报的填报人")
    return found


def bars(stages: Sequence[Stage], users: Collection[int]) -> dict[tuple[int, int], str]:
    """(stage, user) → why this person must not judge the file: an interest, or a part in another stage of its case.

    The number of queries is the same, however many files and people there are.
    """
    found = interests(stages, users)
    of_case = defaultdict(list)
    for stage in stages:
        of_case[stage.case_id].append(stage.pk)

    def bar(case_id: int, own: int, user_id: int, why: str) -> None:
        for stage_id in of_case[case_id]:
            if stage_id != own:
                found.setdefault((stage_id, user_id), why)

    acted = Participation.objects.filter(case__in=of_case, user__in=users)
    for case_id, user_id, stage_id in acted.values_list("case", "user", "stage"):
        bar(case_id, stage_id, user_id, "已在本申报的其他环节办理")
    offices = defaultdict(set)
    officers = UnitMember.objects.filter(user__in=users, role__in=OFFICER_ROLES, is_active=True)
    for user_id, unit_id in officers.values_list("user", "unit"):
        offices[unit_id].add(user_id)
    tasks = Task.objects.filter(stage__case__in=of_case, unit__in=offices)
    for case_id, stage_id, unit_id in tasks.values_list("stage__case", "stage", "unit"):
        for user_id in offices[unit_id]:
            bar(case_id, stage_id, user_id, "是办理本申报其他环节的单位人员")
    return found


def award_bounds(definition: ClauseDefinition) -> tuple[int | None, int | None]:
    """Floor and ceiling (分) of an amount that people set; None where a formula gives it or nothing is printed."""
    award = definition.award
    if award.kind != "discretion":
        return None, None
    return award.floor.fen if award.floor else None, award.ceiling.fen if award.ceiling else None


def sets_amount(definition: ClauseDefinition) -> bool:
    """Whether the amount of the clause is set by people (自由裁量), so that experts propose one."""
    return definition.award.kind == "discretion"


def quota_of(application: Application, *, besides: Panel | None = None) -> Quota | None:
    """The quota of the file's clause and what of the year's is used; None where the clause prints none.

    besides: a panel whose own files are not counted as used, for the line in its ranking.
    """
    quota = definition_of(application).quota
    if quota is None:
        return None
    approved = Case.objects.filter(
        state=CaseState.APPROVED,
        application__clause=application.clause_id,
        application__policy_year=application.policy_year,
    )
    if besides is not None:
        approved = approved.exclude(stages__panel=besides)
    target = quota.target
    printed = target.literal or f"{target.value}{target.unit}"
    # The printed number reaches a word further where the text says so: “15项左右”, not “15项”.
    start = target.quote.find(printed) if target.quote else -1
    if start >= 0 and target.quote[start + len(printed) :].startswith("左右"):
        printed += "左右"
    return Quota(int(target.value), printed, target.unit or "项", approved.count())


def panel_results(case: Case) -> list[PanelResult]:
    """What the panels of a case said, in the order of the stages; one query where there was none."""
    decisions = (
        Decision.objects.filter(
            task__stage__case=case,
            task__stage__kind__in=PANEL_STAGES,
            task__stage__panel__state=PanelState.CONCLUDED,
            confirmed_at__isnull=False,
            superseded_at=None,
        )
        .select_related("task__stage__panel", "revision__clause_version", "confirmed_by")
        .order_by("task__stage__order")
    )
    found: list[PanelResult] = []
    newest = None
    for decision in decisions:
        panel = decision.task.stage.panel
        assert panel is not None  # filtered above
        if newest is None:
            newest = case.application.revisions.order_by("-number").values_list("pk", flat=True)[0]
        line = next((row for row in panel.result or [] if row["stage"] == decision.task.stage_id), None)
        computed = None
        if panel.kind == StageKind.AUDIT:
            decision.revision.application = case.application
            assessment = assess(decision.revision)
            computed = None if assessment.discretionary else assessment.amount_fen
        found.append(
            PanelResult(
                panel=panel,
                decision=decision,
                score=(line or {}).get("score") or "",
                rank=(line or {}).get("rank"),
                of=len(panel.result or []),
                computed_fen=computed,
                outdated=decision.revision_id != newest,
            )
        )
    return found


def may_read_results(case: Case, user: User) -> bool:
    """Whether the person reads what panels said of the case: who reads all opinions, that is leads and auditors."""
    if user.system_role == SystemRole.AUDITOR:
        return True
    if is_of_the_applicant(case, user):
        return False
    return Task.objects.of_units_of(user).filter(stage__case=case, stage__kind__in=READS_ALL).exists()


def panel_requirements(task: Task, outcome: str, amount_fen: int | None) -> dict[str, list[str]]:
    """What a lead must give reasons for because of the panels' results: field of the form → sentences.

    The caller asks only where no reasons were given; an empty answer asks for nothing. amount_fen: 分, what the lead
    approves (the computed amount of a formula).
    """
    if task.stage.kind != StageKind.LEAD or outcome != Outcome.APPROVE:
        return {}
    sentences = []
    for result in panel_results(task.stage.case):
        verified = result.decision.amount_fen
        if result.is_audit and verified is not None and verified != amount_fen:
            sentences.append(
                f"第三方审计审定金额为 {grouped(verified)} 元，与同意的金额不一致，请在理由中说明如何处理。"
            )
        elif not result.favourable:
            words = "第三方审计有异议" if result.is_audit else "专家评审建议不予支持"
            sentences.append(f"{words}，同意支持须在理由中说明。")
        elif not result.is_audit and verified is not None and verified != amount_fen:
            sentences.append(f"专家建议金额为 {grouped(verified)} 元，与核定金额不一致，请在理由中说明。")
    quota = quota_of(task.stage.case.application)
    if quota is not None and quota.warning:
        sentences.append(quota.warning)
    return {"reasons": sentences} if sentences else {}
