"""Opening a case when an application is filed, resuming it after a correction, moving from stage to stage."""

from datetime import datetime

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.enums import NoticeTopic
from accounts.models import Unit, User
from accounts.notifications import enterprise_users, notify, unit_users
from accounts.unit_names import standing_in
from applications.actions import decide_application
from applications.enums import State
from applications.models import Application, Revision
from applications.queries.definitions import definition_of
from common.audit.actions import record
from common.errors import Conflict
from common.outbox.actions import enqueue
from common.queries import working_calendar
from reviews.actions.assignment import assign_by_rule
from reviews.actions.clock import watch
from reviews.actions.locking import lock_case
from reviews.actions.mergers import hand_task_to
from reviews.actions.opinions import void_changed
from reviews.actions.panels import attach_stage
from reviews.actions.search import index_case
from reviews.enums import CaseState, Outcome, PauseKind, StageKind, StageState, TaskState
from reviews.letters import request_refusal_letter
from reviews.models import Case, Pause, Stage, Task
from reviews.queries.routes import bracket_of, keeper_task, procedure_settings
from reviews.routing import is_drawn, route_for
from reviews.workflow import CASES, PANEL_STAGES, STAGES, TASKS


def _open_stage(stage: Stage, at: datetime) -> None:
    """Start a stage's clock and give its units their tasks."""
    due_on = working_calendar().add_working_days(timezone.localdate(at), stage.days)
    STAGES.apply(stage, "open", changes={"opened_at": at, "due_on": due_on})
    application = stage.case.application
    if stage.kind in PANEL_STAGES:
        # Before the tasks: a conclusion holds its panel when it opens tasks and so locks the units of a rule.
        attach_stage(stage, at=at)
    for task in stage.tasks.select_related("unit"):
        task.stage = stage
        open_task(task, at)
    if stage.open_group:
        notify(
            unit_users(keeper_task(stage.case).unit),
            title=f"请确定会审单位：{application.number}",
            body=f"{application.enterprise.name} · 条款写明“市各有关单位”，请指定参加会审的单位。",
            url=f"/reviews/cases/{stage.case_id}/units/",
            topic=NoticeTopic.TASK,
            at=at,
        )
    watch(stage, at=at)


def open_task(task: Task, at: datetime) -> None:
    """Give a unit its task at a running stage: to a person where a rule of the unit says so, else to all."""
    application = task.stage.case.application
    TASKS.apply(task, "open")
    handler = assign_by_rule(task, at=at)
    notify(
        [handler] if handler else unit_users(task.unit),
        title=f"新待办：{application.number} {task.stage.get_kind_display()}",
        body=f"{application.enterprise.name} · {application.clause.title}",
        url=f"/reviews/tasks/{task.pk}/",
        topic=NoticeTopic.TASK,
        at=at,
    )


def open_case(*, revision: Revision, at: datetime) -> Case:
    """Open the case of a first filing with its fixed route; called again, it returns the case that exists."""
    with transaction.atomic():
        application = (
            Application.objects.select_for_update(of=("self",))
            .select_related("enterprise__district", "clause")
            .get(pk=revision.application_id)
        )
        existing = Case.objects.filter(application=application).first()
        if existing:
            return existing
        bracket, groups = bracket_of(revision.clause_version)
        settings = procedure_settings(revision.clause_version.clause.document, on=timezone.localdate(at))
        clause_id = revision.clause_version.clause.clause_id
        per_mille = settings.audit_per_mille if clause_id in (settings.audit_clauses or {clause_id}) else 0
        sampled = is_drawn(
            application.enterprise.uscc,
            clause_id=clause_id,
            policy_year=application.policy_year,
            secret=django_settings.SECRET_KEY,
            per_mille=per_mille,
        )
        route = route_for(
            bracket,
            district=application.enterprise.district.name,
            groups=groups,
            days=settings.days,
            confirming_unit=settings.confirming_unit,
            expert=definition_of(revision).competitive,
            audit=sampled,
        )
        case = Case.objects.create(application=application, route=route.as_data(), opened_at=at, sampled=sampled)
        units = {unit.name: unit for unit in Unit.objects.filter(name__in=[n for s in route.stages for n in s.units])}
        for order, planned in enumerate(route.stages, start=1):
            stage = Stage.objects.create(
                case=case, order=order, kind=planned.kind, days=planned.days, open_group=planned.open_group
            )
            for position, name in enumerate(planned.units):
                keeper = planned.kind == StageKind.LEAD and position == 0
                Task.objects.create(stage=stage, unit=units[name], is_keeper=keeper)
        index_case(case)
        first = case.stages.order_by("order")[0]
        first.case = case
        _open_stage(first, at)
        drawn = {"sampled": sampled, "per_mille": per_mille}
        record(
            "case.opened", subject=case, by=None, at=at, data={"route": case.route, "revision": revision.number} | drawn
        )
        return case


