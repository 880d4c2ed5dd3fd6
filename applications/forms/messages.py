"""The form of a message; what may be written is the action's to say."""

from typing import Any, Self

from django import forms
from django.utils.datastructures import MultiValueDict

from applications.actions.messages import MAX_FILES, MAX_TEXT, Enclosure
from common.errors import DomainError


class FilesInput(forms.FileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; the action checks them."""

    widget = FilesInput(attrs={"multiple": True, "accept": ".pdf,.jpg,.jpeg,.png,.xlsx,.docx"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        return data


class MessageForm(forms.Form):
    """A text and files to send along. Its ids differ from those of the page's other forms."""

    text = forms.CharField(
        label="消息内容",
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-depends": "sending"}),
    )
    attachments = FilesField(
        label="附件",
        required=False,
        help_text=f"PDF、JPG、PNG、XLSX 或 DOCX，最多 {MAX_FILES} 个，合计不超过 20 MB。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "message_%s"} | kwargs)

    @classmethod
    def refused(cls, data: Any, files: MultiValueDict[str, Any], error: DomainError, **kwargs: Any) -> Self:
        """The form as it was sent, with the action's sentences; browsers forget chosen files, and the form says so."""
        form = cls(data, **kwargs)
        form.is_valid()
        form.errors.clear()
        for name, sentences in error.errors.items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else None, sentence)
        if files.getlist("attachments"):
            form.add_error("attachments", "文字已保留；浏览器不会保留选过的文件，请重新选择全部附件。")
        return form


def enclosures(files: MultiValueDict[str, Any]) -> list[Enclosure]:
    """The files that came with a form."""
    return [Enclosure(file.name or "", file) for file in files.getlist("attachments")]
