"""拨付结果: what the bank told of the rows of a list, one by one or all at once, and the reversal of a wrong entry."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Role, require
from awards.actions.payments import ResultInput, record_results, reverse_result
from awards.enums import PaymentState, ResultKind
from awards.forms.payments import ReverseForm, RowForm, ToldForm
from awards.models import PaymentList
from awards.queries.payments import rows_of, tone_of
from awards.views.payments import find_list, find_row, list_page
from common.errors import DomainError, Invalid
from common.fields import mask_account


def _page_of(request: HttpRequest) -> dict[str, str]:
    number = request.POST.get("page", "")
    return {"page": number} if number.isascii() and number.isdigit() and len(number) < 6 else {}


def _told(request: HttpRequest, told_form: ToldForm, forms: dict[int, RowForm], listing: PaymentList) -> Any:
    """What was told, as the action takes it; every open row of the list with the one button."""
    if not request.POST.get("all"):
        return [told for form in forms.values() if (told := form.told(default=told_form)) is not None]
    if told_form.cleaned_data["total"] is None:
        raise Invalid("全部记为已拨付时，请填写银行回单合计，以便核对。", errors={"total": ["请填写银行回单合计。"]})
    values = told_form.cleaned_data
    open_rows = listing.rows.filter(state=PaymentState.SENT).values_list("row", flat=True)
    return [ResultInput(row, ResultKind.PAID, values["on"], reference=values["reference"]) for row in open_rows]


@require_POST
@require(Role.FINANCE)
def payment_results(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter results: those filled in on the page, or with the one button every row that waits as paid."""
    user: Any = request.user
    listing = find_list(request, pk)
    told_form = ToldForm(request.POST)
    # A row that got its result meanwhile keeps its form here, so that the action can say so.
    typed = [row for row in rows_of(listing) if f"row{row.row}-kind" in request.POST]
    forms = {row.row: RowForm(request.POST, row=row) for row in typed}
    sound = [told_form.is_valid(), *(form.is_valid() for form in forms.values())]
    errors: Any = [told_form, *forms.values()]
    status, faulty = 422, frozenset[str]()
    if all(sound):
        try:
            results = _told(request, told_form, forms, listing)
            total = told_form.cleaned_data["total"]
            record_results(payment_list=listing, results=results, by=user, at=timezone.now(), expected_total_fen=total)
        except DomainError as error:
            status, faulty = error.status, frozenset(error.errors)
            errors = [
                {"field_id": _place(name, forms), "message": sentence}
                for name, sentences in error.errors.items()
                for sentence in sentences
            ]
        else:
            messages.success(request, f"已录入 {len(results)} 笔结果。")
            query = urlencode(_page_of(request))
            return redirect(reverse("awards:payment_list", args=[pk]) + (f"?{query}" if query else ""))
    fresh = find_list(request, pk)
    open_rows = {row.row for row in fresh.rows.filter(state=PaymentState.SENT)}
    shown = {number: form for number, form in forms.items() if number in open_rows}
    return list_page(
        request, fresh, status=status, errors=errors, told_form=told_form, forms=shown or None, faulty=faulty
    )


def _place(name: str, forms: dict[int, RowForm]) -> str:
    """The field that a fault belongs to, by the row's number or the field's name."""
    if name.isdigit():
        return f"id_row{name}-kind" if int(name) in forms else ""
    return f"id_{name}" if name else "id_total"


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.LEADER)
def payment_reverse(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Reverse a row that was entered as paid and was not: what will happen, and why."""
    user: Any = request.user
    listing = find_list(request, pk)
    found = find_row(listing, row)
    form, status = ReverseForm(initial={"on": timezone.localdate()}), 200
    if request.method == "POST":
        form, status = ReverseForm(request.POST), 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                reverse_result(payment=found, reason=values["reason"], on=values["on"], by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, f"第 {row} 笔已冲回，该笔回到待拨付。")
                return redirect("awards:payment_list", pk)
    context = {
        "list": listing,
        "row": found,
        "tone": tone_of(found),
        "account": mask_account(found.account_number),
        "result": found.results.filter(kind=ResultKind.PAID).select_related("by").first(),
        "form": form,
    }
    return render(request, "awards/payments/reverse.html", context, status=status)
