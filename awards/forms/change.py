"""Forms of a simulation: which year, and what changes field by field."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError

from applications.forms.fields import CountField, LenientField, MoneyField, OptionField, WordsField
from common.money import parse_yuan
from common.templatetags.ui import ErrorItem
from policies.rules.change import Adjustable
from policies.rules.change_clause import clause_path
from policies.rules.facts import join
from policies.rules.wording import quoted

#: Says that a field is not called optional: on this page everything is, and one line says so.
_QUIET = {"data-depends": "change"}
_WAN = 1_000_000  # 分 in a 万元
_HALF_WIDTH = str.maketrans({**{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "％": "%", "．": "."})
_SECTIONS = {"groups": "同类型条款组", "total_cap": "年度累计奖补上限", "settings": "待确认事项"}
NEW_GROUP = "new_group"


class ChooseForm(forms.Form):
    """Which policy and which of its years."""

    choice = forms.ChoiceField(label="政策和政策年度")

    def __init__(self, *args: Any, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choice"].choices = list(choices)  # type: ignore[attr-defined]


class RateField(LenientField):
    """A rate typed as 12, 12.5 or 12%; cleaned to the text of a change document."""

    def to_python(self, value: Any) -> str | None:
        """Read a percentage; whether it is sensible is for the policy to say."""
        typed = "".join(str(value or "").translate(_HALF_WIDTH).split())
        if not typed:
            return None
        if not re.fullmatch(r"\d{1,7}(\.\d{1,6})?%?", typed):
            raise ValidationError("请填写百分比，例如 12% 或 0.5%。")
        return typed if typed.endswith("%") else f"{typed}%"


class TimesField(LenientField):
    """A number of times typed as 1 or 1.5."""

    def to_python(self, value: Any) -> str | None:
        """Read a plain number; more than that is for the policy to say."""
        typed = "".join(str(value or "").translate(_HALF_WIDTH).split()).removesuffix("倍")
        if typed and not re.fullmatch(r"\d{1,7}(\.\d{1,6})?", typed):
            raise ValidationError("请填写倍数，例如 1 或 1.5。")
        return typed or None


def name_of(place: Adjustable) -> str:
    """The name of a place's field: short, safe in an address, and the same as long as the place is."""
    return "p" + hashlib.sha256(f"{place.section}\0{place.key}".encode()).hexdigest()[:12]


def _path_of(place: Adjustable) -> str:
    """Where a fault about a place stands in a change document."""
    if place.section in _SECTIONS:
        return "total_cap" if place.section == "total_cap" else join(place.section, place.key)
    return clause_path(place.section, place.key)


def _field(place: Adjustable, clauses: list[tuple[str, str]]) -> forms.Field:
    quote = f"原文：{quoted(place.quote)}" if place.quote else ""
    help_text = f"现行：{place.shown}。{quote}" if place.kind != "part" else quote
    unit = {"rate": "%", "times": "倍", "count": place.unit}.get(place.kind)
    label = f"{place.label}（{unit}）" if unit else place.label
    common: dict[str, Any] = {"label": label, "required": False, "help_text": help_text}
    line = forms.TextInput(attrs={**_QUIET, "autocomplete": "off", "maxlength": 40})
    match place.kind:
        case "money":
            entry: Literal["元", "万元"] = "万元"
            if place.value is not None and parse_yuan(place.value) < _WAN:
                entry = "元"
            attrs = {**_QUIET, "inputmode": "decimal", "autocomplete": "off", "data-money": entry, "maxlength": 40}
            return MoneyField(unit=entry, widget=forms.TextInput(attrs=attrs), **common)
        case "rate":
            return RateField(widget=line, **common)
        case "times":
            return TimesField(widget=line, **common)
        case "count":
            return CountField(widget=line, **common)
        case "part":
            return forms.BooleanField(**(common | {"label": f"取消{place.label}"}))
        case "flag":
            return _chosen([("true", "是"), ("false", "否")], common)
        case "choice":
            return _chosen([(json.dumps(value), words) for value, words in _options(place)], common)
        case "clauses":
            widget = forms.CheckboxSelectMultiple(attrs=_QUIET)
            help_text = f"{help_text}全部取消勾选，就是取消这一类。"
            return forms.MultipleChoiceField(
                **(common | {"help_text": help_text}), choices=clauses, widget=widget, initial=list(place.value)
            )
        case _:
            return WordsField(widget=line, **common)


