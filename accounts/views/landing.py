"""Where a person arrives after signing in, the own profile, and the inbox."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import ENTERPRISE, Role, SignedInRequest, roles_of, signed_in
from accounts.actions.inbox import mark_all_read, mark_read
from accounts.actions.profile import update_profile
from accounts.forms import ProfileForm
from accounts.queries import inbox
from common.errors import DomainError

PER_PAGE = 20

# The first line that fits a person's roles decides.
LANDINGS: tuple[tuple[frozenset[Role], str], ...] = (
    (frozenset(ENTERPRISE), "applications:list"),
    (frozenset({Role.OFFICER_HANDLER, Role.OFFICER_APPROVER, Role.LEADER}), "reviews:queue"),
    (frozenset({Role.FINANCE}), "awards:list"),
    (frozenset({Role.ADMINISTRATOR}), "admin:index"),
    (frozenset({Role.AUDITOR}), "reviews:cases"),
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


@require_safe
@signed_in
def notifications(request: SignedInRequest) -> HttpResponse:
    """The inbox: unread first."""
    page = Paginator(inbox(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/notifications.html", {"page_obj": page})


@require_POST
@signed_in
def notification_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one message as read and go where it points, within this site."""
    message = mark_read(notification_id=pk, by=request.user, at=timezone.now())
    # allowed_hosts empty: only paths of this site pass, whatever got into the table.
    if message.url and url_has_allowed_host_and_scheme(message.url, allowed_hosts=None):
        return redirect(message.url)
    return redirect("accounts:notifications")


@require_POST
@signed_in
def notifications_read(request: SignedInRequest) -> HttpResponse:
    """Mark everything as read."""
    count = mark_all_read(by=request.user, at=timezone.now())
    messages.success(request, f"已将 {count} 条消息标为已读。" if count else "没有未读消息。")
    return redirect("accounts:notifications")
