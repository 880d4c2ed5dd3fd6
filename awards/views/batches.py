"""批量核算: what can be settled at once, a batch from its preview to its result, and the result as a spreadsheet."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require, roles_of
from awards.actions.batches import confirm_batch, counts_of, start_batch, withdraw_batch
from awards.budget_sheets import batch_book
from awards.enums import BatchItemState, BatchState
from awards.labels import REASONS
from awards.models import SettlementBatch, SettlementBatchItem
from awards.permissions import CONFIRMERS, holds
from awards.queries.batches import needs_of, startable
from common.errors import DomainError, NotAllowed
from common.keys import keys_sent
from reviews.views.decide import seen_version

PAGE_SIZE = 50
READERS = (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER, Role.AUDITOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {
    BatchState.PREVIEWING: "info",
    BatchState.READY: "warning",
    BatchState.RUNNING: "info",
    BatchState.DONE: "success",
    BatchState.WITHDRAWN: "neutral",
}
ITEM_TONES = {
    BatchItemState.WAITING: "neutral",
    BatchItemState.PREVIEWED: "info",
    BatchItemState.SETTLED: "success",
    BatchItemState.LEFT_OUT: "warning",
}
AT_WORK = (BatchState.PREVIEWING, BatchState.RUNNING)


def _crumbs(*steps: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [
        {"label": "批量核算", "url": reverse("awards:batches")},
        *({"label": label, "url": url} for label, url in steps),
    ]


def _visible(request: HttpRequest, pk: int) -> SettlementBatch:
    user: Any = request.user
    found: SettlementBatch = get_object_or_404(
        SettlementBatch.objects.visible_to(user).select_related("call", "unit", "proposed_by", "confirmed_by"), pk=pk
    )
    return found


def _row(item: SettlementBatchItem) -> dict[str, Any]:
    """What the table shows of one enterprise."""
    lines = [line | {"why": REASONS[line["reason"]]} for line in item.preview.get("lines", ())]
    return {
        "item": item,
        "tone": ITEM_TONES[BatchItemState(item.state)],
        "lines": lines,
        "before_fen": sum(line["before_fen"] or 0 for line in lines),
        "total_fen": sum(line["settled_fen"] for line in lines),
        "cap_fen": item.preview.get("cap_fen"),
        "raised": item.preview.get("override", False),
    }


def _progress(found: SettlementBatch, counts: dict[str, int]) -> dict[str, Any]:
    """How far the worker is: previewing counts what no longer waits, running what was chosen and is done."""
    everything = sum(counts.values())
    todo = counts["waiting"] if found.state == BatchState.PREVIEWING else counts["previewed"]
    return {"batch": found, "done": everything - todo, "total": everything}


@require_safe
@require(*READERS)
def batch_list(request: HttpRequest) -> HttpResponse:
    """The batches of the person's units, the newest first."""
    user: Any = request.user
    settled, left = Q(items__state=BatchItemState.SETTLED), Q(items__state=BatchItemState.LEFT_OUT)
    found = (
        SettlementBatch.objects.visible_to(user)
        .select_related("call", "unit", "proposed_by", "confirmed_by")
        .annotate(size=Count("items"), settled=Count("items", filter=settled), left_out=Count("items", filter=left))
        .order_by("-proposed_at", "-pk")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rows": [{"batch": row, "tone": TONES[BatchState(row.state)]} for row in page],
        "page_obj": page,
        "may_start": Role.OFFICER_HANDLER in roles_of(user),
    }
    return render(request, "awards/batches/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.OFFICER_HANDLER)
def batch_new(request: HttpRequest) -> HttpResponse:
    """Choose a call and owe the preview of everything in it that the unit keeps."""
    user: Any = request.user
    options = startable(user)
    chosen = request.POST.get("choice", "")
    errors: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        option = next((one for one in options if one.key == chosen), None)
        if option is None:
            errors = [{"field_id": f"choice-{options[0].key}" if options else "", "message": "请选择一份申报通知。"}]
        else:
            try:
                started = start_batch(call=option.call, unit=option.unit, by=user, at=timezone.now())
            except DomainError as error:
                status = error.status
                errors = [{"field_id": f"choice-{option.key}", "message": str(error)}]
            else:
                return redirect("awards:batch", started.pk)
    context = {
        "options": options,
        "chosen": chosen or next((one.key for one in options if one.open_batch is None), ""),
        "errors": errors,
        "has_errors": bool(errors),
        "can_start": any(one.open_batch is None for one in options),
        "crumbs": _crumbs(("新的一批", None)),
    }
    return render(request, "awards/batches/new.html", context, status=status)


@require_safe
@require(*READERS)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: how far it is, what waits for whom, each enterprise with figures before and after."""
    user: Any = request.user
    found = _visible(request, pk)
    counts = counts_of(found)
    state = request.GET.get("state", "")
    items = found.items.select_related("account__enterprise").order_by("account__enterprise__name", "pk")
    if state in BatchItemState.values:
        items = items.filter(state=state)
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    here = reverse("awards:batch", args=[pk])
    tabs = [{"label": "全部", "url": here, "active": state not in BatchItemState.values, "count": sum(counts.values())}]
    tabs += [
        {"label": one.label, "url": f"{here}?state={one.value}", "active": state == one, "count": counts[one]}
        for one in BatchItemState
        if counts[one] or state == one
    ]
    own = found.proposed_by_id == user.pk
    confirms = holds(user, found.unit, CONFIRMERS)
    context = {
        "batch": found,
        "tone": TONES[BatchState(found.state)],
        "counts": counts,
        "rows": [_row(item) for item in page],
        "page_obj": page,
        "tabs": tabs,
        "at_work": found.state in AT_WORK,
        "progress": _progress(found, counts),
        "may_confirm": found.state == BatchState.READY and counts["previewed"] > 0 and confirms and not own,
        "waits_for_other": found.state == BatchState.READY and (own or not confirms),
        "may_withdraw": found.state in (BatchState.PREVIEWING, BatchState.READY) and (own or confirms),
        "crumbs": _crumbs((f"第 {found.pk} 批", None)),
    }
    return render(request, "awards/batches/batch.html", context)


@require_safe
@require(*READERS)
def batch_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that counts, asked for again and again; when the worker is through, the page is due anew."""
    found = _visible(request, pk)
    if not request.headers.get("HX-Request"):
        return redirect("awards:batch", pk)
    if found.state not in AT_WORK:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "awards/batches/_progress.html", {"progress": _progress(found, counts_of(found))})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.OFFICER_APPROVER)
