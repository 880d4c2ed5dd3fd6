"""奖补核算: what was awarded, and the working of every figure down to the sentence of the policy."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import ENTERPRISE, OFFICER, Role, has_role, require
from applications.letters import subject_of
from awards.enums import AwardState
from awards.labels import REASONS
from awards.models import Award
from awards.presenters import settlement_rows, working
from common.money import parse_yuan
from letters.models import Letter

PAGE_SIZE = 50
TONES = {AwardState.SETTLED: "success", AwardState.NOTHING: "neutral", AwardState.HELD: "danger"}


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
            "application__enterprise", "application__clause__document", "settlement", "account"
        ),
        pk=pk,
    )
    settlement = found.settlement
    context = {
        "award": found,
        "application": found.application,
        "tone": TONES[AwardState(found.state)],
        "why": REASONS[found.reason],
        "working": working(found),
        "rows": settlement_rows(found),
        "total_fen": parse_yuan(settlement.answer["settlement"]["total"]),
        "is_enterprise": found.application.enterprise.members.filter(user=user, is_active=True).exists(),
        "letters": Letter.objects.visible_to(user).filter(subject_key=subject_of(found.application)).order_by("pk"),
    }
    return render(request, "awards/award.html", context)