def _options(place: Adjustable) -> list[tuple[Any, str]]:
    return list(zip(place.options, place.option_labels, strict=True))


def _chosen(options: list[tuple[str, str]], common: Mapping[str, Any]) -> OptionField:
    widget = forms.Select(attrs=_QUIET, choices=[("", "不改"), *options])
    return OptionField(options=options, widget=widget, **common)


@dataclass(frozen=True)
class PlaceFields:
    """One place on the page: its field, and the box that takes it away where that is possible."""

    place: Adjustable
    bound: forms.BoundField
    off: forms.BoundField | None

    @property
    def is_touched(self) -> bool:
        """Whether something was typed or is wrong here, so that its section opens."""
        fields = [self.bound, *([self.off] if self.off else [])]
        if any(field.errors for field in fields):
            return True
        if self.place.kind == "clauses":
            return self.bound.form.is_bound and set(self.bound.value() or []) != set(self.place.value)
        return any(field.value() not in (None, "", False, []) for field in fields)


@dataclass(frozen=True)
class SectionFields:
    """A clause, or one of the three parts across clauses."""

    key: str
    title: str
    places: list[PlaceFields]
    extra: list[forms.BoundField]

    @property
    def is_open(self) -> bool:
        """Whether the section is shown open."""
        return any(place.is_touched for place in self.places) or any(
            field.value() or field.errors for field in self.extra
        )


