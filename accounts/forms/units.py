"""Forms about units: a new one, what is no name of it, another name by date, duties that go to another."""

from typing import Any

from django import forms

from accounts.enums import UnitKind
from accounts.forms.base import DayField, LineField, SpokenForm
from accounts.models import Unit

_NAME = "条款括号中印的名称，例如“市工信局”。"
_PREFIX = "文书的发文字号使用，例如“洪工信”；不填时用简称。"


class UnitForm(SpokenForm):
    """A new bureau or district."""

    kind = forms.ChoiceField(label="类别", choices=UnitKind.choices, widget=forms.RadioSelect)
    code = forms.CharField(
        label="代码",
        max_length=40,
        help_text="小写字母、数字和连字符，登记后不再更改。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = LineField(label="简称", max_length=40, help_text=_NAME)
    full_name = LineField(label="全称", max_length=80, help_text="文书落款使用。")
    letter_prefix = LineField(label="机关代字", max_length=20, required=False, help_text=_PREFIX)
    order = forms.IntegerField(label="排序", min_value=0, max_value=32767, initial=0)
    two_person = forms.BooleanField(
        label="经办、审核两人办理", required=False, help_text="牵头审核和拨付始终两人办理；此项决定其余环节。"
    )
    is_finance = forms.BooleanField(label="拨付单位", required=False)


class UnitSettingsForm(SpokenForm):
    """What is no name of a unit."""

    order = forms.IntegerField(label="排序", min_value=0, max_value=32767)
    two_person = forms.BooleanField(
        label="经办、审核两人办理", required=False, help_text="牵头审核和拨付始终两人办理；此项决定其余环节。"
    )
    is_finance = forms.BooleanField(label="拨付单位", required=False)


class RenameForm(SpokenForm):
    """Another name from a day on."""

    effective_on = DayField(label="生效日期", help_text="今天或更早的日期即时生效；以后的日期到日自动生效。")
    name = LineField(label="新的简称", max_length=40, help_text=_NAME)
    full_name = LineField(label="新的全称", max_length=80)
    letter_prefix = LineField(label="机关代字", max_length=20, required=False, help_text=_PREFIX)
    reason = forms.CharField(
        label="依据", widget=forms.Textarea(attrs={"rows": 3}), help_text="机构调整文件的名称和文号。"
    )


class MergeForm(SpokenForm):
    """Duties that go to another unit from a day on."""

    successor = forms.ModelChoiceField(label="承接单位", queryset=Unit.objects.none(), empty_label="请选择")
    effective_on = DayField(label="生效日期", help_text="今天或更早的日期即时生效；以后的日期到日自动生效。")
    move_members = forms.BooleanField(
        label="本单位人员连同角色转入承接单位",
        required=False,
        initial=True,
        help_text="不选时，人员保留账号，但不再有单位角色。",
    )
    reason = forms.CharField(
        label="依据", widget=forms.Textarea(attrs={"rows": 3}), help_text="机构调整文件的名称和文号。"
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Unit.objects.filter(kind=unit.kind, is_active=True).exclude(pk=unit.pk).order_by("order", "pk")
