"""allauth's forms of the second factor in the product's voice; settings.MFA_FORMS names them."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm as LibraryAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as LibraryReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm as LibraryActivateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm as LibraryAddKeyForm
from allauth.mfa.webauthn.forms import EditWebAuthnForm as LibraryEditKeyForm

from accounts.forms.base import SpokenForm

_LABELS = {
    "code": ("验证码", "验证器显示的 6 位数字；手机不在身边时可填写一个恢复码。"),
    "name": ("密钥名称", "便于区分多个密钥，例如 办公室 USB 密钥。"),
}


class _Spoken(SpokenForm):
    """Labels and missing answers in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in _LABELS.items():
            if name in self.fields:
                field = self.fields[name]
                field.label, field.help_text = label, help_text
                field.error_messages["required"] = f"请填写{label}。"


class AuthenticateForm(_Spoken, LibraryAuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_Spoken, LibraryReauthenticateForm):
    """The code once more before something sensitive."""


class ActivateTOTPForm(_Spoken, LibraryActivateForm):
    """The first code of a new authenticator, which proves that it was set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "扫描二维码后，填写验证器显示的 6 位数字。"


class AddKeyForm(_Spoken, LibraryAddKeyForm):
    """A new security key."""


class EditKeyForm(_Spoken, LibraryEditKeyForm):
    """Another name for a security key."""
