"""Forms of an account: filters, the enterprise's choice, what officers enter, and the gestures of a settlement.

They read what was typed into the values of the actions; what is right is decided there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.forms.base import AmountField, LineField, SpokenForm
from accounts.models import Unit
from applications.actions.messages import Enclosure
from awards.actions.external import MAX_REASON, MAX_SOURCE
from awards.actions.overrides import MAX_TEXT
from awards.actions.returning import MAX_REASON as MAX_RETURN
from awards.enums import AwardState
from awards.models import Award
from awards.queries.accounts import AccountState
from awards.queries.groups import AccountGroup
from common.errors import Invalid
from common.money import MoneyError, grouped, parse_entry, yuan
from policies.rules.schema import FactDecl
from reviews.forms import ProseField

_WIDE = {"data-wide": "true"}
_ACCEPT = {"accept": ".pdf,.jpg,.jpeg,.png,.xlsx,.docx"}
_FILE_HELP = "PDF、JPG、PNG、XLSX 或 DOCX，不超过 20 MB。"


class AccountFilterForm(SpokenForm):
    """Filters of the list; they live in the address."""

    year = forms.TypedChoiceField(label="政策年度", required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(label="状态", required=False)
    q = forms.CharField(label="企业名称或统一社会信用代码", required=False, max_length=100)

    def __init__(self, *args: Any, years: Sequence[int], inside: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [state for state in AccountState if inside or state != AccountState.PROPOSED]
        fields: Any = self.fields
        fields["year"].choices = [("", "全部"), *((year, f"{year} 年度") for year in years)]
        fields["state"].choices = [("", "全部"), *((state.value, state.label) for state in states)]


class AwardFilterForm(SpokenForm):
    """The state of the awards in the list."""

    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *AwardState.choices])


class ChoiceForm(SpokenForm):
    """The enterprise's choice in one group."""

    clause = forms.TypedChoiceField(label="选择按哪一条款奖补", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, group: AccountGroup, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"choice{number}_%s"} | kwargs)
        field: Any = self.fields["clause"]
        field.choices = [(award.application.clause_id, _option(award, group)) for award in group.awards]
        self.initial.setdefault("clause", group.counts.application.clause_id)


class ProposeForm(SpokenForm):
    """Propose the settlement as the page shows it."""

    unit = forms.ModelChoiceField(label="牵头单位", queryset=Unit.objects.none(), empty_label=None)
    remark = ProseField(
        label="说明", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2, **_WIDE})
    )

    def __init__(self, *args: Any, units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "propose_%s"} | kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
        if len(units) == 1:
            field.initial, field.widget = units[0].pk, forms.HiddenInput()


class NoteForm(SpokenForm):
    """Why a proposal is sent back."""

    note = ProseField(
        label="退回原因",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, **_WIDE}),
        help_text="退回他人提出的核算须写明原因；撤回自己提出的可以不写。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "note_%s"} | kwargs)


class ReasonForm(SpokenForm):
    """Why something that was entered is withdrawn."""

    reason = ProseField(label="撤销原因", max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 2, **_WIDE}))


class ReturnAwardForm(SpokenForm):
    """Why an award goes back to its lead."""

    reason = ProseField(
        label="退回原因",
        max_length=MAX_RETURN,
        widget=forms.Textarea(attrs={"rows": 3, **_WIDE}),
        help_text="只供审核单位内部阅读，不告知企业。",
    )


class WithDocument(SpokenForm):
    """A form with one document. Browsers forget chosen files, and a refused form says so."""

    document = forms.FileField(label="依据文件", help_text=_FILE_HELP, widget=forms.FileInput(attrs=dict(_ACCEPT)))

    @property
    def enclosure(self) -> Enclosure:
        """The file that came with the form."""
        file = self.cleaned_data["document"]
        return Enclosure(file.name or "", file)

    def remind_of_file(self) -> None:
        """Say that the file must be chosen again, where one had been."""
        if self.files.get("document") and not self.errors.get("document"):
            self.add_error("document", "其余内容已保留；浏览器不会保留选过的文件，请重新选择。")


