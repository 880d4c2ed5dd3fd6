"""What a policy definition looks like: the closed set of facts, conditions and award blocks.

A definition is data (TOML in the corpus, JSON in the database); nothing in it is an expression. A new kind of block
is a class in :mod:`.schema_clause`, its arithmetic in :mod:`.nodes` and its sentence in :mod:`.explain`.

One clause in full, 3.4.5, two rows of blocks deep::

    id = "3.4.5"
    title = "“5G+智慧工厂”建设补助"
    sentence = "对建设“5G+智慧工厂”，……的企业，按其软硬件、设备投入给予50%补助，单个项目最高不超过500万元。"

    [[facts]]
    key = "projects"
    label = "项目清单"
    type = "table"
    help = "每个已验收的项目一行。"
    evidence = ["contract", "invoice", "payment", "acceptance"]

    [[facts.columns]]
    key = "name"
    label = "项目名称"
    type = "text"
    informational = true

    [[facts.columns]]
    key = "investment"
    label = "软硬件、设备投入"
    type = "money"
    entry_unit = "万元"

    [[facts.columns]]
    key = "accepted_on"
    label = "验收日期"
    type = "date"
    informational = true

    [award]
    kind = "rows"
    table = "projects"
    row_label = "name"

    [award.each]
    kind = "rate"
    of = "row.investment"
    rate = { value = "50%", literal = "50%", quote = "按其软硬件、设备投入给予50%补助" }

    [award.row_cap]
    value = "5000000.00"
    literal = "500万元"
    quote = "单个项目最高不超过500万元"

And 3.1.2, with a condition, a series and a cap on the clause::

    id = "3.1.2"
    title = "在昌项目贷款贴息"
    sentence = "支持骨干企业在昌项目建设，对年度营业收入较上年度增加1亿元以上的……不超过200万元的贷款利息补贴。"

    [[facts]]
    key = "loans"
    label = "银行贷款"
    type = "table"
    evidence = ["loan_contract", "loan_note", "interest_list"]
    columns = [
      { key = "bank", label = "贷款银行", type = "text", informational = true },
      { key = "contract_no", label = "借款合同编号", type = "text", informational = true },
      { key = "project", label = "在昌项目名称", type = "text", informational = true },
      { key = "principal", label = "贷款本金", type = "money", entry_unit = "万元" },
      { key = "drawn_on", label = "放款日", type = "date" },
      { key = "repaid_on", label = "还款日", type = "date", nullable = true },
      { key = "interest_paid", label = "本年度实际支付利息", type = "money", entry_unit = "万元" },
    ]

    [[conditions]]
    kind = "growth"
    label = "年度营业收入较上年度增加1亿元以上"
    now = "Y.revenue"
    before = "Y.revenue_prev"
    by = { type = "money", value = "100000000.00", literal = "1亿元", quote = "年度营业收入较上年度增加1亿元以上" }

    [award]
    kind = "loan_interest"
    table = "loans"
    row_label = "project"
    series = "lpr_1y"
    share = { value = "50%", literal = "50%", quote = "一年期贷款市场报价利率的50%" }

    [cap]
    scope = "enterprise_year"
    amount = { value = "2000000.00", literal = "200万元", quote = "给予每家企业每年不超过200万元的贷款利息补贴" }

Other shapes: ``award = { kind = "fixed", amount = {…} }`` (3.1.3b); ``{ kind = "discretion", ceiling = {…} }`` with
``quote`` when no number limits it; ``{ kind = "per_unit", amount = {…}, count = "introduced" }`` (3.8.3);
``{ kind = "external", fact = "base_rd_subsidy", times = {…} }`` (3.4.1); ``{ kind = "rate", of =
"product_sales.sales_ex_tax", … }`` takes the sum of a table's column (3.3.2).

``policy.toml`` holds the rest of :class:`PolicyDefinition` (everything except ``clauses``; ``clause_order`` gives
the order of the printed text). Years of figures are declared once, under ``[[year_facts]]``, and read as ``Y.key``.
"""

from __future__ import annotations

from policies.rules.schema_clause import (
    AllOf,
    AnyOf,
    Award,
    Cap,
    Choice,
    ClauseDefinition,
    ClauseId,
    Column,
    Compare,
    Condition,
    Discretion,
    External,
    FactDecl,
    Fixed,
    Given,
    Growth,
    IsTrue,
    LoanInterest,
    Not,
    OneOf,
    PerUnit,
    Quota,
    Rate,
    RowBlock,
    Rows,
    SimpleBlock,
    Step,
    Sum,
    Tier,
    WithinDates,
)
from policies.rules.schema_policy import (
    CapAllocation,
    CityShare,
    DayCount,
    ExternalAward,
    ExtraCap,
    GoverningDay,
    Group,
    LoanCap,
    LprPick,
    PolicyDefinition,
    Series,
    SeriesValue,
    Settings,
    TotalCap,
)
from policies.rules.values import (
    Citation,
    CitedCount,
    CitedMoney,
    CitedNumber,
    CitedRate,
    CitedTimes,
)

__all__ = [
    "AllOf",
    "AnyOf",
    "Award",
    "Cap",
    "CapAllocation",
    "Choice",
    "Citation",
    "CitedCount",
    "CitedMoney",
    "CitedNumber",
    "CitedRate",
    "CitedTimes",
    "CityShare",
    "ClauseDefinition",
    "ClauseId",
    "Column",
    "Compare",
    "Condition",
    "DayCount",
    "Discretion",
    "External",
    "ExternalAward",
    "ExtraCap",
    "FactDecl",
    "Fixed",
    "Given",
    "GoverningDay",
    "Group",
    "Growth",
    "IsTrue",
    "LoanCap",
    "LoanInterest",
    "LprPick",
    "Not",
    "OneOf",
    "PerUnit",
    "PolicyDefinition",
    "Quota",
    "Rate",
    "RowBlock",
    "Rows",
    "Series",
    "SeriesValue",
    "Settings",
    "SimpleBlock",
    "Step",
    "Sum",
    "Tier",
    "TotalCap",
    "WithinDates",
]
