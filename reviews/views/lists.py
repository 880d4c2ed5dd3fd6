"""What a person keeps about a list: columns, and views with a name."""

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import OFFICER, Role, require
from common.errors import DomainError
from reviews.actions.views import change_view, delete_view, keep_columns, save_view
from reviews.enums import ListPage
from reviews.list_forms import ColumnsForm, ViewForm
from reviews.list_presenters import address
from reviews.models import SavedView
from reviews.queries.desk import desk_of
from reviews.queries.queue import clean_query

READERS = (*OFFICER, Role.AUDITOR)


def _page(name: str) -> ListPage:
    if name not in ListPage.values:
        raise Http404
    return ListPage(name)


def _query(request: HttpRequest, page: ListPage, *without: str) -> str:
    """The list's address that the form carries, reduced to what a list knows."""
    params = dict(parse_qsl(request.POST.get("query", "")[:4000]))
    return clean_query(page, {name: value for name, value in params.items() if name not in without})


def _views_page(
    request: HttpRequest,
    page: ListPage,
    *,
    status: int = 200,
    new: ViewForm | None = None,
    query: str = "",
    changed: tuple[int, ViewForm] | None = None,
) -> HttpResponse:
    user: Any = request.user
    desk = desk_of(user, today=timezone.localdate())
    rows = []
    for view in SavedView.objects.filter(owner=user, page=page).select_related("unit"):
        initial = {"name": view.name, "unit": str(view.unit_id or "")}
        form = ViewForm(units=desk.names, initial=initial, auto_id=f"view{view.pk}_%s")
        if changed and changed[0] == view.pk:
            form = changed[1]
        rows.append({"view": view, "form": form, "url": address(page, view.query)})
    shared = SavedView.objects.visible_to(user).filter(page=page).exclude(owner=user).select_related("owner", "unit")
    bound = new or (changed[1] if changed else None)
    context = {
        "page": page,
        "label": page.label,
        "back": address(page, query),
        "new": new,
        "query": query,
        "rows": rows,
        "shared": [{"view": view, "url": address(page, view.query)} for view in shared],
        "faulty": bound,
        "has_errors": bound is not None,
    }
    return render(request, "reviews/views.html", context, status=status)


@require_safe
@require(*READERS)
def views(request: HttpRequest, page: str) -> HttpResponse:
    """The person's own views of a list, to be renamed, shared and deleted."""
    return _views_page(request, _page(page))


@require_http_methods(["GET", "HEAD", "POST"])
@require(*READERS)
def new_view(request: HttpRequest, page: str) -> HttpResponse:
    """Keep the list's present address under a name; a refused one comes back with what was typed."""
    user: Any = request.user
    here = _page(page)
    if request.method != "POST":
        return redirect("reviews:views", here.value)
    query = _query(request, here)
    form = ViewForm(request.POST, units=desk_of(user, today=timezone.localdate()).names, auto_id="view_%s")
    if not form.is_valid():
        return _views_page(request, here, status=422, new=form, query=query)
    try:
        save_view(
            page=here, name=form.cleaned_data["name"], query=query, unit_id=form.unit_id, by=user, at=timezone.now()
        )
    except DomainError as error:
        form.add_error(error.field, error.message)
        return _views_page(request, here, status=error.status, new=form, query=query)
    messages.success(request, "视图已保存。")
    return redirect(address(here, query))


@require_http_methods(["GET", "HEAD", "POST"])
@require(*READERS)
def edit_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or share an own view."""
    user: Any = request.user
    view = get_object_or_404(SavedView, owner=user, pk=pk)
    page = ListPage(view.page)
    if request.method != "POST":
        return redirect("reviews:views", page.value)
    units = desk_of(user, today=timezone.localdate()).names
    form = ViewForm(request.POST, units=units, auto_id=f"view{view.pk}_%s")
    if not form.is_valid():
        return _views_page(request, page, status=422, changed=(view.pk, form))
    try:
        change_view(view=view, name=form.cleaned_data["name"], unit_id=form.unit_id, by=user, at=timezone.now())
    except DomainError as error:
        form.add_error(error.field, error.message)
        return _views_page(request, page, status=error.status, changed=(view.pk, form))
    messages.success(request, "视图已修改。")
    return redirect("reviews:views", page.value)


@require_POST
@require(*READERS)
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw an own view away."""
    user: Any = request.user
    view = get_object_or_404(SavedView, owner=user, pk=pk)
    page = view.page
    delete_view(view=view, by=user, at=timezone.now())
    messages.success(request, "视图已删除。")
    return redirect("reviews:views", page)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*READERS)
def columns(request: HttpRequest, page: str) -> HttpResponse:
    """Keep the chosen columns, or go back to the usual ones; columns in the address give way to them."""
    user: Any = request.user
    here = _page(page)
    back = address(here, _query(request, here, "cols"))
    if request.method != "POST":
        return redirect(back)
    form = ColumnsForm(request.POST, page=here)
    if "usual" in request.POST:
        keep_columns(page=here, keys=[], by=user)
        messages.success(request, "已恢复默认的列。")
        return redirect(back)
    if not form.is_valid():
        context = {"page": here, "label": here.label, "form": form, "query": _query(request, here), "back": back}
        return render(request, "reviews/columns.html", context, status=422)
    keep_columns(page=here, keys=form.keys, by=user)
    messages.success(request, "列设置已保存。")
    return redirect(back)
