"""The district's pages: which enterprises wait, and accepting or sending back one of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, SignedInRequest, require
from accounts.actions.verification import reject_enterprise, verify_enterprise
from accounts.enums import EnterpriseStatus
from accounts.forms import RejectForm, VerificationFilter, VerifyForm
from accounts.presenters import enterprise_rows, status_tone
from accounts.queries import for_verification, members_of, verification_counts, verification_list
from accounts.validators import normalise_uscc
from common.errors import DomainError, NotAllowed, NotFound

PER_PAGE = 25
VERIFIERS = (Role.OFFICER_HANDLER, Role.OFFICER_APPROVER)


@require_safe
@require(*VERIFIERS)
def verification_queue(request: SignedInRequest) -> HttpResponse:
    """The enterprises of the officer's district, those that wait first."""
    chosen = VerificationFilter(request.GET)
    status = chosen.cleaned_data["status"] if chosen.is_valid() else ""
    text = chosen.cleaned_data["q"].strip() if chosen.is_valid() else ""
    rows = verification_list(request.user)
    if status:
        rows = rows.filter(status=status)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(uscc__icontains=normalise_uscc(text)))
    counts = verification_counts(request.user)
    address = reverse("accounts:verification_queue")
    tabs = [{"label": "全部", "url": address, "active": not status, "count": sum(counts.values())}] + [
        {
            "label": state.label,
            "url": f"{address}?status={state.value}",
            "active": status == state.value,
            "count": counts[state.value],
        }
        for state in EnterpriseStatus
    ]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    entries = [{"enterprise": row, "tone": status_tone(row)} for row in page]
    context = {"page_obj": page, "entries": entries, "tabs": tabs, "text": text, "status": status}
    return render(request, "accounts/verification_queue.html", context)


@require_http_methods(["GET", "POST"])
@require(*VERIFIERS)
def verification(request: SignedInRequest, pk: int) -> HttpResponse:
    """One enterprise's data, to accept or to send back with a reason."""
    row = for_verification(request.user, pk)
    initial = {"version": row.version}
    accept, reject = VerifyForm(initial=initial, prefix="accept"), RejectForm(initial=initial, prefix="reject")
    shown, status = None, 200
    if request.method == "POST":
        rejecting = request.POST.get("action") == "reject"
        form: VerifyForm | RejectForm
        if rejecting:
            reject = form = RejectForm(request.POST, prefix="reject")
        else:
            accept = form = VerifyForm(request.POST, prefix="accept")
        shown, status = form, 422
        if form.is_valid():
            try:
                if rejecting:
                    reject_enterprise(
                        enterprise=row,
                        reason=form.cleaned_data["reason"],
                        expected_version=form.cleaned_data["version"],
                        by=request.user,
                        at=timezone.now(),
                    )
                else:
                    verify_enterprise(
                        enterprise=row,
                        expected_version=form.cleaned_data["version"],
                        by=request.user,
                        at=timezone.now(),
                    )
            except (NotFound, NotAllowed):
                raise
            except DomainError as error:
                status = form.refuse(error)
                # What the officer typed stays; the page shows the data of now, and the next post is about those.
                row = for_verification(request.user, pk)
                typed = request.POST.copy()
                typed[form.add_prefix("version")] = str(row.version)
                form.data = typed
            else:
                messages.success(request, f"{row.name}：{'已退回企业更正' if rejecting else '已核实'}。")
                return redirect("accounts:verification_queue")
    context = {
        "enterprise": row,
        "rows": enterprise_rows(row),
        "tone": status_tone(row),
        "members": members_of(row),
        "accept": accept,
        "reject": reject,
        "shown": shown,
        "has_errors": bool(shown and shown.errors),
    }
    return render(request, "accounts/verification.html", context, status=status)
