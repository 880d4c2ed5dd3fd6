"""People: who there is, one person's roles and account, and the gestures of administrators; auditors read."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, SignedInRequest, require
from accounts.actions import rights
from accounts.duties import duties_of
from accounts.forms.base import SpokenForm
from accounts.forms.people_admin import (
    AccountForm,
    OfficerForm,
    PeopleFilter,
    ReasonForm,
    RoleForm,
    SystemRoleForm,
)
from accounts.models import UnitMember, User
from accounts.people_page import history_of, memberships, people, person, state_of
from accounts.permissions import may_administer
from accounts.presenters import house_tabs
from common.errors import DomainError, NotFound

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)
PER_PAGE = 30


@require_safe
@require(*READERS)
def people_list(request: SignedInRequest) -> HttpResponse:
    """Everybody with an account; the filters stand in the address."""
    chosen = PeopleFilter(request.GET)
    # A filter that cannot be read narrows nothing; the form says what is wrong with it.
    chosen.is_valid()
    asked = {name: value for name, value in chosen.cleaned_data.items() if value}
    text = str(asked.pop("q", "")).strip()
    page = Paginator(people(text=text, **asked), PER_PAGE).get_page(request.GET.get("page"))
    entries = []
    for row in page:
        label, tone = state_of(row)
        entries.append({"user": row, "state": label, "tone": tone})
    context = {
        "page_obj": page,
        "entries": entries,
        "form": chosen,
        "filtered": bool(text or asked),
        "tabs": house_tabs("accounts:people"),
        "may_edit": may_administer(request.user),
    }
    return render(request, "accounts/people/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def person_new(request: SignedInRequest) -> HttpResponse:
    """Open an account with its first role; the one-time link is shown on the answer and nowhere again."""
    form = OfficerForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                invitation = rights.open_officer(by=request.user, at=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                status = form.refuse(error)
            else:
                return render(request, "accounts/people/invited.html", {"invitation": invitation})
    return render(request, "accounts/people/new.html", {"form": form}, status=status)


def _page(
    request: SignedInRequest, pk: int, *, status: int = 200, shown: SpokenForm | None = None, **typed: SpokenForm
) -> HttpResponse:
    """One person's page; `shown` is the form that was refused, `typed` the forms in which something was typed."""
    row = person(pk)
    label, tone = state_of(row)
    rows = []
    for member in memberships(row):
        key = f"end_{member.pk}"
        rows.append({"member": member, "form": typed.get(key) or ReasonForm(prefix=key), "key": key})
    context = {
        "person": row,
        "state": label,
        "tone": tone,
        "memberships": rows,
        "enterprises": row.enterprise_memberships.select_related("enterprise").order_by("-is_active", "pk"),
        "duties": duties_of(row),
        "history": history_of(row),
        "shown": shown,
        "has_errors": shown is not None,
        "itself": row.pk == request.user.pk,
        "may_edit": may_administer(request.user),
        "account_form": typed.get("account")
        or AccountForm(prefix="account", initial={"name": row.name, "email": row.email, "phone": row.phone}),
        "role_form": typed.get("role") or RoleForm(prefix="role"),
        "system_form": typed.get("system") or SystemRoleForm(prefix="system", initial={"system_role": row.system_role}),
        "off_form": typed.get("off") or ReasonForm(prefix="off"),
        "on_form": typed.get("on") or ReasonForm(prefix="on"),
        "factor_form": typed.get("factor") or ReasonForm(prefix="factor"),
    }
    return render(request, "accounts/people/person.html", context, status=status)


@require_safe
@require(*READERS)
def person_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one person may do, what this person has in hand, and what happened to the account."""
    return _page(request, pk)


def _done(
    request: SignedInRequest, pk: int, key: str, form: SpokenForm, act: Callable[[User], Any], told: str
) -> HttpResponse:
    """Carry out one gesture on an account: back to the page with `told`, or the page with what was typed."""
    row = person(pk)
    status = 422
    if form.is_valid():
        try:
            act(row)
        except NotFound:
            raise
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, told.format(name=row))
            return redirect("accounts:person", pk)
    return _page(request, pk, status=status, shown=form, **{key: form})


@require_POST
@require(Role.ADMINISTRATOR)
def person_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct name, address and mobile number."""
    form = AccountForm(request.POST, prefix="account")

    def act(row: User) -> None:
        rights.change_account(user=row, by=request.user, at=timezone.now(), **form.cleaned_data)

    return _done(request, pk, "account", form, act, "{name}的资料已保存。")


@require_POST
@require(Role.ADMINISTRATOR)
def role_give(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a role in a unit."""
    form = RoleForm(request.POST, prefix="role")

    def act(row: User) -> None:
        rights.give_role(user=row, by=request.user, at=timezone.now(), **form.cleaned_data)

    return _done(request, pk, "role", form, act, "已授予{name}新的角色。")


@require_POST
@require(Role.ADMINISTRATOR)
def role_end(request: SignedInRequest, pk: int, member: int) -> HttpResponse:
    """End a role in a unit."""
    found = UnitMember.objects.filter(pk=member, user=pk).first()
    if found is None:
        raise NotFound
    key = f"end_{member}"
    form = ReasonForm(request.POST, prefix=key)

    def act(row: User) -> None:
        rights.end_role(member=found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())

    return _done(request, pk, key, form, act, "已结束{name}的角色，其名下待办退回本单位。")


@require_POST
@require(Role.ADMINISTRATOR)
def system_role(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make somebody 政策管理员 or 审计, or neither."""
    form = SystemRoleForm(request.POST, prefix="system")

    def act(row: User) -> None:
        rights.set_system_role(user=row, by=request.user, at=timezone.now(), **form.cleaned_data)

    return _done(request, pk, "system", form, act, "已更改{name}的系统角色。")


@require_POST
@require(Role.ADMINISTRATOR)
def person_deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch an account off."""
    form = ReasonForm(request.POST, prefix="off")

    def act(row: User) -> None:
        rights.deactivate_account(user=row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())

    return _done(request, pk, "off", form, act, "已停用{name}的账号，登录已即时失效，其名下待办退回各单位。")


@require_POST
@require(Role.ADMINISTRATOR)
def person_reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch an account on again."""
    form = ReasonForm(request.POST, prefix="on")

    def act(row: User) -> None:
        rights.reactivate_account(user=row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())

    return _done(request, pk, "on", form, act, "已恢复{name}的账号，原有角色继续有效。")


@require_POST
@require(Role.ADMINISTRATOR)
def second_factor_reset(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the second factor off somebody who has lost it."""
    form = ReasonForm(request.POST, prefix="factor")

    def act(row: User) -> None:
        rights.reset_second_factor(user=row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())

    return _done(request, pk, "factor", form, act, "已重置{name}的两步验证。")


@never_cache
@require_POST
@require(Role.ADMINISTRATOR)
def person_invitation(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new one-time link for somebody who has not chosen a password yet."""
    invitation = rights.renew_account_invitation(user=person(pk), by=request.user, at=timezone.now())
    return render(request, "accounts/people/invited.html", {"invitation": invitation})
