"""What is asked around drafts: why one is put aside, which ones are published and why, which published versions leave
force, why a publication is returned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from accounts.forms.base import DayField, SpokenForm
from common.templatetags.ui import zhdate
from policies.enums import ItemAct
from policies.models import ClauseVersion
from policies.queries.publications import Ending, Version, key_of

_ACTS = [(str(ItemAct.RETIRE), "停用：发布时起不再适用于任何年度"), (str(ItemAct.END), "提前终止：到某一天为止")]


def _reason(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3, "data-wide": "true"}),
        error_messages={"max_length": "最多 2000 个字，请缩短。"},
    )


class RestoreForm(SpokenForm):
    """Restoring: the number of the edit that the page showed."""

    edit = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class MoveForm(RestoreForm):
    """Putting a draft aside, or taking it up again."""

    reason = _reason("原因", "记入沿革。")


class SeenForm(SpokenForm):
    """A step on a publication: the state that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReturnForm(SeenForm):
    """Sending a publication back."""

    note = _reason("退回的原因", "提交人会收到。")


@dataclass(frozen=True)
class EndingRow:
    """The part of the form about one published version: what becomes of it, and its last day."""

    name: str
    version: Version
    act: forms.BoundField
    day: forms.BoundField

    @property
    def label(self) -> str:
        """Which version, and until when it is in force as things stand."""
        return f"{label_of(self.version)}（{_validity(self.version)}）"


class PublicationForm(SpokenForm):
    """Which drafts go into force together, which published versions leave it, and why.

    ends: names of the versions of `closable` that the form has a part for, as they were sent.
    """

    versions = forms.MultipleChoiceField(
        label="草稿",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一起提交的草稿一起发布；互相引用的要一起选。",
        error_messages={"invalid_choice": "所选草稿已不在列表中，请重新选择。"},
    )
    add_end = forms.ChoiceField(label="已发布的版本", required=False)
    reason = _reason("理由", "例如会议纪要或批示的文号；另一位管理员核对时会看到，并记入审计。")

    def __init__(
        self,
        *args: Any,
        drafts: Sequence[Version],
        held: Collection[tuple[str, int]],
        closable: Sequence[Version] = (),
        ends: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.drafts = {name_of(draft): draft for draft in drafts if key_of(draft) not in held}
        known = {name_of(version): version for version in closable if key_of(version) not in held}
        self.ends = {name: known[name] for name in dict.fromkeys(ends) if name in known}
        self.unknown_ends = [name for name in ends if name not in known]
        self.left = {name: version for name, version in known.items() if name not in self.ends}
        super().__init__(*args, **kwargs)
        field: Any = self.fields["versions"]
        field.choices = [(name, label_of(draft)) for name, draft in self.drafts.items()]
        field = self.fields["add_end"]
        field.choices = [("", "请选择"), *((name, label_of(version)) for name, version in self.left.items())]
        for name, version in self.ends.items():
            choose = f"{label_of(version)}：请选择停用或提前终止。"
            self.fields[f"act_{name}"] = forms.ChoiceField(
                label="怎样办理",
                choices=_ACTS,
                widget=forms.RadioSelect,
                error_messages={"required": choose, "invalid_choice": choose},
            )
            self.fields[f"day_{name}"] = DayField(
                label="终止日期", required=False, help_text="提前终止的填写。这一天仍然有效，次日起不再有效。"
            )

    @property
    def chosen(self) -> list[Version]:
        """The drafts that were ticked."""
        return [self.drafts[name] for name in self.cleaned_data.get("versions", []) if name in self.drafts]

    @property
    def endings(self) -> list[Ending]:
        """The versions that leave force, as far as the form is right about them."""
        found = []
        for name, version in self.ends.items():
            act, day = self.cleaned_data.get(f"act_{name}"), self.cleaned_data.get(f"day_{name}")
            if act == ItemAct.RETIRE:
                found.append(Ending(version, None))
            elif act == ItemAct.END and isinstance(day, date):
                found.append(Ending(version, day))
        return found

    @property
    def ending_rows(self) -> list[EndingRow]:
        """The parts about published versions, in the order in which they were added."""
        return [
            EndingRow(name, version, self[f"act_{name}"], self[f"day_{name}"]) for name, version in self.ends.items()
        ]

    def clean(self) -> dict[str, Any]:
        """A day for what ends on one; something at all."""
        data: dict[str, Any] = super().clean() or {}
        if self.unknown_ends:
            self.add_error(None, "所选的版本有的已经停用，或已在另一件待发布的申请中，没有列出，请核对。")
        for name, version in self.ends.items():
            day = f"day_{name}"
            if data.get(f"act_{name}") == ItemAct.END and data.get(day) is None and day not in self.errors:
                self.add_error(day, f"{label_of(version)}：请填写终止日期。")
        if not data.get("versions") and not self.ends and "versions" not in self.errors:
            self.add_error("versions", "请至少选择一份草稿，或一个要停用、提前终止的版本。")
        return data


def name_of(version: Version) -> str:
    """The value of a draft's box: clause-12."""
    kind, pk = key_of(version)
    return f"{kind}-{pk}"


def label_of(version: Version) -> str:
    """What a draft's box says."""
    what = str(version.clause) if isinstance(version, ClauseVersion) else "通用规则"
    return f"{what} 第 {version.number} 版"


def _validity(version: Version) -> str:
    until = zhdate(version.valid_to) if version.valid_to else "另行通知"
    return f"{zhdate(version.valid_from)}至{until}"
