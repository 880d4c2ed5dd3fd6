"""奖补公开: published awards as a page and as files that programs read; for everybody, without signing in."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public
from awards.forms.open_data import OpenDataFilter
from awards.open_data import COLUMNS, PREFIX, REUSE, VERSION, package, table
from awards.queries.open_data import Choice, latest_change, open_rows, open_stream, open_totals, published
from letters.ratelimit import allow

PER_PAGE = 25
#: Files take the database longer than pages do; more than anybody needs by hand.
FILES_PER_MINUTE = 20


def _absolute(name: str, *args: Any) -> str:
    return settings.SITE_URL.rstrip("/") + reverse(name, args=args)


class _Rows:
    """The awards for Django's paginator: counted once with the sums, fetched a page at a time."""

    def __init__(self, choice: Choice) -> None:
        self.found = published(choice)
        self.totals = open_totals(self.found)

    def __len__(self) -> int:
        return self.totals.count

    def __getitem__(self, place: slice) -> list[Any]:
        return open_rows(self.found, place.start, place.stop)


@public
@never_cache
@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """The published awards, filtered and paged, with sums and how to use them."""
    return _page(request, OpenDataFilter(request.GET))


def _page(request: HttpRequest, form: OpenDataFilter) -> HttpResponse:
    valid = form.is_valid()
    # A filter that cannot be read finds nothing; it does not find everything.
    rows: Any = _Rows(form.choice()) if valid else []
    context = {
        "filter_form": form,
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "totals": rows.totals if valid else None,
        "filtered": any(value for name, value in request.GET.items() if name in form.fields),
        "has_errors": not valid,
        "query": request.GET.urlencode() if valid else "",
        "reuse": REUSE,
        "prefix": PREFIX,
        "version": VERSION,
        "columns": COLUMNS,
    }
    return render(request, "awards/open_data/list.html", context, status=200 if valid else 422)


def _file(request: HttpRequest, kind: str, content_type: str) -> HttpResponseBase:
    """A file of all awards that the address asks for, written while it is sent."""
    if not allow("open-data", get_adapter(request).get_client_ip(request), limit=FILES_PER_MINUTE, at=timezone.now()):
        response = render(request, "429.html", status=429)
        response["Retry-After"] = "60"
        return response
    form = OpenDataFilter(request.GET)
    if not form.is_valid():
        return _page(request, form)
    choice, source = form.choice(), _absolute("awards:open_data")
    clause_url = lru_cache(maxsize=500)(lambda slug, clause_id: _absolute("policies:clause", slug, clause_id))
    found = published(choice)
    pieces: Iterator[str]
    if kind == "csv":
        pieces = table(open_stream(found), clause_url=clause_url, source=source)
    else:
        pieces = package(
            open_stream(found),
            clause_url=clause_url,
            source=source,
            address=_absolute("awards:open_data_json"),
            modified=latest_change(found),
        )
    answer = StreamingHttpResponse(pieces, content_type=content_type)
    name = f"南昌电子信息政策奖补 {timezone.localdate():%Y-%m-%d}.{kind}"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@public
@never_cache
@require_safe
def open_data_csv(request: HttpRequest) -> HttpResponseBase:
    """The published awards as a table with the standard's column titles."""
    return _file(request, "csv", "text/csv; charset=utf-8")


@public
@never_cache
@require_safe
def open_data_json(request: HttpRequest) -> HttpResponseBase:
    """The published awards as a package of the 360Giving Data Standard."""
    return _file(request, "json", "application/json; charset=utf-8")
