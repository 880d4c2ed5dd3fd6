"""年度核算: the accounts of enterprises and years, one account with everything that its settlement depends on, and the
enterprise's choice."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ENTERPRISE, OFFICER, Role, has_role, require
from awards.account_presenters import Gestures, account_context, is_inside
from awards.actions.choices import choose_in_group
from awards.forms.accounts import (
    AccountFilterForm,
    ChoiceForm,
    ExternalForm,
    FigureForm,
    NoteForm,
    OverrideForm,
    ProposeForm,
    ReasonForm,
)
from awards.models import YearAccount
from awards.queries.accounts import ACCOUNT_TONES, AccountState, listed_accounts, policy_of_account, year_figures
from awards.queries.groups import AccountGroup, group_of, groups_of
from common.errors import DomainError, Invalid
from policies.models import Clause

PAGE_SIZE = 50
READERS = (*ENTERPRISE, *OFFICER, Role.AUDITOR)


@require_safe
@require(*READERS)
def account_list(request: HttpRequest) -> HttpResponse:
    """The accounts that this person may see; filters live in the address."""
    user: Any = request.user
    inside = has_role(user, (*OFFICER, Role.AUDITOR))
    years = list(
        YearAccount.objects.visible_to(user).order_by("-policy_year").values_list("policy_year", flat=True).distinct()
    )
    form = AccountFilterForm(request.GET, years=years, inside=inside)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = listed_accounts(
        user,
        inside=inside,
        year=chosen.get("year"),
        state=chosen.get("state", ""),
        words=chosen.get("q", ""),
    )
    # An address that asks for what there is not (a year without an account) shows that there is nothing.
    page = Paginator(found if form.is_valid() else found.none(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {"account": row, "state": (state := AccountState(row.settlement_state)), "tone": ACCOUNT_TONES[state]}  # type: ignore[attr-defined]
        for row in page
    ]
    context = {
        "rows": rows,
        "page_obj": page,
        "form": form,
        "inside": inside,
        "filtered": not form.is_valid() or any(chosen.get(key) for key in ("year", "state", "q")),
    }
    return render(request, "awards/accounts/list.html", context)


def own_account(request: HttpRequest, pk: int, *, inside: bool = False) -> YearAccount:
    """An account that the person may read; 404 otherwise. inside: not as a member of the enterprise."""
    user: Any = request.user
    account = get_object_or_404(
        YearAccount.objects.visible_to(user).select_related("enterprise__district", "document"), pk=pk
    )
    if inside and not is_inside(account, user):
        raise Http404
    return account


@require_safe
@require(*READERS)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: what was entered, what settling now would give, the cap, the budgets, the history."""
    return account_page(request, own_account(request, pk))


def account_page(
    request: HttpRequest, account: YearAccount, *, status: int = 200, refused: DomainError | None = None, **forms: Any
) -> HttpResponse:
    """The page with the forms that the person may fill in; a refused one comes as it was sent."""
    user: Any = request.user
    now = timezone.now()
    context = account_context(account, user, at=now, today=timezone.localdate(now))
    context |= {"refused": refused, "sent": next(iter(forms), ""), "form_errors": status != 200}
    if context["inside"]:
        context |= _office_forms(account, context["gestures"]) | forms
        template = "awards/accounts/account.html"
    else:
        context["group_forms"] = [
            {"group": group, "form": forms.get(f"choice_{number}") or _choice_form(group, number)}
            for number, group in enumerate(context["groups"])
        ]
        template = "awards/accounts/own.html"
    return render(request, template, context, status=status)


def _choice_form(group: AccountGroup, number: int) -> ChoiceForm | None:
    return ChoiceForm(group=group, number=number) if group.is_open else None


def _office_forms(account: YearAccount, gestures: Gestures) -> dict[str, Any]:
    """The empty forms of what this person may do."""
    found: dict[str, Any] = {"withdraw_form": NoteForm()}
    if gestures.propose:
        found["propose_form"] = ProposeForm(units=gestures.propose)
    if gestures.enter:
        found["external_form"] = external_form(account, gestures)
        found["figure_form"] = figure_form(account, gestures)
    if gestures.override:
        found["override_form"] = OverrideForm()
    found["reason_form"] = ReasonForm(auto_id=False)
    return found


def external_form(account: YearAccount, gestures: Gestures, *args: Any) -> ExternalForm:
    """The form of another award, with the groups of the policy."""
    groups = [group.name for group in policy_of_account(account).groups]
    return ExternalForm(*args, groups=groups, units=gestures.enter)


def figure_form(account: YearAccount, gestures: Gestures, *args: Any) -> FigureForm:
    """The form of a checked figure."""
    return FigureForm(*args, facts=year_figures(account), units=gestures.enter)


@require_http_methods(["GET", "HEAD", "POST"])
@require(*ENTERPRISE)
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """The enterprise chooses a clause of a group. Opened, it leads to the account."""
    user: Any = request.user
    account = own_account(request, pk)
    if request.method != "POST":
        return redirect("awards:account", pk)
    name = request.POST.get("group", "")
    group = group_of(account, name)
    if group is None:
        return account_page(request, account, status=422, refused=Invalid("没有这一类型，请重新选择。"))
    number = [one.name for one in groups_of(account)].index(name)
    form = ChoiceForm(request.POST, group=group, number=number)
    if group.is_open and not form.is_valid():
        forms: dict[str, Any] = {f"choice_{number}": form}
        return account_page(request, account, status=422, **forms)
    clause = Clause.objects.filter(pk=form.cleaned_data["clause"]).first() if group.is_open else None
    try:
        choose_in_group(
            account=account,
            group=name,
            clause=clause or group.recommended.application.clause,
            by=user,
            at=timezone.now(),
        )
    except DomainError as refused:
        return account_page(request, own_account(request, pk), status=refused.status, refused=refused)
    messages.success(request, f"已记录您的选择：“{name}”类按 {clause.clause_id if clause else ''} 核定。")
    return redirect("awards:account", pk)
