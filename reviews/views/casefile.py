"""The case page: the file, the figures, what others said, and the panel in which this unit decides."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import OFFICER, Role, require
from accounts.bans import standing_ban
from accounts.models import User
from applications.models import Revision
from applications.queries import diff
from applications.queries.corrections import answered
from applications.queries.late import late_note
from applications.queries.standing import rules_note, version_note
from common.errors import NotAllowed
from common.queries import working_calendar
from common.views.downloads import stored_download
from reviews.actions.presence import be_present
from reviews.assessment import Assessment, assess
from reviews.enums import CaseState, ListPage, PauseKind, StageKind, StageState, TaskState
from reviews.evidence import case_viewer
from reviews.forms import (
    CancelCorrectionForm,
    DecisionForm,
    NoteForm,
    PointFormSet,
    RecusalForm,
    initial_of,
    places_of,
)
from reviews.history import case_history, last_of
from reviews.models import Case, Decision, Task
from reviews.opinion_presenters import opinion_context, stance_line
from reviews.panel_presenters import panel_context, panel_stage
from reviews.permissions import gestures_of, needs_two_people, why_not
from reviews.presenters import CASE_TONES, bounds_text, correction_term, corrections_of, filed, task_line
from reviews.queries.assignment import assignment_of, unit_left
from reviews.queries.evidence import filed_attachment
from reviews.queries.opinions import (
    asked_points,
    confirmed_decisions,
    differing_points,
    is_of_the_applicant,
    other_leads,
    sight_of,
)
from reviews.queries.presence import others_at
from reviews.queries.progress import route_stages
from reviews.queries.queue import clean_query, days_left
from reviews.route_presenters import route_context
from reviews.talk_forms import talk_of
from reviews.workflow import MAY_RETURN


def visible_case(request: HttpRequest, pk: int) -> Case:
    """The case, if one of the user's units has a task in it that was reached (or for auditors); 404 otherwise."""
    user: Any = request.user
    return get_object_or_404(
        Case.objects.visible_to(user).select_related(
            "application__enterprise__district", "application__clause__document", "application__clause_version"
        ),
        pk=pk,
    )


def own_task(request: HttpRequest, pk: int) -> Task:
    """A reached task of one of the user's units; 404 otherwise."""
    user: Any = request.user
    task = Task.objects.visible_to(user).select_related("unit", "handler", "stage").filter(pk=pk).first()
    if task is None:
        left = unit_left(user, pk) if request.method == "POST" else None
        if left is not None:
            raise NotAllowed(
                f"您在{left}的角色已停用，刚才的操作没有执行。用浏览器后退可找回已填写的文字；仍需办理的，请联系政策管理员。"
            )
        raise Http404
    task.stage.case = visible_case(request, task.stage.case_id)
    return task


def list_query(request: HttpRequest) -> str:
    """The list from which the officer came, as it travels with the task's page and its forms; what is no list's is
    left out."""
    text = request.POST.get("list") or request.GET.get("list") or ""
    return clean_query(ListPage.QUEUE, dict(parse_qsl(text[:4000])))


