"""Demonstration files at every stage, made through the actions of real ones; every enterprise is invented."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django.utils import timezone

from accounts.actions.absences import enter_absence
from accounts.enums import EnterpriseRole, UnitRole
from accounts.models import Absence, Enterprise, Unit, User
from applications.actions import PointInput, attach, save_draft, start_application, submit_application
from applications.actions.messages import write_message
from applications.models import Application, Message
from applications.queries.completeness import evidence_status
from policies.demo import NUMBER
from policies.models import Clause
from reviews.actions import confirm_decision, draft_decision, return_for_correction
from reviews.actions.assignment import assign_task
from reviews.actions.messages import write_to_enterprise
from reviews.actions.notes import write_note
from reviews.actions.opinions import PointOpinion
from reviews.actions.panels import convene_panel, start_scoring
from reviews.actions.rules import add_rule
from reviews.actions.scoring import submit_sheet
from reviews.enums import NoteScope, Outcome, StageKind, StageState, Stance, TaskState
from reviews.models import AssignmentRule, Case, Task
from reviews.permissions import needs_two_people
from reviews.queries.opinions import asked_points
from reviews.queries.panels import experts_of, files_of
from reviews.queries.routes import procedure_settings

LARGE = "演示芯屏科技（南昌）有限公司"
ASSOCIATION = "演示电子信息行业协会"
MATERIALS = "演示晶源材料（南昌）有限公司"
TERMINALS = "演示智联终端（南昌）股份有限公司"


@dataclass(frozen=True)
class DemoFile:
    """One application: whose, for what, with which facts, filed how many days ago, and how far it has come.

    `until` is the stage that is still open: stages before it are done; None = decided; "draft" = not filed.
    `differs`: a consulted unit that disagrees on the first point it is asked about, in these words.
    """

    enterprise: str
    clause: str
    policy_year: int
    facts: dict[str, Any]
    days_ago: int
    until: str | None
    correction: str = ""
    differs: tuple[str, str] | None = None


FILES: tuple[DemoFile, ...] = (
    DemoFile(
        LARGE,
        "3.4.5",
        2024,
        {
            "projects": [
                {"name": "演示一期柔性产线智慧工厂", "investment": "8600000.00", "accepted_on": "2024-06-28"},
                {"name": "演示二期仓储物流智慧工厂", "investment": "13200000.00", "accepted_on": "2024-11-15"},
            ]
        },
        days_ago=25,
        until=None,
    ),
    DemoFile(
        LARGE,
        "3.2.3",
        2024,
        {"status_list": "china_ei_100", "list_year": 2024, "settlement_sales_ex_tax": "1260000000.00"},
        days_ago=12,
        until=StageKind.LEAD,
        differs=("市税务局", "申报的在昌结算收入与增值税申报表差 1200 万元，请企业说明口径。"),
    ),
    DemoFile(
        LARGE,
        "3.3.1",
        2024,
        {"silicon_led_rd": "23600000.00"},
        days_ago=6,
        until=StageKind.PRELIMINARY,
        correction="研发费用专项审计报告缺少硅衬底 LED 项目的明细表，请补充后重新上传。",
    ),
    DemoFile(
        ASSOCIATION,
        "3.8.2",
        2024,
        {
            "events": [
                {"name": "演示南昌电子信息供应商大会", "held_on": "2024-09-20", "cost": "1680000.00"},
                {"name": "演示移动智能终端产业链对接会", "held_on": "2024-05-17", "cost": "460000.00"},
            ]
        },
        days_ago=3,
        until=StageKind.PRELIMINARY,
    ),
    # Filed so long ago that the district is late: the head of the unit has been told.
    DemoFile(
        MATERIALS,
        "3.4.5",
        2024,
        {"projects": [{"name": "演示外延产线智慧工厂", "investment": "5200000.00", "accepted_on": "2024-09-12"}]},
        days_ago=26,
        until=StageKind.PRELIMINARY,
    ),
    DemoFile(
        TERMINALS,
        "3.1.2",
        2024,
        {
            "loans": [
                {
                    "bank": "演示银行南昌分行",
                    "contract_no": "演示借字〔2024〕第 18 号",
                    "project": "演示智能终端二期厂房",
                    "principal": "60000000.00",
                    "drawn_on": "2024-04-10",
                    "interest_paid": "1450000.00",
                }
            ]
        },
        days_ago=8,
        until=StageKind.CONSULTATION,
    ),
    *(
        DemoFile(name, "3.4.4", 2024, {"project_name": project, "total_budget": budget}, days, StageKind.EXPERT)
        for name, project, budget, days in (
            (LARGE, "演示：硅衬底 Micro-LED 显示关键技术", "26000000.00", 14),
            (MATERIALS, "演示：高纯 MO 源国产化", "12500000.00", 13),
            (TERMINALS, "演示：5G 工业终端可靠性", "9800000.00", 13),
        )
    ),
    # Decided long enough ago that the money is on its way (nanchang_ei/demo_money.py).
    DemoFile(
        MATERIALS,
        "3.3.2",
        2024,
        {
            "product_sales": [
                {"category": "mo_source", "sales_ex_tax": "61500000.00"},
                {"category": "epi_wafer", "sales_ex_tax": "8640000.00"},
            ]
        },
        days_ago=29,
        until=None,
    ),
    DemoFile(
        TERMINALS,
        "3.4.5",
        2024,
        {"projects": [{"name": "演示整机产线智慧工厂", "investment": "7300000.00", "accepted_on": "2024-10-22"}]},
        days_ago=28,
        until=None,
    ),
    # Two of one group: the enterprise has to choose.
    DemoFile(
        LARGE,
        "3.4.1",
        2024,
        {"base_rd_subsidy": "8000000.00", "base_grant_no": "演示洪科字〔2025〕8 号"},
        days_ago=18,
        until=None,
    ),
    DemoFile(LARGE, "3.4.2", 2024, {"targets": "演示：两年内新增发明专利 20 件。"}, days_ago=17, until=None),
    DemoFile(LARGE, "3.4.2", 2025, {"targets": "演示：三年内研发人员达到 300 人，新增发明专利 40 件。"}, 1, "draft"),
)


def _documents(labels: Sequence[str], enterprise: str) -> list[io.BytesIO]:
    """One-page PDFs that stand for documents of the list, rendered together because each rendering costs its start."""
    import pikepdf
    from weasyprint import HTML

    pages = "".join(
        f"<section style='break-after: page'><h1>{escape(label)}</h1><p>{escape(enterprise)}</p>"
        "<p>演示材料，不具有任何效力。</p></section>"
        for label in labels
    )
    found = []
    with pikepdf.open(io.BytesIO(HTML(string=f"<html lang='zh'>{pages}</html>").write_pdf())) as together:
        for page in list(together.pages)[: len(labels)]:
            single, buffer = pikepdf.new(), io.BytesIO()
            single.pages.append(page)
            single.save(buffer)
            found.append(io.BytesIO(buffer.getvalue()))
    return found


def _member(enterprise: Enterprise, role: EnterpriseRole) -> User:
    wanted = (
        enterprise.members.filter(role=role, is_active=True).first()
        or enterprise.members.filter(role=EnterpriseRole.LEGAL, is_active=True).first()
    )
    assert wanted is not None  # demonstration enterprises have a legal representative
    return wanted.user


def officer(unit: Unit, role: UnitRole, *, number: int = 0) -> User:
    """The demonstration's person of a unit in a role; the second one under number 1."""
    found = User.objects.filter(
        unit_memberships__unit=unit, unit_memberships__role=role, email__endswith="@demo.invalid"
    )
    return found.order_by("pk")[number]


