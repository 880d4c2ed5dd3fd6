"""Units by date: the list, one unit, a new one, another name, duties that go to another; auditors read."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Role, SignedInRequest, require
from accounts.actions import unit_changes
from accounts.enums import UnitChangeKind
from accounts.forms.base import SpokenForm
from accounts.forms.units import MergeForm, RenameForm, UnitForm, UnitSettingsForm
from accounts.mergers import obstacles
from accounts.models import Unit, UnitChange
from accounts.permissions import may_administer
from accounts.presenters import house_tabs
from accounts.units_page import change_words, changes_of, members_of_unit, unit_of, unit_rows, waiting_changes
from common.errors import DomainError, NotFound

READERS = (Role.ADMINISTRATOR, Role.AUDITOR)


@require_safe
@require(*READERS)
def units(request: SignedInRequest) -> HttpResponse:
    """Every bureau and district, and the changes that lie ahead."""
    context = {
        "kinds": [(kind.label, rows) for kind, rows in unit_rows().items()],
        "waiting": [{"change": one, "words": change_words(one)} for one in waiting_changes()],
        "tabs": house_tabs("accounts:units"),
        "may_edit": may_administer(request.user),
    }
    return render(request, "accounts/units/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def unit_new(request: SignedInRequest) -> HttpResponse:
    """Register a bureau or a district."""
    form = UnitForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                unit = unit_changes.add_unit(by=request.user, at=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, f"已登记{unit.name}。")
                return redirect("accounts:unit", unit.pk)
    context = {"form": form, "title": "登记单位", "button": "登记单位"}
    context["lead"] = "条款括号印的单位须先登记。登记后代码不再更改，名称按日期变更。"
    return render(request, "accounts/units/form.html", context, status=status)


@require_safe
@require(*READERS)
def unit(request: SignedInRequest, pk: int) -> HttpResponse:
    """One unit: names, people, the groups it belongs to, what changed and what will."""
    found = unit_of(pk)
    return _page(request, found)


def _page(
    request: SignedInRequest, found: Unit, *, form: UnitSettingsForm | None = None, status: int = 200
) -> HttpResponse:
    changes = []
    for one in changes_of(found):
        stands = obstacles(one.unit, one.successor) if _may_be_blocked(one) and one.successor else []
        changes.append({"change": one, "words": change_words(one), "obstacles": stands})
    initial = {"order": found.order, "two_person": found.two_person, "is_finance": found.is_finance}
    context = {
        "unit": found,
        "members": members_of_unit(found),
        "groups": found.groups.order_by("code"),
        "changes": changes,
        "form": form or UnitSettingsForm(initial=initial),
        "may_edit": may_administer(request.user),
    }
    return render(request, "accounts/units/unit.html", context, status=status)


def _may_be_blocked(change: UnitChange) -> bool:
    """Whether what stands in the way of a change is worth saying: a merger that has not come into force."""
    return change.kind == UnitChangeKind.MERGE and change.applied_at is None and change.cancelled_at is None


@require_POST
@require(Role.ADMINISTRATOR)
def unit_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is no name of a unit."""
    found = unit_of(pk)
    form = UnitSettingsForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            unit_changes.edit_unit(unit=found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            status = form.refuse(error)
        else:
            messages.success(request, f"{found.name}的设置已保存。")
            return redirect("accounts:unit", pk)
    return _page(request, found, form=form, status=status)


def _told(change: UnitChange, at: str) -> str:
    return f"已生效：{at}" if change.applied_at else f"已登记，到日自动生效：{at}"


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def unit_rename(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another name from a day on."""
    found = unit_of(pk)
    initial = {
        "name": found.name,
        "full_name": found.full_name,
        "letter_prefix": found.letter_prefix,
        "effective_on": timezone.localdate(),
    }
    form: SpokenForm = RenameForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change = unit_changes.rename_unit(unit=found, by=request.user, at=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, _told(change, change_words(change)))
                return redirect("accounts:unit", pk)
    context = {"form": form, "unit": found, "title": f"{found.name}更名", "button": "登记更名"}
    context["lead"] = (
        "已印发的文件和文书保留原名，原名继续指称本单位，不会再给其他单位。本年度已开始的文号序列沿用原机关代字。"
    )
    return render(request, "accounts/units/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Role.ADMINISTRATOR)
def unit_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Duties that go to another unit from a day on."""
    found = unit_of(pk)
    form = MergeForm(request.POST or None, unit=found, initial={"effective_on": timezone.localdate()})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change = unit_changes.merge_unit(unit=found, by=request.user, at=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, _told(change, change_words(change)))
                return redirect("accounts:unit", pk)
    context = {"form": form, "unit": found, "title": f"{found.name}并入其他单位", "button": "登记并入"}
    context["lead"] = (
        "生效后本单位停用，未办结的待办、企业、单位组、外出登记和按县区规定的受理时间由承接单位接手；"
        "已办结的事项仍记在本单位名下，由承接单位的人员查看。"
        "资金事项须先办结，未办结时会列出。"
    )
    return render(request, "accounts/units/form.html", context, status=status)


@require_POST
@require(Role.ADMINISTRATOR)
def unit_change_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back a change that has not come into force."""
    change = UnitChange.objects.filter(pk=pk).first()
    if change is None:
        raise NotFound
    unit_changes.cancel_change(change=change, by=request.user, at=timezone.now())
    messages.success(request, "变更已取消。")
    return redirect("accounts:unit", change.unit_id)
