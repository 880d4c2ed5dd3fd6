"""拨付: what waits, the lists, one list with its rows, files and history; who may is decided by the actions."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, require
from accounts.models import User
from awards.actions.payment_files import PDF, XLSX, read_file, reveal_account
from awards.actions.payments import MAX_ROWS, cancel_list, prepare_list, remove_row, send_list
from awards.enums import ListState, PaymentState
from awards.forms.payments import RowForm, ToldForm, row_forms
from awards.models import Award, Payment, PaymentList
from awards.payment_letters import notices_of
from awards.permissions import PAY_CONFIRMERS, PAYERS, holds
from awards.queries.payments import (
    TABS,
    Budget,
    budget_of,
    former_results,
    list_counts,
    list_history,
    lists_of,
    may_read_waiting,
    paid_again,
    paying_unit_of,
    reason_of,
    rows_of,
    tone_of,
    waiting_by_budget,
    waiting_of,
)
from common.errors import DomainError, NotAllowed
from common.fields import mask_account
from common.keys import keys_sent
from common.queries import working_calendar
from reviews.views.decide import seen_version

READERS = (Role.FINANCE, Role.LEADER, Role.AUDITOR)
PEOPLE = (Role.FINANCE, Role.LEADER)
LISTS_PER_PAGE, ROWS_PER_PAGE, WAITING_PER_PAGE = 20, 50, 100
TYPES = {
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PDF: "application/pdf",
}


def find_list(request: HttpRequest, pk: int) -> PaymentList:
    """The list, if the person may read it; 404 otherwise."""
    user: Any = request.user
    lists = PaymentList.objects.visible_to(user).select_related("unit", "district", "prepared_by", "sent_by")
    return get_object_or_404(lists, pk=pk)


def find_row(listing: PaymentList, row: int) -> Payment:
    """A row of a list by its number; 404 where it was taken off or never was."""
    return get_object_or_404(
        listing.rows.exclude(state=PaymentState.DROPPED).select_related("list", "award__application__enterprise"),
        row=row,
    )


@require_safe
@require(*READERS)
def payment_lists(request: HttpRequest) -> HttpResponse:
    """What waits to be paid, by budget, and the lists by state."""
    user: Any = request.user
    if not may_read_waiting(user):
        raise NotAllowed("拨付由市财政局的财务人员和负责人办理，您没有这一角色。")
    tab = request.GET.get("tab", "waiting")
    if tab not in {"waiting", *TABS}:
        raise Http404
    counts = list_counts(user)
    waits = waiting_by_budget(user)
    here = reverse("awards:payment_lists")
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": [
            {"label": "待拨付", "url": here, "active": tab == "waiting", "count": sum(line.count for line in waits)},
            *(
                {"label": label, "url": f"{here}?tab={key}", "active": tab == key, "count": counts[key]}
                for key, (label, _) in TABS.items()
            ),
        ],
        "waits": waits,
        "waits_fen": sum(line.fen for line in waits),
        "may_prepare": paying_unit_of(user, PAYERS) is not None,
        "today": timezone.localdate(),
    }
    if tab != "waiting":
        page = Paginator(lists_of(user, tab), LISTS_PER_PAGE).get_page(request.GET.get("page"))
        today, calendar = timezone.localdate(), working_calendar()
        context["page_obj"] = page
        context["rows"] = [
            {
                "list": row,
                "days_left": calendar.working_days_left(today, row.due_on)
                if row.due_on and row.state == ListState.SENT
                else None,
            }
            for row in page
        ]
    return render(request, "awards/payments/lists.html", context)


def _budget(request: HttpRequest) -> Budget:
    found = budget_of((request.POST if request.method == "POST" else request.GET).get("budget", ""))
    if found is None:
        raise Http404
    return found


def _chosen(request: HttpRequest, user: User, budget: Budget) -> list[Award]:
    """The ticked awards, or with the other button all that wait (as many as one list takes)."""
    waits = waiting_of(user, budget)
    if request.POST.get("all"):
        return list(waits[:MAX_ROWS])
    ticked = keys_sent(request.POST.getlist("selected"))[:MAX_ROWS]
    # Also what has meanwhile been put on another list: the action says so by name.
    return list(Award.objects.visible_to(user).filter(pk__in=ticked).distinct())


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.FINANCE)
def payment_list_new(request: HttpRequest) -> HttpResponse:
    """Choose what goes on a list of one budget."""
    user: Any = request.user
    unit = paying_unit_of(user, PAYERS)
    if unit is None:
        raise NotAllowed("拨付清单由拨付单位的财务人员编制，您没有这一角色。")
    budget, errors, status = _budget(request), None, 200
    ticked = set(request.POST.getlist("selected"))
    if request.method == "POST":
        try:
            listing = prepare_list(
                unit=unit,
                share=budget.share,
                district=budget.district,
                policy_year=budget.policy_year,
                awards=_chosen(request, user, budget),
                by=user,
                at=timezone.now(),
            )
        except DomainError as error:
            errors, status = error.errors, error.status
        else:
            messages.success(request, f"已编制清单 {listing.number}，请由另一名财务人员或负责人审核后送拨付。")
            return redirect("awards:payment_list", listing.pk)
    page = Paginator(waiting_of(user, budget), WAITING_PER_PAGE).get_page(request.GET.get("page"))
    former = former_results([award.pk for award in page], budget.share)
    rows = []
    for award in page:
        old, reason = former.get(award.pk, (None, ""))
        account = award.application.enterprise.bank_account
        rows.append(
            {
                "award": award,
                "account": mask_account(account),
                "former": old,
                "reason": reason,
                "same_account": old is not None and old.account_number == account,
                "ticked": str(award.pk) in ticked,
            }
        )
    context = {"budget": budget, "page_obj": page, "rows": rows, "errors": errors, "has_errors": bool(errors)}
    return render(request, "awards/payments/new.html", context | {"most": MAX_ROWS}, status=status)


def list_page(
    request: HttpRequest,
    listing: PaymentList,
    *,
    status: int = 200,
    errors: Any = None,
    told_form: ToldForm | None = None,
    forms: dict[int, RowForm] | None = None,
    faulty: frozenset[str] = frozenset(),
    revealed: tuple[int, str] | None = None,
) -> HttpResponse:
    """The page of one list; `forms` and `faulty` are what was typed and where it was refused, `revealed` a row's number
    with its account in full."""
    user: Any = request.user
    source = request.POST if request.method == "POST" else request.GET
    page = Paginator(rows_of(listing), ROWS_PER_PAGE).get_page(source.get("page"))
    tells = listing.state == ListState.SENT and holds(user, listing.unit, PAYERS)
    shown = forms if forms is not None else (row_forms(page) if tells else {})
    letters, former = notices_of(page), paid_again(page)
    rows = [
        {
            "row": row,
            "former": former.get(row.pk),
            "tone": tone_of(row),
            "account": revealed[1] if revealed and revealed[0] == row.row else mask_account(row.account_number),
            "is_revealed": bool(revealed and revealed[0] == row.row),
            "results": list(row.results.all()),
            "reason": reason_of(row),
            "form": shown.get(row.row),
            "is_faulty": str(row.row) in faulty,
            "letter": letters.get(row.pk),
        }
        for row in page
    ]
    sums = listing.rows.exclude(state=PaymentState.DROPPED).values_list("state", "amount_fen")
    by_state = {state: [fen for found, fen in sums if found == state] for state in PaymentState.values}
    draft = listing.state == ListState.DRAFT
    today = timezone.localdate()
    context = {
        "list": listing,
        "page_obj": page,
        "rows": rows,
        "stats": [
            (state.label, len(by_state[state]), sum(by_state[state]))
            for state in (PaymentState.SENT, PaymentState.PAID, PaymentState.RETURNED, PaymentState.REVERSED)
            if by_state[state]
        ],
        "open_count": len(by_state[PaymentState.SENT]),
        "open_fen": sum(by_state[PaymentState.SENT]),
        "days_left": working_calendar().working_days_left(today, listing.due_on)
        if listing.due_on and listing.state == ListState.SENT
        else None,
        "may_change": draft and holds(user, listing.unit, PAY_CONFIRMERS),
        "may_send": draft and holds(user, listing.unit, PAY_CONFIRMERS) and user.pk != listing.prepared_by_id,
        "may_tell": tells,
        "may_reverse": holds(user, listing.unit, (PAY_CONFIRMERS[-1],)),
        "told_form": told_form or ToldForm(initial={"on": today}),
        "has_files": bool(listing.pdf_sha256),
        "is_locked": listing.state in {ListState.SENT, ListState.CLOSED},
        "history": list_history(listing),
        "errors": errors,
        "has_errors": bool(errors),
    }
    return render(request, "awards/payments/list.html", context, status=status)


@require_safe
@require(*READERS)
@cache_control(no_store=True, private=True)
def payment_list(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: its rows (accounts masked), what can be done, files and history."""
    return list_page(request, find_list(request, pk))


