"""工作日历: a year's twelve months, and the State Council's notice taken over."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, require
from common.errors import DomainError
from policies.actions.calendar import EARLIEST, checked_notice, plan_digest, store_notice
from policies.forms.calendar import NoticeForm
from policies.permissions import may_edit
from policies.presenters import tabs
from policies.queries.calendar_page import calendar_page, spans_of_changes, spans_of_notice

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """A year, the present one where the address names none."""
    today = timezone.localdate()
    text = request.GET.get("year", str(today.year))
    if not (text.isascii() and text.isdigit() and len(text) == 4 and EARLIEST <= int(text) <= today.year + 1):
        raise Http404
    year = int(text)
    context = {
        "page": calendar_page(year),
        "before": year - 1 if year > EARLIEST else None,
        "after": year + 1 if year <= today.year else None,
        "tabs": tabs("editing:calendar"),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/calendar.html", context)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """A notice as it was pasted: first what it says and changes, then, sent again as it was shown, stored."""
    user: Any = request.user
    now = timezone.now()
    if request.method != "POST":
        wanted = request.GET.get("year", "")
        year = (
            int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) == 4 else timezone.localdate().year + 1
        )
        return _page(request, NoticeForm(initial={"year": year}))
    form, status, shown = NoticeForm(request.POST), 422, None
    if form.is_valid():
        data = form.cleaned_data
        given = {
            "text": data["text"],
            "year": data["year"],
            "source": data["source"],
            "whole": data["scope"] == "whole",
        }
        try:
            notice, source, plan = checked_notice(**given, at=now)
            shown, status = {"notice": notice, "source": source, "plan": plan, "digest": plan_digest(plan)}, 200
            shown |= {"spans": spans_of_notice(notice.days), "changes": spans_of_changes(plan.changes)}
            if request.POST.get("step") == "save":
                expected = request.POST.get("previewed", "")
                store_notice(**given, expected=expected, by=user, at=now)
                messages.success(request, f"已按{source}更新 {data['year']} 年的工作日历。")
                return redirect(f"{reverse('editing:calendar')}?year={data['year']}")
        except DomainError as error:
            status = form.refuse(error)
    return _page(request, form, status=status, shown=shown)


def _page(request: HttpRequest, form: NoticeForm, *, status: int = 200, shown: Any = None) -> HttpResponse:
    context = {"form": form, "shown": shown, "tabs": tabs("editing:calendar")}
    return render(request, "policies/editing/calendar_import.html", context, status=status)
