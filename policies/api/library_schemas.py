"""Policies and clauses as OpenAPI describes them; rules and facts are the engine's own schema classes."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from policies.api.schemas import ApiModel
from policies.rules.schema import Award, Cap, Condition, FactDecl, Group, Quota, Series, TotalCap
from policies.rules.values import Citation

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PolicyTold(ApiModel):
    """一个有条款的政策文件。"""

    number: Annotated[str, Field(description="发文字号。")]
    title: str
    issuer: str
    issued_on: dt.date | None
    valid_from: dt.date | None
    valid_to: Annotated[dt.date | None, Field(description="有效期的最后一天。")]
    replaces: Annotated[str | None, Field(description="所废止的文件。")]
    policy_years: Annotated[list[int], Field(description="适用的政策年度。")]
    clauses: Annotated[int, Field(description="已发布的条款数。")]
    monetary_clauses: Annotated[int, Field(description="其中资金条款数。")]
    source_sha256: Annotated[Sha256, Field(description="规范文本的 SHA-256；各处引文都在该文本中。")]
    url: Annotated[str, Field(description="政策库中的页面。")]


class PoliciesTold(ApiModel):
    """全部政策。"""

    policies: list[PolicyTold]


class UnitTold(ApiModel):
    """一个单位，或由申报主体所属地等确定的一组单位。"""

    kind: Literal["unit", "group"]
    name: Annotated[str, Field(description="政策印发时的名称。")]
    resolution: Annotated[
        Literal["district", "chosen_by_lead"] | None,
        Field(description="一组单位怎样确定：district 企业所属县区（开发区）；chosen_by_lead 由牵头单位逐件确定。"),
    ] = None
    members: Annotated[list[str] | None, Field(description="一组单位的成员。")] = None


class UnitsTold(ApiModel):
    """各角色的单位，次序与政策相同；列在首位的牵头单位为主办单位。"""

    lead: list[UnitTold]
    cooperating: list[UnitTold]
    responsible: list[UnitTold]


class EvidenceTold(ApiModel):
    """一种申报材料。"""

    key: str
    label: str
    help: str
    scope: Annotated[Literal["year", "own"], Field(description="year 每年交一次，各条款共用；own 本条款单独提交。")]
    required: bool
    common: Annotated[bool, Field(description="是否所有条款都要。")]


class LineTold(ApiModel):
    """规则的一句白话说明。"""

    text: str
    quote: Annotated[str, Field(description="所依据的政策原文。")]
    settings: Annotated[list[str], Field(description="所依赖的待确认事项，见 settings。")]


class ExplanationTold(ApiModel):
    """规则的白话说明。"""

    conditions: list[LineTold]
    amount: list[LineTold]
    limits: list[LineTold]


class VersionTold(ApiModel):
    """适用的条款版本。"""

    number: int
    valid_from: dt.date
    valid_to: dt.date | None
    definition_sha256: Sha256
    source_sha256: Sha256


class ClauseTold(ApiModel):
    """一个条款。非资金条款的 award 为 null，facts 和 conditions 为空。"""

    id: Annotated[str, Field(examples=["3.4.5"])]
    title: str
    sentence: Annotated[str, Field(description="政策原文，一字不改。")]
    bracket: Annotated[str, Field(description="原文中写明单位的方括号。")]
    monetary: bool
    version: VersionTold
    units: UnitsTold
    facts: Annotated[list[FactDecl], Field(description="评估文档中该条款 facts 的键、类型和限额。")]
    conditions: Annotated[list[Condition], Field(description="全部满足才符合条件。")]
    award: Annotated[Award | None, Field(description="金额怎样计算。")]
    cap: Annotated[Cap | None, Field(description="本条款的上限。")]
    group: Annotated[str | None, Field(description="所属的同类型分组。")]
    exempt: Annotated[Citation | None, Field(description="不计入累计奖补上限的依据。")]
    quota: Annotated[Quota | None, Field(description="每年的目标数量；超出时提示，不拒绝。")]
    competitive: Annotated[bool, Field(description="是否先经专家评审。")]
    untranslated: Annotated[list[str], Field(description="原文没有写明、尚未量化的用语。")]
    evidence: list[EvidenceTold]
    explanation: ExplanationTold | None
    url: Annotated[str, Field(description="政策库中的页面。")]


class SettingTold(ApiModel):
    """政策没有写明的一点：采用的值，以及是否已经确认。"""

    key: str
    label: str
    value: Any
    words: Annotated[str, Field(description="采用的值，文字表述。")]
    default: Any
    reason: str
    confirmed: Annotated[bool, Field(description="false 表示默认值，待确认。")]
    valid_from: dt.date


class ClausesTold(ApiModel):
    """一个政策适用于一个政策年度的全部条款，以及各条款共用的规则。"""

    policy: PolicyTold
    policy_year: int
    year_facts: Annotated[list[FactDecl], Field(description="年度数据：评估文档中 applicant 的键、类型和限额。")]
    groups: Annotated[list[Group], Field(description="同类型分组：只能选择其中一个条款。")]
    total_cap: Annotated[TotalCap | None, Field(description="每个申报主体每年的累计奖补上限。")]
    series: Annotated[list[Series], Field(description="计算所用的公布利率。")]
    settings: list[SettingTold]
    clauses: list[ClauseTold]


class OneClauseTold(ApiModel):
    """一个条款。"""

    policy: PolicyTold
    policy_year: int
    clause: ClauseTold
