"""What every form of an open point asks for beside its value."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from accounts.forms.base import DayField, LineField, SpokenForm
from common.canonical import canonical_json
from common.errors import DomainError
from policies.models import PolicySetting
from policies.open_points import OPEN_POINTS

_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}


class WholeField(forms.IntegerField):
    """A whole number, typed; bounds are told by the action, so that one sentence says them."""

    default_error_messages = {"invalid": "请填写整数。"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs=_WHOLE), **kwargs)


@dataclass(frozen=True)
class FieldGroup:
    """Fields that are printed together; without a title they stand alone."""

    title: str
    fields: list[forms.BoundField]


class SettingForm(SpokenForm):
    """A new value of one point from a day on. Subclasses add the fields of the value."""

    valid_from = DayField(label="自何日起")
    reason = LineField(
        label="修改理由",
        max_length=500,
        widget=forms.TextInput(attrs={"data-wide": "true"}),
        help_text="依据的文件或会议；写入修改记录，并在政策库公开。",
    )
    acknowledged = forms.BooleanField(label="已核对影响", required=False)
    #: The number of the newest row as the person saw it.
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    #: Names of the fields that hold the value, in order.
    value_names: ClassVar[tuple[str, ...]] = ()
    #: A sentence above the fields of the value.
    hint: ClassVar[str] = ""

    def __init__(self, *args: Any, setting: PolicySetting, **kwargs: Any) -> None:
        self.setting, self.point = setting, OPEN_POINTS[setting.key]
        initial = {"seen": setting.number, **self.initial_of(setting.value), **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["valid_from"].help_text = (
            "按政策年度读取：这一天所在年度及以后的年度按新值。"
            if self.point.reads == "year"
            else "可以是今天或以后的日期；自该日起办理的按新值。"
        )
        self.prepare()

    def prepare(self) -> None:
        """Fields that depend on the point or the document."""

    @classmethod
    def initial_of(cls, value: Any) -> dict[str, Any]:
        """The stored value as the fields show it."""
        raise NotImplementedError

    def value(self) -> Any:
        """The value as it is stored; asked of a valid form."""
        raise NotImplementedError

    def add_error(self, field: str | None, error: Any) -> None:
        """What the action says of the value as a whole stands at its last field."""
        super().add_error(self.value_names[-1] if field == "value" and self.value_names else field, error)

    def refuse(self, error: DomainError) -> int:
        """Show an action's refusal beside its fields; sentences of the value at its last field."""
        for name, sentences in error.errors.items():
            known = name in self.fields or (name == "value" and self.value_names)
            for sentence in sentences:
                self.add_error(name if known else None, sentence)
        return error.status

    def value_is_read(self) -> bool:
        """Whether the fields of the value themselves could be read, whatever is missing beside them."""
        return not set(self.errors) - {"valid_from", "reason", "acknowledged", "seen"}

    def value_groups(self) -> Iterator[FieldGroup]:
        """The fields of the value as the page prints them."""
        yield FieldGroup("", [self[name] for name in self.value_names])

    def fingerprint(self) -> str:
        """What a preview was made of; whoever saves something else sees a new preview first."""
        data = [self.value(), self.cleaned_data["valid_from"].isoformat(), self.cleaned_data["seen"]]
        return hashlib.sha256(canonical_json(data).encode()).hexdigest()[:16]
