"""allauth's hooks: Chinese sentences, mail through the outbox, limits that cannot lock an owner out, safe redirects."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.contrib.sites.shortcuts import get_current_site
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.actions.mail import SUBJECT_PREFIX, send_mail
from accounts.actions.registration import register_enterprise
from accounts.models import User
from common.audit.actions import record
from common.errors import Conflict

_MISMATCH = "用户名或密码不正确，请检查后重试。连续输错 5 次，需等待 5 分钟；忘记密码可以通过邮箱重新设置。"


class AccountAdapter(DefaultAccountAdapter):
    """The product's account adapter (settings.ACCOUNT_ADAPTER)."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "该账号已停用，请联系本单位管理人员。",
        "cannot_remove_primary_email": "不能删除主要邮箱。",
        "duplicate_email": "该邮箱已在您的账号中。",
        "email_password_mismatch": _MISMATCH,
        "username_password_mismatch": _MISMATCH,
        "email_taken": "该邮箱已被其他账号使用。如果是您本人的账号，请直接登录或重新设置密码。",
        "enter_current_password": "当前密码不正确。",
        "incorrect_code": "验证码不正确，请核对后重新输入。",
        "incorrect_password": "密码不正确。",
        "invalid_or_expired_key": "链接无效或已过期。",
        "invalid_login": "登录信息不正确。",
        "invalid_password_reset": "该链接无效、已使用或已过期，请重新申请。",
        "too_many_login_attempts": "登录失败次数过多，请 5 分钟后再试。账号没有被锁定，也可以通过邮箱重新设置密码。",
        "unknown_email": "没有使用该邮箱的账号。",
        "unverified_primary_email": "主要邮箱须先完成验证。",
        "username_blacklisted": "该用户名不能使用，请换一个。",
        "username_taken": "该用户名已被使用，请换一个。",
        "rate_limited": "操作过于频繁，请稍后再试。",
    }

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Save the person who registers and the enterprise with it (the form wraps both in one transaction)."""
        data = form.cleaned_data
        user.name, user.phone = data["person_name"], data["mobile"]
        try:
            with transaction.atomic():
                user = super().save_user(request, user, form, commit=commit)
        except IntegrityError as error:
            raise Conflict("该用户名刚刚被使用，请换一个。", field="username") from error
        register_enterprise(user=user, data={**form.enterprise_data(), "role": data["role"]}, at=timezone.now())
        return user

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Registration ends on the enterprise's page, which says what comes next."""
        return reverse("accounts:enterprise")

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in (Django rotates the session) and keep a record of it."""
        super().login(request, user)
        with transaction.atomic():
            record("accounts.signed_in", subject=user, by=user, at=timezone.now(), ip=self.get_client_ip(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owe allauth's mail through the outbox instead of talking to a mail server within the request."""
        request = allauth_context.request
        message = self.render_mail(
            template_prefix,
            email,
            {"request": request, "email": email, "current_site": get_current_site(request), **context},
        )
        html = next((body for body, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
        send_mail(to=email, subject=message.subject, body=message.body, html=html, at=timezone.now())

    def format_email_subject(self, subject: str) -> str:
        """The product's name before the subject."""
        return SUBJECT_PREFIX + subject

    def is_safe_url(self, url: str) -> bool:
        """Redirect within this host only, never to another one that happens to be configured."""
        request = allauth_context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures per account *and* address: whoever guesses from elsewhere cannot shut the owner out."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"
