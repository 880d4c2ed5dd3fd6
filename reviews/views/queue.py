"""我的待办 and 全部案卷."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import OFFICER, Role, require
from common.paging import CappedPaginator
from reviews.columns import sortable
from reviews.enums import ListPage
from reviews.list_forms import ColumnsForm, FilterForm, ViewForm
from reviews.list_presenters import chips, heads, table_row, tabs, views
from reviews.queries.presence import others_at
from reviews.queries.queue import MOST_COUNTED, TABS, capped_counts, read, tasks_for
from reviews.queries.views import held_by, saved_views

PAGE_SIZE = 50


def _list(request: HttpRequest, page: ListPage, template: str) -> HttpResponse:
    """A list as its address asks for it; everything is counted in one query, the rows are another."""
    user: Any = request.user
    now = timezone.now()
    listing = read(user, page, request.GET, today=timezone.localdate(now))
    saved = saved_views(listing)
    tabbed = [tasks_for(listing.desk, tab) for tab in TABS] if page == ListPage.QUEUE else []
    # Without filters the list is its tab, which is counted anyway.
    found = [listing.found()] if listing.filtered or not tabbed else []
    counts = capped_counts([*tabbed, *held_by(listing, saved), *found])
    total = counts[-1] if found else counts[list(TABS).index(listing.tab)]
    shown = CappedPaginator(listing, PAGE_SIZE, total, most=MOST_COUNTED).get_page(request.GET.get("page"))
    rows = list(listing.rows(shown.object_list))
    present = others_at([row.task.pk for row in rows if row.task], user, at=now) if page == ListPage.QUEUE else {}
    context = {
        "listing": listing,
        "page": page.value,
        "page_obj": shown,
        "rows": [table_row(listing, row, present.get(row.task.pk, "") if row.task else "") for row in rows],
        "heads": heads(listing),
        "tabs": tabs(listing, counts[: len(tabbed)]) if tabbed else [],
        "tab": listing.tab,
        "views": views(listing, saved, counts[len(tabbed) : len(tabbed) + len(saved)]),
        "filters": FilterForm(request.GET, listing.offer),
        "chips": chips(listing),
        "sorts": [
            (f"{sign}{key}", f"{label}（{word}）")
            for key, label in sortable(page).items()
            for sign, word in (("", "升序"), ("-", "降序"))
        ],
        "columns_form": ColumnsForm(page=page, shown=("file", *(c.key for c in listing.columns if c.key != "file"))),
        "view_form": ViewForm(units=listing.desk.names, auto_id="view_%s"),
        "clear_url": f"?tab={listing.tab}" if listing.tab else request.path,
        "colleagues": listing.desk.colleagues if page == ListPage.QUEUE else {},
    }
    return render(request, template, context)


@require_safe
@require(*OFFICER)
def queue(request: HttpRequest) -> HttpResponse:
    """The officer's start page: what waits for this person, due first."""
    return _list(request, ListPage.QUEUE, "reviews/queue.html")


@require_safe
@require(*OFFICER, Role.AUDITOR)
def cases(request: HttpRequest) -> HttpResponse:
    """Every case that this person may read."""
    return _list(request, ListPage.CASES, "reviews/cases.html")