def _fill(file: DemoFile, enterprise: Enterprise, at: datetime) -> Application:
    agent = _member(enterprise, EnterpriseRole.AGENT)
    clause = Clause.objects.get(document__number=NUMBER, clause_id=file.clause)
    application = start_application(enterprise=enterprise, clause=clause, policy_year=file.policy_year, by=agent, at=at)
    application = save_draft(
        application=application,
        facts=file.facts,
        expected_version=application.draft_version,
        by=agent,
        at=at + timedelta(minutes=20),
    )
    if file.until != "draft":
        lacking = [status for status in evidence_status(application) if not status.files]
        asked = [status.evidence for status in lacking if status.evidence.required]
        documents = _documents([evidence.label for evidence in asked], enterprise.name)
        for evidence, document in zip(asked, documents, strict=True):
            attach(
                application=application,
                evidence_key=evidence.key,
                upload=document,
                name=f"{evidence.label}.pdf",
                by=agent,
                at=at + timedelta(minutes=40),
            )
    return application


def _outcome(kind: StageKind) -> Outcome:
    return {
        StageKind.PRELIMINARY: Outcome.ACCEPT,
        StageKind.CONSULTATION: Outcome.AGREE,
        StageKind.LEAD: Outcome.APPROVE,
        StageKind.CONFIRMATION: Outcome.APPROVE,
    }[kind]


