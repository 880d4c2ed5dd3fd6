"""The form of a whole change document, pasted or uploaded."""

from typing import Any

from django import forms

from common.templatetags.ui import ErrorItem
from policies.rules.strict_json import NotJSONError, loads

#: Bytes of a change document on a page; the largest that anybody needs (a draft of every clause) has a fifth of it.
MAX_DOCUMENT = 1_000_000
_TOO_LARGE = "变更内容超过 1 MB。请删去不需要的部分，或在服务器上用 manage.py simulate 提交。"


class _PastedField(forms.CharField):
    """Text as it was pasted; what is wrong with it is told once, by the form."""

    default_validators: list[Any] = []

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = []  # NUL is told by the form, in a sentence that fits


class DocumentForm(forms.Form):
    """A whole change document, pasted or uploaded."""

    file = forms.FileField(
        label="变更文件（JSON）",
        required=False,
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )
    text = _PastedField(
        label="或直接粘贴",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "data-wide": "true"}),
    )

    #: The parsed document, once the form is valid.
    change: Any = None
    #: Whether what was submitted is larger than a change document may be; nothing of it is shown again then.
    too_large = False

    def clean(self) -> dict[str, Any]:
        """Read the document strictly; what was uploaded stays in the box, so that it can be corrected there."""
        found: dict[str, Any] = super().clean() or {}
        upload = found.get("file")
        raw: bytes | str = upload.read(MAX_DOCUMENT + 1) if upload is not None else found.get("text") or ""
        where = "text" if upload is None else "file"
        if len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")) > MAX_DOCUMENT:
            self.too_large = True
            self._show("")
            self.add_error(where, _TOO_LARGE)
            return found
        if isinstance(raw, bytes):
            self._show(raw.decode("utf-8-sig", "replace").replace("\x00", "\ufffd"))
        if not raw.strip():
            empty = "请选择变更文件，或粘贴变更内容。" if upload is None else "变更文件是空的，请另选文件。"
            self.add_error(where, empty)
        elif "\x00" in raw if isinstance(raw, str) else b"\x00" in raw:
            self.add_error(where, "内容含有空字符（NUL），不是文本。请以 UTF-8 编码重新保存或复制后再提交。")
        else:
            try:
                self.change = loads(raw)
            except NotJSONError as error:
                self.add_error(where, str(error))
        return found

    def _show(self, text: str) -> None:
        """Put a text into the box."""
        self.data = {**self.data.dict(), "text": text}  # type: ignore[attr-defined]

    def refuse(self, faults: list[dict[str, str]]) -> None:
        """Show the policy's faults, each with its path in the document."""
        where = "file" if self.files.get("file") is not None else "text"
        for one in faults:
            self.add_error(where, f"{one['path']}：{one['message']}" if one["path"] else one["message"])

    @property
    def summary(self) -> list[ErrorItem]:
        """Every fault for the top of the page, named by the document it stands in."""
        names = {"file": "变更文件", "text": "粘贴的内容"}
        return [
            ErrorItem(f"id_{name}", f"{names[name]}：{message}")
            for name, messages in self.errors.items()
            for message in messages
        ]