class OverrideForm(WithDocument):
    """突破上限: lift it, or another sum."""

    how = forms.ChoiceField(
        label="怎样突破", choices=[("raise", "提高到一定金额"), ("lift", "本年度不设上限")], widget=forms.RadioSelect
    )
    cap = AmountField(
        max_length=24,
        label="突破后的上限",
        required=False,
        help_text="选择提高到一定金额时填写，须高于现在的上限。",
    )
    reason = ProseField(label="理由", max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3, **_WIDE}))
    field_order = ["how", "cap", "reason", "document"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "override_%s"} | kwargs)


class ExternalForm(WithDocument):
    """An award of another city-level policy of the same type."""

    group = forms.ChoiceField(label="同类型")
    amount = AmountField(max_length=24, label="已获奖补金额")
    source = LineField(
        label="政策和文号",
        max_length=MAX_SOURCE,
        widget=forms.TextInput(attrs=dict(_WIDE)),
        help_text="例如：研发费用后补助，洪科字〔2025〕8 号。",
    )
    unit = forms.ModelChoiceField(label="录入单位", queryset=Unit.objects.none(), empty_label=None)
    field_order = ["group", "amount", "source", "unit", "document"]

    def __init__(self, *args: Any, groups: Sequence[str], units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "external_%s"} | kwargs)
        fields: Any = self.fields
        fields["group"].choices = [(group, group) for group in groups]
        _choose_unit(fields["unit"], units)


class FigureForm(SpokenForm):
    """A figure of the year as a bureau checked it; the value is typed as its kind is written."""

    key = forms.ChoiceField(label="数据项")
    value = forms.CharField(label="核定值", max_length=40, help_text="金额以元为单位；人数填整数；是否类填“是”或“否”。")
    source = LineField(
        label="依据",
        max_length=MAX_SOURCE,
        widget=forms.TextInput(attrs=dict(_WIDE)),
        help_text="例如：2024 年度增值税申报表，税务系统核对。",
    )
    unit = forms.ModelChoiceField(label="核定单位", queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, facts: Mapping[str, FactDecl], units: Sequence[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "figure_%s"} | kwargs)
        fields: Any = self.fields
        fields["key"].choices = [(key, fact.label) for key, fact in facts.items()]
        _choose_unit(fields["unit"], units)
        self._facts = facts

    def clean(self) -> dict[str, Any]:
        """The value as the evaluation document writes it."""
        given = super().clean() or {}
        fact = self._facts.get(given.get("key", ""))
        if fact is not None and given.get("value"):
            try:
                given["value"] = typed_figure(fact, given["value"])
            except Invalid as refused:
                self.add_error("value", refused.message)
        return given


def typed_figure(fact: FactDecl, text: str) -> Any:
    """What a person typed for a figure, as the evaluation document writes it. Raises Invalid."""
    text = text.strip()
    match fact.type:
        case "money":
            try:
                return yuan(parse_entry(text))
            except MoneyError as error:
                raise Invalid(f"“{fact.label}”：{error}", field="value") from error
        case "flag":
            answers = {"是": True, "否": False}
            if text not in answers:
                raise Invalid(f"“{fact.label}”请填写“是”或“否”。", field="value")
            return answers[text]
        case "count":
            if not (text.isascii() and text.isdigit() and len(text) <= 12):
                raise Invalid(f"“{fact.label}”请填写整数。", field="value")
            return int(text)
    return text


def _option(award: Award, group: AccountGroup) -> str:
    """3.4.2 设立研发中心补贴，20,000,000.00 元（推荐）."""
    clause = award.application.clause
    mark = "（推荐）" if award == group.recommended else ""
    return f"{clause.clause_id} {clause.title}，{grouped(award.candidate_fen)} 元{mark}"


def _choose_unit(field: Any, units: Sequence[Unit]) -> None:
    """One of these units; with a single one nothing is asked."""
    field.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
    if len(units) == 1:
        field.initial, field.widget = units[0].pk, forms.HiddenInput()
