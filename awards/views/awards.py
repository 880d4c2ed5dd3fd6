"""奖补核算: what was awarded, and the working of every figure down to the sentence of the policy."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.access import ENTERPRISE, OFFICER, Role, has_role, require
from applications.letters import subject_of
from awards.enums import AwardState
from awards.labels import REASONS, TONES
from awards.models import Award
from awards.presenters import receipt_section, settlement_rows, working
from awards.queries.receipts import Prover, may_read_receipt
from common.money import parse_yuan
from letters.models import Letter

PAGE_SIZE = 50


@require_safe
@require(*ENTERPRISE, *OFFICER, Role.AUDITOR)
def award_list(request: HttpRequest) -> HttpResponse:
    """The awards that this person may see, newest first."""
    user: Any = request.user
    found = Award.objects.visible_to(user).select_related("application__enterprise", "application__clause")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {"award": row, "tone": TONES[AwardState(row.state)], "why": REASONS[row.reason] if row.reason else ""}
        for row in page
    ]
    context = {"rows": rows, "page_obj": page, "own": not has_role(user, (*OFFICER, Role.AUDITOR))}
    return render(request, "awards/list.html", context)


@require_safe
@require(*ENTERPRISE, *OFFICER, Role.AUDITOR)
def award(request: HttpRequest, pk: int) -> HttpResponse:
    """One award: clause amount with its working, settlement with cap, receipt and letters."""
    user: Any = request.user
    found = get_object_or_404(
        Award.objects.visible_to(user).select_related(
            "application__enterprise", "application__clause__document", "settlement", "account", "revision"
        ),
        pk=pk,
    )
    (proof,) = Prover().prove([found])
    context = {
        "award": found,
        "application": found.application,
        "tone": TONES[AwardState(found.state)],
        "why": REASONS[found.reason],
        "working": working(found),
        "rows": settlement_rows(found),
        "total_fen": parse_yuan(found.settled_in.answer["settlement"]["total"]),
        "receipt": receipt_section(proof, user),
        "is_enterprise": found.application.enterprise.members.filter(user=user, is_active=True).exists(),
        "letters": Letter.objects.visible_to(user).filter(subject_key=subject_of(found.application)).order_by("pk"),
    }
    return render(request, "awards/award.html", context)


@require_safe
@require(*ENTERPRISE, *OFFICER, Role.AUDITOR)
@cache_control(no_store=True, private=True)
def award_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt as a file, for whoever may see every award that its document claims."""
    user: Any = request.user
    awards = Award.objects.visible_to(user).select_related("application")
    found = get_object_or_404(awards, pk=pk)
    if not may_read_receipt(found, user):
        raise Http404("凭据含有该用户看不到的其他申报")
    response = JsonResponse(found.receipt, safe=False, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"核算凭据 {found.application.number}.json"
    )
    return response
