"""The evaluation document, its answer and refusals as OpenAPI describes them.

Descriptions only: documents are read by `policies.rules.intake`, which tells every fault at once and in Chinese. A test
holds every answer of the engine against these models.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Yuan = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,14}(\.[0-9]{1,2})?$",
        description="金额，以元为单位的字符串，最多两位小数。",
        examples=["300000000.00"],
    ),
]
#: An amount of an answer: a sum of 200 decided amounts has more digits than one of them.
YuanTold = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,17}\.[0-9]{2}$",
        description="金额，以元为单位的字符串，两位小数。",
        examples=["300000000.00"],
    ),
]
Quote = Annotated[
    str,
    Field(
        description="政策原文，一字不改。原文没有写明的步骤（如四舍五入、以实际支付的利息为限、提示）为空；"
        "原文只写明其中一部分、其余取自设置的步骤，说明的末尾在设置确认之前注明“（默认值，待确认）”，"
        "见 GET /clauses 的 settings。"
    ),
]
#: A fact of a clause or a figure of the year; which of them, its declaration says (GET /clauses).
Plain = str | int | bool | None


class ApiModel(BaseModel):
    """Base: no other keys than those described."""

    model_config = ConfigDict(extra="forbid")


# ------------------------------------------------------------------------------------------------- document


class Applicant(BaseModel):
    """申报主体与年度数据。除 kind 外的键见 GET /clauses 的 year_facts；条款或上限用到的数据必填。"""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Plain]

    kind: Annotated[
        Literal["enterprise", "association"], Field(description="enterprise 企业；association 协会、商会、联盟。")
    ]


class Decision(ApiModel):
    """裁量金额；只用于由审核部门裁量的条款，须在该条款的限额之内。"""

    amount: Yuan
    reason: Annotated[str | None, Field(max_length=500)] = None


class ClaimGiven(ApiModel):
    """一个申报条款。"""

    clause: Annotated[str, Field(description="条款编号，见 GET /clauses。", examples=["3.1.2"])]
    facts: Annotated[
        dict[str, Plain | list[dict[str, Plain]]],
        Field(description="该条款的事实，键与类型见 GET /clauses 的 facts；类型为 table 的事实是由行组成的数组。"),
    ] = {}
    decision: Annotated[Decision | None, Field(description="尚未裁量时省略：该条款的答复为 pending。")] = None


class ExternalAwardGiven(ApiModel):
    """其他市级政策中同类型的奖补。"""

    group: Annotated[str, Field(description="同类型分组的名称，见 GET /clauses 的 groups。")]
    amount: Yuan


class CapLifted(ApiModel):
    """突破累计奖补上限。"""

    lift: Literal[True]


class CapChanged(ApiModel):
    """以另一金额代替累计奖补上限。"""

    cap: Yuan


class EvaluationDocument(ApiModel):
    """评估文档：一个申报主体一个政策年度的全部申报条款。"""

    policy: Annotated[str, Field(description="政策的发文字号，见 GET /policies。")]
    policy_year: Annotated[int, Field(ge=1990, le=2100, description="政策年度：年度数据所属的年份，不是申报的年份。")]
    applicant: Applicant
    claims: Annotated[list[ClaimGiven], Field(max_length=200)]
    external_awards: Annotated[list[ExternalAwardGiven], Field(max_length=200)] = []
    choices: Annotated[
        dict[str, str],
        Field(description="每个同类型分组自行选择的条款（就高不就低、自行选择）；省略时采用金额最高的条款。"),
    ] = {}
    cap_override: Annotated[
        CapLifted | CapChanged | None, Field(description="重点支持领域对上限的突破；null 表示没有。")
    ] = None


# --------------------------------------------------------------------------------------------------- answer


class Unmet(ApiModel):
    """一个没有满足的条件。"""

    condition: str
    required: str
    actual: str
    short_by: Annotated[str | None, Field(description="还差多少；不能以数量表示时为 null。")]
    sentence: Annotated[str, Field(description="以上各项合成的一句话。")]
    quote: Quote


class TraceStep(ApiModel):
    """计算过程的一步。"""

    step: str
    value: Annotated[str, Field(description="这一步的结果；四舍五入之前的金额最多六位小数；提示等没有结果的为空。")]
    quote: Quote
    clause: Annotated[str, Field(description="所属条款；结算步骤中涉及全部条款时为空。")]


class ClaimAnswer(ApiModel):
    """一个申报条款的结果，次序与文档相同。"""

    clause: str
    status: Annotated[
        Literal["eligible", "not_eligible", "pending"],
        Field(description="eligible 符合；not_eligible 不符合；pending 等待裁量。"),
    ]
    amount: Annotated[YuanTold | None, Field(description="结算前的金额；不符合或等待裁量时为 null。")]
    unmet: list[Unmet]
    trace: list[TraceStep]
    floor: Annotated[YuanTold | None, Field(description="裁量下限；只在 pending 时给出。")] = None
    ceiling: Annotated[YuanTold | None, Field(description="裁量上限；只在 pending 时给出。")] = None


class SettlementLine(ApiModel):
    """一个符合条件的条款的结算，次序与政策相同。"""

    clause: str
    candidate: Annotated[YuanTold, Field(description="结算前的金额。")]
    settled: Annotated[YuanTold, Field(description="结算后的金额。")]
    reason: Annotated[
        Literal["not_chosen", "external_award", "cap"] | None,
        Field(
            description="两者不同的原因：not_chosen 同类型选择了其他条款；"
            "external_award 已有其他市级奖补；cap 累计奖补上限。"
        ),
    ]


class SettlementAnswer(ApiModel):
    """结算：同类型选择与累计奖补上限之后的金额。"""

    cap: Annotated[YuanTold | None, Field(description="累计奖补上限；不受上限约束时为 null。")]
    total: Annotated[YuanTold, Field(description="结算金额合计，包括不计入上限的条款。")]
    lines: list[SettlementLine]
    trace: list[TraceStep]


class EvaluationAnswer(ApiModel):
    """评估结果。"""

    claims: list[ClaimAnswer]
    settlement: SettlementAnswer


class FaultTold(ApiModel):
    """一处错误。"""

    path: Annotated[
        str,
        Field(description="在文档中的位置；与整个请求有关时为空。", examples=["claims[0].facts.loans[0].principal"]),
    ]
    message: Annotated[str, Field(description="错在哪里、怎样更正。")]


class Refusal(ApiModel):
    """没有完成的请求：一次列出全部错误（最多一千处）。"""

    errors: Annotated[list[FaultTold], Field(min_length=1)]
