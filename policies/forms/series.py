"""Forms of reference series: rates to take in, a new series, the newest rate withdrawn."""

from typing import Any

from django import forms

from accounts.forms.base import DayField, LineField, SpokenForm
from common.errors import Invalid
from common.uploads import UploadRejected, check_upload
from policies.series_lines import Line, as_text, lines_of_book, lines_of_text

_MOST_BYTES = 1024 * 1024
_EXAMPLE = "一行一个公布日：日期, 利率（%）。例如 2026-08-20, 3.00。与前一次相同的行不另存。"


class RatesForm(SpokenForm):
    """Days and rates, pasted or sent as a file; what a file holds is shown in the field, so that it is sent once."""

    lines = forms.CharField(
        label="日期和利率",
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "series-paste", "spellcheck": "false", "data-wide": "true"}),
        help_text=_EXAMPLE,
    )
    file = forms.FileField(
        label="或上传 Excel、CSV 文件",
        required=False,
        help_text="前两列为日期和利率，不超过 1 MB；选了文件的，以文件为准。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    known_until = DayField(label="数据截至", help_text="截至这一天的变化都已录入。")
    #: The last known day as the person saw it; a new series has none.
    expected = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[Line] = []

    def clean(self) -> dict[str, Any]:
        """Read the file, if there is one, else the text; the field shows what was read."""
        data = super().clean() or {}
        if self.errors:
            return data
        upload = data.get("file")
        if upload:
            try:
                self.rows = _rows_of_file(upload)
            except (UploadRejected, Invalid) as error:
                self.add_error("file", str(error))
                return data
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["lines"] = as_text(self.rows)  # type: ignore[index]
        else:
            self.rows = lines_of_text(data.get("lines") or "")
        return data


def _rows_of_file(upload: Any) -> list[Line]:
    """The lines of a workbook or a CSV file. Raises UploadRejected or Invalid with a sentence."""
    start = upload.read(4)
    upload.seek(0)
    if start.startswith(b"PK") or not str(upload.name).lower().endswith((".csv", ".txt")):
        checked = check_upload(upload, upload.name, kinds=("xlsx",), max_bytes=_MOST_BYTES)
        try:
            return lines_of_book(checked.data)
        except ValueError as error:
            raise Invalid("表格无法读取，请用 Excel 或 WPS 打开后另存为 .xlsx，再重新上传。") from error
    data = upload.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Invalid("文件超过 1 MB，请拆分后重新上传。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return lines_of_text(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Invalid("文件不是 UTF-8 或 GB18030 编码的文本，请另存后重新上传。")


class NewSeriesForm(RatesForm):
    """A new series with its first rates."""

    key = LineField(label="代码", max_length=40, help_text="条款的计算按代码引用，建立后不能改。例如 lpr_5y。")
    label = LineField(label="名称", max_length=60, help_text="例如 五年期以上贷款市场报价利率。")
    short = LineField(label="简称", max_length=20, help_text="计算过程中的叫法，例如 LPR。")
    source = LineField(label="公布机构", max_length=60)
    field_order = ("key", "label", "short", "source", "lines", "file", "known_until", "expected")


class KnownForm(SpokenForm):
    """Up to today nothing changed."""

    expected = forms.DateField()


class WithdrawForm(SpokenForm):
    """Why the newest rate is taken back."""

    on = forms.DateField(widget=forms.HiddenInput)
    reason = LineField(label="撤回的理由", max_length=500, widget=forms.TextInput(attrs={"data-wide": "true"}))
