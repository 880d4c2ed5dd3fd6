"""The letters a person may see, their files, and declaring one void."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, OFFICER, Role, require, roles_of
from accounts.models import User
from common import storage
from common.errors import Invalid
from letters.actions import void_letter
from letters.forms import FilterForm, VoidForm
from letters.models import Letter
from letters.permissions import may_void, voids_for


class AuthedRequest(HttpRequest):
    """A request that passed a declaration by role: the user is signed in."""

    user: User


READERS = (*ENTERPRISE, *OFFICER, Role.AUDITOR)
PER_PAGE = 25


@require(*READERS)
@require_safe
def letter_list(request: AuthedRequest) -> HttpResponse:
    """The letters addressed to the person's enterprise, or issued by the person's unit or one whose duties it has."""
    letters = (
        Letter.objects.visible_to(request.user)
        .select_related("unit", "enterprise")
        .prefetch_related("superseded_by")
        .order_by("-requested_at", "-pk")
    )
    form = FilterForm(request.GET or None)
    wrong = form.is_bound and not form.is_valid()
    if wrong:
        letters = letters.none()  # a filter that cannot be read finds nothing; it does not find everything
    elif form.is_bound:
        if words := form.cleaned_data["q"].strip():
            letters = letters.filter(Q(number__icontains=words) | Q(title__icontains=words))
        if kind := form.cleaned_data["kind"]:
            letters = letters.filter(kind=kind)
    return render(
        request,
        "letters/list.html",
        {
            "page_obj": Paginator(letters, PER_PAGE).get_page(request.GET.get("page")),
            "filter_form": form,
            "filtered": form.is_bound,
            "has_errors": wrong,
            "of_enterprise": bool(roles_of(request.user) & set(ENTERPRISE)),
            "own_units": set(request.user.unit_memberships.filter(is_active=True).values_list("unit", flat=True)),
            "voidable_units": voids_for(request.user),
        },
        status=422 if wrong else 200,
    )


@require(*READERS)
@require_safe
@cache_control(no_store=True, private=True)
def letter_pdf(request: AuthedRequest, pk: int) -> HttpResponse:
    """The issued bytes, verified against their hash before they leave."""
    letter = get_object_or_404(Letter.objects.visible_to(request.user).numbered(), pk=pk)
    response = HttpResponse(storage.read(letter.sha256), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{letter.get_kind_display()} {letter.number}.pdf"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require(Role.OFFICER_APPROVER, Role.LEADER)
@require_http_methods(["GET", "HEAD", "POST"])
def letter_void(request: AuthedRequest, pk: int) -> HttpResponse:
    """Ask for the reason and declare the letter void."""
    letter = get_object_or_404(Letter.objects.visible_to(request.user).select_related("unit", "enterprise"), pk=pk)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            void_letter(letter, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except Invalid as error:
            form.add_error("reason", error.message)
        else:
            messages.success(request, f"{letter.number} 已作废，文号不再使用。")
            return redirect("letters:list")
    status = 422 if request.method == "POST" else 200
    context = {"letter": letter, "form": form, "may_void": may_void(request.user, letter)}
    return render(request, "letters/void.html", context, status=status)
