"""单位组: groups of units as policies print them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Role, require
from common.errors import Conflict, DomainError
from policies.actions.unit_groups import change_members, create_unit_group
from policies.forms.unit_groups import MembersForm, NewUnitGroupForm
from policies.models import UnitGroup
from policies.permissions import may_edit, require_editor
from policies.presenters import tabs

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require(*READERS)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every group with its members and how it becomes one unit for a file."""
    context = {
        "groups": UnitGroup.objects.prefetch_related("members").order_by("printed"),
        "tabs": tabs("editing:unit_groups"),
        "may_edit": may_edit(request.user),
    }
    return render(request, "policies/editing/unit_groups.html", context)


@require(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a group."""
    user: Any = request.user
    form, status = NewUnitGroupForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                group = create_unit_group(**form.cleaned_data, by=user, at=timezone.now())
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, f"已登记单位组“{group.printed}”。")
                return redirect("editing:unit_groups")
    context = {"form": form, "tabs": tabs("editing:unit_groups"), "here": "登记单位组", "button": "登记"}
    return render(request, "policies/editing/unit_group.html", context, status=status)


@require(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, code: str) -> HttpResponse:
    """The members of a group; administrators change them with a reason."""
    user: Any = request.user
    group = get_object_or_404(UnitGroup, code=code)
    form, status = _members_form(group), 200
    if request.method == "POST":
        require_editor(user)
        form, status = MembersForm(request.POST), 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                change_members(
                    group,
                    members=data["members"],
                    seen=[code for code in data["seen"].split(",") if code],
                    reason=data["reason"],
                    by=user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = form.refuse(error)
                if isinstance(error, Conflict):  # whoever saves again has seen the members as they are now
                    form.data = {
                        **request.POST.dict(),
                        "members": request.POST.getlist("members"),
                        "seen": _seen(group),
                    }
            else:
                messages.success(request, f"已调整“{group.printed}”的成员；已经立案的件保持其办理路径。")
                return redirect("editing:unit_groups")
    context = {
        "form": form,
        "group": group,
        "members": group.members.order_by("kind", "order"),
        "tabs": tabs("editing:unit_groups"),
        "here": group.printed,
        "button": "保存成员",
        "may_edit": may_edit(user),
    }
    return render(request, "policies/editing/unit_group.html", context, status=status)


def _members_form(group: UnitGroup) -> MembersForm:
    return MembersForm(initial={"members": list(group.members.all()), "seen": _seen(group)})


def _seen(group: UnitGroup) -> str:
    return ",".join(sorted(group.members.values_list("code", flat=True)))
