"""One value: one of several, a number, a share, a day of the year, a unit."""

from typing import Any

from django import forms

from accounts.models import Unit
from policies.queries.setting_words import setting_words
from policies.setting_forms.base import SettingForm, WholeField


class ChoiceForm(SettingForm):
    """One of the values that the reader knows, in words; a yes or no is a choice of two."""

    value_names = ("option",)
    option = forms.ChoiceField(label="取值", widget=forms.RadioSelect)

    def prepare(self) -> None:
        field: Any = self.fields["option"]
        field.choices = [(_key(one), setting_words(self.point.key, one)) for one in self.point.options]

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {"option": _key(value)}

    def value(self) -> Any:
        return next(one for one in self.point.options if _key(one) == self.cleaned_data["option"])


def _key(value: Any) -> str:
    """A value as the form sends it: true and 1 are two things."""
    return f"{type(value).__name__}-{value}".lower()


class NumberForm(SettingForm):
    """A whole number with its measure word."""

    value_names = ("number",)
    number = WholeField(label="取值")

    def prepare(self) -> None:
        point = self.point
        self.fields["number"].label = f"取值（{point.unit}）"
        self.fields["number"].help_text = f"{point.lowest} 至 {point.highest} 的整数。"

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {"number": value}

    def value(self) -> int:
        number: int = self.cleaned_data["number"]
        return number


class PercentForm(SettingForm):
    """A whole share of a hundred."""

    value_names = ("share",)
    share = WholeField(label="取值（%）", help_text="0 至 100 的整数。")

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {"share": str(value).removesuffix("%")}

    def value(self) -> str:
        return f"{self.cleaned_data['share']}%"


class MonthDayForm(SettingForm):
    """A day that every year has."""

    value_names = ("month", "day")
    month = forms.TypedChoiceField(label="月", coerce=int, choices=[(one, f"{one}月") for one in range(1, 13)])
    day = forms.TypedChoiceField(label="日", coerce=int, choices=[(one, f"{one}日") for one in range(1, 32)])

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        month, _, day = str(value).partition("-")
        return {"month": int(month), "day": int(day)} if month.isdigit() and day.isdigit() else {}

    def value(self) -> str:
        return f"{self.cleaned_data['month']:02d}-{self.cleaned_data['day']:02d}"


class UnitForm(SettingForm):
    """One unit in use."""

    value_names = ("unit",)
    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Unit.objects.none(),
        to_field_name="code",
        empty_label="请选择",
        error_messages={"invalid_choice": "请选择一个启用中的单位。"},
    )

    def prepare(self) -> None:
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(is_active=True).order_by("kind", "order", "pk")

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        return {"unit": value}

    def value(self) -> str:
        code: str = self.cleaned_data["unit"].code
        return code