def case_context(
    case: Case,
    *,
    reader: User,
    number: int | None = None,
    base: str = "",
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the page of a case shows to everyone who may read it; opinions and history as far as the reader may know
    them. `base` and `query`: address of the page around and what it asks for (which page of which evidence).
    """
    query = query or {}
    revisions = list(
        Revision.objects.filter(application=case.application)
        .select_related("prepared_by", "filed_by", "clause_version", "application__clause__document", "correction")
        .order_by("-number")
    )
    revision = next((row for row in revisions if number in {None, row.number}), None)
    if revision is None:
        raise Http404
    revision.application = case.application
    previous = next((row for row in revisions if row.number == revision.number - 1), None)
    stages = route_stages(case)
    today = timezone.localdate()
    running = next((stage for stage in stages if stage.state in {StageState.OPEN, StageState.PAUSED}), None)
    assessment, content = assess(revision), filed(revision)
    sight, decisions = sight_of(case, reader), confirmed_decisions(case)
    lines = case_history(case, reader, sight=sight, decisions=decisions)
    return {
        "case": case,
        "application": case.application,
        "tone": CASE_TONES[CaseState(case.state)],
        "revision": revision,
        "revisions": revisions,
        "newest": revision.number == revisions[0].number,
        "version_note": version_note(case.application, revisions),
        "rules_note": rules_note(case.application),
        "late_note": late_note(case.application),
        "compared": answered(revision.correction, diff(previous, revision) if previous else [], revision),
        "filed": content,
        "viewer": case_viewer(
            case.pk,
            content["evidence"],
            base=base or reverse("reviews:case_revision", args=[case.pk, revision.number]),
            chosen=query.get("evidence"),
            page=query.get("page"),
        ),
        "assessment": assessment,
        "bounds_text": bounds_text(assessment),
        "kept_away": sight.kept_away,
        "paused": bool(running and running.state == StageState.PAUSED),
        "running": running,
        "running_tasks": [task_line(task) for task in running.tasks.all()] if running else [],
        "days_left": days_left(running.due_on, today, working_calendar()) if running else None,
        "corrections": corrections_of(revision),
        "history": lines,
        "ban": standing_ban(case.application.enterprise, on=today),
        # Why the file is under review again, as long as it is.
        "came_back": last_of(lines, "case.returned_to_lead") if case.state == CaseState.OPEN else None,
        **panel_context(case, reader),
        **route_context(case, reader=reader, today=today, stages=stages),
        **opinion_context(decisions, sight, revision),
    }


def decision_form_of(
    task: Task,
    revision: Revision,
    assessment: Assessment,
    data: Any = None,
    *,
    reader: User,
    returned: Decision | None = None,
) -> DecisionForm:
    """The form of a unit's decision on a revision; what the 审核 returned stands in it to be mended.

    Whoever belongs to the applicant and sends it all the same gets back what was typed, not what others said.
    """
    kind = None if data is not None and is_of_the_applicant(task.stage.case, reader) else task.stage.kind
    asked = asked_points(task, revision) if kind == StageKind.CONSULTATION else []
    differing = differing_points(task.stage.case) if kind == StageKind.LEAD else []
    initial = initial_of(returned) if returned is not None and returned.returned_at is not None else {}
    return DecisionForm(data, task=task, assessment=assessment, asked=asked, differing=differing, initial=initial)


def render_task(
    request: HttpRequest,
    task: Task,
    *,
    status: int = 200,
    decision_form: DecisionForm | None = None,
    points: Any = None,
    note_form: NoteForm | None = None,
    cancel_form: CancelCorrectionForm | None = None,
    recusal_form: RecusalForm | None = None,
    errors: Any = None,
    conflict: Any = None,
    talk: dict[str, Any] | None = None,
) -> HttpResponse:
    """The case page with this unit's panel; forms that were sent come back with what was typed."""
    user: Any = request.user
    base = reverse("reviews:task", args=[task.pk])
    context = case_context(task.stage.case, reader=user, base=base, query=request.GET)
    kind = StageKind(task.stage.kind)
    two = needs_two_people(task)
    workable = task.stage.state == StageState.OPEN and task.stage.case.state == CaseState.OPEN
    drafted = (
        task.decisions.filter(confirmed_at=None, returned_at=None, superseded_at=None)
        .select_related("drafted_by", "revision")
        .first()
    )
    gestures = gestures_of(task, user, on=timezone.localdate())
    sent = {
        "draft" if two else "decide_alone": decision_form,
        "return_for_correction": points,
        "cancel_correction": cancel_form,
        "recuse": recusal_form,
    }
    refused = [name for name, form in sent.items() if form is not None and form.is_bound and name not in gestures]
    if refused and status == 422:
        # Whoever may not send this (any more) is told that, not what the form lacks.
        status, errors = NotAllowed.status, [why_not(task, refused[0], user, on=timezone.localdate())]
    can_draft = workable and task.state == TaskState.OPEN and ("draft" if two else "decide_alone") in gestures
    can_confirm = workable and drafted is not None and drafted.drafted_by_id != user.pk and "confirm" in gestures
    can_return = (
        workable and task.state == TaskState.OPEN and kind in MAY_RETURN and "return_for_correction" in gestures
    )
    pause = task.stage.pauses.filter(ended_at=None).first() if task.stage.state == StageState.PAUSED else None
    awaits_enterprise = pause is not None and pause.kind == PauseKind.CORRECTION
    can_cancel = awaits_enterprise and kind in MAY_RETURN and "cancel_correction" in gestures
    can_recuse = workable and task.state in {TaskState.OPEN, TaskState.DRAFTED} and "recuse" in gestures
    last = task.decisions.select_related("returned_by", "revision").order_by("pk").last()
    # The same version, decided before and open again: the two leads did not agree (or the file came back to them).
    differed, came_back = last_of(context["history"], "case.leads_differ"), context["came_back"]
    leads_differ = (
        last is not None
        and last.superseded_at is not None
        and (came_back is None or (differed is not None and differed.at > came_back.at))
        and kind == StageKind.LEAD
        and task.state == TaskState.OPEN
        and last.revision_id == context["revision"].pk
    )
    places = places_of(task.stage.case.application) if can_return else []
    if can_draft and decision_form is None:
        decision_form = decision_form_of(task, context["revision"], context["assessment"], reader=user, returned=last)
    if can_return and points is None:
        points = PointFormSet(prefix="points", form_kwargs={"places": places})
    if context["kept_away"]:
        drafted = last = None
    shows_leads = task.state in {TaskState.OPEN, TaskState.DRAFTED} and not context["kept_away"]
    now = timezone.now()
    be_present(task=task, by=user, at=now)
    context |= {
        "task": task,
        "panel_stage": panel_stage(task, gestures),
        "list_query": list_query(request),
        "others_present": others_at([task.pk], user, at=now).get(task.pk, ""),
        "two_person": two,
        "assignment": assignment_of(task, user, on=timezone.localdate()),
        "drafted": drafted,
        "other_leads": other_leads(task) if shows_leads else [],
        "drafted_points": [stance_line(point) for point in drafted.points.all()] if drafted else [],
        "returned": last if last is not None and last.returned_at is not None else None,
        "leads_differ": leads_differ,
        "can_draft": can_draft,
        "can_confirm": can_confirm,
        "can_return": can_return,
        "can_recuse": can_recuse,
        "awaits_enterprise": awaits_enterprise,
        **(correction_term(task.stage.case.application, timezone.localdate()) if can_return else {}),
        "decision_form": decision_form,
        "points": points,
        "note_form": note_form or NoteForm(),
        "cancel_form": cancel_form or CancelCorrectionForm(),
        "recusal_form": recusal_form or RecusalForm(),
        "errors": errors,
        "has_errors": bool(errors or conflict),
        # Forms that were sent come back with what was typed, also where the gesture is no longer possible.
        "show_decision": can_draft or (decision_form is not None and decision_form.is_bound),
        "show_points": can_return or (points is not None and points.is_bound),
        "show_cancel": can_cancel or (cancel_form is not None and cancel_form.is_bound),
        "show_note": can_confirm or (note_form is not None and note_form.is_bound),
        "show_recusal": can_recuse or (recusal_form is not None and recusal_form.is_bound),
        "conflict": conflict,
        "talk": talk or talk_of(task.stage.case, user, task=task),
    }
    return render(request, "reviews/task.html", context, status=status)


@require_safe
@require(*OFFICER)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """The case with the decision panel of the user's unit."""
    return render_task(request, own_task(request, pk))


@require_safe
@require(*OFFICER, Role.AUDITOR)
def case(request: HttpRequest, pk: int, number: int | None = None) -> HttpResponse:
    """The case to read, at its newest or an earlier revision."""
    user: Any = request.user
    found = visible_case(request, pk)
    context = case_context(found, reader=user, number=number, base=request.path, query=request.GET)
    return render(request, "reviews/case.html", context | {"talk": talk_of(found, user)})


@require_safe
@require(*OFFICER, Role.AUDITOR)
def attachment(request: HttpRequest, pk: int, attachment: int) -> HttpResponse:
    """A document of a filed revision of a visible case, its bytes checked against their hash; always a download."""
    found = visible_case(request, pk)
    row = filed_attachment(found.application, attachment)
    if row is None:
        raise Http404
    return stored_download(row)
