"""How fields, kinds and formats of a definition are called, and what pydantic's faults mean, in Chinese."""

from policies.rules.values import MONEY_PATTERN, PERCENT_PATTERN, TIMES_PATTERN

#: Fields of definitions; whatever is not here is called by its own name.
FIELDS = {
    "amount": "金额",
    "at_least": "起点金额",
    "award": "奖补公式",
    "base": "计算基数",
    "before": "上期指标",
    "binds": "约束对象",
    "by": "增长门槛",
    "cap": "条款上限",
    "ceiling": "上限",
    "choices": "选项",
    "clauses": "条款",
    "columns": "表格的列",
    "conditions": "条件",
    "confirmed": "是否已确认",
    "count": "计数指标",
    "default": "默认值",
    "each": "每行的公式",
    "fact": "指标",
    "facts": "申报指标",
    "floor": "下限",
    "groups": "同类型条款组",
    "id": "条款编号",
    "issued_on": "成文日期",
    "issuer": "发文机关",
    "key": "代码",
    "kind": "种类",
    "known_until": "数据截至日",
    "label": "名称",
    "literal": "原文中的数",
    "name": "名称",
    "not_after": "最晚日期",
    "not_before": "最早日期",
    "now": "本期指标",
    "number": "文号",
    "of": "计算对象",
    "op": "比较方式",
    "parts": "各部分公式",
    "quote": "引文",
    "rate": "比例",
    "reason": "理由",
    "replaces": "废止的文件",
    "row_cap": "单项上限",
    "scope": "适用范围",
    "sentence": "原文句子",
    "series": "参考利率",
    "settings": "待确认事项",
    "share": "比例",
    "source_sha256": "原文校验值",
    "table": "表格",
    "target": "目标数",
    "tiers": "分档",
    "times": "倍数",
    "title": "标题",
    "total_cap": "累计上限",
    "type": "类型",
    "valid_from": "施行日期",
    "valid_to": "有效期至",
    "value": "数值",
    "values": "取值",
    "year_facts": "年度指标",
}

#: Kinds of blocks, conditions, numbers and facts.
KINDS = {
    "fixed": "定额",
    "rate": "比例",
    "per_unit": "按数量",
    "external": "按其他奖补的倍数",
    "step": "分档",
    "discretion": "裁量",
    "loan_interest": "贷款贴息",
    "rows": "逐项合计",
    "sum": "多项相加",
    "compare": "比较",
    "growth": "增长",
    "one_of": "属于所列",
    "is_true": "为“是”",
    "given": "已填写",
    "within_dates": "日期区间",
    "all": "同时满足",
    "any": "满足其一",
    "not": "不满足",
    "money": "金额",
    "count": "数量",
    "times": "倍数",
}

#: Pattern → (what the text is not, how it is written).
PATTERNS = {
    MONEY_PATTERN: ("金额", '请写成以元为单位、带两位小数的文字，例如 "5000000.00"。'),
    PERCENT_PATTERN: ("比例", '请写成百分数，例如 "0.5%" 或 "50%"。'),
    TIMES_PATTERN: ("倍数", '请写成不带单位的文字，例如 "1" 或 "1.5"。'),
    r"^[a-z][a-z0-9_]{0,62}$": ("代码", "代码以小写字母开头，只含小写字母、数字和下划线。"),
    r"^(Y\.|row\.)?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$": (
        "指标引用",
        "请写成 Y.指标、row.列、指标 或 表格.列；不能写算式。",
    ),
    r"^[0-9]+(\.[0-9]+)*[a-z]?$": ("条款编号", "请写成 3.4.2 或 3.1.3a 的形式。"),
    r"^[0-9a-f]{64}$": ("SHA-256 校验值", "请填写规范文本的 SHA-256（64 位十六进制小写）。"),
    r"^(0|[1-9][0-9]?)\.[0-9]{2}$": ("利率", '请写成两位小数的百分数值，例如 "3.45"。'),
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": ("月日", "请写成 月-日，例如 12-31。"),
    r"^(0|[1-9][0-9]?|100)%$": ("比例", "请写成 0% 到 100% 之间的整数百分数，例如 50%。"),
}

#: Words of a validator of :mod:`policies.rules.schema` → (field it is about, sentence, what mends it).
RULES = {
    "choices belong to a fact of type choice": (
        "choices",
        "选项与类型不符：选择类指标必须有选项，其他类型不能有。",
        "请为 choice 类型补上 choices，或删除多余的 choices。",
    ),
    "columns belong to a fact of type table": (
        "columns",
        "列与类型不符：表格必须有列，其他类型不能有。",
        "请为 table 类型补上 columns，或删除多余的 columns。",
    ),
    "two columns have the same key": ("columns", "表格中有两列的代码相同。", "请为每一列取不同的代码。"),
    "a tier has either a rate or an amount": (
        "",
        "一档只能在比例（rate）与金额（amount）中写一个。",
        "请只保留其中一个。",
    ),
    "tiers must rise": ("tiers", "各档的起点没有逐档升高。", "请把各档按起点金额从低到高排列，不要重复。"),
    "the floor is above the ceiling": ("floor", "下限高于上限。", "请改正下限或上限。"),
    "days must rise and stay within known_until": (
        "values",
        "利率的公布日没有依次递增，或晚于数据截至日。",
        "请按公布日排列，并核对数据截至日（known_until）。",
    ),
    "day is out of range for month": (
        "value",
        "所填的月日不是每年都有的一天。",
        "请填写每年都有的日期，例如 12-31。",
    ),
    "two clauses have the same id": ("clauses", "有两个条款的编号相同。", "请为每个条款取不同的编号。"),
    "groups must be disjoint": ("groups", "同类型条款组之间有重叠。", "一个条款只能列在一个组中。"),
    "a group names unknown clauses": ("groups", "条款组引用了不存在的条款。", "请从组中删除，或先定义该条款。"),
    "mixes clauses inside and outside the total cap": (
        "groups",
        "条款组混合了受累计上限约束与不受约束的条款。",
        "请把不受约束的条款移出该组。",
    ),
    "year_facts are plain facts of scope year": (
        "year_facts",
        "年度指标必须写明 scope = year，且不能是表格。",
        "请改正 scope，或把表格移到条款中。",
    ),
    "facts of scope year are declared once": (
        "clauses",
        "条款中不能定义年度指标。",
        "请在 year_facts 中定义，条款中以 Y.代码 引用。",
    ),
    "valid_from is after valid_to": ("valid_from", "施行日期晚于有效期截止日。", "请改正两个日期之一。"),
}


def called(name: str) -> str:
    """A field as people read it: 引文（quote）."""
    return f"{FIELDS[name]}（{name}）" if name in FIELDS else f"“{name}”"


def kinds(tags: list[str]) -> str:
    """Kinds to choose from: fixed（定额）、rate（比例）."""
    return "、".join(f"{tag}（{KINDS[tag]}）" if tag in KINDS else tag for tag in tags)
