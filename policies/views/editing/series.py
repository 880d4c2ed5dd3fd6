"""参考利率: the series, their rates, an import with a dry run, what is known moved on, the newest rate withdrawn."""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from common.errors import Conflict, DomainError
from common.templatetags.ui import zhdate
from policies.actions.series import create_series, import_values, withdraw_value
from policies.forms.series import KnownForm, NewSeriesForm, RatesForm, WithdrawForm
from policies.models import ReferenceSeries
from policies.permissions import may_edit
from policies.presenters import tabs
from policies.queries.series import ImportPlan, plan_import, series_list
from policies.series_lines import as_text

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every series: the rate that holds, since when, up to when it is known."""
    rows = [(one, one.values.order_by("-on").first()) for one in series_list()]
    context = {"rows": rows, "tabs": tabs("editing:series"), "may_edit": may_edit(request.user)}
    return render(request, "policies/editing/series_list.html", context)


@require(*READERS)
@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One series with all its rates and, for administrators, the ways to take in more."""
    series = get_object_or_404(ReferenceSeries, key=key)
    return _page(request, series, _rates_form(series))


def _rates_form(series: ReferenceSeries) -> RatesForm:
    return RatesForm(initial={"known_until": timezone.localdate(), "expected": series.known_until})


@require(Role.ADMINISTRATOR)
@require_POST
def take_in(request: HttpRequest, key: str) -> HttpResponse:
    """Rates as they were pasted or sent: first a dry run, then, sent again as it was shown, taken in whole."""
    user: Any = request.user
    series = get_object_or_404(ReferenceSeries, key=key)
    form = RatesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, series, form, status=422)
    data, status, plan = form.cleaned_data, 200, None
    plan = plan_import(form.rows, known_until=data["known_until"], today=timezone.localdate(), series=series)
    try:
        if not plan.is_possible or (_saves(request, form) and not data["file"]):
            done = import_values(
                series,
                lines=form.rows,
                known_until=data["known_until"],
                expected_known_until=data["expected"] or series.known_until,
                by=user,
                at=timezone.now(),
            )
            messages.success(request, f"已录入 {len(done.added)} 个利率，数据截至{zhdate(data['known_until'])}。")
            return redirect("editing:series_one", key)
    except DomainError as error:
        status = form.refuse(error)
        if isinstance(error, Conflict):
            series.refresh_from_db()
            _seen_again(form, series)
    return _page(request, series, form, status=status, plan=None if form.errors else plan)


def _seen_again(form: RatesForm, series: ReferenceSeries) -> None:
    """Who sends again has seen what was taken in meanwhile: it stands on this page."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["expected"] = series.known_until.isoformat()  # type: ignore[index]


def _saves(request: HttpRequest, form: RatesForm) -> bool:
    return request.POST.get("step") == "save" and request.POST.get("previewed") == _fingerprint(form)


def _fingerprint(form: RatesForm) -> str:
    """What a dry run was made of; whoever sends something else sees a new one first."""
    content = f"{as_text(form.rows)}\n{form.cleaned_data['known_until']}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@require(Role.ADMINISTRATOR)
@require_POST
def known(request: HttpRequest, key: str) -> HttpResponse:
    """Up to today nothing changed: what is known moves on, in one gesture."""
    user: Any = request.user
    series = get_object_or_404(ReferenceSeries, key=key)
    form, today = _rates_form(series), timezone.localdate()
    sent = KnownForm(request.POST)
    seen = sent.cleaned_data["expected"] if sent.is_valid() else None
    try:
        import_values(
            series,
            lines=(),
            known_until=today,
            expected_known_until=seen or series.known_until,
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        series.refresh_from_db()
        return _page(request, series, form, status=error.status, errors=error.errors)
    messages.success(request, f"已记录：截至{zhdate(today)}，{series.label}没有变化。")
    return redirect("editing:series_one", key)


@require(Role.ADMINISTRATOR)
@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """The newest rate, entered by mistake, is taken back where nothing was computed with it."""
    user: Any = request.user
    series = get_object_or_404(ReferenceSeries, key=key)
    form = WithdrawForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            withdraw_value(
                series, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"], by=user, at=timezone.now()
            )
        except DomainError as error:
            status = form.refuse(error)
            series.refresh_from_db()
        else:
            messages.success(request, f"已撤回 {zhdate(form.cleaned_data['on'])} 的利率，请重新录入正确的值。")
            return redirect("editing:series_one", key)
    return _page(request, series, _rates_form(series), status=status, withdrawal=form)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new series with its first rates."""
    user: Any = request.user
    if request.method != "POST":
        return _new_page(request, NewSeriesForm(initial={"known_until": timezone.localdate()}))
    form, status = NewSeriesForm(request.POST, request.FILES), 422
    if form.is_valid():
        data = form.cleaned_data
        try:
            series = create_series(
                key=data["key"],
                label=data["label"],
                short=data["short"],
                source=data["source"],
                lines=form.rows,
                known_until=data["known_until"],
                by=user,
                at=timezone.now(),
            )
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, f"已建立“{series.label}”。")
            return redirect("editing:series_one", series.key)
    return _new_page(request, form, status=status)


def _new_page(request: HttpRequest, form: NewSeriesForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "tabs": tabs("editing:series")}
    return render(request, "policies/editing/series_new.html", context, status=status)


def _page(
    request: HttpRequest,
    series: ReferenceSeries,
    form: RatesForm,
    *,
    status: int = 200,
    plan: ImportPlan | None = None,
    withdrawal: WithdrawForm | None = None,
    errors: Any = None,
) -> HttpResponse:
    values = list(series.values.order_by("-on"))
    newest = values[0] if values else None
    context = {
        "series": series,
        "values": values,
        "newest": newest,
        "form": form,
        "plan": plan,
        "fingerprint": _fingerprint(form) if plan else "",
        "withdrawal": withdrawal or WithdrawForm(initial={"on": newest.on if newest else None}),
        "errors": errors or (withdrawal if withdrawal is not None else None),
        "has_errors": bool(errors) or withdrawal is not None,
        "today": timezone.localdate(),
        "tabs": tabs("editing:series"),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/series.html", context, status=status)
