"""allauth's forms in the product's voice."""

from typing import Any

from allauth.account import forms as allauth_forms

from accounts.forms.base import SpokenForm
from accounts.forms.signup import BAD_ADDRESS, STRENGTH_HINT


class SignInForm(SpokenForm, allauth_forms.LoginForm):
    """User name or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"login": "用户名或电子邮箱", "password": "密码"}
        for name, label in labels.items():
            field = self.fields[name]
            field.label, field.help_text = label, ""
            field.error_messages["required"] = f"请填写{label}。"
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class _NewPassword(SpokenForm):
    """The two boxes of a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "oldpassword": ("当前密码", ""),
            "password1": ("新密码", STRENGTH_HINT),
            "password2": ("再次输入新密码", ""),
        }
        for name, (label, help_text) in labels.items():
            if name in self.fields:
                field = self.fields[name]
                field.label, field.help_text = label, help_text
                field.error_messages["required"] = f"请{'' if name == 'password2' else '填写'}{label}。"


class ChangePasswordForm(_NewPassword, allauth_forms.ChangePasswordForm):
    """Changing the own password."""


class SetPasswordForm(_NewPassword, allauth_forms.SetPasswordForm):
    """A first password for an account without one."""


class ResetPasswordKeyForm(_NewPassword, allauth_forms.ResetPasswordKeyForm):
    """A new password through a one-time link."""


class _Email(SpokenForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        field.label = "电子邮箱"
        field.error_messages |= {"required": "请填写电子邮箱。", "invalid": BAD_ADDRESS}


class ResetPasswordForm(_Email, allauth_forms.ResetPasswordForm):
    """Asking for a one-time link."""


class AddEmailForm(_Email, allauth_forms.AddEmailForm):
    """Another address of the same person."""


class ReauthenticateForm(SpokenForm, allauth_forms.ReauthenticateForm):
    """The password once more before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.label, field.help_text = "密码", ""
        field.error_messages["required"] = "请填写密码。"
