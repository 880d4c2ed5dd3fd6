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
    )
    unit = forms.ModelChoiceField(
        label="单位",
        required=False,
        queryset=Unit.objects.filter(is_active=True).order_by("order", "pk"),
        to_field_name="code",
        empty_label="全部单位",
    )
    kind = forms.ChoiceField(
        label="条款类型",
        required=False,
        choices=[("", "全部条款"), ("money", "资金条款"), ("other", "非资金条款")],
    )
