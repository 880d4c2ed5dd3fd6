"""Where a person arrives after signing in, and the own profile."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, Role, SignedInRequest, roles_of, signed_in
from accounts.actions.profile import update_profile
from accounts.forms import ProfileForm
from common.errors import DomainError

# The first line that fits a person's roles decides.
LANDINGS: tuple[tuple[frozenset[Role], str], ...] = (
    (frozenset(ENTERPRISE), "applications:list"),
    (frozenset({Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER}), "reviews:queue"),
    (frozenset({Role.FINANCE}), "awards:list"),
    (frozenset({Role.ADMINISTRATOR}), "admin:index"),
    (frozenset({Role.AUDITOR}), "reviews:cases"),
    (frozenset({Role.EXPERT}), "reviews:expert_desk"),
)


@require_safe
@signed_in
def landing(request: SignedInRequest) -> HttpResponse:
    """Send a person to the page where the work is."""
    roles = roles_of(request.user)
    for fitting, name in LANDINGS:
        if roles & fitting:
            try:
                return redirect(reverse(name))
            except NoReverseMatch:
                break
    return redirect("home")


@require_safe
@signed_in
def back_to_page(request: SignedInRequest) -> HttpResponse:
    """Where signing in leads in the window that the page of something unsent opened."""
    return render(request, "accounts/back_to_page.html")


@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: SignedInRequest) -> HttpResponse:
    """The own account: name and mobile number here, password, e-mail and second factor behind links."""
    user = request.user
    form = ProfileForm(request.POST or None, initial={"name": user.name, "phone": user.phone})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                update_profile(user=user, by=user, at=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, "个人资料已保存。")
                return redirect("accounts:profile")
    context = {
        "form": form,
        "enterprises": user.enterprise_memberships.filter(is_active=True).select_related("enterprise"),
        "units": user.unit_memberships.filter(is_active=True).select_related("unit"),
    }
    return render(request, "accounts/profile.html", context, status=status)
