"""What all forms of accounts share: sentences for missing answers, no placeholders, sections, refusals of actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django import forms

from accounts.validators import normalise_digits, normalise_uscc, plain_text, validate_uscc
from common.errors import DomainError
from common.money import MoneyError, parse_entry


@dataclass(frozen=True)
class Section:
    """A titled group of fields, as the page prints it."""

    title: str
    hint: str
    fields: list[forms.BoundField]


class SpokenForm(forms.Form):
    """A form that asks for what is missing by name and keeps labels outside the boxes."""

    section_layout: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A placeholder vanishes while typing and is read as an answer; the label says it already.
            field.widget.attrs.pop("placeholder", None)
            # Django's own sentences for these two are no good Chinese.
            field.error_messages.setdefault("null_characters_not_allowed", "内容含有不可见字符，请重新输入。")
            field.error_messages.setdefault("max_length", "最多 %(limit_value)d 个字，现有 %(show_value)d 个，请缩短。")
            if field.widget.is_hidden and field.label is None:
                # Nobody fills it in: what lacks it is an old page or no page at all.
                field.label = "页面"
                field.error_messages |= dict.fromkeys(("required", "invalid"), "内容不完整或已过时，请刷新后再试。")
                continue
            chosen = isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
            field.error_messages["required"] = f"请{'选择' if chosen else '填写'}{field.label}。"

    def sections(self) -> Iterator[Section]:
        """The fields in the groups of `section_layout`."""
        for title, hint, names in self.section_layout:
            yield Section(title, hint, [self[name] for name in names])

    def refuse(self, error: DomainError) -> int:
        """Show an action's refusal beside its fields (the rest above the form) and return the answer's status."""
        for name, sentences in error.errors.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)
        return error.status


class LineField(forms.CharField):
    """One line of plain text: blanks tidied, invisible characters refused."""

    def to_python(self, value: Any) -> str:
        return plain_text(super().to_python(value) or "")


class DigitsField(forms.CharField):
    """A number that is no amount (telephone, account): full width and blanks are welcome."""

    def to_python(self, value: Any) -> str:
        return normalise_digits(super().to_python(value) or "")


class UsccField(forms.CharField):
    """A 统一社会信用代码 as people type it: lower case, full width and blanks are welcome."""

    default_validators = [validate_uscc]

    def to_python(self, value: Any) -> str:
        return normalise_uscc(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "autocapitalize": "characters", "spellcheck": "false"}


class DayField(forms.DateField):
    """A day, entered with the browser's own calendar; ISO where there is none."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"invalid": "请填写正确的日期，例如 2015-06-30。"}
    input_formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]
    #: A year outside is a slip of the keyboard (0205 for 2025); files of policies know no other (policies.transfer).
    first_year, last_year = 1900, 2199

    def to_python(self, value: Any) -> date | None:
        """The day; a year that nobody means is no day."""
        found = super().to_python(value)
        if found is not None and not self.first_year <= found.year <= self.last_year:
            raise forms.ValidationError(
                f"年份不正确，请填写 {self.first_year} 至 {self.last_year} 年之间的日期。", code="year"
            )
        return found


class AmountField(forms.CharField):
    """An amount typed in 元 or 万元; cleaned to 分, None where nothing was typed and nothing is due."""

    def __init__(self, *, unit: Literal["元", "万元"] = "元", max_length: int = 40, **kwargs: Any) -> None:
        self.unit: Literal["元", "万元"] = unit
        attrs = {"data-money": unit, "inputmode": "decimal", "autocomplete": "off"}
        super().__init__(max_length=max_length, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        """Read what was typed; raises ValidationError with the sentence of common.money."""
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            return parse_entry(text, self.unit)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