@require_POST
@require(*PEOPLE)
def payment_list_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a draft."""
    user: Any = request.user
    listing = find_list(request, pk)
    try:
        send_list(payment_list=listing, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return list_page(request, find_list(request, pk), status=error.status, errors=error.errors)
    messages.success(request, f"清单 {listing.number} 已送拨付，内容已锁定，文件正在生成。")
    return redirect("awards:payment_list", pk)


@require_POST
@require(*PEOPLE)
def payment_list_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a draft."""
    user: Any = request.user
    listing = find_list(request, pk)
    try:
        cancel_list(payment_list=listing, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return list_page(request, find_list(request, pk), status=error.status, errors=error.errors)
    messages.success(request, f"清单 {listing.number} 已取消，其中各笔回到待拨付。")
    return redirect("awards:payment_lists")


@require_POST
@require(*PEOPLE)
def payment_row_remove(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Take one row off a draft."""
    user: Any = request.user
    listing = find_list(request, pk)
    found = find_row(listing, row)
    try:
        remove_row(payment=found, expected_version=seen_version(request), by=user, at=timezone.now())
    except DomainError as error:
        return list_page(request, find_list(request, pk), status=error.status, errors=error.errors)
    messages.success(request, f"已移出第 {row} 笔，该笔回到待拨付。")
    return redirect("awards:payment_list", pk)


@require_POST
@require(*READERS)
@cache_control(no_store=True, private=True)
def payment_reveal(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The page with the account of one row in full; the look is on record."""
    user: Any = request.user
    listing = find_list(request, pk)
    account = reveal_account(payment=find_row(listing, row), by=user, at=timezone.now())
    return list_page(request, listing, revealed=(row, account))


def _file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    user: Any = request.user
    listing = find_list(request, pk)
    data = read_file(payment_list=listing, kind=kind, by=user, at=timezone.now())
    response = HttpResponse(data, content_type=TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(True, f"拨付清单 {listing.number}.{kind}") or ""
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@require(*READERS)
@cache_control(no_store=True, private=True)
def payment_list_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as Excel, accounts in full; the download is on record."""
    return _file(request, pk, XLSX)


@require_safe
@require(*READERS)
@cache_control(no_store=True, private=True)
def payment_list_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as PDF, accounts in full; the download is on record."""
    return _file(request, pk, PDF)
