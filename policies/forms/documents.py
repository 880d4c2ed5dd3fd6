"""Forms of documents in preparation. They read what was typed; what is right is decided by the actions."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.forms.base import DayField, LineField, SpokenForm
from policies.cutting.files import MAX_FILE, MAX_TEXT
from policies.enums import DocumentKind
from policies.heads import MAX_SLUG, DocumentHead, normalise_number, suggested_slug
from policies.models import Clause, Document

_WIDE = {"data-wide": "true"}
#: Asked for where another answer makes it needed: neither optional nor always required.
_ONE_OF = {"data-wide": "true", "data-depends": "true"}


class HeadForm(SpokenForm):
    """The head of a document. An empty address is made of the number."""

    number = LineField(
        label="发文字号",
        max_length=40,
        help_text="例如：洪府发〔2026〕5号。年份的括号用哪一种都可以，保存时统一为〔〕。",
    )
    title = LineField(label="标题", max_length=200, widget=forms.TextInput(attrs=dict(_WIDE)))
    kind = forms.ChoiceField(label="类别", choices=DocumentKind.choices)
    issuer = LineField(label="发文机关", max_length=60, help_text="例如：南昌市人民政府。")
    issued_on = DayField(label="成文日期", required=False)
    valid_from = DayField(
        label="施行日期", required=False, help_text="政策文件须填写：条款和待确认事项自这一天起有效。提案答复不填。"
    )
    valid_to = DayField(label="有效期至", required=False, help_text="这一天仍然有效。")
    replaces = LineField(
        label="废止的文件", max_length=40, required=False, help_text="发文字号；没有废止其他文件的不填。"
    )
    source_note = LineField(
        label="来源", max_length=200, required=False, help_text="文本从哪里得到，例如：公开发布的文件文本。"
    )
    slug = LineField(
        label="地址",
        max_length=MAX_SLUG,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="页面地址中的名称，由小写字母、数字和连字符组成；不填则按发文字号生成，例如 hongfufa-2023-30。",
    )

    section_layout = (
        ("文件", "按印发的文件填写。", ("number", "title", "kind", "issuer", "issued_on")),
        ("有效期", "按正文填写。", ("valid_from", "valid_to", "replaces")),
        ("其他", "", ("source_note", "slug")),
    )

    def head(self) -> DocumentHead:
        """What was typed, as the actions take it; the address is suggested where none was typed."""
        data = {name: self.cleaned_data[name] for name in DocumentHead.__dataclass_fields__}
        if not data["slug"]:
            data["slug"] = suggested_slug(normalise_number(data["number"]))
        return DocumentHead(**data)

    @staticmethod
    def of(document: Document) -> dict[str, Any]:
        """The first values for a document that is there."""
        return {name: getattr(document, name) for name in DocumentHead.__dataclass_fields__}


class SeenHeadForm(HeadForm):
    """The head with the number of the edit that was on the screen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class CopyForm(SpokenForm):
    """Which clauses of the other document come along."""

    clauses = forms.MultipleChoiceField(
        label="复制的条款",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="每个条款成为一份草稿，承接原来的条款；原文句子和规则照搬，待录入新正文后逐条核对。",
        error_messages={"invalid_choice": "没有这个条款，请重新选择。"},
    )

    def __init__(self, *args: Any, clauses: Sequence[Clause], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clauses"]
        field.choices = [(clause.clause_id, f"{clause.clause_id} {clause.title}") for clause in clauses]
        self._clauses = {clause.clause_id: clause for clause in clauses}
        self.initial.setdefault("clauses", list(self._clauses))

    def chosen(self) -> list[Clause]:
        """The clauses that were ticked."""
        return [self._clauses[key] for key in self.cleaned_data["clauses"]]


class TextForm(SpokenForm):
    """The text of a document, pasted or as a file."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    text = forms.CharField(
        label="粘贴正文",
        required=False,
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", **_ONE_OF}),
        help_text="从发文机关标志开始，一段一行；表格一行一行，单元格之间用竖线“|”分开。",
        error_messages={"max_length": f"正文超过 {MAX_TEXT} 个字的上限。请分成几份文件。"},
    )
    file = forms.FileField(
        label="或上传文件",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".txt,.docx", "data-depends": "true"}),
        help_text=f".txt（UTF-8 或 GB18030 编码）或 .docx，不超过 {MAX_FILE // 1024 // 1024} MB。",
    )

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        given = super().clean() or {}
        if not self.errors:
            if given.get("file") and (given.get("text") or "").strip():
                self.add_error("file", "粘贴了正文又选择了文件，请只留一种。")
            elif not given.get("file") and not (given.get("text") or "").strip():
                self.add_error("text", "请粘贴正文，或选择一个文件。")
        return given


class NodeForm(SpokenForm):
    """The words of one piece of the text."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    text = forms.CharField(
        label="文字",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, **_WIDE}),
        help_text=(
            "只改录入时的错字。加粗写成 **加粗**，脚注标记写成 ¹²³，第十条写成 ¹⁰；表格一行一行，单元格用竖线“|”分开。"
        ),
        error_messages={"max_length": "一处条文最多 20000 个字。"},
    )


