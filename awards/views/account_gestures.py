"""The officers' gestures on an account; each calls one action and shows the page again where it is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import OFFICER, Role, require
from awards.account_presenters import gestures_of, open_proposal
from awards.actions.external import enter_external_award, withdraw_external_award
from awards.actions.figures import enter_checked_figure
from awards.actions.overrides import override_cap, withdraw_override
from awards.actions.settle import confirm_settlement, propose_settlement, withdraw_proposal
from awards.documents import store_document
from awards.forms.accounts import NoteForm, OverrideForm, ProposeForm, ReasonForm
from awards.models import SettlementProposal, YearAccount
from awards.queries.caps import cap_of
from awards.queries.preview import prepare_settlement
from awards.views.accounts import account_page, external_form, figure_form, own_account
from common.errors import Conflict, DomainError, Invalid, NotAllowed
from common.keys import number_sent
from common.money import grouped
from common.views.downloads import stored_download
from reviews.views.decide import seen_version


def gesture(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that takes what the account's page sends; whoever opens its address is led to the account."""

    @wraps(view)
    def answer(request: HttpRequest, pk: int, **more: int) -> HttpResponse:
        account = own_account(request, pk, inside=True)
        if request.method != "POST":
            return redirect("awards:account", pk)
        return view(request, account, **more)

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


def _gestures(request: HttpRequest, account: YearAccount) -> Any:
    user: Any = request.user
    prepared = prepare_settlement(account, at=timezone.now())
    return gestures_of(account, prepared, open_proposal(account), user)


def _back(account: YearAccount, anchor: str = "") -> HttpResponse:
    answer = redirect("awards:account", account.pk)
    answer["Location"] += anchor
    return answer


def _refused(request: HttpRequest, account: YearAccount, error: DomainError, **forms: Any) -> HttpResponse:
    """The page again with the sentence, the right status and everything that was typed."""
    fresh = own_account(request, account.pk, inside=True)
    for form in forms.values():
        left = {}
        for field, sentences in error.errors.items():
            if field in form.fields:
                for sentence in sentences:
                    form.add_error(field, sentence)
            else:
                left[field] = sentences
        if not left:
            return account_page(request, fresh, status=error.status, **forms)
    return account_page(request, fresh, status=error.status, refused=error, **forms)


@gesture
@require(*OFFICER)
def propose(request: HttpRequest, account: YearAccount) -> HttpResponse:
    """Propose to settle the account as it stands."""
    user: Any = request.user
    units = _gestures(request, account).propose
    if not units:
        return _refused(request, account, NotAllowed("核算由主办单位的经办人员提出，您现在不能提出核算。"))
    form = ProposeForm(request.POST, units=units)
    if not form.is_valid():
        return account_page(request, account, status=422, propose_form=form)
    try:
        propose_settlement(
            account=account,
            unit=form.cleaned_data["unit"],
            remark=form.cleaned_data["remark"],
            seen=request.POST.get("seen", ""),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, account, error, propose_form=form)
    messages.success(request, "已提出核算，等待本单位另一名审核人员确认。")
    return _back(account)


def _seen_proposal(request: HttpRequest, account: YearAccount) -> SettlementProposal:
    """The proposal that the page showed; Conflict where the account has none of this number."""
    found = account.proposals.filter(pk=number_sent(request.POST.get("proposal"))).first()
    if found is None:
        raise Conflict("没有这份核算，请刷新后查看。")
    return found


@gesture
@require(*OFFICER)
def confirm(request: HttpRequest, account: YearAccount) -> HttpResponse:
    """Confirm the proposal that the page showed."""
    user: Any = request.user
    try:
        settlement = confirm_settlement(
            proposal=_seen_proposal(request, account),
            expected_version=seen_version(request),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, account, error)
    messages.success(
        request, f"已核定，合计 {grouped(settlement.total_fen)} 元。有金额的转公示，核定为零的已通知企业。"
    )
    return _back(account)


@gesture
@require(*OFFICER)
def withdraw(request: HttpRequest, account: YearAccount) -> HttpResponse:
    """Send the proposal back, or take one's own back."""
    user: Any = request.user
    form = NoteForm(request.POST)
    if not form.is_valid():
        return account_page(request, account, status=422, withdraw_form=form)
    try:
        withdraw_proposal(
            proposal=_seen_proposal(request, account),
            expected_version=seen_version(request),
            note=form.cleaned_data["note"],
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, account, error, withdraw_form=form)
    messages.success(request, "已退回，可以按最新内容重新提出核算。")
    return _back(account)


