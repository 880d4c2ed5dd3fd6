"""Forms of 拨付: what the bank told of rows, one by one or all at once, and why an entry is reversed."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.forms.base import AmountField, DayField, LineField, SpokenForm
from awards.actions.payment_results import MAX_REASON, MAX_REFERENCE, ResultInput
from awards.enums import ResultKind
from awards.models import Payment


class ToldForm(SpokenForm):
    """What holds for all rows of one entry: day and voucher where a row names none, and the bank's sum."""

    on = DayField(label="银行日期", help_text="各笔未单独填写日期时使用。")
    reference = LineField(label="凭证号", required=False, max_length=MAX_REFERENCE)
    total = AmountField(
        label="银行回单合计", required=False, help_text="本次“已拨付”各笔的合计，与系统计算的不一致时不会录入。"
    )


class RowForm(forms.Form):
    """What was told of one row; all of it may stay empty."""

    kind = forms.ChoiceField(
        label="结果",
        required=False,
        choices=[("", "未回单"), (ResultKind.PAID, ResultKind.PAID.label), (ResultKind.RETURNED, "退回")],
    )
    on = DayField(label="日期", required=False)
    reason = LineField(label="退回原因", required=False, max_length=MAX_REASON)
    reference = LineField(label="凭证号", required=False, max_length=MAX_REFERENCE)

    def __init__(self, data: Any = None, *, row: Payment) -> None:
        super().__init__(data, prefix=f"row{row.row}")
        self.row = row
        for name, field in self.fields.items():
            field.widget.attrs |= {
                "class": "form-select" if name == "kind" else "form-control",
                "aria-label": f"第 {row.row} 笔{field.label}",
                # The fields stand in the table, beside other forms; this says to which they belong.
                "form": "results",
            }
        self.fields["reason"].widget.attrs["placeholder"] = "退回时填写原因"

    def told(self, *, default: ToldForm) -> ResultInput | None:
        """What was told, with the common day and voucher where the row names none; None for an empty row."""
        values = self.cleaned_data
        if not (values.get("kind") or values.get("reason")):
            return None
        return ResultInput(
            row=self.row.row,
            kind=values["kind"],
            on=values["on"] or default.cleaned_data["on"],
            reason=values["reason"],
            reference=values["reference"] or default.cleaned_data["reference"],
        )


def row_forms(rows: Iterable[Payment], data: Any = None) -> dict[int, RowForm]:
    """A form for each row that waits for its result: number → form."""
    return {row.row: RowForm(data, row=row) for row in rows if row.state == "sent"}


class ReverseForm(SpokenForm):
    """Why an entry was wrong, and since when."""

    on = DayField(label="冲回日期")
    reason = forms.CharField(
        label="原因", max_length=MAX_REASON, widget=forms.Textarea(attrs={"rows": 2, "data-wide": "true"})
    )
