"""年度报告: what a policy year's published awards add up to, as a page and as a PDF; for everybody."""

from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public
from awards.queries.yearly import YearlyReport, report_years, yearly_report
from awards.yearly_pdf import yearly_pdf
from awards.yearly_tables import context_of
from letters.ratelimit import allow

#: Counting a year of 100,000 awards takes seconds, and anybody may ask: the figures are kept for so long. Page and PDF
#: say when they were counted.
KEPT_SECONDS = 300
#: Printing takes the machine seconds; more than anybody needs by hand.
FILES_PER_MINUTE = 6


def _year(request: HttpRequest, years: list[int]) -> int | None:
    """The year of the address; without one the newest, None where nothing is published. Another one does not exist."""
    text = request.GET.get("year", "")
    if not text:
        return years[0] if years else None
    if not (text.isascii() and text.isdigit() and len(text) == 4) or int(text) not in years:
        raise Http404("没有这一年度的报告")
    return int(text)


def _counted(year: int) -> tuple[YearlyReport, datetime]:
    """The report of a year and when it was counted; without a cache it is counted anew."""
    key = f"awards:yearly:{year}"
    kept: tuple[YearlyReport, datetime] | None = cache.get(key)
    if kept is None:
        kept = (yearly_report(year), timezone.now())
        cache.set(key, kept, KEPT_SECONDS)
    return kept


@public
@never_cache
@require_safe
def yearly_report_page(request: HttpRequest) -> HttpResponse:
    """The report of a year (`year`), the newest where none is named."""
    years = report_years()
    year = _year(request, years)
    context: dict[str, Any] = {"years": years, "year": year}
    if year is not None:
        report, at = _counted(year)
        context |= context_of(report) | {"at": at}
    return render(request, "awards/yearly/report.html", context)


@public
@never_cache
@require_safe
def yearly_report_pdf(request: HttpRequest) -> HttpResponse:
    """The same report on paper."""
    year = _year(request, report_years())
    if year is None:
        raise Http404("还没有可以公布的年度")
    who = get_adapter(request).get_client_ip(request)
    if not allow("yearly-report", who, limit=FILES_PER_MINUTE, at=timezone.now()):
        refused = render(request, "429.html", status=429)
        refused["Retry-After"] = "60"
        return refused
    report, at = _counted(year)
    printed = yearly_pdf(report, at=at)
    response = HttpResponse(printed.pdf, content_type="application/pdf")
    name = f"南昌电子信息政策兑现年度报告 {year}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
