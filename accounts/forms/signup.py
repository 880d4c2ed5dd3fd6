"""Registration: the enterprise and its first person on one page."""

from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest  # noqa: TID251  (the signature of allauth's form)

from accounts.enums import EnterpriseRole
from accounts.forms.base import DigitsField, LineField
from accounts.forms.enterprise import ENTERPRISE_SECTION, EnterpriseFields
from accounts.validators import validate_mobile

BAD_ADDRESS = "请填写有效的电子邮箱，例如 name@example.com。"
STRENGTH_HINT = "至少 10 个字符；不要全部用数字，不要与姓名、用户名相近。"


class EnterpriseSignupForm(EnterpriseFields, SignupForm):
    """allauth's sign-up with the enterprise's fields; the adapter hands the answers to `register_enterprise`."""

    section_layout = (
        ENTERPRISE_SECTION,
        (
            "账号信息",
            "这是您个人的账号，请勿多人共用；同事的账号可在注册后由本单位自行开通。",
            ("username", "person_name", "mobile", "email", "password1", "password2", "role"),
        ),
    )
    field_order = [name for _, _, names in section_layout for name in names]
    person_name = LineField(label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    mobile = DigitsField(
        label="手机号码",
        max_length=20,
        validators=[validate_mobile],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    role = forms.ChoiceField(
        label="您在本单位的身份",
        choices=EnterpriseRole.choices,
        widget=forms.RadioSelect(attrs={"data-wide": "true"}),
        help_text="经办人填写申报材料；法定代表人（授权人）确认提交。本单位须至少有一位法定代表人（授权人）才能提交申报。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].error_messages["invalid"] = BAD_ADDRESS
        labels = {
            "username": ("用户名", "登录时使用，至少 4 个字符，可用字母、数字和 @ . + - _。"),
            "email": ("电子邮箱", "接收通知和重新设置密码。"),
            "password1": ("密码", STRENGTH_HINT),
            "password2": ("再次输入密码", ""),
        }
        for name, (label, help_text) in labels.items():
            field = self.fields[name]
            field.label, field.help_text = label, help_text
            field.widget.attrs.pop("placeholder", None)
            field.error_messages["required"] = f"请{label if name == 'password2' else '填写' + label}。"

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """The person, the enterprise and the membership in one transaction."""
        with transaction.atomic():
            return super().save(request)
