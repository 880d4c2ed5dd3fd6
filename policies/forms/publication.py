"""What is asked around drafts: why one is put aside, which ones are published and why, why they are returned."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from accounts.forms.base import SpokenForm
from policies.models import ClauseVersion
from policies.queries.publications import Version, key_of


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


class PublicationForm(SpokenForm):
    """Which drafts go into force together, and why."""

    versions = forms.MultipleChoiceField(
        label="草稿",
        widget=forms.CheckboxSelectMultiple,
        help_text="一起提交的草稿一起发布；互相引用的要一起选。",
        error_messages={"invalid_choice": "所选草稿已不在列表中，请重新选择。"},
    )
    reason = _reason("理由", "例如会议纪要或批示的文号；另一位管理员核对时会看到，并记入审计。")

    def __init__(self, *args: Any, drafts: Sequence[Version], held: Collection[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drafts = {name_of(draft): draft for draft in drafts if key_of(draft) not in held}
        field: Any = self.fields["versions"]
        field.choices = [(name, label_of(draft)) for name, draft in self.drafts.items()]

    @property
    def chosen(self) -> list[Version]:
        """The drafts that were ticked."""
        return [self.drafts[name] for name in self.cleaned_data.get("versions", []) if name in self.drafts]


def name_of(version: Version) -> str:
    """The value of a draft's box: clause-12."""
    kind, pk = key_of(version)
    return f"{kind}-{pk}"


def label_of(version: Version) -> str:
    """What a draft's box says."""
    what = str(version.clause) if isinstance(version, ClauseVersion) else "通用规则"
    return f"{what} 第 {version.number} 版"
