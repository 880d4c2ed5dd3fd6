"""Forms of a document's tables of industry targets; amounts in 亿元, as such tables print them."""

import re
from typing import Any

from django import forms

from accounts.forms.base import LineField, SpokenForm
from accounts.models import Unit
from policies.amounts import fen_of_yi

_WRONG = "请填写亿元为单位的数，最多 8 位小数，例如 1950 或 0.5。"


class YiField(forms.CharField):
    """An amount typed in 亿元; cleaned to 分."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=24, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        """The amount in 分; raises ValidationError for what is no amount."""
        text = str(super().clean(value)).strip().replace(",", "").replace("，", "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,6}(?:\.[0-9]{1,8})?", text):
            raise forms.ValidationError(_WRONG)
        return fen_of_yi(text)


class TargetTableForm(SpokenForm):
    """The year and the printed total."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    year = forms.IntegerField(
        label="目标年度",
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": "请填写四位数的年度，例如 2026。",
            "min_value": "年度须在 2000 至 2100 之间。",
            "max_value": "年度须在 2000 至 2100 之间。",
        },
    )
    total = YiField(label="合计（亿元）", help_text="照原文填写；与各行之和核对。")
    differs = forms.BooleanField(
        label="合计与各行之和不同，原文如此",
        required=False,
        help_text="例如合计中包含没有列出的县区。",
    )


class TargetForm(SpokenForm):
    """One unit's row."""

    unit = forms.ModelChoiceField(label="单位", queryset=Unit.objects.none(), empty_label="请选择")
    printed = LineField(label="原文名称", max_length=40, required=False, help_text="与单位名称不同时填写。")
    focus = LineField(label="发展重点", max_length=100, required=False)
    target = YiField(label="目标（亿元）")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(is_active=True).order_by("-kind", "order", "pk")
