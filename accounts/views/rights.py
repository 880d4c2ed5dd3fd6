"""权限复核: the list of who may do what, going through it, and what was decided before."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, SignedInRequest, require
from accounts.actions.rights_review import END, KEEP, Decision, close_review
from accounts.models import RightsReview
from accounts.permissions import may_administer
from accounts.presenters import house_tabs
from accounts.rights_list import decided_rows, next_review, seen_sha256, standing_rights
from accounts.rights_sheet import review_book, standing_book
from common.errors import DomainError, NotAllowed, NotFound

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@require(*READERS)
def rights(request: SignedInRequest) -> HttpResponse:
    """Who may do what today, what to look at, when the next review is due, and the reviews before."""
    now = timezone.now()
    listed = standing_rights(at=now)
    context = {
        "rights": listed,
        "flagged": sum(bool(one.flags) for one in listed),
        "due": next_review(at=now),
        "reviews": RightsReview.objects.select_related("reviewed_by").defer("rights"),
        "months": settings.RIGHTS_REVIEW_MONTHS,
        "unused_days": settings.RIGHTS_UNUSED_DAYS,
        "tabs": house_tabs("accounts:people"),
        "may_edit": may_administer(request.user),
    }
    return render(request, "accounts/rights/list.html", context)


#: Faults that the summary of a review lists one by one; hundreds help nobody, and each stands at its row as well.
MOST_TOLD = 10


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def rights_review(request: SignedInRequest) -> HttpResponse:
    """Go through the list: every role kept or ended; what was chosen stays where something is refused."""
    now = timezone.now()
    listed = standing_rights(at=now)
    error: DomainError | None = None
    chosen: dict[str, Decision] = {}
    sent = request.method == "POST"
    if sent:
        chosen = {
            one.key: Decision(request.POST.get(f"decision-{one.key}", ""), request.POST.get(f"reason-{one.key}", ""))
            for one in listed
        }
        try:
            review = close_review(
                decisions=chosen,
                keep_rest=request.POST.get("keep_rest") == "on",
                seen=request.POST.get("seen", ""),
                note=request.POST.get("note", ""),
                by=request.user,
                at=now,
            )
        except (NotFound, NotAllowed):
            raise
        except DomainError as refused:
            error = refused
        else:
            messages.success(request, "权限复核已完成，清单和处理结果已保存。")
            return redirect("accounts:rights_record", review.pk)
    faults = error.errors if error else {}
    rows = [
        {
            "right": one,
            "field": one.key.replace(":", "-"),
            "decision": chosen[one.key].decision if one.key in chosen else "",
            "reason": chosen[one.key].reason if one.key in chosen else "",
            "faults": faults.get(one.key, []),
        }
        for one in listed
    ]
    summary = [
        {"field_id": "note" if key == "note" else f"decision-{key.replace(':', '-')}" if key else "", "message": text}
        for key, texts in faults.items()
        for text in texts
    ]
    if len(summary) > MOST_TOLD:
        rest = len(summary) - MOST_TOLD
        told = f"另有 {rest} 项，见下面标出的各项。看过以后均可保留的，勾选最后的“均予保留”即可。"
        summary = [*summary[:MOST_TOLD], {"field_id": "keep_rest", "message": told}]
    context = {
        "rows": rows,
        "seen": seen_sha256(listed),
        "summary": summary,
        "has_errors": error is not None,
        "keep_rest": request.POST.get("keep_rest") == "on",
        "note": request.POST.get("note", ""),
        "note_faults": faults.get("note", []),
        "choices": ((KEEP, "保留"), (END, "结束")),
    }
    return render(request, "accounts/rights/review.html", context, status=error.status if error else 200)


def _review(pk: int) -> RightsReview:
    found = RightsReview.objects.select_related("reviewed_by").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@require_safe
@require(*READERS)
def rights_record(request: SignedInRequest, pk: int) -> HttpResponse:
    """A closed review: the list as it stood and what was decided."""
    review = _review(pk)
    rows = decided_rows(review)
    context = {"review": review, "rows": rows, "ended": sum(row["decision"] == END for row in rows)}
    return render(request, "accounts/rights/record.html", context)


def _sent(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_safe
@require(*READERS)
def rights_xlsx(request: SignedInRequest) -> HttpResponse:
    """The list as it stands, as a workbook."""
    now = timezone.now()
    return _sent(standing_book(standing_rights(at=now)), f"权限清单 {timezone.localdate(now):%Y-%m-%d}.xlsx")


@require_safe
@require(*READERS)
def rights_record_xlsx(request: SignedInRequest, pk: int) -> HttpResponse:
    """A closed review as a workbook."""
    review = _review(pk)
    return _sent(review_book(review), f"权限复核 {timezone.localdate(review.reviewed_at):%Y-%m-%d}.xlsx")
