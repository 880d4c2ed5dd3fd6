"""Placeholders in the standing words that administrators write: a closed list, no template language.

A placeholder is a listed name in braces, ``{企业名称}``. Anything else in braces is an error, and a value is put in
once, as text: braces inside a value stay what they are.
"""

import re
from collections.abc import Mapping

from letters.enums import LetterKind
from letters.errors import PlaceholderError

PLACEHOLDERS: dict[str, str] = {
    "企业名称": "主送企业的名称",
    "单位名称": "发文单位的全称",
    "事项名称": "申报事项，如条款编号和名称",
    "受理编号": "申报的编号",
    "政策年度": "政策年度，四位数字",
    "截止日期": "须在该日二十四时前办理",
    "金额": "以元计的金额",
    "金额大写": "大写金额",
}
#: What every letter about an application can fill in, and what single kinds know besides.
_ALWAYS = ("企业名称", "单位名称", "事项名称", "受理编号", "政策年度")
_OF_KIND: dict[str, tuple[str, ...]] = {
    LetterKind.CORRECTION: ("截止日期",),
    LetterKind.APPROVAL: ("金额", "金额大写"),
    LetterKind.PAYMENT_NOTICE: ("金额", "金额大写"),
    LetterKind.RECOVERY_NOTICE: ("截止日期", "金额", "金额大写"),
}
_PATTERN = re.compile(r"\{([^{}]*)\}")


def allowed_in(kind: str | None) -> tuple[str, ...]:
    """The placeholders that a kind of letter can fill in; all of them where no kind is named."""
    return tuple(PLACEHOLDERS) if kind is None else _ALWAYS + _OF_KIND.get(kind, ())


def check_text(text: str, kind: str | None = None) -> None:
    """Raise PlaceholderError listing everything in braces that this kind of letter cannot fill in, and stray braces."""
    allowed = allowed_in(kind)
    unknown = sorted({name for name in _PATTERN.findall(text) if name not in allowed})
    if unknown:
        raise PlaceholderError(
            f"没有这样的占位符：{'、'.join('{' + name + '}' for name in unknown)}。"
            f"可用的有：{'、'.join('{' + name + '}' for name in allowed)}。",
            field="body",
        )
    if set(_PATTERN.sub("", text)) & {"{", "}"}:
        raise PlaceholderError("花括号须成对出现，且只用于占位符。", field="body")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of the placeholders; raises PlaceholderError for an unknown one or one without a value."""
    check_text(text)
    missing = sorted({name for name in _PATTERN.findall(text) if name not in values})
    if missing:
        raise PlaceholderError(f"占位符缺少内容：{'、'.join(missing)}。")
    return _PATTERN.sub(lambda match: str(values[match.group(1)]), text)
