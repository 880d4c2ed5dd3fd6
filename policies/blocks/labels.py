"""What every field, kind and choice of a definition is called in a form, and what helps to fill it in.

Words that differences are told in are taken from there, so that a field is called the same everywhere.
"""

from __future__ import annotations

from typing import Any

from policies.blocks.shapes import Schema
from policies.rules.differences import field_label

#: Class.field, or field alone: where a form needs other words than a difference.
_LABELS = {
    "key": "代码",
    "kind": "种类",
    "title": "条款名称",
    "name": "组的名称",
    "Choice.value": "代码",
    "label": "名称",
    "Compare.label": "条件的说法",
    "Growth.label": "条件的说法",
    "OneOf.label": "条件的说法",
    "IsTrue.label": "条件的说法",
    "Given.label": "条件的说法",
    "WithinDates.label": "条件的说法",
    "AnyOf.label": "条件的说法",
    "Not.label": "条件的说法",
    "CitedMoney.value": "金额",
    "CitedRate.value": "比例",
    "CitedTimes.value": "倍数",
    "CitedCount.value": "数量",
    "CitedMoney.type": "数的种类",
    "CitedRate.type": "数的种类",
    "CitedTimes.type": "数的种类",
    "CitedCount.type": "数的种类",
    "literal": "原文中的数",
    "quote": "引文",
    "CitedCount.unit": "量词",
    "evidence": "要求的申报材料",
    "nullable": "可以没有（例如尚未还清的贷款没有还款日）",
    "informational": "只作记录，不参与计算",
    "required": "必须填写",
    "unique": "各行不得重复",
    "competitive": "经专家评审后核定",
    "soft": "超出时只提示，不拒绝",
    "confirmed": "已由管理员确认",
    "exempt": "不计入累计奖补上限",
    "quota": "数量目标",
    "base": "与哪一项合并计算",
    "TotalCap.base": "以哪项数据为基数",
    "lifted_if": "为“是”时不受限的数据",
    "lifted_quote": "不受限的引文",
    "Given.fact": "须有内容的数据",
    "IsTrue.fact": "须为“是”的数据",
    "min_rows": "最少行数",
    "max_rows": "最多行数",
    "Tier.amount": "这一档的定额",
    "Tier.rate": "这一档的比例",
    "groups": "同类型条款组",
    "year_facts": "年度数据",
    "total_cap": "累计奖补上限",
    "Discretion.quote": "授权核定的引文",
    "Group.quote": "依据的引文",
}

_HELP = {
    "key": "以小写字母开头，只含小写字母、数字和下划线；规则按它引用，发布后不宜更改。",
    "Choice.value": "以小写字母开头，只含小写字母、数字和下划线。",
    "FactDecl.label": "企业在申报表上看到的名称。",
    "Column.label": "企业在申报表上看到的名称。",
    "help": "写在填报项下面，告诉企业怎样填写。",
    "literal": "照抄引文里的这个数，例如 500万元、50%。",
    "quote": "从原文逐字复制，可在原文中标记。",
    "CitedMoney.value": "可写 500万元、20亿元 或 5000000.00。",
    "CitedRate.value": "写成百分数，例如 50%。",
    "CitedTimes.value": "例如 1倍。",
    "CitedCount.value": "只写数字，计量单位写在“量词”。",
    "source": "引文不在本文件时，写明出自哪份文件。",
    "minimum": "含本数；金额写明单位，日期写成 2020-01-01。",
    "maximum": "含本数；金额写明单位，日期写成 2025-12-31。",
    "not_before": "写成 2018-01-01，或“施行日”“政策年度第一天”；不填则不限。",
    "not_after": "写成 2025-12-31，或“有效期最后一天”“政策年度最后一天”；不填则不限。",
    "AnyOf.label": "不满足时，告诉企业的一句话。",
    "row_label": "计算过程中用这一栏称呼每一行。",
    "PerUnit.unit": "例如 家、项。",
    "CitedCount.unit": "例如 人、项、家。",
    "informational": "规则不读它；评估时可以没有。",
    "untranslated": "原文没有量化、系统也没有换算成数的说法；其中的数也写在这里。",
    "Group.reason": "为什么认为这些条款属于同类型。",
    "lifted_if": "企业这一项为“是”时，累计上限不适用。",
    "Cap.base": "选填：本条款在其他奖补之上加计时，那一项奖补的金额。",
    "FactDecl.columns": "明细表的各栏。",
    "FactDecl.choices": "企业从中选择一项。",
    "Column.choices": "企业从中选择一项。",
}