class ChangeForm(forms.Form):
    """One field for every place that a change may name; only what is filled in becomes the change."""

    note = WordsField(
        label="说明",
        help_text="这次想弄清楚什么，例如“智慧工厂补助下调到 40%”。结果和列表里会显示。",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 200}),
    )

    def __init__(
        self, places: Iterable[Adjustable], titles: Mapping[str, str], data: Any = None, *, change: Any = None
    ) -> None:
        self.places = list(places)
        self.titles = titles
        super().__init__(data, initial=self._initial(change) if isinstance(change, dict) else None)
        clauses = [(key, f"{key} {title}") for key, title in titles.items()]
        for place in self.places:
            name = name_of(place)
            self.fields[name] = _field(place, clauses)
            if place.optional and place.value is not None and place.kind not in ("part", "clauses"):
                self.fields[f"{name}-off"] = forms.BooleanField(required=False, label=f"取消“{place.label}”")
        self.fields[NEW_GROUP] = WordsField(
            label="另立一类：名称", required=False, widget=forms.TextInput(attrs={**_QUIET, "maxlength": 40})
        )
        self.fields[f"{NEW_GROUP}-clauses"] = forms.MultipleChoiceField(
            label="另立一类：条款",
            required=False,
            choices=clauses,
            widget=forms.CheckboxSelectMultiple(attrs=_QUIET),
        )

    def clean(self) -> dict[str, Any]:
        """A place is changed or taken away, not both; a new group has a name and clauses."""
        found: dict[str, Any] = super().clean() or {}
        for place in self.places:
            name = name_of(place)
            if found.get(f"{name}-off") and found.get(name) is not None:
                self.add_error(name, "既填写了新值又勾选了取消，请只保留一项。")
        if found.get(f"{NEW_GROUP}-clauses") and not found.get(NEW_GROUP) and NEW_GROUP not in self.errors:
            self.add_error(NEW_GROUP, "请给新的一类起名。")
        if found.get(NEW_GROUP) and not found.get(f"{NEW_GROUP}-clauses"):
            self.add_error(f"{NEW_GROUP}-clauses", "请勾选新的一类包括哪些条款。")
        if found.get(NEW_GROUP) in {place.key for place in self.places if place.section == "groups"}:
            self.add_error(NEW_GROUP, "已有这一类，请另起一个名称，或在现有的一类中勾选条款。")
        return found

    def change(self) -> dict[str, Any]:
        """The change document: what was filled in, nothing else."""
        document: dict[str, Any] = {}
        if self.cleaned_data.get("note"):
            document["note"] = self.cleaned_data["note"]
        for place in self.places:
            touched, value = self._value(place)
            if not touched:
                continue
            if place.section == "total_cap":
                document["total_cap"] = None if value is None else {place.key: value}
            elif place.section in _SECTIONS:
                document.setdefault(place.section, {})[place.key] = value
            else:
                document.setdefault("clauses", {}).setdefault(place.section, {})[place.key] = value
        if name := self.cleaned_data.get(NEW_GROUP):
            document.setdefault("groups", {})[name] = self.cleaned_data[f"{NEW_GROUP}-clauses"]
        return document

    def _value(self, place: Adjustable) -> tuple[bool, Any]:
        """Whether a place was touched, and what it becomes (None: taken away)."""
        name = name_of(place)
        given = self.cleaned_data.get(name)
        if self.cleaned_data.get(f"{name}-off") or (place.kind == "part" and given):
            return True, None
        if place.kind == "part":
            return False, None
        if place.kind == "clauses":
            return set(given or []) != set(place.value), list(given or []) or None
        if place.kind in ("flag", "choice"):
            return given is not None, None if given is None else json.loads(given)
        return given is not None, given

    def show(self, faults: Iterable[Mapping[str, str]]) -> None:
        """Put the policy's faults beside their fields; what belongs to no field stands above the form."""
        paths = [(_path_of(place), name_of(place)) for place in self.places]
        new = self.cleaned_data.get(NEW_GROUP)
        paths += [("note", "note"), *([(join("groups", new), f"{NEW_GROUP}-clauses")] if new else [])]
        for fault in faults:
            path = fault["path"]
            name = next((name for known, name in paths if path == known), None)
            name = name or next((name for known, name in paths if path.startswith((f"{known}.", f"{known}["))), None)
            self.add_error(name, fault["message"])

    def _initial(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """What an earlier change document says, as it would have been typed; a draft of a whole clause has no field."""
        initial: dict[str, Any] = {"note": change.get("note")}
        for place in self.places:
            section = change if place.section in _SECTIONS else change.get("clauses") or {}
            if place.section not in section:
                continue
            inside, name = section[place.section], name_of(place)
            if inside is None:  # only the cap on the sum is taken away as a whole
                initial[f"{name}-off"] = True
            elif place.key in inside:
                initial |= _typed(place, name, inside[place.key])
        known = {place.key for place in self.places if place.section == "groups"}
        new = [(name, members) for name, members in (change.get("groups") or {}).items() if name not in known]
        if len(new) == 1:  # there is one place for a new group; whether all is shown is carried_form's question
            initial |= {NEW_GROUP: new[0][0], f"{NEW_GROUP}-clauses": new[0][1]}
        return initial

    @property
    def summary(self) -> list[ErrorItem]:
        """Every fault for the top of the page, named by its clause and place."""
        sections = {name_of(place): self._section_words(place.section) for place in self.places}
        items = [ErrorItem("", str(message)) for message in self.non_field_errors()]
        for bound in self:
            section = sections.get(bound.name.removesuffix("-off"), "")
            name = f"{section} {bound.label}".strip()
            field_id = bound.id_for_label or f"{bound.auto_id}_0"
            items += [ErrorItem(field_id, f"{name}：{message}") for message in bound.errors]
        return items

    @staticmethod
    def _section_words(section: str) -> str:
        return "" if section in _SECTIONS else section

    @property
    def sections(self) -> list[SectionFields]:
        """The fields by clause, then groups, cap and settings."""
        found: dict[str, list[PlaceFields]] = {}
        for place in self.places:
            off = f"{name_of(place)}-off"
            fields = PlaceFields(place, self[name_of(place)], self[off] if off in self.fields else None)
            found.setdefault(place.section, []).append(fields)
        found.setdefault("groups", [])
        return [
            SectionFields(
                key,
                _SECTIONS.get(key) or f"{key} {self.titles.get(key, '')}",
                places,
                [self[NEW_GROUP], self[f"{NEW_GROUP}-clauses"]] if key == "groups" else [],
            )
            for key, places in found.items()
        ]


def _typed(place: Adjustable, name: str, value: Any) -> dict[str, Any]:
    """One value of a change document as it would have been typed."""
    if value is None:
        return (
            {name: True} if place.kind == "part" else {name: []} if place.kind == "clauses" else {f"{name}-off": True}
        )
    if place.kind == "money":
        field = _field(place, [])
        assert isinstance(field, MoneyField)
        return {name: field.entry(value)}
    if place.kind in ("flag", "choice"):
        return {name: json.dumps(value)}
    return {name: value}