def _decide(task: Task, at: datetime, differs: tuple[str, str] | None) -> None:
    outcome, reasons, points = _outcome(StageKind(task.stage.kind)), "材料齐全，数据与附件一致。", []
    if differs and task.unit.name == differs[0] and task.stage.kind == StageKind.CONSULTATION:
        outcome, reasons = Outcome.DISAGREE, differs[1]
        asked = asked_points(task, task.stage.case.application.revisions.order_by("-number")[0])
        points = [PointOpinion(next(item.point.key for item in asked if item.required), Stance.DISAGREE, differs[1])]
    decision = draft_decision(
        task=task,
        expected_version=task.version,
        outcome=outcome,
        reasons=reasons,
        points=points,
        by=officer(task.unit, UnitRole.HANDLER),
        at=at,
    )
    if needs_two_people(task) and decision.confirmed_at is None:
        task.refresh_from_db()
        confirm_decision(task=task, expected_version=task.version, by=officer(task.unit, UnitRole.APPROVER), at=at)


def _review(file: DemoFile, case: Case, at: datetime) -> None:
    """Take the case through its stages up to the one that stays open."""
    moment = at
    while True:
        stage = case.stages.filter(state=StageState.OPEN).order_by("order").first()
        if stage is None or stage.kind == file.until:
            break
        moment += timedelta(days=2)
        for task in stage.tasks.select_related("unit", "stage__case__application").order_by("pk"):
            _decide(task, moment, file.differs)
    if file.correction and stage is not None:
        task = stage.tasks.select_related("unit", "stage").order_by("pk")[0]
        return_for_correction(
            task=task,
            expected_version=task.version,
            points=[PointInput("evidence", "rd_audit", file.correction)],
            by=officer(task.unit, UnitRole.HANDLER),
            at=moment + timedelta(days=1),
        )


def _convene(now: datetime) -> None:
    """Put the panel of the competition together; two of its three experts have scored."""
    task = (
        Task.objects.filter(stage__kind=StageKind.EXPERT, stage__state=StageState.OPEN, stage__panel=None)
        .select_related("unit", "stage__case__application__clause__document")
        .first()
    )
    if task is None:
        return
    at = max(task.stage.case.stages.get(kind=StageKind.EXPERT).opened_at or now, now - timedelta(days=3))
    application = task.stage.case.application
    experts = list(experts_of(task.unit).order_by("pk"))[:3]
    convener = officer(task.unit, UnitRole.HANDLER)
    panel = convene_panel(
        task=task,
        expected_version=task.version,
        title=f"{application.policy_year}年度{application.clause.title}专家评审组（演示）",
        members=experts,
        chair=experts[0],
        criteria=procedure_settings(application.clause.document).criteria,
        by=convener,
        at=at,
    )
    panel = start_scoring(panel=panel, expected_version=panel.version, by=convener, at=at + timedelta(hours=1))
    criteria = list(panel.criteria.order_by("order"))
    for number, member in enumerate(panel.members.select_related("user").order_by("pk")[1:]):
        for place, stage in enumerate(files_of(panel).order_by("pk")):
            submit_sheet(
                member=member,
                stage=stage,
                seen=None,
                scores={line.pk: str(line.points - 2 - (place + number) % 3) for line in criteria},
                remarks="演示意见：路线可行，目标清楚。",
                by=member.user,
                at=at + timedelta(hours=5 + number),
            )