def batch_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be settled, what it takes from each budget, what to leave out; and confirming it."""
    user: Any = request.user
    found = _visible(request, pk)
    if not holds(user, found.unit, CONFIRMERS):
        raise NotAllowed(f"批量核算由{found.unit.name}的审核人员确认，您没有这一角色。")
    left = set(keys_sent(request.POST.getlist("leave_out")))
    errors, status, conflict = [], 200, None
    if request.method == "POST":
        ready = found.items.filter(state=BatchItemState.PREVIEWED).values_list("pk", flat=True)
        try:
            confirm_batch(
                batch=found,
                expected_version=seen_version(request),
                chosen=set(ready) - left,
                by=user,
                at=timezone.now(),
            )
        except DomainError as error:
            status, conflict = error.status, error
            errors = [text for texts in error.errors.values() for text in texts]
        else:
            messages.success(request, "已确认，正在逐家核定；可以离开本页，完成后会收到消息。")
            return redirect("awards:batch", pk)
    elif found.state != BatchState.READY:
        return redirect("awards:batch", pk)
    items = found.items.filter(state=BatchItemState.PREVIEWED).select_related("account__enterprise")
    context = {
        "batch": found,
        "rows": [_row(item) | {"left": item.pk in left} for item in items.order_by("account__enterprise__name", "pk")],
        "needs": needs_of(found),
        "errors": errors,
        "conflict": conflict,
        "has_errors": bool(errors),
        "crumbs": _crumbs((f"第 {found.pk} 批", reverse("awards:batch", args=[pk])), ("确认", None)),
    }
    return render(request, "awards/batches/confirm.html", context, status=status)


@require_POST
@require(Role.OFFICER_HANDLER, Role.OFFICER_APPROVER)
def batch_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a batch aside before it is confirmed."""
    user: Any = request.user
    found = _visible(request, pk)
    try:
        withdraw_batch(
            batch=found,
            expected_version=seen_version(request),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, f"没有撤回：{error}")
    else:
        messages.success(request, "已撤回，没有核定任何企业。")
    return redirect("awards:batch", pk)


@require_safe
@require(*READERS)
def batch_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Each enterprise and award of a batch as a spreadsheet."""
    found = _visible(request, pk)
    items = found.items.select_related("account__enterprise").order_by("account__enterprise__name", "pk")
    disposition = content_disposition_header(True, f"批量核算第{found.pk}批.xlsx")
    return HttpResponse(
        batch_book(items), content_type=XLSX, headers={"Content-Disposition": disposition or "attachment"}
    )
