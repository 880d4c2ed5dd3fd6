"""The library's search box and filters."""

from django import forms

from accounts.models import Unit


class LibraryFilterForm(forms.Form):
    """Words, a unit and a kind; lives in the address (GET)."""

    q = forms.CharField(
        label="关键词（多个词用空格隔开）",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={
            "max_length": "关键词最多 60 个字，请缩短后再查找。",
            "null_characters_not_allowed": "含有无法识别的字符，请重新输入。",
        },
    )
    unit = forms.ModelChoiceField(
        label="单位",
        required=False,
        queryset=Unit.objects.filter(is_active=True).order_by("order", "pk"),
        to_field_name="code",
        empty_label="全部单位",
        error_messages={"invalid_choice": "没有这个单位，请从列表中选择。"},
    )
    kind = forms.ChoiceField(
        label="条款类型",
        required=False,
        choices=[("", "全部条款"), ("money", "资金条款"), ("other", "非资金条款")],
        error_messages={"invalid_choice": "没有这个类型，请从列表中选择。"},
    )
