"""Forms of accounts; settings.ACCOUNT_FORMS names the allauth ones by this module."""

from accounts.forms.allauth_forms import (
    AddEmailForm,
    ChangePasswordForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignInForm,
)
from accounts.forms.enterprise import BankAccountForm, EnterpriseForm
from accounts.forms.people import MemberForm, ProfileForm
from accounts.forms.signup import EnterpriseSignupForm
from accounts.forms.verification import RejectForm, VerificationFilter, VerifyForm

__all__ = [
    "AddEmailForm",
    "BankAccountForm",
    "ChangePasswordForm",
    "EnterpriseForm",
    "EnterpriseSignupForm",
    "MemberForm",
    "ProfileForm",
    "ReauthenticateForm",
    "RejectForm",
    "ResetPasswordForm",
    "ResetPasswordKeyForm",
    "SetPasswordForm",
    "SignInForm",
    "VerificationFilter",
    "VerifyForm",
]