class ClauseForm(SpokenForm):
    """A clause marked out in a piece of the text: a sentence that is chosen, or marked or typed word for word."""

    choice = forms.ChoiceField(
        label="条款的句子",
        required=False,
        widget=forms.Select(attrs=dict(_ONE_OF)),
        help_text="从列表中选取；需要其他起止的，在下面标记或逐字填写。",
    )
    quote = forms.CharField(
        label="或者逐字填写",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, **_ONE_OF}),
        help_text="填写后以这里为准。",
    )
    clause_id = LineField(
        label="条款编号", max_length=20, help_text="数字和点，可以带一个小写字母，例如 3.4.5 或 3.1.3a。"
    )
    title = LineField(label="名称", max_length=80, help_text="短名称，例如：“5G+智慧工厂”建设补助。")
    is_monetary = forms.TypedChoiceField(
        label="类型",
        choices=[("1", "资金条款：企业可以申报，按规则计算金额"), ("0", "非资金条款：只在政策库中列出")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        initial="1",
    )
    bracket = forms.ChoiceField(label="单位", required=False, help_text="句子之后最近的单位方括号；办理单位由它确定。")

    def __init__(self, *args: Any, sentences: Sequence[str], brackets: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["choice"].choices = [("", "请选择"), *((str(index), text) for index, text in enumerate(sentences))]
        fields["bracket"].choices = [
            *((str(index), text) for index, text in enumerate(brackets)),
            ("", "正文没有印出单位"),
        ]
        self._sentences, self._brackets = list(sentences), list(brackets)

    def add_prefix(self, field_name: str) -> str:
        """`sentence.quote` is what the script that marks passages fills in."""
        return "sentence.quote" if field_name == "quote" else super().add_prefix(field_name)

    def clean(self) -> dict[str, Any]:
        """The sentence and the bracket as words."""
        given = super().clean() or {}
        words = (given.get("quote") or "").strip()
        if not words and given.get("choice"):
            words = self._sentences[int(given["choice"])]
        if not words and not self.errors:
            self.add_error("choice", "请选取条款的句子，或逐字填写。")
        chosen = given.get("bracket") or ""
        return {**given, "words": words, "printed": self._brackets[int(chosen)] if chosen else ""}


class SuggestedForm(SpokenForm):
    """One clause that a bracket of units suggests; `place` names its piece of the text in every fault, because the page
    has many of these forms."""

    take = forms.BooleanField(label="划为条款", required=False)
    clause_id = LineField(
        label="条款编号", max_length=20, required=False, widget=forms.TextInput(attrs={"data-depends": "take"})
    )
    title = LineField(
        label="名称", max_length=80, required=False, widget=forms.TextInput(attrs={"data-depends": "take"})
    )
    choice = forms.ChoiceField(label="句子", required=False, widget=forms.Select(attrs=dict(_ONE_OF)))
    is_monetary = forms.BooleanField(label="资金条款", required=False, initial=True)

    def __init__(self, *args: Any, place: str, sentences: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._place = place
        field: Any = self.fields["choice"]
        field.choices = [(str(index), text) for index, text in enumerate(sentences)]
        self._sentences = list(sentences)

    def clean(self) -> dict[str, Any]:
        """What is ticked has a number, a name and a sentence."""
        given = super().clean() or {}
        if given.get("take"):
            for name, label in (("clause_id", "条款编号"), ("title", "名称"), ("choice", "句子")):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, f"条文 {self._place}：请填写{label}。")
            if given.get("choice"):
                given["words"] = self._sentences[int(given["choice"])]
        return given


class EvidenceForm(SpokenForm):
    """One kind of document that applicants attach."""

    key = LineField(
        label="代码",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    label = LineField(label="名称", max_length=60)
    scope = forms.ChoiceField(label="提交方式", choices=[("own", "随每份申报提交"), ("year", "每年度提交一次")])
    help = LineField(label="说明", max_length=200, required=False)
    common = forms.BooleanField(label="各条款都要", required=False)

    def clean_key(self) -> str:
        """A code as definitions name it."""
        key = str(self.cleaned_data["key"])
        if not key[:1].isascii() or not key[:1].islower() or not key.replace("_", "a").isalnum() or key != key.lower():
            raise forms.ValidationError("代码以小写字母开头，只能用小写字母、数字和下划线，例如 audit_report。")
        if not key.isascii():
            raise forms.ValidationError("代码只能用小写字母、数字和下划线，例如 audit_report。")
        return key


class ImportForm(SpokenForm):
    """A whole document as YAML, and under which number it is to stand here."""

    file = forms.FileField(
        label="YAML 文件",
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
        allow_empty_file=True,
        help_text="由本系统导出的文件，不超过 5 MB。",
    )
    number = LineField(
        label="发文字号", max_length=40, required=False, help_text="与文件中的不同时填写；不填则用文件中的。"
    )
    slug = LineField(
        label="地址",
        max_length=MAX_SLUG,
        required=False,
        help_text="与文件中的不同时填写；改了发文字号而不填，则按发文字号生成。",
    )
