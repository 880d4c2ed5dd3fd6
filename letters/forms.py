"""Forms of the letters' pages: what a person enters, not what it means."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from letters.codes import normalize_token
from letters.enums import LetterKind

VERIFY_MAX_BYTES = 10 * 1024 * 1024


class LetterFileField(forms.FileField):
    """A PDF to compare; it is read once and kept nowhere."""

    default_error_messages = {"required": "请选择要比对的文件。", "empty": "所选文件是空文件。"}
    widget = forms.ClearableFileInput(attrs={"accept": "application/pdf,.pdf"})

    def clean(self, data: UploadedFile | None, initial: object = None) -> UploadedFile | None:
        file: UploadedFile | None = super().clean(data, initial)
        if file is not None and (file.size or 0) > VERIFY_MAX_BYTES:
            raise forms.ValidationError("文件超过 10 MB，不是本系统签发的文书。")
        return file


class VerifyForm(forms.Form):
    """A code, or the file itself."""

    code = forms.CharField(
        label="核验码",
        required=False,
        max_length=40,
        help_text="印在文书末页二维码旁，16 位字母和数字，不区分大小写，可省略短横线。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    file = LetterFileField(
        label="或者选择文书的 PDF 文件",
        required=False,
        help_text="文件只用于计算摘要，不会保存；不超过 10 MB。",
    )

    def clean_code(self) -> str:
        entered: str = self.cleaned_data["code"]
        token = normalize_token(entered)
        if entered and token is None:
            raise forms.ValidationError("核验码应为 16 位字母和数字（不含 0、1、I、O），请对照文书重新填写。")
        return token or ""

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if not self.errors and not data.get("code") and not data.get("file"):
            raise forms.ValidationError("请填写核验码，或者选择文书的 PDF 文件。")
        return data


class CompareForm(forms.Form):
    """The file to compare with one letter."""

    file = LetterFileField(label="选择收到的 PDF 文件", help_text="文件只用于计算摘要，不会保存；不超过 10 MB。")


class FilterForm(forms.Form):
    """What the list of letters can be narrowed to; kept in the address."""

    q = forms.CharField(
        label="文号或标题",
        required=False,
        max_length=100,
        error_messages={
            "max_length": "文号或标题最多 100 个字，请缩短后再查找。",
            "null_characters_not_allowed": "含有无法识别的字符，请重新输入。",
        },
    )
    kind = forms.ChoiceField(
        label="文种",
        required=False,
        choices=[("", "全部"), *LetterKind.choices],
        error_messages={"invalid_choice": "没有这个文种，请从列表中选择。"},
    )


class VoidForm(forms.Form):
    """Why a letter is declared void."""

    reason = forms.CharField(
        label="作废原因",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="将告知企业，并显示在办理记录中。",
        error_messages={"required": "请填写作废原因。"},
    )
