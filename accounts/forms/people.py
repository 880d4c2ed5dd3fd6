"""Forms about people."""

from django import forms

from accounts.enums import EnterpriseRole
from accounts.forms.base import DigitsField, LineField, SpokenForm
from accounts.validators import validate_mobile


class ProfileForm(SpokenForm):
    """The own name and mobile number."""

    name = LineField(label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = DigitsField(
        label="手机号码",
        max_length=20,
        required=False,
        validators=[validate_mobile],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )


class MemberForm(SpokenForm):
    """A colleague's account."""

    name = LineField(label="姓名", max_length=60)
    phone = DigitsField(
        label="手机号码", max_length=20, validators=[validate_mobile], widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.EmailField(
        label="电子邮箱",
        max_length=254,
        error_messages={"invalid": "请填写有效的电子邮箱，例如 name@example.com。"},
        help_text="设置密码的链接会发到这里，同时在页面上显示一次。",
    )
    username = forms.CharField(
        label="用户名",
        max_length=150,
        help_text="登录时使用，至少 4 个字符，可用字母、数字和 @ . + - _。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(
        label="身份",
        choices=EnterpriseRole.choices,
        initial=EnterpriseRole.AGENT,
        widget=forms.RadioSelect,
        help_text="法定代表人（授权人）可以确认提交申报、修改收款账户和管理人员。",
    )
