"""Fields whose cleaned value is written as in the evaluation document (strings of 元, ISO days, whole numbers)."""

import datetime as dt
import re
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError

from common.money import MoneyError, grouped, parse_entry, parse_yuan, wan, yuan

_HALF_WIDTH = str.maketrans({**{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "，": ",", "－": "-"})
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
TEXT_LIMIT = 500


class LenientField(forms.Field):
    """`required` marks the field for people (no 选填), it never refuses: a draft may be half filled."""

    def validate(self, value: Any) -> None:
        """Nothing is refused for being empty."""


class MoneyField(LenientField):
    """An amount typed in 元 or 万元; cleaned to a string of 元 with two decimals."""

    def __init__(
        self,
        *,
        unit: Literal["元", "万元"] = "元",
        minimum: str | None = None,
        maximum: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.unit = unit
        self.minimum = parse_yuan(minimum) if minimum is not None else None
        self.maximum = parse_yuan(maximum) if maximum is not None else None
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "data-money": unit, "maxlength": 40}),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str | None:
        """Read what was typed; raises ValidationError with the sentence of common.money."""
        if value is None or not str(value).strip():
            return None
        try:
            fen = parse_entry(str(value), self.unit)
        except MoneyError as error:
            raise ValidationError(str(error)) from error
        if self.minimum is not None and fen < self.minimum:
            raise ValidationError(f"不能小于 {grouped(self.minimum)} 元。")
        if self.maximum is not None and fen > self.maximum:
            raise ValidationError(f"不能大于 {grouped(self.maximum)} 元。")
        return yuan(fen)

    def entry(self, value: Any) -> str:
        """A stored value as a person would type it in this field's unit."""
        try:
            fen = parse_yuan(value)
        except MoneyError:
            return str(value)
        return wan(fen) if self.unit == "万元" else yuan(fen).removesuffix(".00")


class CountField(LenientField):
    """A whole number, not negative unless the declaration says so; cleaned to an int."""

    LIMIT = 10**12

    def __init__(self, *, minimum: str | None = None, maximum: str | None = None, **kwargs: Any) -> None:
        self.minimum = int(minimum) if minimum is not None else 0
        self.maximum = int(maximum) if maximum is not None else self.LIMIT
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 20})
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        """Read digits, full-width ones and separators included."""
        plain = "".join(str(value if value is not None else "").translate(_HALF_WIDTH).split())
        if not plain:
            return None
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain):
            plain = plain.replace(",", "")
        if not re.fullmatch(r"-?[0-9]{1,15}", plain):
            raise ValidationError("请填写整数，只能是数字。")
        number = int(plain)
        if number < self.minimum:
            raise ValidationError(f"不能小于 {self.minimum}。")
        if number > self.maximum:
            raise ValidationError(f"不能大于 {self.maximum}。")
        return number

    def entry(self, value: Any) -> str:
        """A stored value as typed."""
        return str(value)


class DayField(LenientField):
    """A day; cleaned to an ISO string. The browser's own picker is used, and typed forms are read as well."""

    def __init__(self, *, minimum: str | None = None, maximum: str | None = None, **kwargs: Any) -> None:
        self.minimum = dt.date.fromisoformat(minimum) if minimum else dt.date(1949, 10, 1)
        self.maximum = dt.date.fromisoformat(maximum) if maximum else dt.date(2100, 12, 31)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "date", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str | None:
        """Read 2024-03-01, 2024/3/1 or 2024年3月1日."""
        plain = str(value if value is not None else "").translate(_HALF_WIDTH).strip()
        if not plain:
            return None
        match = _DAY.fullmatch(plain)
        try:
            day = dt.date(*(int(part) for part in match.groups())) if match else None
        except ValueError:
            day = None
        if day is None:
            raise ValidationError("请填写有效的日期，例如 2024-03-01。")
        if not self.minimum <= day <= self.maximum:
            raise ValidationError(f"日期应在 {self.minimum:%Y-%m-%d} 至 {self.maximum:%Y-%m-%d} 之间。")
        return day.isoformat()

    def entry(self, value: Any) -> str:
        """A stored value as the date input takes it."""
        return str(value)


class FlagField(LenientField):
    """Yes or no; unanswered is not no."""

    WORDS = {"true": True, "false": False}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.RadioSelect(choices=[("true", "是"), ("false", "否")]))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> bool | None:
        """Read the two words of the radio buttons."""
        if value in (None, ""):
            return None
        if str(value) not in self.WORDS:
            raise ValidationError("请选择“是”或“否”。")
        return self.WORDS[str(value)]

    def entry(self, value: Any) -> str:
        """The word of a stored value."""
        return "true" if value is True else "false" if value is False else str(value)


class OptionField(LenientField):
    """One of the declared choices; cleaned to its value."""

    def __init__(self, *, options: list[tuple[str, str]], **kwargs: Any) -> None:
        self.options = dict(options)
        kwargs.setdefault("widget", forms.Select(choices=[("", "请选择"), *options]))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str | None:
        """Read a value of the list."""
        if value in (None, ""):
            return None
        if str(value) not in self.options:
            raise ValidationError("请从列表中选择一项。")
        return str(value)

    def entry(self, value: Any) -> str:
        """A stored value."""
        return str(value)


class WordsField(LenientField):
    """Text without control characters; cleaned to the stripped text."""

    def __init__(self, *, long: bool = False, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput(attrs={"autocomplete": "off"})
        widget.attrs["maxlength"] = TEXT_LIMIT
        kwargs.setdefault("widget", widget)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str | None:
        """Read the text; line ends become \\n."""
        plain = _CONTROL.sub("", str(value if value is not None else "").replace("\r\n", "\n")).strip()
        if len(plain) > TEXT_LIMIT:
            raise ValidationError(f"最多填写 {TEXT_LIMIT} 个字，现在有 {len(plain)} 个。")
        return plain or None

    def entry(self, value: Any) -> str:
        """A stored value."""
        return str(value)
