"""Forms of budgets. They read what was typed; what is right is decided by the actions."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.forms.base import AmountField, DayField, DigitsField, LineField, SpokenForm
from accounts.models import Unit
from awards.enums import Share
from policies.models import Clause, Document


class _ClauseField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Clause.objects.none(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.clause_id} {obj.title}"


def _clauses() -> Any:
    clauses = Clause.objects.public().filter(is_monetary=True).select_related("document")
    return clauses.order_by("document__order", "order")


class _Reason(LineField):
    """Why: at most so much, told with what was typed kept."""

    def __init__(self, *, label: str, help_text: str) -> None:
        super().__init__(label=label, help_text=help_text, widget=forms.TextInput(attrs={"data-wide": "true"}))


class EnvelopeForm(SpokenForm):
    """A budget given (下达). `units`: those whose budgets the person enters."""

    unit = forms.ModelChoiceField(
        label="单位",
        queryset=Unit.objects.none(),
        empty_label="请选择",
        error_messages={"invalid_choice": "请选择您可以录入预算的单位。"},
    )
    share = forms.ChoiceField(
        label="级次",
        choices=Share.choices,
        widget=forms.RadioSelect,
        help_text="市直单位录入市级预算，县区（开发区）录入县区级预算。",
    )
    clause = _ClauseField(label="条款", empty_label="请选择")
    policy_year = forms.IntegerField(
        label="政策年度",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="申报所属的年度，例如 2025；不是拨付的年度。",
        error_messages={"invalid": "请填写四位数的年度，例如 2025。"},
    )
    subject_code = DigitsField(
        label="预算科目编码", max_length=40, required=False, help_text="印在拨付清单上，例如 2150805。"
    )
    subject_name = LineField(label="预算科目名称", max_length=200, required=False)
    amount = AmountField(label="下达金额", unit="万元")
    reason = _Reason(label="依据", help_text="例如预算批复的文号。")

    section_layout = (
        ("谁的预算", "", ("unit", "share", "clause", "policy_year")),
        ("金额和科目", "", ("amount", "subject_code", "subject_name", "reason")),
    )

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Unit.objects.filter(pk__in=[unit.pk for unit in units])
        self.fields["unit"].queryset = own  # type: ignore[attr-defined]
        self.fields["clause"].queryset = _clauses()  # type: ignore[attr-defined]


class AdjustForm(SpokenForm):
    """A correction; `seen` is the budget (分) that the page showed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label="调整方向", choices=[("more", "增加"), ("less", "减少")], widget=forms.RadioSelect
    )
    amount = AmountField(label="调整金额", unit="万元")
    reason = _Reason(label="事由", help_text="例如追加或调剂预算的文号。")

    @property
    def signed_fen(self) -> int:
        """The sum with its sign (分)."""
        fen: int = self.cleaned_data["amount"]
        return -fen if self.cleaned_data["direction"] == "less" else fen


class SubjectForm(SpokenForm):
    """The 预算科目 of a budget."""

    subject_code = DigitsField(label="预算科目编码", max_length=40, required=False)
    subject_name = LineField(label="预算科目名称", max_length=200, required=False)


class RatioForm(SpokenForm):
    """The city's share from a day on."""

    document = forms.ModelChoiceField(label="文件", queryset=Document.objects.none(), empty_label=None)
    clause = _ClauseField(label="条款", required=False, empty_label="全部条款（没有单独比例的）")
    valid_from = DayField(label="自何日起", help_text="这一天起核算的按新比例；已经核定的不变。")
    city_share = forms.IntegerField(
        label="市级分担比例（%）",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="0 至 100 的整数，其余为县区级；不足一分的归市级。",
        error_messages={"invalid": "请填写 0 至 100 的整数。"},
    )
    reason = _Reason(label="依据", help_text="例如财政体制文件的文号。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        documents = Document.objects.public().filter(clauses__is_monetary=True).distinct().order_by("order", "pk")
        self.fields["document"].queryset = documents  # type: ignore[attr-defined]
        self.fields["clause"].queryset = _clauses()  # type: ignore[attr-defined]


class EnvelopeFilter(forms.Form):
    """Which budgets to list; lives in the address. What is spoilt is not asked for."""

    year = forms.TypedChoiceField(label="政策年度", required=False, coerce=int, empty_value=None)
    share = forms.ChoiceField(label="级次", required=False, choices=[("", "全部"), *Share.choices])
    unit = forms.TypedChoiceField(label="单位", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, years: Iterable[int], units: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [("", "全部"), *((year, f"{year}年度") for year in years)]  # type: ignore[attr-defined]
        self.fields["unit"].choices = [("", "全部"), *units]  # type: ignore[attr-defined]
