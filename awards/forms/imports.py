"""The form that sends a filled-in table."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.forms.base import SpokenForm
from accounts.models import Unit
from common.tables.tables import Subject


class ImportForm(SpokenForm):
    """What the table is about, for which unit it is sent, and the file. A choice of one is made already."""

    unit = forms.ChoiceField(label="单位")
    about = forms.ChoiceField(label="对象")
    file = forms.FileField(
        label="填好的表格",
        help_text="由本页模板填写的 .xlsx 文件，不超过 5 MB、5,000 行；一份最多 300 处改动（拨付结果 1,000 笔）。",
        widget=forms.ClearableFileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
    )

    def __init__(
        self, *args: Any, units: Sequence[Unit], subjects: Sequence[Subject], subject_label: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        about, unit = self.fields["about"], self.fields["unit"]
        assert isinstance(about, forms.ChoiceField)
        assert isinstance(unit, forms.ChoiceField)
        about.label = subject_label
        about.error_messages["required"] = f"请选择{subject_label}。"
        about.choices = [(subject.key, subject.label) for subject in subjects]
        unit.choices = [(str(one.pk), one.name) for one in units]
        if len(units) == 1:
            unit.widget = forms.HiddenInput()
            unit.initial = str(units[0].pk)
        for field in (about, unit):
            field.error_messages["invalid_choice"] = f"请选择{field.label}。"
        self.fields["file"].error_messages |= {
            "empty": "文件是空的，请重新选择。",
            "invalid": "请选择填好的表格。",
            "required": "请选择填好的表格。",
        }