def resume_case(*, revision: Revision, at: datetime) -> Case:
    """Start the clock again after a correction was answered, with the working days that were left.

    Called again, or for an answer that is not to the open request, it changes nothing.
    """
    with transaction.atomic():
        case = lock_case(Case.objects.values_list("pk", flat=True).get(application_id=revision.application_id))
        index_case(case)
        pause = Pause.objects.filter(
            stage__case=case, ended_at=None, kind=PauseKind.CORRECTION, correction=revision.correction_id
        ).first()
        if pause is None:
            return case  # told again of an answer to an earlier request, while a later one may be open
        stage = pause.stage
        pause.ended_at = at
        pause.save(update_fields=["ended_at"])
        stage.case = case
        restart_clock(stage, pause.started_at, at)
        reopened = [task.unit.name for task in stage.tasks.filter(state=TaskState.DONE).select_related("unit")]
        record(
            "case.resumed",
            subject=case,
            by=revision.filed_by,
            at=at,
            data={"revision": revision.number, "reopened": reopened},
        )
        for task in stage.tasks.select_related("unit"):
            if task.state == TaskState.DONE:
                # What this unit decided was about the revision before: it reads the changes and decides again.
                reopen_task(task, at)
            else:
                Task.objects.filter(pk=task.pk).update(version=task.version + 1)
            notify(
                unit_users(task.unit),
                title=f"企业已补正：{case.application.number}",
                body="请查看新旧对照，只需复核有变化的内容。",
                url=f"/reviews/tasks/{task.pk}/",
                topic=NoticeTopic.CORRECTION,
                at=at,
            )
        asked_again = void_changed(case=case, revision=revision, at=at)
        if asked_again:
            _consult_again(stage, asked_again, at)
        return case


