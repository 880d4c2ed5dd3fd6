"""申报通知 in 政策维护: every call, a new one, and one with its windows, leaves and history."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.calls import issue_call
from policies.call_history import told
from policies.forms.calls import CallForm, ChooseForm
from policies.models import Call, Clause, Document
from policies.permissions import may_edit
from policies.presenters import tabs
from policies.queries.calls import (
    call_history,
    call_lists,
    clauses_of,
    filed_count,
    late_filings_of,
    windows_of,
)
from policies.queries.versions import governed_clauses

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every call: what is taken now, what comes, what is over."""
    found = call_lists(timezone.localdate())
    groups = (
        ("正在受理", "success", found.running),
        ("尚未开始", "info", found.coming),
        ("已截止", "neutral", found.closed),
    )
    context = {"groups": groups, "tabs": tabs("editing:calls"), "may_edit": may_edit(request.user)}
    return render(request, "policies/editing/calls.html", context)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """First the document and the year, which say what clauses there are; then the call itself."""
    sent = request.POST if request.method == "POST" else request.GET
    choose = ChooseForm(sent if "document" in sent or request.method == "POST" else None)
    form, status = None, 200
    if choose.is_bound and choose.is_valid():
        document, year = choose.cleaned_data["document"], choose.cleaned_data["policy_year"]
        try:
            possible = list(governed_clauses(document, year))
        except DomainError as error:
            status = choose.refuse(error)
        else:
            if request.method == "POST":
                return _issue(request, choose, document, year, possible)
            initial = {"title": f"{year}年度电子信息产业政策兑现申报通知", "opens_on": timezone.localdate()}
            form = CallForm(document=document, possible=possible, initial=initial)
    elif choose.is_bound:
        status = 422
    return _new_page(request, choose, form, status)


def _issue(
    request: HttpRequest, choose: ChooseForm, document: Document, year: int, possible: list[Clause]
) -> HttpResponse:
    user: Any = request.user
    form, status = CallForm(request.POST, document=document, possible=possible), 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = issue_call(
                document,
                policy_year=year,
                title=data["title"],
                text=data["text"],
                opens_on=data["opens_on"],
                closes_on=data["closes_on"],
                clauses=list(data["clauses"]),
                by=user,
                at=timezone.now(),
            )
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, "申报通知已发布，并在政策库公开。")
            return redirect("editing:call", made.pk)
    return _new_page(request, choose, form, status)


def _new_page(request: HttpRequest, choose: ChooseForm, form: CallForm | None, status: int) -> HttpResponse:
    context = {
        "choose": choose,
        "form": form,
        "document": choose.cleaned_data.get("document") if choose.is_bound and form else None,
        "year": choose.cleaned_data.get("policy_year") if choose.is_bound and form else None,
        "errors": form or choose,
        "has_errors": status >= 400,
    }
    return render(request, "policies/editing/call_new.html", context, status=status)


@require(*READERS)
@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call: its days, the windows by clause and district, leaves to file late, and everything that happened."""
    found = get_object_or_404(Call.objects.visible_to(request.user).select_related("document"), pk=pk)
    today = timezone.localdate()
    context = {
        "call": found,
        "today": today,
        "clauses": clauses_of(found),
        "windows": windows_of(found),
        "leaves": list(late_filings_of(found)),
        "filed": filed_count(found),
        "history": told(call_history(found)),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/call.html", context)
