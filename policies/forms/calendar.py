"""The form that takes the text of a yearly notice."""

from django import forms

from accounts.forms.base import LineField, SpokenForm


class NoticeForm(SpokenForm):
    """The notice as it is printed, its year and number."""

    year = forms.IntegerField(
        label="年份",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": "请填写四位数的年份，例如 2026。"},
    )
    text = forms.CharField(
        label="通知正文",
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "data-wide": "true", "spellcheck": "false"}),
        help_text="粘贴国务院办公厅的通知全文，每个假期一段，例如“一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。”",
    )
    source = LineField(
        label="文号", required=False, max_length=100, help_text="正文中有文号的可以不填，例如 国办发明电〔2025〕7号。"
    )
    scope = forms.ChoiceField(
        label="通知范围",
        choices=[
            ("whole", "全年安排：替换该年已有的安排"),
            ("part", "补充通知：只改动其中写到的日期"),
        ],
        widget=forms.RadioSelect,
        initial="whole",
    )
