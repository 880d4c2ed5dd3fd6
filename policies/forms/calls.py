"""Forms of calls, their windows and leave to file late; what is right is decided by the actions."""

from typing import Any

from django import forms

from accounts.forms.base import DayField, LineField, SpokenForm
from accounts.models import Enterprise
from policies.actions.calls import MAX_REASON, Days
from policies.models import Call, Clause, Document
from policies.queries.calls import clauses_of, districts

_WIDE = {"data-wide": "true"}
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class ClauseBoxes(forms.ModelMultipleChoiceField):
    """Clauses to tick."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Clause.objects.none(), widget=forms.CheckboxSelectMultiple, **kwargs)
        self.error_messages["invalid_choice"] = "所选条款不在可选范围内，请刷新页面后重新选择。"


class ReasonField(forms.CharField):
    """Why; kept in the audit trail."""

    def __init__(self, **kwargs: Any) -> None:
        usual: dict[str, Any] = {
            "label": "理由",
            "max_length": MAX_REASON,
            "widget": forms.Textarea(attrs={"rows": 3, **_WIDE}),
            "error_messages": {"max_length": f"理由最多 {MAX_REASON} 个字，请缩短。"},
        }
        super().__init__(**usual | kwargs)


class ChooseForm(SpokenForm):
    """Which document and year a new call is for; lives in the address."""

    document = forms.ModelChoiceField(
        label="依据文件",
        queryset=Document.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": "没有这份文件，请从列表中选择。"},
    )
    policy_year = forms.IntegerField(
        label="政策年度",
        help_text="经营数据所属的年度，例如 2025。",
        min_value=_FIRST_YEAR,
        max_value=_LAST_YEAR,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
        error_messages={
            "invalid": "政策年度应为四位数字，例如 2025。",
            "min_value": "政策年度应为四位数字，例如 2025。",
            "max_value": "政策年度应为四位数字，例如 2025。",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "choose_%s"} | kwargs)
        field: Any = self.fields["document"]
        with_money = Clause.objects.filter(is_monetary=True)
        field.queryset = Document.objects.public().filter(pk__in=with_money.values("document"))
        field.label_from_instance = lambda document: f"{document.number} {document.title}"


class CallForm(SpokenForm):
    """A new call of a document and a year."""

    title = LineField(label="标题", max_length=120, widget=forms.TextInput(attrs=dict(_WIDE)))
    opens_on = DayField(label="开始日期", help_text="当天零时起受理。")
    closes_on = DayField(label="截止日期", help_text="受理至当天 24:00。")
    clauses = ClauseBoxes(label="条款", required=False, help_text="不选则为该文件本年度的全部资金条款。")
    text = forms.CharField(
        label="正文",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, **_WIDE}),
        help_text="在政策库公开显示，按原样分段。",
        error_messages={"max_length": "正文最多 20000 个字，请缩短。"},
    )

    def __init__(self, *args: Any, document: Document, possible: list[Clause], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clauses"]
        field.queryset = document.clauses.filter(pk__in=[clause.pk for clause in possible]).order_by("order")


class SeenForm(SpokenForm):
    """A form about days that somebody else may change meanwhile: it sends those that were on the screen."""

    seen_opens = forms.DateField(widget=forms.HiddenInput)
    seen_closes = forms.DateField(widget=forms.HiddenInput)

    @property
    def seen(self) -> Days:
        """The days that were on the screen."""
        return Days(self.cleaned_data["seen_opens"], self.cleaned_data["seen_closes"])

    def show_present(self, days: Days) -> None:
        """After a conflict: sent once more, the form is about the days as they are now."""
        self.data = {
            **{name: self.data.get(name, "") for name in self.fields},
            "seen_opens": days.opens_on.isoformat(),
            "seen_closes": days.closes_on.isoformat(),
        }


class DaysForm(SeenForm):
    """Other days for a window."""

    opens_on = DayField(label="开始日期", help_text="已经开始受理的，不能改晚。")
    closes_on = DayField(label="截止日期", help_text="受理至当天 24:00；提前结束最早为今天。")
    reason = ReasonField(help_text="记入审计记录，并告知已开始填报的企业。")

    @classmethod
    def starting(cls, days: Days) -> "DaysForm":
        """The form with the days as they are."""
        present = {"seen_opens": days.opens_on, "seen_closes": days.closes_on}
        return cls(initial={"opens_on": days.opens_on, "closes_on": days.closes_on, **present})


class EndWindowForm(SeenForm):
    """Why a window is given up."""

    reason = ReasonField(help_text="记入审计记录，并告知已开始填报的企业。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "end_%s"} | kwargs)

    @classmethod
    def starting(cls, days: Days) -> "EndWindowForm":
        """The form with the days as they are."""
        return cls(initial={"seen_opens": days.opens_on, "seen_closes": days.closes_on})


class WindowForm(SpokenForm):
    """Days of their own for clauses, districts, or both."""

    clauses = ClauseBoxes(label="条款", required=False, help_text="不选则为通知的全部条款。")
    districts = forms.ModelMultipleChoiceField(
        label="县区（开发区）",
        required=False,
        queryset=districts(),
        widget=forms.CheckboxSelectMultiple,
        help_text="按企业所属县区；不选则为全部县区。条款和县区都选的，逐一组合。",
        error_messages={"invalid_choice": "所选单位不是县区（开发区），请从列表中选择。"},
    )
    opens_on = DayField(label="开始日期", help_text="已经开始受理的，不能改晚。")
    closes_on = DayField(label="截止日期", help_text="受理至当天 24:00。")
    reason = ReasonField(help_text="记入审计记录，并告知已开始填报的企业。")

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clauses"]
        possible = [clause.pk for clause in clauses_of(call)]
        field.queryset = Clause.objects.filter(pk__in=possible).order_by("order")


class FindForm(SpokenForm):
    """Which enterprise; lives in the address."""

    q = LineField(
        label="企业名称或统一社会信用代码",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", **_WIDE}),
        error_messages={"max_length": "最多 100 个字，请缩短后再查找。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "find_%s"} | kwargs)


class LateForm(SpokenForm):
    """Leave for one enterprise to file one clause late."""

    enterprise = forms.ModelChoiceField(
        queryset=Enterprise.objects.all(),
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "没有这家企业，请重新查找。"},
    )
    clause = forms.ModelChoiceField(
        label="条款",
        queryset=Clause.objects.none(),
        empty_label="请选择",
        error_messages={"invalid_choice": "所选条款不在通知范围内，请重新选择。"},
    )
    closes_on = DayField(label="准予提交至", help_text="受理至当天 24:00。")
    reason = ReasonField(help_text="记入审计记录，企业会看到这段文字。")

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clause"]
        possible = [clause.pk for clause in clauses_of(call)]
        field.queryset = Clause.objects.filter(pk__in=possible).order_by("order")


class RevokeForm(SpokenForm):
    """Why a leave is taken back."""

    reason = ReasonField(label="撤销理由", help_text="记入审计记录，企业会看到这段文字。")
