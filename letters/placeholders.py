"""Placeholders in the standing words that administrators write: a closed list, no template language.

A placeholder is a listed name in braces, ``{企业名称}``. Anything else in braces is an error, and a value is put in
once, as text: braces inside a value stay what they are.
"""

import re
from collections.abc import Mapping

from letters.enums import TextKind
from letters.errors import PlaceholderError

PLACEHOLDERS: dict[str, str] = {
    "企业名称": "主送企业的名称",
    "单位名称": "发文单位的全称",
    "事项名称": "申报事项，条款编号和名称",
    "条款编号": "条款的编号，如 3.4.5",
    "条款名称": "条款的名称",
    "受理编号": "申报的编号",
    "政策年度": "政策年度，四位数字",
    "环节名称": "要求补正的环节，如初审",
    "截止日期": "须在该日二十四时前办理",
    "金额": "以元计的金额",
    "金额大写": "大写金额",
    "条款金额": "按条款计算的金额（元），总量核减之前",
    "核定金额": "核定的金额（元）",
    "核定说明": "核定为零的原因",
    "拨付金额": "本次拨付的金额（元）",
    "拨付日期": "资金拨出的日期",
    "资金级次": "市级或县区级",
    "清单编号": "拨付清单的编号",
    "已拨金额": "追回前已拨付的金额（元）",
    "应退金额": "决定追回的金额（元）",
    "拨付单位": "收回款项的单位",
    "政策依据": "所公示条款的政策文件",
    "公示名称": "公示的标题",
    "公示起始日期": "公示的第一天",
    "公示截止日期": "公示的最后一天",
    "事项数": "公示的事项有几个",
    "合计金额": "公示事项的金额之和（元）",
    "联系方式": "受理异议的联系方式",
    "异议编号": "异议的编号",
    "提出日期": "异议提出的日期",
    "所涉事项": "异议所涉的公示事项",
    "处理结果": "异议是否成立、事项怎样办理",
}
#: What stands for a placeholder where no letter is at hand.
EXAMPLES: dict[str, str] = {
    "企业名称": "示例电子有限公司",
    "单位名称": "示例市工业和信息化局",
    "事项名称": "1.2.3 示例条款奖励",
    "条款编号": "1.2.3",
    "条款名称": "示例条款奖励",
    "受理编号": "SL2026000001",
    "政策年度": "2026",
    "环节名称": "初审",
    "截止日期": "2026年11月5日",
    "金额": "6,007.14",
    "金额大写": "陆仟零柒元壹角肆分",
    "条款金额": "6,007.14",
    "核定金额": "6,007.14",
    "核定说明": "已获其他市级同类政策奖补，不重复奖补",
    "拨付金额": "6,007.14",
    "拨付日期": "2026年11月5日",
    "资金级次": "市级",
    "清单编号": "BF2026-0001",
    "已拨金额": "6,007.14",
    "应退金额": "6,007.14",
    "拨付单位": "示例市财政局",
    "政策依据": "《示例政策》（示府发〔2026〕1号）",
    "公示名称": "2026年度示例奖补公示",
    "公示起始日期": "2026年11月5日",
    "公示截止日期": "2026年11月12日",
    "事项数": "12",
    "合计金额": "1,006,007.14",
    "联系方式": "示例科 0791-00000000",
    "异议编号": "YY2026-0001",
    "提出日期": "2026年11月6日",
    "所涉事项": "第1项 示例电子有限公司，1.2.3 示例条款奖励，6,007.14元",
    "处理结果": "经核查，异议不成立，所涉事项按程序继续办理。",
}
#: What every letter about an application can fill in, and what single kinds know besides.
_APPLICATION = ("企业名称", "单位名称", "事项名称", "条款编号", "条款名称", "受理编号", "政策年度")
_AMOUNT = ("金额", "金额大写")
_OF_KIND: dict[str, tuple[str, ...]] = {
    TextKind.CORRECTION: ("环节名称", "截止日期"),
    TextKind.ZERO: ("条款金额", "核定说明"),
    TextKind.APPROVAL: (*_AMOUNT, "条款金额", "核定金额"),
    TextKind.PAYMENT_NOTICE: (*_AMOUNT, "拨付金额", "拨付日期", "资金级次", "清单编号"),
    TextKind.RECOVERY_NOTICE: ("截止日期", *_AMOUNT, "已拨金额", "应退金额", "拨付单位"),
}
#: Letters that are about no application.
_ROUND = ("单位名称", "公示名称", "政策年度")
_OBJECTION = ("异议编号", "提出日期", "所涉事项")
_OF_ITS_OWN: dict[str, tuple[str, ...]] = {
    TextKind.PUBLICITY: (*_ROUND, "公示起始日期", "公示截止日期", "政策依据", "事项数", "合计金额", "联系方式"),
    TextKind.OBJECTION_FILED: (*_ROUND, *_OBJECTION),
    TextKind.OBJECTION_REPLY: (*_ROUND, *_OBJECTION, "处理结果"),
}
_PATTERN = re.compile(r"\{([^{}]*)\}")


def allowed_in(kind: str | None) -> tuple[str, ...]:
    """The placeholders that a kind of letter can fill in; all of them where no kind is named."""
    if kind is None:
        return tuple(PLACEHOLDERS)
    return _OF_ITS_OWN.get(kind) or _APPLICATION + _OF_KIND.get(kind, ())


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
    """Put values in place of the placeholders; raises PlaceholderError for an unknown one or one without a value.

    Quotation marks inside a value that itself stands in quotation marks become single ones (GB/T 15834-2011 4.8).
    """
    check_text(text)
    missing = sorted({name for name in _PATTERN.findall(text) if name not in values})
    if missing:
        raise PlaceholderError(f"占位符缺少内容：{'、'.join(missing)}。")

    def put(match: re.Match[str]) -> str:
        value = str(values[match.group(1)])
        quoted = text[: match.start()].endswith("“") and text[match.end() :].startswith("”")
        return value.replace("“", "‘").replace("”", "’") if quoted else value

    return _PATTERN.sub(put, text)


def parts_of(text: str) -> list[tuple[bool, str]]:
    """A text cut into words and placeholders: (whether it is a placeholder, the piece); for showing it."""
    found, end = [], 0
    for match in _PATTERN.finditer(text):
        found += [(False, text[end : match.start()]), (True, match.group(0))]
        end = match.end()
    return [piece for piece in [*found, (False, text[end:])] if piece[1]]
