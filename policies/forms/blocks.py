"""The editor's forms: a tree of blocks as fields for crispy, and the head of a draft (sentence, units, days)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.forms.base import DayField
from common.errors import DomainError
from policies.blocks.read import Posted, clean
from policies.blocks.tree import Node
from policies.queries.reading import Placed

#: A draft may be kept without it, a version is not published without it: neither required nor 选填.
_DEPENDS = {"data-wide": "true", "data-depends": "true"}


class BlocksForm(forms.Form):
    """One field for every control of a tree; what is posted is read by policies.blocks.read, never by this form."""

    use_required_attribute = False

    def __init__(self, tree: Node) -> None:
        super().__init__()
        for node in tree.walk():
            if node.kind in ("field", "ticks"):
                self.fields[node.path] = _field(node)
                self.initial[node.path] = node.value
        self._errors = forms.utils.ErrorDict()
        for node in tree.walk():
            if node.path in self.fields and node.faults:
                sentences = [fault.sentence for fault in node.faults if fault.refuses]
                if sentences:
                    self._errors[node.path] = self.error_class(sentences)
            if node.path in self.fields:
                node.bound = self[node.path]

    def full_clean(self) -> None:
        """Nothing: the faults were found by the lints."""


def _field(node: Node) -> forms.Field:
    common: dict[str, Any] = {"label": node.label, "help_text": node.help, "required": node.required}
    if node.kind == "ticks":
        return forms.MultipleChoiceField(choices=node.options, widget=forms.CheckboxSelectMultiple, **common)
    match node.control:
        case "flag":
            return forms.BooleanField(**{**common, "required": False})
        case "hidden":
            return forms.CharField(widget=forms.HiddenInput, **common)
        case "choice" | "ref":
            attrs = {"data-decides": "true"} if node.decides else {}
            return forms.ChoiceField(choices=_choices(node), widget=forms.Select(attrs=attrs), **common)
        case "long":
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 2, "data-wide": "true"}), **common)
        case "whole":
            return forms.CharField(
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **common
            )
    return forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}), **common)


def _choices(node: Node) -> list[tuple[str, str]]:
    if node.value and node.required:
        return node.options
    return [("", "请选择" if node.required else "（不选）"), *node.options]


class DraftHeadForm(forms.Form):
    """The days of a draft, why it is saved, and the number of the edit on the screen."""

    valid_from = DayField(label="生效日期", error_messages={"required": "请填写生效日期。"})
    valid_to = DayField(label="失效日期", required=False, help_text="这一天仍然有效；不填表示有效期另行通知。")
    note = forms.CharField(
        label="这次修改的说明",
        required=False,
        max_length=200,
        help_text="写入沿革，便于另一位管理员核对。",
        error_messages={"max_length": "说明最多 200 个字，请缩短。"},
    )
    edit = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def refuse(self, error: DomainError) -> int:
        """Show an action's refusal beside its fields and return the answer's status."""
        for name, sentences in error.errors.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)
        if not error.errors:
            self.add_error(None, error.message)
        return error.status


class ClauseHeadForm(DraftHeadForm):
    """The head of a clause's draft: the printed sentence and the bracket of its units."""

    bracket = forms.CharField(
        label="单位（原文方括号）",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, **_DEPENDS}),
        help_text="照抄原文，例如 [牵头单位：市工信局；责任单位：各县区（开发区、湾里管理局）]。",
        error_messages={"max_length": "单位的方括号最多 300 个字，请照抄原文。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sentence.quote"] = forms.CharField(
            label="条款的原文句子",
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3, **_DEPENDS}),
            help_text="从原文逐字复制；数的引文都须在这句话里。",
            error_messages={"max_length": "句子最多 2000 个字，请只取本条款的句子。"},
        )

    @property
    def sentence(self) -> forms.BoundField:
        """The field of the printed sentence, whose name is the path that a mark in the text fills."""
        return self["sentence.quote"]


class NewDraftForm(forms.Form):
    """From which day a new version of a published one shall count."""

    valid_from = DayField(
        label="新版本的生效日期",
        help_text="现行版本在这一天的前一日终止，须在发布前办理。",
        error_messages={"required": "请填写新版本的生效日期。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The day of the version itself stands on the same page under the same name.
        super().__init__(*args, **{"auto_id": "id_new_%s", **kwargs})


def posted_of(data: Any) -> Posted:
    """A request's data, name → texts; what a hostile form repeats without end is cut."""
    return {name: data.getlist(name)[:400] for name in data}


def text_of(posted: Posted, name: str) -> str:
    """One posted text, tidied; empty where there is none."""
    values = posted.get(name) or [""]
    return clean(values[-1])


def show(form: forms.Form, faults: Mapping[str, Sequence[Placed]]) -> None:
    """Put faults at the fields of a bound form that has them."""
    for name, found in faults.items():
        if name in form.fields:
            for fault in found:
                if fault.refuses:
                    form.add_error(name, fault.sentence)
