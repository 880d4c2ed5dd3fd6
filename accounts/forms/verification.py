"""Forms of the district's officers."""

from django import forms

from accounts.actions.verification import MAX_REASON
from accounts.enums import EnterpriseStatus
from accounts.forms.base import SpokenForm


class VerifyForm(SpokenForm):
    """Accepting; `version` is the one that the officer saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class RejectForm(SpokenForm):
    """Sending back with a reason that the enterprise reads."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="退回原因",
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 4, "data-wide": "true"}),
        help_text="企业会看到这段文字。请一次性列明需要更正的全部内容。",
        error_messages={"max_length": f"退回原因最多 {MAX_REASON} 字。"},
    )


class VerificationFilter(forms.Form):
    """Which of the district's enterprises to list; lives in the address."""

    status = forms.ChoiceField(choices=[("", "全部"), *EnterpriseStatus.choices], required=False)
    q = forms.CharField(max_length=120, required=False, label="名称或统一社会信用代码")