def _consult_again(running: Stage, tasks: list[Task], at: datetime) -> None:
    """Open a finished consultation again for the units whose opinions a revision voided; the running stage waits."""
    consultation = tasks[0].stage
    consultation.case = running.case
    Pause.objects.create(stage=running, kind=PauseKind.CONSULTATION, started_at=at)
    STAGES.apply(running, "pause")
    due_on = working_calendar().add_working_days(timezone.localdate(at), consultation.days)
    STAGES.apply(consultation, "reopen", changes={"due_on": due_on, "closed_at": None})
    application = running.case.application
    for task in tasks:
        reopen_task(task, at)
        notify(
            [task.handler] if task.handler else unit_users(task.unit),
            title=f"请重新提出意见：{application.number}",
            body="企业补正改动了贵单位意见所依据的内容，仅需就失效的事项重新提出意见。",
            url=f"/reviews/tasks/{task.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
    watch(consultation, at=at)
    record(
        "case.consulted_again",
        subject=running.case,
        by=None,
        at=at,
        data={"units": [task.unit.name for task in tasks], "waiting": running.kind},
    )


def restart_clock(stage: Stage, paused_at: datetime, at: datetime) -> None:
    """Due day = resumption plus the working days that were left when the clock stopped; no day is lost.

    The day of the pause counts as used and the day of the resumption does not. Where the clock starts again on a day
    off there is no such day to make up for it, so the day of the pause is given back; a due day is a working day.
    """
    assert stage.due_on is not None  # constraint stage_open_has_clock
    calendar = working_calendar()
    stopped_on, starts_on = timezone.localdate(paused_at), timezone.localdate(at)
    left = max(calendar.working_days_left(stopped_on, stage.due_on), 0)
    if calendar.is_working(stopped_on) and not calendar.is_working(starts_on):
        left += 1
    due_on = calendar.next_working_day(calendar.add_working_days(starts_on, left))
    STAGES.apply(stage, "restart", changes={"due_on": due_on})
    watch(stage, at=at)


def _close(case: Case, step: str, at: datetime) -> None:
    """End the case; what no unit decided any more is cancelled, what was decided stays."""
    CASES.apply(case, step, changes={"closed_at": at})
    Pause.objects.filter(stage__case=case, ended_at=None).update(ended_at=at)
    for stage in case.stages.exclude(state=StageState.DONE):
        STAGES.apply(stage, "cancel")
    for task in Task.objects.filter(stage__case=case).exclude(state=TaskState.DONE):
        TASKS.apply(task, "cancel")


def advance(stage: Stage, *, by: User, at: datetime) -> None:
    """After a task was done: wait for the others, reopen differing leads, open the next stage, or end the case."""
    case = stage.case
    tasks = list(stage.tasks.all())
    if any(task.state != TaskState.DONE for task in tasks) or stage.group_is_owed:
        return
    decisions = [task.decisions.get(returned_at=None, superseded_at=None) for task in tasks]
    outcomes = {decision.outcome for decision in decisions}
    if stage.kind == StageKind.LEAD and (len(outcomes) > 1 or len({d.amount_fen for d in decisions}) > 1):
        _reopen_leads(stage, tasks, at=at, by=by)
        return
    STAGES.apply(stage, "finish", changes={"closed_at": at})
    if Outcome.REFUSE in outcomes:
        _refuse(case, by=by, at=at)
        return
    pause = Pause.objects.filter(stage__case=case, ended_at=None, kind=PauseKind.CONSULTATION).first()
    if pause is not None:
        # The units that were asked again have answered: whoever waited for them goes on with the days that were left.
        waiting = pause.stage
        waiting.case = case
        pause.ended_at = at
        pause.save(update_fields=["ended_at"])
        restart_clock(waiting, pause.started_at, at)
        Task.objects.filter(stage=waiting).update(version=F("version") + 1)
        record("case.consulted_anew", subject=case, by=by, at=at, data={"stage": waiting.kind})
        return
    following = case.stages.filter(order__gt=stage.order).order_by("order").first()
    if following is not None:
        following.case = case
        _open_stage(following, at)
        record("case.stage_opened", subject=case, by=by, at=at, data={"stage": following.kind})
        return
    _approve(case, by=by, at=at)


def reopen_task(task: Task, at: datetime) -> None:
    """Open a done task again; its decision stays as history. Where duties went over, the successor decides."""
    task.decisions.filter(returned_at=None, superseded_at=None).update(superseded_at=at)
    TASKS.apply(task, "reopen", changes={"closed_at": None})
    successor = standing_in(task.unit)
    if successor.pk != task.unit_id:
        hand_task_to(task, successor, by=None, at=at)


def _reopen_leads(stage: Stage, tasks: list[Task], *, by: User, at: datetime) -> None:
    """Two leads must agree: where they differ, both decisions become history and both tasks open again."""
    for task in tasks:
        reopen_task(task, at)
        notify(
            unit_users(task.unit),
            title=f"牵头单位意见不一致：{stage.case.application.number}",
            body="两家牵头单位的结论或金额不同，请协商后重新作出决定；先前的决定保留在案卷中。",
            url=f"/reviews/tasks/{task.pk}/",
            topic=NoticeTopic.TASK,
            at=at,
        )
    record("case.leads_differ", subject=stage.case, by=by, at=at, data={"stage": stage.kind})


def _approve(case: Case, *, by: User, at: datetime) -> None:
    decide_application(
        application=case.application, outcome="approve", expected_version=case.application.version, by=by, at=at
    )
    _close(case, "approve", at)
    record("case.approved", subject=case, by=by, at=at)
    # A file that came back to its lead is approved a second time: that is another effect with a key of its own.
    again = f":{case.version}" if case.version > 2 else ""
    enqueue(
        "reviews.approved",
        {"application": case.application_id, "case": case.pk},
        key=f"reviews.approved:{case.pk}{again}",
        at=at,
    )
    notify(
        enterprise_users(case.application.enterprise),
        title=f"审核通过：{case.application.number}",
        body="您的申报已通过牵头单位审核，正在核算奖补金额，核定后将通知您下载文书。",
        url=f"/applications/{case.application_id}/",
        topic=NoticeTopic.DECISION,
        at=at,
    )


def _refuse(case: Case, *, by: User, at: datetime) -> None:
    decide_application(
        application=case.application, outcome="refuse", expected_version=case.application.version, by=by, at=at
    )
    _close(case, "refuse", at)
    record("case.refused", subject=case, by=by, at=at)
    request_refusal_letter(case=case, by=by, at=at)
    notify(
        enterprise_users(case.application.enterprise),
        title=f"不予支持：{case.application.number}",
        body="审核结论为不予支持，理由和救济途径见告知书。",
        url=f"/applications/{case.application_id}/",
        topic=NoticeTopic.DECISION,
        at=at,
    )


def close_withdrawn_case(*, application: Application, at: datetime) -> None:
    """The enterprise withdrew: what was decided stays on record, what was open is cancelled."""
    _close_undecided(application, "withdraw", "case.withdrawn", at)


def close_lapsed_case(*, application: Application, at: datetime) -> None:
    """A correction was not answered in time: the case ends with the file."""
    _close_undecided(application, "lapse", "case.lapsed", at)


def _close_undecided(application: Application, step: str, event: str, at: datetime) -> None:
    """End the open case of an application that ended without a decision; nothing happens where there is none."""
    with transaction.atomic():
        case_id = Case.objects.filter(application=application).values_list("pk", flat=True).first()
        if case_id is None:
            return
        case = lock_case(case_id)
        if case.state != CaseState.OPEN:
            return
        _close(case, step, at)
        record(event, subject=case, by=None, at=at)


def require_open(task: Task) -> None:
    """Raise unless the task can be worked on now."""
    if task.stage.state == StageState.PAUSED:
        again = task.stage.pauses.filter(ended_at=None, kind=PauseKind.CONSULTATION).exists()
        raise Conflict(
            "有会审单位正就补正的内容重新提出意见，意见齐全前不能作出决定。"
            if again
            else "该环节正等待企业补正，补正结束前不能作出决定。"
        )
    if task.stage.case.state != CaseState.OPEN or task.state not in {TaskState.OPEN, TaskState.DRAFTED}:
        raise Conflict("这件待办已办结或尚未轮到，不能再作出决定。")
    application = task.stage.case.application
    if application.state != State.UNDER_REVIEW:
        raise Conflict(
            f"该申报当前为“{application.get_state_display()}”，不能作出决定。", what=application.get_state_display()
        )
