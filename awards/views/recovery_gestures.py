"""What the forms of a recovery's page send; each answers with that page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import ENTERPRISE, OFFICER, require
from applications.forms.messages import enclosures
from awards.actions.bans import ban_of, lift_ban
from awards.actions.recoveries import decide_recovery, draft_recovery, drop_recovery, return_recovery_draft
from awards.actions.recovery_receipts import hand_in_voucher, record_receipt, reverse_receipt
from awards.actions.set_offs import decide_set_off, propose_set_off, withdraw_set_off
from awards.enums import ProposalState
from awards.forms.recoveries import (
    DecisionForm,
    DropForm,
    GestureForm,
    LiftForm,
    NoteForm,
    ReceiptForm,
    ReverseForm,
    SetOffForm,
    SetOffReturnForm,
    VoucherForm,
)
from awards.models import Award, Recovery, SetOffProposal
from awards.queries.owed import free_shares, targets_of
from awards.recovery_presenters import receipt_rows, standing_entries
from awards.views.recoveries import own_recovery, page_of
from common.errors import Conflict, DomainError, Invalid
from common.keys import number_sent
from reviews.views.decide import seen_version

Gesture = Callable[[HttpRequest, Recovery], str]


def _gesture(name: str, form: Callable[[Recovery], tuple[type[GestureForm], dict[str, Any]]]) -> Any:
    """A view that takes what a form of the page sends: on success it leads back to the page with a word; what
    is refused comes back on the page as it was typed. Whoever opens its address is led to the page.
    """

    def declare(act: Gesture) -> Callable[..., HttpResponse]:
        @wraps(act)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            recovery = own_recovery(request, pk)
            if request.method != "POST":
                return redirect("awards:recovery", pk)
            try:
                told = act(request, recovery)
            except DomainError as error:
                return _again(request, pk, name, form, error)
            messages.success(request, told)
            return redirect("awards:recovery", pk)

        return require_http_methods(["GET", "HEAD", "POST"])(view)

    return declare


def _again(
    request: HttpRequest,
    pk: int,
    name: str,
    form: Callable[[Recovery], tuple[type[GestureForm], dict[str, Any]]],
    error: DomainError,
) -> HttpResponse:
    fresh = own_recovery(request, pk)
    kind, kwargs = form(fresh)
    sent = kind.refused(request.POST, request.FILES, error, **kwargs)
    conflict = error if isinstance(error, Conflict) else None
    return page_of(request, fresh, status=error.status, **{name: sent}, errors=sent, conflict=conflict, has_errors=True)


def _plain(kind: type[GestureForm]) -> Callable[[Recovery], tuple[type[GestureForm], dict[str, Any]]]:
    return lambda recovery: (kind, {})


def _receipts(recovery: Recovery) -> tuple[type[GestureForm], dict[str, Any]]:
    rows = receipt_rows(
        recovery, list(recovery.receipts.select_related("reverses", "reversed_by", "set_off__award__application"))
    )
    return ReverseForm, {"receipts": standing_entries(rows)}


def _targets(recovery: Recovery) -> tuple[type[GestureForm], dict[str, Any]]:
    return SetOffForm, {"targets": free_shares(targets_of(recovery))}


def _cleaned(form: GestureForm, name: str) -> Any:
    """What a field reads; None where it could not be read: the action says what is missing."""
    form.is_valid()
    return form.cleaned_data.get(name)


def _unchosen(form: GestureForm, name: str, sentence: str) -> Invalid:
    """The refusal where nothing was chosen for the action to work on, with what is wrong in the other fields."""
    form.is_valid()
    others = {field: [str(told) for told in sentences] for field, sentences in form.errors.items()}
    return Invalid(sentence, errors={**others, name: [sentence]})


@require(*OFFICER)
@_gesture("decision_form", _plain(DecisionForm))
def draft(request: HttpRequest, recovery: Recovery) -> str:
    """Draft the decision."""
    user: Any = request.user
    form = DecisionForm(request.POST)
    years = _cleaned(form, "ban_years")
    draft_recovery(
        recovery=recovery,
        amount_fen=_cleaned(form, "amount"),
        reason=request.POST.get("reason", ""),
        due_on=_cleaned(form, "due_on"),
        ban_years=-1 if years is None else years,
        expected_version=seen_version(request),
        by=user,
        at=timezone.now(),
    )
    return "追回决定已提交审核。"


@require(*OFFICER)
@_gesture("note_form", _plain(NoteForm))
def send_back(request: HttpRequest, recovery: Recovery) -> str:
    """Send a drafted decision back."""
    user: Any = request.user
    return_recovery_draft(
        recovery=recovery,
        note=request.POST.get("note", ""),
        expected_version=seen_version(request),
        by=user,
        at=timezone.now(),
    )
    return "已退回经办人。"


@require(*OFFICER)
@_gesture("note_form", _plain(NoteForm))
def decide(request: HttpRequest, recovery: Recovery) -> str:
    """Confirm a drafted decision."""
    user: Any = request.user
    decide_recovery(recovery=recovery, expected_version=seen_version(request), by=user, at=timezone.now())
    return "已决定追回，追回通知正在签发。"


@require(*OFFICER)
@_gesture("drop_form", _plain(DropForm))
def drop(request: HttpRequest, recovery: Recovery) -> str:
    """Decide that nothing is claimed back."""
    user: Any = request.user
    drop_recovery(
        recovery=recovery,
        reason=request.POST.get("reason", ""),
        expected_version=seen_version(request),
        by=user,
        at=timezone.now(),
    )
    return "已决定不予追回。"


@require(*OFFICER)
@_gesture("receipt_form", _plain(ReceiptForm))
def receipt(request: HttpRequest, recovery: Recovery) -> str:
    """Enter an instalment."""
    user: Any = request.user
    form = ReceiptForm(request.POST)
    record_receipt(
        recovery=recovery,
        amount_fen=_cleaned(form, "amount"),
        on=_cleaned(form, "on"),
        reference=request.POST.get("reference", ""),
        note=request.POST.get("note", ""),
        files=enclosures(request.FILES),
        by=user,
        at=timezone.now(),
    )
    return "退款已登记。"


@require(*OFFICER)
@_gesture("reverse_form", _receipts)
def reverse_entry(request: HttpRequest, recovery: Recovery) -> str:
    """Reverse a wrong entry."""
    user: Any = request.user
    row = recovery.receipts.filter(pk=number_sent(request.POST.get("receipt"))).first()
    if row is None:
        kind, kwargs = _receipts(recovery)
        raise _unchosen(kind(request.POST, **kwargs), "receipt", "请选择要冲减的一笔。")
    reverse_receipt(receipt=row, note=request.POST.get("note", ""), by=user, at=timezone.now())
    return "已冲减，尚欠金额已更新。"


@require(*ENTERPRISE)
@_gesture("voucher_form", _plain(VoucherForm))
def voucher(request: HttpRequest, recovery: Recovery) -> str:
    """The enterprise hands in its voucher."""
    user: Any = request.user
    hand_in_voucher(recovery=recovery, files=enclosures(request.FILES), by=user, at=timezone.now())
    return "凭证已上传，财政部门核对到账后登记。"


@require(*OFFICER)
@_gesture("set_off_form", _targets)
def set_off(request: HttpRequest, recovery: Recovery) -> str:
    """Propose a set-off."""
    user: Any = request.user
    pk, _, share = request.POST.get("target", "").partition(":")
    target = Award.objects.filter(pk=number_sent(pk), account__enterprise=recovery.award.account.enterprise_id).first()
    form = SetOffForm(request.POST, targets=free_shares(targets_of(recovery)))
    if target is None:
        raise _unchosen(form, "target", "请选择从哪一笔奖补抵扣。")
    propose_set_off(
        recovery=recovery,
        award=target,
        share=share,
        amount_fen=_cleaned(form, "amount"),
        reason=request.POST.get("reason", ""),
        by=user,
        at=timezone.now(),
    )
    return "抵扣已提交审核。"


@require(*OFFICER)
@_gesture("set_off_return_form", _plain(SetOffReturnForm))
def set_off_decide(request: HttpRequest, recovery: Recovery) -> str:
    """Decide a proposed set-off."""
    user: Any = request.user
    decide_set_off(proposal=_proposal(recovery), expected_version=seen_version(request), by=user, at=timezone.now())
    return "抵扣已生效，后续奖补按余额拨付。"


@require(*OFFICER)
@_gesture("set_off_return_form", _plain(SetOffReturnForm))
def set_off_return(request: HttpRequest, recovery: Recovery) -> str:
    """Send a proposed set-off back, or take one's own back."""
    user: Any = request.user
    withdraw_set_off(
        proposal=_proposal(recovery),
        expected_version=seen_version(request),
        note=request.POST.get("note", ""),
        by=user,
        at=timezone.now(),
    )
    return "抵扣建议已退回。"


@require(*OFFICER)
@_gesture("lift_form", _plain(LiftForm))
def ban_lift(request: HttpRequest, recovery: Recovery) -> str:
    """Lift the ban that came with the decision."""
    user: Any = request.user
    ban = ban_of(recovery)
    if ban is None:
        raise Conflict("这件追回没有限制申报，无需解除。")
    lift_ban(ban=ban, reason=request.POST.get("reason", ""), by=user, at=timezone.now())
    return "已解除限制申报，企业现在可以申报。"


def _proposal(recovery: Recovery) -> SetOffProposal:
    found = recovery.set_off_proposals.filter(state=ProposalState.OPEN).first()
    if found is None:
        raise Conflict("这份抵扣已被处理，请查看最新内容。")
    return found