def _talk(now: datetime) -> None:
    """What the two leads of the joint file write to each other and to the enterprise, and its answer."""
    task = (
        Task.objects.filter(stage__kind=StageKind.LEAD, stage__state=StageState.OPEN, is_keeper=True)
        .filter(case__application__clause__clause_id="3.2.3")
        .select_related("unit", "case__application__enterprise", "stage")
        .first()
    )
    if task is None or Message.objects.filter(application=task.case.application).exists():
        return
    at = max(task.stage.opened_at or now, now - timedelta(days=1))
    writer = officer(task.unit, UnitRole.HANDLER)
    write_to_enterprise(
        case=task.case,
        unit=task.unit,
        text="请说明申报的在昌结算收入与增值税申报表的差额由哪些业务构成，可附明细。",
        files=[],
        by=writer,
        at=at,
    )
    write_message(
        application=task.case.application,
        unit=None,
        text="差额为跨年确认的两份结算合同，收入在次年申报增值税，明细已列入结算合同附件三。",
        files=[],
        by=_member(task.case.application.enterprise, EnterpriseRole.AGENT),
        at=at + timedelta(hours=3),
    )
    write_note(
        case=task.case,
        unit=task.unit,
        scope=NoteScope.CASE,
        text="企业已说明差额，拟请其按增值税申报表的口径补正后再定。",
        by=writer,
        at=at + timedelta(hours=4),
    )


def _inside_a_unit(now: datetime) -> None:
    """Rules, somebody who is away, and one task given by hand, in the unit that convenes the competition.

    Not in units that decide the files of most clauses: there whoever tries the demonstration takes tasks at will.
    """
    unit = Unit.objects.get(code="keji")
    head, first = officer(unit, UnitRole.APPROVER), officer(unit, UnitRole.HANDLER)
    second = User.objects.filter(unit_memberships__unit=unit, unit_memberships__role=UnitRole.HANDLER).order_by("pk")[1]
    if not AssignmentRule.objects.filter(unit=unit).exists():
        research = Clause.objects.get(document__number=NUMBER, clause_id="3.3.1")
        add_rule(unit=unit, stage_kind=StageKind.LEAD, clause=research, handler=first, by=head, at=now)
        add_rule(unit=unit, stage_kind=StageKind.LEAD, handler=None, by=head, at=now)
    if not Absence.objects.filter(unit=unit).exists():
        today = timezone.localdate(now)
        enter_absence(
            unit=unit,
            user=second,
            deputy=first,
            first_day=today,
            last_day=today + timedelta(days=9),
            reason="外出培训",
            by=second,
            at=now,
        )
    open_tasks = Task.objects.filter(unit=unit, state=TaskState.OPEN, stage__state=StageState.OPEN)
    task = open_tasks.order_by("pk").first()
    if task is not None and not open_tasks.exclude(handler=None).exists():
        assign_task(task=task, expected_version=task.version, to=first, by=head, at=now)


def load_files(*, now: datetime, files: Sequence[DemoFile] = FILES) -> int:
    """Make the demonstration files that do not exist yet and return how many were made."""
    made = 0
    for file in files:
        enterprise = Enterprise.objects.get(name=file.enterprise)
        known = Application.objects.filter(
            enterprise=enterprise, clause__clause_id=file.clause, policy_year=file.policy_year
        )
        if known.exists():
            continue
        at = now - timedelta(days=file.days_ago)
        application = _fill(file, enterprise, at)
        made += 1
        if file.until == "draft":
            continue
        filed_at = at + timedelta(hours=1)
        submit_application(
            application=application,
            idempotency_key=f"demo-{enterprise.uscc}-{file.policy_year}-{file.clause}",
            promise=True,
            by=_member(enterprise, EnterpriseRole.LEGAL),
            at=filed_at,
            clock=lambda moment=filed_at: moment,  # type: ignore[misc]
        )
        _review(file, Case.objects.get(application=application), filed_at)
    _convene(now)
    _talk(now)
    _inside_a_unit(now)
    return made
