"""How fields, kinds and formats of a definition are called, and what pydantic's faults mean, in Chinese."""

from policies.blocks import labels
from policies.rules.values import MONEY_PATTERN, PERCENT_PATTERN, TIMES_PATTERN, Model

#: Fields that no form of the editor shows, and those that it calls otherwise than a difference does.
_FIELDS = {
    "amount": "金额",
    "award": "奖补计算",
    "by": "增加标准",
    "clauses": "条款",
    "columns": "明细表的栏",
    "fact": "数据",
    "id": "条款编号",
    "issuer": "发文机关",
    "known_until": "数据截至日期",
    "number": "文号",
    "sentence": "条款的原文句子",
    "settings": "待确认事项",
    "title": "名称",
    "total_cap": "累计奖补上限",
    "value": "数值",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
}

#: Pattern → (what the text is not, how it is written).
PATTERNS = {
    MONEY_PATTERN: ("金额", "请写成 500万元、20亿元 或带两位小数的 5000000.00。"),
    PERCENT_PATTERN: ("比例", "请写成百分数，例如 0.5% 或 50%。"),
    TIMES_PATTERN: ("倍数", "请写成 1 或 1.5 这样的数，不带单位。"),
    r"^[a-z][a-z0-9_]{0,62}$": ("代码", "代码以小写字母开头，只含小写字母、数字和下划线。"),
    r"^(Y\.|row\.)?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$": (
        "可选用的数据",
        "请从列表中选择；不能写算式。",
    ),
    r"^[0-9]+(\.[0-9]+)*[a-z]?$": ("条款编号", "请写成 3.4.2 或 3.1.3a 的形式。"),
    r"^[0-9a-f]{64}$": ("正文的校验值", "请重新录入正文，由系统计算。"),
    r"^(0|[1-9][0-9]?)\.[0-9]{2}$": ("利率", "请写成两位小数的百分数值，例如 3.45。"),
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": ("月日", "请写成 月-日，例如 12-31。"),
    r"^(0|[1-9][0-9]?|100)%$": ("比例", "请写成 0% 到 100% 之间的整数百分数，例如 50%。"),
}

#: Words of a validator of :mod:`policies.rules.schema` → (field it is about, sentence, what mends it).
RULES = {
    "choices belong to a fact of type choice": (
        "choices",
        "选项与类型不符：类型为“从选项中选择”的须有选项，其他类型不能有。",
        "请补上选项，或删除多余的选项。",
    ),
    "columns belong to a fact of type table": (
        "columns",
        "栏与类型不符：类型为“明细表”的须有栏，其他类型不能有。",
        "请补上栏，或删除多余的栏。",
    ),
    "two columns have the same key": ("columns", "明细表中有两栏的代码相同。", "请为每一栏取不同的代码。"),
    "a tier has either a rate or an amount": (
        "",
        "一档只能在“这一档的比例”和“这一档的定额”中填一个。",
        "请只保留其中一个。",
    ),
    "tiers must rise": ("tiers", "各档的起点没有逐档升高。", "请把各档按起点从低到高排列，不要重复。"),
    "the floor is above the ceiling": ("floor", "下限高于上限。", "请改正下限或上限。"),
    "days must rise and stay within known_until": (
        "values",
        "利率的公布日没有依次递增，或晚于数据截至日。",
        "请按公布日排列，并核对数据截至日期。",
    ),
    "day is out of range for month": (
        "value",
        "所填的月日不是每年都有的一天。",
        "请填写每年都有的日期，例如 12-31。",
    ),
    "two clauses have the same id": ("clauses", "有两个条款的编号相同。", "请为每个条款取不同的编号。"),
    "groups must be disjoint": ("groups", "同类型条款组之间有重叠。", "一个条款只能列在一个组中。"),
    "a group names unknown clauses": ("groups", "条款组列有不存在的条款。", "请从组中删除，或先定义该条款。"),
    "mixes clauses inside and outside the total cap": (
        "groups",
        "条款组混合了受累计上限约束与不受约束的条款。",
        "请把不受约束的条款移出该组。",
    ),
    "year_facts are plain facts of scope year": (
        "year_facts",
        "年度数据应由全企业共用，且不能是明细表。",
        "请在“年度数据”中重新增加这一项；明细表放在条款的填报项中。",
    ),
    "facts of scope year are declared once": (
        "clauses",
        "年度数据不能放在条款的填报项中。",
        "请在通用规则的“年度数据”中增加，条款直接选用。",
    ),
    "valid_from is after valid_to": ("valid_from", "施行日期晚于有效期的最后一天。", "请改正两个日期之一。"),
}


class _Any(Model):
    """No class of the schema: a field is then called as in any of them."""


_NUMBERS = {"rate": "比例", "money": "金额", "count": "数量", "times": "倍数"}


def called(name: str) -> str:
    """A field as the editor calls it, inside marks: “引文”; a field that has no words is just 这一项."""
    found = _FIELDS.get(name) or labels.label(_Any, name)
    return f"“{found}”" if found != name else "这一项"


def kinds(tags: list[str]) -> str:
    """Kinds to choose from, as the editor calls them: 定额、按比例."""
    return "、".join(dict.fromkeys(_NUMBERS.get(tag) or labels.SHORT.get(tag) or "其他种类" for tag in tags))


def options(name: str, expected: str) -> str:
    """The values that a field may have, out of pydantic's list of them: 达到（≥；以上、不低于）、超过（>）."""
    values = [value.strip(" '") for value in expected.replace(" or ", ", ").split(",")]
    return "、".join(labels.option(name, value) for value in values)