@gesture
@require(*OFFICER)
def override(request: HttpRequest, account: YearAccount) -> HttpResponse:
    """Lift or raise the cap."""
    user: Any = request.user
    form = OverrideForm(request.POST, request.FILES)
    if not form.is_valid():
        form.remind_of_file()
        return account_page(request, account, status=422, override_form=form)
    given = form.cleaned_data
    try:
        override_cap(
            account=account,
            lift=given["how"] == "lift",
            cap_fen=given["cap"],
            reason=given["reason"],
            document=store_document(form.enclosure),
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        form.remind_of_file()
        return _refused(request, account, error, override_form=form)
    messages.success(request, "已批准突破上限，下一次核算时计入。")
    return _back(account, "#cap-title")


@gesture
@require(*OFFICER)
def external(request: HttpRequest, account: YearAccount) -> HttpResponse:
    """Enter an award of another policy."""
    user: Any = request.user
    allowed = _gestures(request, account)
    if not allowed.enter:
        return _refused(request, account, NotAllowed("录入由办理该企业申报的单位的经办或审核人员进行。"))
    form = external_form(account, allowed, request.POST, request.FILES)
    if not form.is_valid():
        form.remind_of_file()
        return account_page(request, account, status=422, external_form=form)
    given = form.cleaned_data
    try:
        enter_external_award(
            account=account,
            group=given["group"],
            amount_fen=given["amount"],
            source=given["source"],
            document=store_document(form.enclosure),
            unit=given["unit"],
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        form.remind_of_file()
        return _refused(request, account, error, external_form=form)
    messages.success(request, "已录入，下一次核算时计入。")
    return _back(account, "#external-title")


@gesture
@require(*OFFICER)
def figure(request: HttpRequest, account: YearAccount) -> HttpResponse:
    """Enter a figure of the year as the unit checked it."""
    user: Any = request.user
    allowed = _gestures(request, account)
    if not allowed.enter:
        return _refused(request, account, NotAllowed("录入由办理该企业申报的单位的经办或审核人员进行。"))
    form = figure_form(account, allowed, request.POST)
    if not form.is_valid():
        return account_page(request, account, status=422, figure_form=form)
    given = form.cleaned_data
    try:
        enter_checked_figure(
            account=account,
            key=given["key"],
            value=given["value"],
            source=given["source"],
            unit=given["unit"],
            by=user,
            at=timezone.now(),
        )
    except DomainError as error:
        return _refused(request, account, error, figure_form=form)
    messages.success(request, "已录入核定数据。")
    if consequence := cap_of(account).consequence:
        messages.warning(request, consequence)
    return _back(account, "#figures-title")


def _withdrawal(
    request: HttpRequest, account: YearAccount, act: Callable[..., Any], name: str, row: Any
) -> HttpResponse:
    user: Any = request.user
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _refused(request, account, Invalid(str(form.errors["reason"][0])))
    try:
        act(**{name: row}, reason=form.cleaned_data["reason"], by=user, at=timezone.now())
    except DomainError as error:
        return _refused(request, account, error)
    messages.success(request, "已撤销，原记录保留。")
    return _back(account)


@gesture
@require(*OFFICER)
def external_withdraw(request: HttpRequest, account: YearAccount, row: int) -> HttpResponse:
    """Take a wrong entry back."""
    found = get_object_or_404(account.external_awards, pk=row)
    return _withdrawal(request, account, withdraw_external_award, "external", found)


@gesture
@require(*OFFICER)
def override_withdraw(request: HttpRequest, account: YearAccount, row: int) -> HttpResponse:
    """Take the decision on the cap back."""
    found = get_object_or_404(account.overrides, pk=row)
    return _withdrawal(request, account, withdraw_override, "override", found)


@require_safe
@require(*OFFICER, Role.AUDITOR)
def external_file(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The document of another award."""
    account = own_account(request, pk, inside=True)
    return stored_download(get_object_or_404(account.external_awards, pk=row))


@require_safe
@require(*OFFICER, Role.AUDITOR)
def override_file(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """The document of a decision on the cap."""
    account = own_account(request, pk, inside=True)
    return stored_download(get_object_or_404(account.overrides, pk=row))
