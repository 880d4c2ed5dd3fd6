"""奖补核算: what was awarded, and the working of every figure down to the sentence of the policy."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, OFFICER, Role, has_role, require
from applications.letters import subject_of
from awards.actions.returning import return_award
from awards.enums import AwardState
from awards.explain import Explainer
from awards.forms.accounts import AwardFilterForm, ReturnAwardForm
from awards.labels import REASONS, TONES
from awards.models import Award, Recovery, YearAccount
from awards.permissions import CONFIRMERS, why_not_for_lead
from awards.presenters import links_of, money_way, receipt_section, settlement_rows, share_rows, working
from awards.queries.payments import payments_of
from awards.queries.receipts import Prover, may_read_receipt
from awards.workflow import AWARDS
from common.errors import DomainError
from letters.models import Letter
from reviews.views.decide import seen_version

PAGE_SIZE = 50
READERS = (*ENTERPRISE, *OFFICER, Role.AUDITOR)


@require_safe
@require(*READERS)
def award_list(request: HttpRequest) -> HttpResponse:
    """The awards that this person may see, newest first; the state lives in the address."""
    user: Any = request.user
    found = Award.objects.visible_to(user).select_related("application__enterprise", "application__clause")
    form = AwardFilterForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    page = Paginator(found.filter(state=state) if state else found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {"award": row, "tone": TONES[AwardState(row.state)], "why": REASONS[row.reason] if row.reason else ""}
        for row in page
    ]
    own = not has_role(user, (*OFFICER, Role.AUDITOR))
    return render(
        request, "awards/list.html", {"rows": rows, "page_obj": page, "own": own, "form": form, "filtered": bool(state)}
    )


def own_award(request: HttpRequest, pk: int) -> Award:
    """An award that the person may read; 404 otherwise."""
    user: Any = request.user
    return get_object_or_404(
        Award.objects.visible_to(user).select_related(
            "application__enterprise__district",
            "application__clause__document",
            "settlement__account",
            "account",
            "revision__clause_version",
            "revision__application",
            "unit",
            "returned_by",
        ),
        pk=pk,
    )


@require_safe
@require(*READERS)
def award(request: HttpRequest, pk: int) -> HttpResponse:
    """One award: where it is on its way, clause amount with its working, settlement with cap, receipt and letters."""
    return award_page(request, own_award(request, pk))


def award_page(
    request: HttpRequest,
    found: Award,
    *,
    status: int = 200,
    return_form: ReturnAwardForm | None = None,
    refused: DomainError | None = None,
) -> HttpResponse:
    """The page, with what was typed where the return was refused."""
    user: Any = request.user
    inside = not found.application.enterprise.members.filter(user=user, is_active=True).exists()
    account_seen = YearAccount.objects.visible_to(user).filter(pk=found.account_id).exists()
    context: dict[str, Any] = {
        "award": found,
        "application": found.application,
        "tone": TONES[AwardState(found.state)],
        "working": working(found),
        "way": money_way(found, on=timezone.localdate()),
        "shares": share_rows(found),
        "payments": (payments := payments_of(found, user)),
        "to_mend": any(share["to_mend"] for share in payments),
        "links": links_of(found, user, inside=inside),
        "recoveries": Recovery.objects.visible_to(user).filter(award=found).order_by("pk"),
        "inside": inside,
        "account_url": reverse("awards:account", args=[found.account_id]) if account_seen else "",
        "letters": Letter.objects.visible_to(user).filter(subject_key=subject_of(found.application)).order_by("pk"),
        "may_return": inside
        and found.state in AWARDS["return_to_lead"].sources - {AwardState.OBJECTED}
        and not why_not_for_lead(found, user, CONFIRMERS),
        "return_form": return_form or ReturnAwardForm(auto_id="return_%s"),
        "returning": return_form is not None,
        "refused": refused,
        "form_errors": status != 200,
    }
    if found.settlement is not None:
        (proof,) = Prover().prove([found])
        explainer = Explainer.of_settlement(found.settlement, inside=inside)
        rows = settlement_rows(found, explainer)
        own = next((row["why"] for row in rows if row["own"]), f"{REASONS[found.reason]}。")
        context |= {
            "why": own,
            "rows": rows,
            "cap_words": explainer.cap(),
            "total_fen": sum(row["settled_fen"] for row in rows),
            "receipt": receipt_section(proof, user),
        }
    return render(request, "awards/award.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*OFFICER)
def return_to_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """The lead's 审核 takes the award back. Opened, it leads to the award."""
    user: Any = request.user
    found = own_award(request, pk)
    if request.method != "POST":
        return redirect("awards:award", pk)
    form = ReturnAwardForm(request.POST, auto_id="return_%s")
    if not form.is_valid():
        return award_page(request, found, status=422, return_form=form)
    try:
        return_award(
            award=found,
            reason=form.cleaned_data["reason"],
            expected_version=seen_version(request),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return award_page(request, own_award(request, pk), status=error.status, return_form=form, refused=error)
    messages.success(request, "已退回牵头审核，占用的预算已释放。")
    return redirect("awards:award", pk)


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
