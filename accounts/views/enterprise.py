"""The enterprise's own pages: data, bank account, people."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import ENTERPRISE, SignedInRequest, confidential, require
from accounts.actions.bank import save_bank_account
from accounts.actions.people import deactivate_member, invite_member, reactivate_member, renew_invitation
from accounts.actions.verification import resubmit_enterprise, update_enterprise
from accounts.bans import standing_ban
from accounts.enums import EnterpriseStatus
from accounts.forms import BankAccountForm, EnterpriseForm, MemberForm
from accounts.permissions import is_legal_member, may_manage_members
from accounts.presenters import bank_rows, enterprise_rows
from accounts.queries import figures_of, has_legal_member, members_of, own_enterprise
from common.errors import DomainError, NotAllowed


@require_safe
@require(*ENTERPRISE)
def enterprise(request: SignedInRequest) -> HttpResponse:
    """What the city knows about the enterprise, in which state, and what is still missing before it can file."""
    own = own_enterprise(request.user)
    context = {
        "enterprise": own,
        "rows": enterprise_rows(own),
        "bank_rows": bank_rows(own),
        "figures": figures_of(own),
        "is_legal": is_legal_member(request.user, own),
        "has_legal": has_legal_member(own),
        "manages": may_manage_members(request.user, own),
        "ban": standing_ban(own, on=timezone.localdate()),
    }
    return render(request, "accounts/enterprise.html", context)


@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def enterprise_edit(request: SignedInRequest) -> HttpResponse:
    """Edit the data; a rejected enterprise is sent to its district again by saving."""
    own = own_enterprise(request.user)
    rejected = own.status == EnterpriseStatus.REJECTED
    form = EnterpriseForm(request.POST or None, initial=EnterpriseForm.initial_of(own))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            act = resubmit_enterprise if rejected else update_enterprise
            try:
                saved = act(
                    enterprise=own,
                    data=form.enterprise_data(),
                    expected_version=form.cleaned_data["version"],
                    by=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                status = form.refuse(error)
            else:
                waiting = saved.status == EnterpriseStatus.PENDING
                messages.success(request, f"已保存，等待{saved.district.name}核实。" if waiting else "企业信息已保存。")
                return redirect("accounts:enterprise")
    context = {"form": form, "enterprise": own, "rejected": rejected, "current": enterprise_rows(own)}
    return render(request, "accounts/enterprise_form.html", context, status=status)


@sensitive_post_parameters("bank_account", "bank_code")
@confidential()
@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def bank_account(request: SignedInRequest) -> HttpResponse:
    """Set the account for payments; only for 法定代表人（授权人）."""
    own = own_enterprise(request.user)
    if not is_legal_member(request.user, own):
        raise NotAllowed("只有本单位的法定代表人（授权人）可以修改收款账户。")
    form = BankAccountForm(request.POST or None, initial={"version": own.version, "bank_account_name": own.name})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            version = data.pop("version")
            try:
                save_bank_account(
                    enterprise=own, data=data, expected_version=version, by=request.user, at=timezone.now()
                )
            except DomainError as error:
                status = form.refuse(error)
            else:
                messages.success(request, "收款账户已保存。")
                return redirect("accounts:enterprise")
    context = {"form": form, "enterprise": own, "bank_rows": bank_rows(own)}
    return render(request, "accounts/bank_form.html", context, status=status)


@require_safe
@require(*ENTERPRISE)
def members(request: SignedInRequest) -> HttpResponse:
    """The people who act for the enterprise."""
    own = own_enterprise(request.user)
    context = {
        "enterprise": own,
        "members": members_of(own),
        "manages": may_manage_members(request.user, own),
        "has_legal": has_legal_member(own),
    }
    return render(request, "accounts/members.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@require(*ENTERPRISE)
def member_invite(request: SignedInRequest) -> HttpResponse:
    """Open a colleague's account; the one-time link is shown on the answer and nowhere again."""
    own = own_enterprise(request.user)
    if not may_manage_members(request.user, own):
        raise NotAllowed("只有本单位的法定代表人（授权人）可以管理人员；尚无法定代表人账号时由首位注册人管理。")
    form = MemberForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                invitation = invite_member(enterprise=own, by=request.user, at=timezone.now(), **form.cleaned_data)
            except DomainError as error:
                status = form.refuse(error)
            else:
                return render(request, "accounts/member_invited.html", {"invitation": invitation, "enterprise": own})
    return render(request, "accounts/member_form.html", {"form": form, "enterprise": own}, status=status)


@never_cache
@require_POST
@require(*ENTERPRISE)
def member_invitation(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new one-time link for a colleague who has not chosen a password yet."""
    own = own_enterprise(request.user)
    invitation = renew_invitation(enterprise=own, member_id=pk, by=request.user, at=timezone.now())
    return render(request, "accounts/member_invited.html", {"invitation": invitation, "enterprise": own})


@require_POST
@require(*ENTERPRISE)
def member_deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Suspend a colleague."""
    own = own_enterprise(request.user)
    member = deactivate_member(enterprise=own, member_id=pk, by=request.user, at=timezone.now())
    messages.success(request, f"已停用 {member.user}，其账号不能再办理本单位业务。")
    return redirect("accounts:members")


@require_POST
@require(*ENTERPRISE)
def member_reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a colleague act again."""
    own = own_enterprise(request.user)
    member = reactivate_member(enterprise=own, member_id=pk, by=request.user, at=timezone.now())
    messages.success(request, f"已恢复 {member.user}。")
    return redirect("accounts:members")
