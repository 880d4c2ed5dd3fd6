"""Forms with which administrators look after people: filters, accounts, roles, reasons, the sheet of an import."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms

from accounts.enums import SystemRole, UnitRole
from accounts.forms.base import DigitsField, LineField, SpokenForm
from accounts.models import Unit
from accounts.people_page import KINDS, STATES
from accounts.validators import validate_mobile

_ROLES = [*UnitRole.choices, *(choice for choice in SystemRole.choices if choice[0])]
_UNITS = Unit.objects.order_by("-is_active", "kind", "order", "pk")


class _UnitChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.name if obj.is_active else f"{obj.name}（已停用）"


class PeopleFilter(forms.Form):
    """What the list of people is narrowed to; everything may stay open."""

    q = forms.CharField(label="姓名、用户名、邮箱、手机或企业", required=False, max_length=120)
    unit = _UnitChoice(label="单位", required=False, queryset=_UNITS, empty_label="全部")
    role = forms.ChoiceField(label="角色", required=False, choices=[("", "全部"), *_ROLES])
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *KINDS.items()])
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATES.items()])


def _person_fields() -> dict[str, forms.Field]:
    return {
        "name": LineField(label="姓名", max_length=60),
        "email": forms.EmailField(
            label="电子邮箱",
            max_length=254,
            error_messages={"invalid": "请填写有效的电子邮箱，例如 name@example.com。"},
        ),
        "phone": DigitsField(
            label="手机号码",
            max_length=20,
            required=False,
            validators=[validate_mobile],
            widget=forms.TextInput(attrs={"type": "tel"}),
        ),
    }


class AccountForm(SpokenForm):
    """A person's name and how to reach them."""

    name, email, phone = _person_fields().values()


class OfficerForm(SpokenForm):
    """A new account with its first role."""

    username = forms.CharField(
        label="用户名",
        max_length=150,
        help_text="登录时使用，至少 4 个字符，可用字母、数字和 @ . + - _。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name, email, phone = _person_fields().values()
    unit = forms.ModelChoiceField(
        label="单位", required=False, queryset=_UNITS.filter(is_active=True), empty_label="请选择"
    )
    role = forms.ChoiceField(label="单位角色", required=False, choices=[("", "请选择"), *UnitRole.choices])
    system_role = forms.ChoiceField(
        label="系统角色",
        required=False,
        choices=[("", "无"), *(choice for choice in SystemRole.choices if choice[0])],
        help_text="政策管理员和审计不能同时在单位任职。",
    )


class RoleForm(SpokenForm):
    """One more role in a unit."""

    unit = forms.ModelChoiceField(label="单位", queryset=_UNITS.filter(is_active=True), empty_label="请选择")
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *UnitRole.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Div("unit", "role", css_class="form-columns"))


class SystemRoleForm(SpokenForm):
    """政策管理员, 审计 or neither, with the reason."""

    system_role = forms.ChoiceField(
        label="系统角色", required=False, choices=[("", "无"), *(one for one in SystemRole.choices if one[0])]
    )
    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(SpokenForm):
    """Why something is done to an account or a role."""

    reason = forms.CharField(label="理由", widget=forms.Textarea(attrs={"rows": 2}))


class PeopleSheetForm(SpokenForm):
    """The filled-in sheet of people."""

    file = forms.FileField(
        label="填好的人员表",
        help_text="由本页模板填写的 .xlsx 文件，不超过 2 MB、300 行。",
        error_messages={
            "empty": "文件是空的，请重新选择。",
            "invalid": "请选择填好的人员表。",
            "required": "请选择填好的人员表。",
        },
        widget=forms.ClearableFileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages["required"] = "请选择填好的人员表。"
