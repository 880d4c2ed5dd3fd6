"""Checking the answers, sending them on, filing, giving back, withdrawing."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import ENTERPRISE, require
from applications.actions import return_to_draft, send_to_confirm, submit_application, withdraw_application
from applications.drafts import RAW_KEY
from applications.enums import EDITABLE, State
from applications.errors import IncompleteError
from applications.models import Application
from applications.presenters import (
    address,
    evidence_rows,
    fact_rows,
    fact_tables,
    figure_rows,
    linked_faults,
    open_correction,
)
from applications.queries.completeness import evidence_status, missing
from applications.queries.corrections import answered
from applications.queries.definitions import asked_figures, definition_of
from applications.queries.differences import draft_changes
from applications.queries.documents import applicant
from applications.queries.estimates import estimate
from applications.queries.revisions import STATEMENT, seen_digest
from applications.queries.windows import filing_closed, window_closed, window_of
from applications.views.common import crumbs, is_legal, own_application, person
from common.errors import DomainError, Invalid
from common.money import parse_yuan

BEFORE_REVIEW = (State.DRAFT, State.CONFIRMING, State.CORRECTION)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """All answers on one page, the promise to be true, and the button that files."""
    application = own_application(request, pk)
    if request.method == "GET":
        if application.state not in BEFORE_REVIEW:
            return redirect("applications:detail", pk)
        return _page(request, application)
    try:
        submit_application(
            application=application,
            idempotency_key=request.POST.get("idempotency_key", ""),
            promise=request.POST.get("promise") == "yes",
            seen=request.POST.get("seen", ""),
            by=person(request),
            at=timezone.now(),
        )
    except IncompleteError as refused:
        return _page(request, application, faults=linked_faults(application, refused.faults), status=refused.status)
    except DomainError as refused:
        application.refresh_from_db()
        if application.state not in BEFORE_REVIEW:
            raise
        fault = [{"url": "", "message": refused.message}]
        return _page(request, application, faults=fault, status=refused.status)
    return redirect("applications:receipt", pk)


def _page(
    request: HttpRequest,
    application: Application,
    *,
    faults: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    declared = definition_of(application).facts
    values = applicant(application.enterprise, application.policy_year)
    editable = application.state in EDITABLE
    facts_url = address("facts", application) if editable else None
    raw = application.draft.get(RAW_KEY)
    answer = estimate(application)
    closed = filing_closed(application, timezone.now())
    correction = open_correction(application)
    previous = application.revisions.order_by("-number").first() if correction else None
    context: dict[str, Any] = {
        "application": application,
        "crumbs": crumbs(application, "核对与提交"),
        "figures": figure_rows(asked_figures(application), values, address("figures", application)),
        "rows": fact_rows(declared, application.draft, facts_url, raw),
        "tables": fact_tables(declared, application.draft, raw),
        "facts_url": facts_url,
        "evidence": evidence_rows(application, evidence_status(application)),
        "evidence_url": address("evidence", application) if editable else None,
        "estimate": answer,
        "estimate_total": parse_yuan(answer["amount"]) if answer["amount"] is not None else None,
        "closed": closed,
        "missing": linked_faults(application, missing(application)) if faults is None and not closed else [],
        "faults": faults,
        "has_errors": bool(faults),
        "promise_error": next((item["message"] for item in faults or [] if item["url"] == "#id_promise"), ""),
        "reason_error": next((item["message"] for item in faults or [] if item["url"] == "#id_reason"), ""),
        "promised": request.POST.get("promise") == "yes",
        "statement": STATEMENT,
        "legal": is_legal(request, application),
        "correction": correction,
        "compared": answered(correction, draft_changes(application, previous) if previous else [], application),
        # The key of a refused attempt stays, a repeated click of it is the same attempt.
        "idempotency_key": request.POST.get("idempotency_key") or uuid.uuid4().hex,
        "seen": seen_digest(application),
        "confirming": application.state == State.CONFIRMING,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "applications/check.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the application to the legal representative."""
    application = own_application(request, pk)
    if request.method == "GET":
        return redirect("applications:check", pk)
    try:
        send_to_confirm(application=application, by=person(request), at=timezone.now())
    except Invalid as refused:
        return _page(request, application, faults=[{"url": "", "message": refused.message}], status=refused.status)
    messages.success(request, "已通知法定代表人（授权人）核对并提交。")
    return redirect("applications:detail", pk)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the application back for changes."""
    application = own_application(request, pk)
    if request.method == "GET":
        return redirect("applications:check", pk)
    try:
        return_to_draft(
            application=application, reason=request.POST.get("reason", ""), by=person(request), at=timezone.now()
        )
    except Invalid as refused:
        fault = {"url": "#id_reason", "message": refused.message}
        return _page(request, application, faults=[fault], status=refused.status)
    messages.success(request, "已退回修改。")
    return redirect("applications:detail", pk)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a draft or withdraw a filed application, after a question."""
    application = own_application(request, pk)
    now = timezone.now()
    context: dict[str, Any] = {
        "application": application,
        "crumbs": crumbs(application, "撤回"),
        "legal": is_legal(request, application),
        "reason": request.POST.get("reason", ""),
        "window_closed": window_closed(window_of(application, now), now),
    }
    if request.method == "GET":
        return render(request, "applications/withdraw.html", context)
    try:
        withdraw_application(application=application, reason=context["reason"], by=person(request), at=timezone.now())
    except Invalid as refused:
        context |= {"errors": [{"field_id": "id_reason", "message": refused.message}], "has_errors": True}
        return render(request, "applications/withdraw.html", context, status=refused.status)
    messages.success(request, "已撤回。")
    return redirect("applications:list")
