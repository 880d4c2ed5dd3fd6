"""Days of a call: its own, by clause and district, and leave to file late."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Role, require
from accounts.models import Enterprise
from common.errors import DomainError
from common.keys import number_sent
from common.templatetags.ui import zhdate
from policies.actions.calls import Days, change_call_window
from policies.actions.late_filing import grant_late_filing, revoke_late_filing
from policies.actions.windows import add_windows, change_window, end_window, words_of
from policies.forms.calls import DaysForm, EndWindowForm, FindForm, LateForm, RevokeForm, SeenForm, WindowForm
from policies.models import Call, CallWindow, LateFiling
from policies.queries.calls import MAX_FOUND, found_enterprises


def _call(request: HttpRequest, pk: int) -> Call:
    found: Call = get_object_or_404(Call.objects.visible_to(request.user).select_related("document"), pk=pk)
    return found


def _window(call: Call, pk: int) -> CallWindow:
    found: CallWindow = get_object_or_404(call.windows.select_related("clause", "district"), pk=pk)
    return found


def _refused(form: SeenForm, error: DomainError, row: Call | CallWindow) -> int:
    """Show a refusal; after a conflict the form is about the days as they are now."""
    status = form.refuse(error)
    if status == 409 and type(row)._default_manager.filter(pk=row.pk).exists():
        row.refresh_from_db(fields=["opens_on", "closes_on"])
        form.show_present(Days.of(row))
    return status


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def days(request: HttpRequest, pk: int) -> HttpResponse:
    """Move the days of the call itself."""
    found, user, status = _call(request, pk), _person(request), 200
    form = DaysForm(request.POST) if request.method == "POST" else DaysForm.starting(Days.of(found))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                change_call_window(
                    found,
                    opens_on=data["opens_on"],
                    closes_on=data["closes_on"],
                    seen=form.seen,
                    reason=data["reason"],
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = _refused(form, error, found)
            else:
                messages.success(request, "受理时间已修改，已开始填报的企业会收到通知。")
                return redirect("editing:call", pk)
    context = {"call": found, "form": form, "present": Days.of(found), "has_errors": status >= 400}
    return render(request, "policies/editing/call_days.html", context, status=status)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Give clauses, districts or both days of their own."""
    found, user, status = _call(request, pk), _person(request), 200
    start = {"opens_on": found.opens_on, "closes_on": found.closes_on}
    form = WindowForm(request.POST, call=found) if request.method == "POST" else WindowForm(call=found, initial=start)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                added = add_windows(
                    found,
                    clauses=list(data["clauses"]),
                    districts=list(data["districts"]),
                    opens_on=data["opens_on"],
                    closes_on=data["closes_on"],
                    reason=data["reason"],
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, f"已单独规定 {len(added)} 项受理时间。")
                return redirect("editing:call", pk)
    context = {"call": found, "form": form, "has_errors": status >= 400}
    return render(request, "policies/editing/call_window_new.html", context, status=status)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def window(request: HttpRequest, pk: int, window: int) -> HttpResponse:
    """Move the days of one window."""
    found, user, status = _call(request, pk), _person(request), 200
    row = _window(found, window)
    form = DaysForm(request.POST) if request.method == "POST" else DaysForm.starting(Days.of(row))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                change_window(
                    row,
                    opens_on=data["opens_on"],
                    closes_on=data["closes_on"],
                    seen=form.seen,
                    reason=data["reason"],
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = _refused(form, error, row)
            else:
                messages.success(request, "受理时间已修改，已开始填报的企业会收到通知。")
                return redirect("editing:call", pk)
    return _window_page(request, found, row, form, EndWindowForm.starting(Days.of(row)), status)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int, window: int) -> HttpResponse:
    """Give up a window; the page of the window asks for the reason."""
    found, user = _call(request, pk), _person(request)
    row = _window(found, window)
    if request.method != "POST":
        return redirect("editing:window", pk, window)
    form, status = EndWindowForm(request.POST), 422
    if form.is_valid():
        try:
            end_window(row, seen=form.seen, reason=form.cleaned_data["reason"], by=user, at=timezone.now())
        except DomainError as error:
            status = _refused(form, error, row)
        else:
            messages.success(request, "已取消单独规定的受理时间。")
            return redirect("editing:call", pk)
    return _window_page(request, found, row, DaysForm.starting(Days.of(row)), form, status)


def _window_page(
    request: HttpRequest, call: Call, row: CallWindow, form: DaysForm, end_form: EndWindowForm, status: int
) -> HttpResponse:
    context = {
        "call": call,
        "window": row,
        "about": words_of(row.clause, row.district),
        "form": form,
        "end_form": end_form,
        "present": Days.of(row),
        "errors": end_form if end_form.is_bound else form,
        "has_errors": status >= 400,
    }
    return render(request, "policies/editing/call_days.html", context, status=status)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def late_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Find an enterprise, then let it file a clause late."""
    found, user, status = _call(request, pk), _person(request), 200
    sent = request.POST if request.method == "POST" else request.GET
    key = number_sent(sent.get("enterprise", ""))
    enterprise = Enterprise.objects.visible_to(user).filter(pk=key).first() if key else None
    form = LateForm(request.POST, call=found) if request.method == "POST" else None
    if form is None and enterprise is not None:
        form = LateForm(call=found, initial={"enterprise": enterprise})
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                leave = grant_late_filing(
                    found,
                    enterprise=data["enterprise"],
                    clause=data["clause"],
                    closes_on=data["closes_on"],
                    reason=data["reason"],
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = form.refuse(error)
            else:
                told = f"已准予{leave.enterprise}逾期申报{leave.clause}，至{zhdate(leave.closes_on)} 24:00。"
                messages.success(request, told)
                return redirect("editing:call", pk)
    find = FindForm(request.GET if "q" in request.GET else None)
    results, more = found_enterprises(find.cleaned_data["q"]) if find.is_bound and find.is_valid() else ([], False)
    if find.is_bound and not find.is_valid():
        status = 422
    context = {
        "call": found,
        "find": find,
        "results": results,
        "searched": find.is_bound and find.is_valid(),
        "more": more,
        "most": MAX_FOUND,
        "enterprise": enterprise,
        "form": form if enterprise is not None else None,
        "errors": form or find,
        "has_errors": status >= 400,
    }
    return render(request, "policies/editing/call_late_new.html", context, status=status)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def late_revoke(request: HttpRequest, pk: int, leave: int) -> HttpResponse:
    """Take a leave back."""
    found, user, status = _call(request, pk), _person(request), 200
    row: LateFiling = get_object_or_404(found.late_filings.select_related("enterprise", "clause"), pk=leave)
    form = RevokeForm(request.POST or None)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                revoke_late_filing(row, reason=form.cleaned_data["reason"], by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, "准予已撤销，企业会收到通知；已提交的申报不受影响。")
                return redirect("editing:call", pk)
    context = {"call": found, "leave": row, "form": form, "has_errors": status >= 400}
    return render(request, "policies/editing/call_late_revoke.html", context, status=status)


def _person(request: HttpRequest) -> Any:
    return request.user
