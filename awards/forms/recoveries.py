"""Forms of 追回. They read what was typed; what is right is decided by the actions."""

from collections.abc import Iterable
from typing import Any, Self

from django import forms
from django.utils.datastructures import MultiValueDict

from accounts.forms.base import AmountField, DayField, SpokenForm
from applications.forms.messages import FilesField
from awards.actions.bans import MAX_REASON as MAX_BAN_REASON
from awards.actions.recoveries import MAX_BAN_YEARS, MAX_FINDING, MAX_NOTE, MAX_REASON
from awards.actions.recovery_parts import MAX_FILES
from awards.actions.recovery_receipts import MAX_NOTE as MAX_RECEIPT_NOTE
from awards.actions.recovery_receipts import MAX_REFERENCE
from awards.enums import Share
from awards.models import Award, RecoveryReceipt
from common.errors import DomainError
from common.money import grouped
from common.templatetags.ui import zhdate
from reviews.forms import ProseField

_WIDE = {"data-wide": "true"}
_FILES = f"PDF、JPG、PNG、XLSX 或 DOCX，最多 {MAX_FILES} 个，合计不超过 20 MB。"


def prose(label: str, limit: int, *, rows: int = 3, help_text: str = "") -> ProseField:
    """A text of several lines over the whole width."""
    widget = forms.Textarea(attrs={"rows": rows, **_WIDE})
    return ProseField(label=label, max_length=limit, widget=widget, help_text=help_text)


class GestureForm(SpokenForm):
    """One of several forms of a page: ids of its own, and what was refused with what was typed."""

    ids = "gesture"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.ids}_%s"} | kwargs)

    @classmethod
    def refused(cls, data: Any, files: MultiValueDict[str, Any], error: DomainError, **kwargs: Any) -> Self:
        """The form as it was sent, with the action's sentences; browsers forget chosen files, and the form says so."""
        form = cls(data, **kwargs)
        form.is_valid()
        own = {name: list(sentences) for name, sentences in form.errors.items()}
        form.errors.clear()
        form.refuse(error)
        for name, sentences in own.items():
            # What could not be read at all is told in the form's words: the action only saw that nothing came.
            if name in error.errors:
                del form.errors[name]
                for sentence in sentences:
                    form.add_error(name, sentence)
        if files.getlist("attachments"):
            form.add_error("attachments", "文字已保留；浏览器不会保留选过的文件，请重新选择全部文件。")
        return form


class FindingForm(GestureForm):
    """What was found, with documents."""

    ids = "finding"
    finding = prose("发现的问题", MAX_FINDING, rows=6, help_text="写明事实和来源；决定作出之前，企业看不到这里的内容。")
    attachments = FilesField(label="有关材料", required=False, help_text=_FILES)


class DecisionForm(GestureForm):
    """The decision as the 经办 drafts it."""

    ids = "decision"
    amount = AmountField(label="应退金额")
    due_on = DayField(label="退款期限")
    ban_years = forms.IntegerField(
        label="限制申报年数",
        min_value=0,
        max_value=MAX_BAN_YEARS,
        error_messages={
            "invalid": "请填写整数，0 为不限制。",
            "min_value": "限制申报年数不能为负数。",
            "max_value": f"限制申报最长 {MAX_BAN_YEARS} 年。",
        },
        help_text="自决定之日起算，0 为不限制。",
    )
    reason = prose("追回的理由和依据", MAX_REASON, rows=5, help_text="原样写入追回通知，请写明事实和所依据的规定。")


class NoteForm(GestureForm):
    """Why a draft goes back to its 经办."""

    ids = "note"
    note = prose("退回说明", MAX_NOTE)


class DropForm(GestureForm):
    """Why nothing is claimed back."""

    ids = "drop"
    reason = prose("不予追回的理由", MAX_REASON)


class ReceiptForm(GestureForm):
    """An instalment that came back."""

    ids = "receipt"
    amount = AmountField(label="到账金额")
    on = DayField(label="到账日期")
    reference = forms.CharField(label="凭证号", max_length=MAX_REFERENCE, help_text="银行回单或缴款书的编号。")
    note = forms.CharField(
        label="说明", max_length=MAX_RECEIPT_NOTE, required=False, widget=forms.TextInput(attrs=_WIDE)
    )
    attachments = FilesField(label="凭证文件", required=False, help_text=_FILES)


class ReverseForm(GestureForm):
    """Which entry was wrong, and why."""

    ids = "reverse"
    receipt = forms.ChoiceField(label="冲减哪一笔", error_messages={"invalid_choice": "请选择列出的一笔。"})
    note = prose("冲减的原因", MAX_RECEIPT_NOTE, rows=2)

    def __init__(self, *args: Any, receipts: Iterable[RecoveryReceipt], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receipt"].choices = [("", "请选择")] + [  # type: ignore[attr-defined]
            (str(row.pk), f"{zhdate(row.on)} {grouped(row.amount_fen)} 元（{row.reference}）") for row in receipts
        ]


class VoucherForm(GestureForm):
    """The voucher of the enterprise's transfer."""

    ids = "voucher"
    attachments = FilesField(label="退款凭证", help_text=_FILES)


class SetOffForm(GestureForm):
    """From which later award so much is to be set off, and why. `targets`: (award, share, what is owed in 分)."""

    ids = "set_off"
    target = forms.ChoiceField(label="从哪一笔奖补抵扣", error_messages={"invalid_choice": "请选择列出的奖补。"})
    amount = AmountField(label="抵扣金额")
    reason = prose("抵扣的理由", MAX_REASON)

    def __init__(self, *args: Any, targets: Iterable[tuple[Award, Share, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [("", "请选择")] + [  # type: ignore[attr-defined]
            (
                f"{award.pk}:{share}",
                f"{award.application.number} {award.application.clause.clause_id}"
                f" {share.label}，待拨付 {grouped(fen)} 元",
            )
            for award, share, fen in targets
        ]


class SetOffReturnForm(GestureForm):
    """Why a proposed set-off goes back; whoever proposed it may take it back without."""

    ids = "set_off_return"
    note = prose("退回说明", MAX_NOTE)

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            self.fields["note"].required = False
            self.fields["note"].label = "撤回说明"


class LiftForm(GestureForm):
    """Why an enterprise may apply again."""

    ids = "lift"
    reason = prose("解除的理由", MAX_BAN_REASON)
