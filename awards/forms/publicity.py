"""Forms of 公示 and 异议. They read what was typed; what is right is decided by the actions."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from accounts.forms.base import SpokenForm
from applications.forms.messages import FilesField
from awards.actions.objections import MAX_ANSWER, MAX_NOTE
from awards.actions.publicity import MAX_CONTACT, MAX_TITLE
from awards.objector import MAX_ADDRESS, MAX_FILES, MAX_NAME, MAX_TEXT
from common.errors import DomainError
from letters.codes import normalize_token
from reviews.forms import ProseField

_WIDE = {"data-wide": "true"}


class VersionForm(forms.Form):
    """The version that the page showed, inside a dialog."""

    expected_version = forms.IntegerField(widget=forms.HiddenInput)


class RoundForm(SpokenForm):
    """The words of a round; which awards it shows are ticks of the page's table."""

    title = forms.CharField(label="公示标题", max_length=MAX_TITLE, widget=forms.TextInput(attrs=_WIDE))
    contact = forms.CharField(
        label="异议受理联系方式",
        max_length=MAX_CONTACT,
        widget=forms.TextInput(attrs=_WIDE),
        help_text="处室、电话、地址，印在公示上，例如：电子信息处，0791-83986888，红谷滩区世贸路 1 号。",
    )


class AnswerForm(SpokenForm):
    """What the check found and what is answered."""

    upheld = forms.ChoiceField(
        label="核查结论",
        choices=[("no", "异议不成立"), ("yes", "异议成立，退回重新审核")],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请选择异议是否成立。"},
    )
    answer = ProseField(
        label="答复内容",
        max_length=MAX_ANSWER,
        widget=forms.Textarea(attrs={"rows": 8, **_WIDE}),
        help_text="写明核查的事实和依据，逐条回应；这些文字原样写入给异议人的答复，请勿写入他人的联系方式和账户。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "answer_%s"} | kwargs)
        self.fields["upheld"].error_messages["required"] = "请选择异议是否成立。"

    @property
    def verdict(self) -> bool | None:
        """Whether the objection is upheld; None where nothing was chosen."""
        return {"yes": True, "no": False}.get(self.data.get("upheld", ""))


class ReturnForm(SpokenForm):
    """Why a drafted answer goes back."""

    note = ProseField(label="退回说明", max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 3, **_WIDE}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "return_%s"} | kwargs)


class ObjectionForm(SpokenForm):
    """异议 as anybody fills it in."""

    name = forms.CharField(
        label="姓名或单位名称",
        max_length=MAX_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="个人填真实姓名，单位填全称。匿名异议不能受理。",
    )
    phone = forms.CharField(
        label="联系电话",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text="手机号码，或带区号的固定电话。",
    )
    address = forms.CharField(
        label="联系地址",
        max_length=MAX_ADDRESS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address", **_WIDE}),
    )
    text = ProseField(
        label="异议内容和事实依据",
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, **_WIDE}),
        help_text="写明对哪一点有异议、依据什么事实和材料。",
    )
    attachments = FilesField(
        label="证明材料",
        required=False,
        help_text=f"PDF、JPG、PNG、XLSX 或 DOCX，最多 {MAX_FILES} 个，合计不超过 20 MB。",
    )

    @classmethod
    def refused(cls, data: Any, files: MultiValueDict[str, Any], error: DomainError) -> "ObjectionForm":
        """The form as it was sent, with the action's sentences; browsers forget chosen files, and the form says so."""
        form = cls(data)
        form.is_valid()
        form.errors.clear()
        form.refuse(error)
        if files.getlist("attachments"):
            form.add_error("attachments", "文字已保留；浏览器不会保留选过的文件，请重新选择全部材料。")
        return form


class CodeForm(SpokenForm):
    """The code that opens the page of one's own objection."""

    code = forms.CharField(
        label="查询码",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="提交异议后显示、并印在受理回执上的 16 位字母和数字，大小写、空格和短横都可以。",
    )

    def clean_code(self) -> str:
        """The code without separators."""
        code = normalize_token(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError("查询码应为 16 位字母和数字，请核对后重新输入。")
        return code
