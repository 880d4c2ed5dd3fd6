"""The application's own page, a filed revision, and the receipt."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import ENTERPRISE, require
from applications.enums import EDITABLE, State
from applications.forms.messages import MessageForm
from applications.letters import subject_of
from applications.models import Application, MessageFile, Revision
from applications.presenters import (
    fact_rows,
    fact_tables,
    figure_rows,
    filed_evidence,
    next_step,
    open_correction,
    task_list,
    timeline,
    tone,
)
from applications.queries.completeness import evidence_status, missing
from applications.queries.corrections import answered
from applications.queries.definitions import definition_of, policy_of
from applications.queries.differences import diff
from applications.queries.documents import figures_of
from applications.queries.late import late_note
from applications.queries.messages import thread
from applications.queries.standing import rules_note, version_note
from applications.queries.windows import deadline_of, filing_closed
from applications.views.common import crumbs, is_legal, own_application, person
from common.money import parse_yuan
from letters.enums import LetterState
from letters.models import Letter


def _letters(request: HttpRequest, application: Application) -> list[dict[str, Any]]:
    """The letters about this application, with their download where they are issued."""
    return [
        {
            "letter": letter,
            "url": reverse("letters:pdf", args=[letter.pk]),
            "is_void": letter.state == LetterState.VOID,
        }
        for letter in Letter.objects.visible_to(person(request)).select_related("unit").about(subject_of(application))
    ]


@require_safe
@require(*ENTERPRISE)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Task list while the enterprise has the file; state, timeline, letters and messages always."""
    return detail_page(request, own_application(request, pk))


def detail_page(
    request: HttpRequest, application: Application, *, status: int = 200, message_form: MessageForm | None = None
) -> HttpResponse:
    """The page; a message that was refused comes back in it with what was typed."""
    editable = application.state in EDITABLE
    now = timezone.now()
    closed = filing_closed(application, now)
    tasks = None
    if editable or application.state == State.CONFIRMING:
        statuses = evidence_status(application)
        started = {
            "figures": figures_of(application.enterprise, application.policy_year) is not None,
            "facts": bool(application.draft),
            "evidence": any(status.files for status in statuses),
        }
        tasks = task_list(application, missing(application), started=started, closed=closed)
    deadline = deadline_of(application, now)
    steps = timeline(application, deadline.due if deadline else None, closed=closed)
    here = next((step for step in steps if step["state"] == "current"), None)
    coming = next_step(application, closed=closed)
    if here and here.get("unit") and application.state == State.UNDER_REVIEW:
        coming = coming._replace(who=f"{here['unit']}（{here['label']}）")
    correction = open_correction(application)
    revisions = list(application.revisions.order_by("-number").select_related("filed_by"))
    context = {
        "application": application,
        "crumbs": crumbs(application),
        "tone": tone(application),
        "version_note": version_note(application, revisions),
        "rules_note": rules_note(application),
        "late_note": late_note(application),
        "next": coming,
        "deadline": deadline,
        "tasks": tasks,
        "editable": editable,
        "closed": closed,
        "legal": is_legal(request, application),
        "correction": correction,
        "points": answered(correction, [], application).answers,
        "timeline": steps,
        "letters": _letters(request, application),
        "revisions": revisions,
        "talk": _talk(application, message_form) if application.filed_at else None,
        "errors": [message_form] if message_form else None,
        "has_errors": message_form is not None,
    }
    return render(request, "applications/detail.html", context, status=status)


def _talk(application: Application, form: MessageForm | None) -> dict[str, Any]:
    """The messages about a filed application, and the form to write one."""

    def address(file: MessageFile) -> str:
        return reverse("applications:message_file", args=[application.pk, file.pk])

    return {"entries": thread(application, officers=False, address=address), "form": form or MessageForm()}


def _revision(application: Application, number: int | None) -> Revision:
    revisions = application.revisions.select_related("clause_version", "prepared_by", "filed_by", "correction")
    found = (revisions.filter(number=number) if number is not None else revisions.order_by("-number")).first()
    if found is None:
        raise Http404
    found.application = application
    return found


@require_safe
@require(*ENTERPRISE)
def revision(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What was filed, word for word, with the differences from the revision before."""
    application = own_application(request, pk)
    filed = _revision(application, number)
    before = _revision(application, number - 1) if number > 1 else None
    facts = definition_of(filed).facts
    context = {
        "application": application,
        "revision": filed,
        "crumbs": crumbs(application, f"第 {number} 次提交"),
        "figures": figure_rows(policy_of(filed).year_facts, filed.figures, None),
        "rows": fact_rows(facts, filed.facts, None),
        "tables": fact_tables(facts, filed.facts),
        "evidence": filed_evidence(filed),
        "compared": answered(filed.correction, diff(before, filed) if before else [], filed),
        "estimate": filed.estimate,
        "estimate_total": parse_yuan(filed.estimate["amount"]) if filed.estimate.get("amount") else None,
    }
    return render(request, "applications/revision.html", context)


@require_safe
@require(*ENTERPRISE)
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """After filing: the number, when, and the receipt to download."""
    application = own_application(request, pk)
    filed = _revision(application, None)
    letters = [row for row in _letters(request, application) if row["letter"].request_key == f"receipt:{filed.pk}"]
    context = {
        "application": application,
        "revision": filed,
        "crumbs": crumbs(application, "提交成功"),
        "letter": letters[0] if letters else None,
        "next": next_step(application),
    }
    return render(request, "applications/receipt.html", context)
