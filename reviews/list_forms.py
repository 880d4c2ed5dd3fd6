"""Forms of the lists: filters, columns, saved views."""

from collections.abc import Mapping
from typing import Any

from django import forms

from reviews.columns import FILE, offered
from reviews.enums import ListPage
from reviews.queries.filters import LABELS, LONGEST, Offer

#: Filters that always stand open; the others are folded away until one is used.
FIRST = ("q", "stage", "due", "clause", "handler")


class FilterForm(forms.Form):
    """The filters of a list as fields; they live in the address, which reviews/queries/filters.py reads."""

    def __init__(self, params: Mapping[str, str], offer: Offer) -> None:
        super().__init__(initial={name: params.get(name, "") for name in LABELS}, auto_id="filter_%s")
        for name, label in LABELS.items():
            self.fields[name] = _field(name, label, offer)

    @property
    def first(self) -> list[Any]:
        """The fields that stand open."""
        return [self[name] for name in FIRST]

    @property
    def more(self) -> list[Any]:
        """The fields behind 更多条件."""
        return [self[name] for name in LABELS if name not in FIRST]

    @property
    def more_used(self) -> bool:
        """Whether one of the folded fields is filled in."""
        return any(self.initial[name] for name in LABELS if name not in FIRST)


def _field(name: str, label: str, offer: Offer) -> forms.Field:
    if name in offer.choices:
        return forms.ChoiceField(label=label, required=False, choices=[("", "全部"), *offer.choices[name]])
    if name in {"filed_from", "filed_to"}:
        return forms.CharField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))
    if name == "q":
        search = forms.TextInput(attrs={"type": "search", "data-keys-search": "", "maxlength": LONGEST})
        return forms.CharField(label=label, required=False, widget=search)
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))


class ColumnsForm(forms.Form):
    """Which columns a list has, in which order: a number per column, empty for none."""

    def __init__(self, data: Any = None, *, page: ListPage, shown: tuple[str, ...] = ()) -> None:
        super().__init__(data, auto_id="column_%s")
        for key, column in offered(page).items():
            if key == FILE.key:
                continue
            self.fields[key] = forms.IntegerField(
                label=column.label,
                required=False,
                min_value=1,
                max_value=99,
                initial=shown.index(key) if key in shown else None,
                error_messages={
                    "invalid": "次序请填 1 至 99 的整数，不显示则留空。",
                    "min_value": "次序请填 1 至 99 的整数，不显示则留空。",
                    "max_value": "次序请填 1 至 99 的整数，不显示则留空。",
                },
            )

    @property
    def keys(self) -> list[str]:
        """The chosen columns in order; equal numbers in the order of the form."""
        given = [(number, key) for key, number in self.cleaned_data.items() if number is not None]
        return [key for _, key in sorted(given, key=lambda pair: pair[0])]


class ViewForm(forms.Form):
    """A name for a view, and the unit with which it is shared."""

    name = forms.CharField(
        label="视图名称",
        max_length=30,
        error_messages={"required": "请给视图起一个名称。", "max_length": "名称不超过 30 字。"},
    )
    unit = forms.ChoiceField(label="共享给", required=False)

    def __init__(self, *args: Any, units: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            ("", "仅自己"),
            *((str(pk), f"{name}（本单位人员可见）") for pk, name in units.items()),
        ]

    @property
    def unit_id(self) -> int | None:
        """The unit to share with; None for a private view."""
        return int(self.cleaned_data["unit"]) if self.cleaned_data["unit"] else None