#: Kinds of blocks and conditions, with what they do.
KINDS = {
    "fixed": "定额",
    "rate": "按比例：金额 × 比例",
    "per_unit": "按数量：数量 × 每单位金额",
    "external": "按其他奖补的倍数",
    "step": "分档：达到哪一档，按哪一档计算",
    "discretion": "由牵头单位在限额内核定",
    "loan_interest": "贷款贴息：按参考利率逐日计算",
    "rows": "逐项计算：明细表每行分别计算后相加",
    "sum": "多项相加",
    "compare": "比较：数据达到、超过或不超过一个数",
    "growth": "增长：本期比上期增加",
    "one_of": "属于所列的选项",
    "is_true": "为“是”",
    "given": "有内容",
    "within_dates": "日期在两天之间",
    "all": "同时满足下列各项",
    "any": "满足下列任意一项",
    "not": "不满足",
    "money": "金额",
    "times": "倍数",
    "count": "数量",
}
_NUMBERS = {"money": "金额", "rate": "比例", "count": "数量", "times": "倍数"}

#: Short names for the head of a part.
SHORT = {kind: words.split("：")[0] for kind, words in KINDS.items()}

_OPTIONS: dict[str, dict[Any, str]] = {
    "op": {
        "ge": "达到（≥；以上、不低于）",
        "gt": "超过（>）",
        "le": "不超过（≤；最高、以下）",
        "lt": "低于（<；不足）",
    },
    "type": {
        "money": "金额",
        "count": "数量",
        "date": "日期",
        "flag": "是或否",
        "choice": "从选项中选择",
        "text": "文字",
        "table": "明细表（多行）",
    },
    "entry_unit": {"元": "元", "万元": "万元"},
    "scope": {"year": "年度共用", "own": "本条款", "enterprise_year": "每家企业每个政策年度", "claim": "每次申报"},
    "binds": {"enterprise": "企业", "association": "协会等非企业申报单位"},
}

#: What one entry of a list is called, for 增加… and 第 n ….
ENTRIES = {
    "facts": "填报项",
    "year_facts": "年度数据",
    "columns": "栏",
    "choices": "选项",
    "conditions": "条件",
    "of": "条件",
    "tiers": "档",
    "parts": "部分",
    "groups": "条款组",
    "untranslated": "表述",
    "evidence": "材料",
}

#: Fields that few need: folded away until they hold something.
RARE = {
    ("Column", "minimum"),
    ("Column", "maximum"),
    ("Column", "nullable"),
    ("Column", "informational"),
    ("Column", "required"),
    ("Column", "unique"),
    ("FactDecl", "min_rows"),
    ("FactDecl", "max_rows"),
    ("Citation", "source"),
    ("LoanInterest", "principal"),
    ("LoanInterest", "drawn_on"),
    ("LoanInterest", "repaid_on"),
    ("LoanInterest", "interest_paid"),
}


def _named(words: dict[str, str], part: Schema, name: str) -> str:
    for owner in part.__mro__:
        if found := words.get(f"{owner.__name__}.{name}"):
            return found
    return words.get(name, "")


def label(part: Schema, name: str) -> str:
    """What a field is called."""
    own = next((_LABELS[key] for owner in part.__mro__ if (key := f"{owner.__name__}.{name}") in _LABELS), "")
    told = field_label(part, name)
    # words of a difference that were chosen for this class go before words of a form for any class
    return own or (told if told != field_label(object, name) else "") or _LABELS.get(name, told)


def help_text(part: Schema, name: str) -> str:
    """What helps to fill a field in; empty where its name says it all."""
    return _named(_HELP, part, name)


def option(name: str, value: Any) -> str:
    """A value of a literal as people read it."""
    return _OPTIONS.get(name, {}).get(value, str(value))


def kind_label(tag: str, kind: str) -> str:
    """A kind of a union as people choose it; `tag` is the field that names it."""
    return (_NUMBERS if tag == "type" else KINDS).get(kind, kind)


def entry_label(name: str) -> str:
    """What one entry of a list is called."""
    return ENTRIES.get(name, "项")


def is_rare(part: Schema, name: str) -> bool:
    """Whether a field is folded away."""
    return any((owner.__name__, name) in RARE for owner in part.__mro__)
