"""Forms of groups of units."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.forms.base import LineField, SpokenForm
from accounts.models import Unit
from policies.enums import GroupResolution


class _Members(forms.ModelMultipleChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label="成员",
            required=False,
            help_text="按企业所属县区确定的，选择县区；由牵头单位逐件确定的，可以不选。",
            queryset=Unit.objects.none(),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": "没有这个单位，请从列表中选择。"},
        )


class MembersForm(SpokenForm):
    """Who belongs to a group, why it changes, and who belonged when the page was drawn."""

    members = _Members()
    reason = LineField(label="调整的依据", max_length=200, help_text="例如文件的文号；记入审计记录。")
    seen = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = Unit.objects.filter(is_active=True).order_by("kind", "order")  # type: ignore[attr-defined]


class NewUnitGroupForm(SpokenForm):
    """A group as a policy prints it."""

    printed = LineField(
        label="原文名称", max_length=60, help_text="照抄原文方括号中的写法，例如：各县区（开发区、湾里管理局）。"
    )
    code = forms.CharField(
        label="代码",
        max_length=20,
        validators=[RegexValidator(r"^[a-z][a-z0-9-]*$", "代码由小写字母、数字和连字符组成，以字母开头。")],
        error_messages={"required": "请填写代码。", "max_length": "代码最多 20 个字符。"},
    )
    resolution = forms.ChoiceField(
        label="怎样确定到一个单位", choices=GroupResolution.choices, widget=forms.RadioSelect
    )
    members = _Members()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = Unit.objects.filter(is_active=True).order_by("kind", "order")  # type: ignore[attr-defined]
