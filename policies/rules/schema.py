"""What a policy definition looks like: the closed set of facts, conditions and award blocks.

A definition is data (TOML in the corpus, JSON in the database); nothing in it is an expression. Adding a kind
of block means adding a class here, its arithmetic in :mod:`.compile` and its sentence in :mod:`.evaluate`.

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

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from policies.rules.values import (
    Citation,
    CitedCount,
    CitedMoney,
    CitedNumber,
    CitedRate,
    CitedTimes,
    Day,
    Key,
    Model,
    Ref,
    Text,
)

__all__ = [
    "Award",
    "Cap",
    "Citation",
    "CitedCount",
    "CitedMoney",
    "CitedRate",
    "CitedTimes",
    "ClauseDefinition",
    "Condition",
    "FactDecl",
    "Group",
    "PolicyDefinition",
    "Quota",
    "Series",
    "Settings",
    "TotalCap",
]

ClauseId = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*[a-z]?$", max_length=20)]


def _seq(item: Any, **limits: Any) -> Any:
    """An immutable list of ``item``; a JSON or TOML list is accepted for it."""
    return Annotated[tuple[item, ...], Field(strict=False, **limits)]


# --------------------------------------------------------------------------------------------------- facts


class Choice(Model):
    """One allowed value of a choice fact."""

    value: Key
    label: Text


class Column(Model):
    """One column of a table fact; the same fields as a fact, without nesting."""

    key: Key
    label: Text
    help: str = ""
    type: Literal["money", "count", "date", "flag", "choice", "text"]
    #: How people type money: the stored value is 元 in either case.
    entry_unit: Literal["元", "万元"] = "元"
    #: Bounds, inclusive: money in 元 ("1000.00"), counts ("0"), dates ("2020-01-01"); None = the engine's own.
    minimum: str | None = None
    maximum: str | None = None
    choices: _seq(Choice) = ()
    #: null is an answer (a loan not yet repaid, a list the company is not on).
    nullable: bool = False
    #: Not read by the rule: may be missing from an evaluation document. Forms still ask for it when required.
    informational: bool = False
    #: The form insists on an answer.
    required: bool = True
    #: No two rows of the table carry the same value.
    unique: bool = False
    #: Keys of the supporting documents to attach.
    evidence: _seq(Key) = ()

    @model_validator(mode="after")
    def _choices_fit(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"{self.key}: choices belong to a fact of type choice, and such a fact needs them")
        return self


class FactDecl(Column):
    """One fact that a clause asks for; ``scope`` "year" = a figure shared by all claims of that year."""

    type: Literal["money", "count", "date", "flag", "choice", "text", "table"]  # type: ignore[assignment]
    scope: Literal["year", "own"] = "own"
    columns: _seq(Column) = ()
    #: The form asks for at least so many rows; an evaluation takes an empty table as a sum of nothing.
    min_rows: Annotated[int, Field(ge=0, le=200)] = 1
    max_rows: Annotated[int, Field(ge=1, le=200)] = 200

    @model_validator(mode="after")
    def _columns_fit(self) -> Self:
        if (self.type == "table") != bool(self.columns):
            raise ValueError(f"{self.key}: columns belong to a fact of type table, and such a fact needs them")
        if len({c.key for c in self.columns}) != len(self.columns):
            raise ValueError(f"{self.key}: two columns have the same key")
        return self


# ---------------------------------------------------------------------------------------------- conditions


class Compare(Model):
    """``fact op value``; 以上、达到 = ge, 超过 = gt, 不超过 = le."""

    kind: Literal["compare"]
    label: Text
    fact: Ref
    op: Literal["ge", "gt", "le", "lt"] = "ge"
    value: CitedNumber


class Growth(Model):
    """``now − before op by``; with a rate, ``now − before op by × before``."""

    kind: Literal["growth"]
    label: Text
    now: Ref
    before: Ref
    op: Literal["ge", "gt"] = "ge"
    by: CitedNumber


class OneOf(Citation):
    """A choice fact holds one of the values."""

    kind: Literal["one_of"]
    label: Text
    fact: Ref
    values: _seq(Key, min_length=1)


class IsTrue(Citation):
    """A flag is true."""

    kind: Literal["is_true"]
    label: Text
    fact: Ref


class Given(Citation):
    """A nullable fact has a value (a company that was listed has a day of listing)."""

    kind: Literal["given"]
    label: Text
    fact: Ref


class WithinDates(Citation):
    """A date lies between two days, both included; a missing date does not."""

    kind: Literal["within_dates"]
    label: Text
    fact: Ref
    not_before: Day | Literal["valid_from", "year_start"] | None = None
    not_after: Day | Literal["valid_to", "year_end"] | None = None


class AllOf(Model):
    """Every one of the conditions holds."""

    kind: Literal["all"]
    of: _seq(Condition, min_length=1)


class AnyOf(Model):
    """At least one of the conditions holds; unmet, it is told as one condition under ``label``."""

    kind: Literal["any"]
    label: Text
    of: _seq(Condition, min_length=1)


class Not(Citation):
    """The condition does not hold."""

    kind: Literal["not"]
    label: Text
    of: Condition


Condition = Annotated[
    Compare | Growth | OneOf | IsTrue | Given | WithinDates | AllOf | AnyOf | Not, Field(discriminator="kind")
]

# -------------------------------------------------------------------------------------------------- blocks


class Fixed(Model):
    """One amount."""

    kind: Literal["fixed"]
    amount: CitedMoney


class Rate(Model):
    """A share of a sum of money."""

    kind: Literal["rate"]
    of: Ref
    rate: CitedRate


class PerUnit(Model):
    """An amount for each unit counted: a count fact, or the rows of a table."""

    kind: Literal["per_unit"]
    amount: CitedMoney
    count: Ref


class External(Model):
    """A multiple of what another measure grants (a sum of money that is a fact here)."""

    kind: Literal["external"]
    fact: Ref
    times: CitedTimes


class Tier(Model):
    """From ``at_least`` on, the whole base earns ``rate``, or the tier its ``amount``."""

    at_least: CitedMoney
    rate: CitedRate | None = None
    amount: CitedMoney | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.rate is None) == (self.amount is None):
            raise ValueError("a tier has either a rate or an amount")
        return self


class Step(Model):
    """Tiers: the highest one reached decides for the whole base; below the first nothing is paid."""

    kind: Literal["step"]
    of: Ref
    tiers: _seq(Tier, min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        starts = [tier.at_least.fen for tier in self.tiers]
        if starts != sorted(set(starts)):
            raise ValueError("tiers must rise")
        return self


class Discretion(Model):
    """What a reviewer decides, within limits; ``quote`` is the passage that grants the latitude."""

    kind: Literal["discretion"]
    quote: Text
    floor: CitedMoney | None = None
    ceiling: CitedMoney | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.floor and self.ceiling and self.floor.fen > self.ceiling.fen:
            raise ValueError("the floor is above the ceiling")
        return self


class LoanInterest(Model):
    """Interest on loans at a share of a reference rate, day by day; see reading of 3.1.2.

    How days are counted, which day's rate is taken and whether interest paid is a limit are settings.
    """

    kind: Literal["loan_interest"]
    table: Key
    row_label: Key | None = None
    principal: Key = "principal"
    drawn_on: Key = "drawn_on"
    repaid_on: Key = "repaid_on"
    interest_paid: Key = "interest_paid"
    series: Key
    share: CitedRate


RowBlock = Annotated[Fixed | Rate | Step, Field(discriminator="kind")]


class Rows(Model):
    """The sum of a block over the rows of a table, each row limited to ``row_cap``."""

    kind: Literal["rows"]
    table: Key
    #: Column that names a row in the calculation.
    row_label: Key | None = None
    each: RowBlock
    row_cap: CitedMoney | None = None


SimpleBlock = Annotated[Fixed | Rate | PerUnit | External | Step | LoanInterest | Rows, Field(discriminator="kind")]


class Sum(Model):
    """Several blocks added up."""

    kind: Literal["sum"]
    parts: _seq(SimpleBlock, min_length=1)


Award = Annotated[
    Fixed | Rate | PerUnit | External | Step | Discretion | LoanInterest | Rows | Sum, Field(discriminator="kind")
]


class Cap(Model):
    """The most that one clause pays, applied after rounding."""

    scope: Literal["enterprise_year", "claim"] = "enterprise_year"
    amount: CitedMoney
    #: What the measure that this one adds to already pays; counted inside the cap when the setting
    #: ``extra_cap`` is "total".
    base: Ref | None = None


# -------------------------------------------------------------------------------------------- across clauses


class Quota(Model):
    """How many awards a year the clause aims at; a soft quota warns and never blocks."""

    target: CitedCount
    soft: bool = True


class ClauseDefinition(Model):
    """One clause that pays money."""

    id: ClauseId
    title: Text
    #: The printed sentence, word for word.
    sentence: Text
    facts: _seq(FactDecl) = ()
    conditions: _seq(Condition) = ()
    award: Award
    cap: Cap | None = None
    #: Stands outside the cap on the sum of awards, by this passage.
    exempt: Citation | None = None
    quota: Quota | None = None
    #: Experts score the claims before an amount is decided.
    competitive: bool = False
    #: Terms that the text leaves open and nobody has put in figures yet.
    untranslated: _seq(Text) = ()


class Group(Model):
    """Clauses of one type (同类型): an applicant is paid under one of them."""

    name: Text
    clauses: _seq(ClauseId, min_length=1)
    quote: Text
    reason: Text
    confirmed: bool = False


class TotalCap(Model):
    """The cap on the sum of one applicant's awards of a year."""

    rate: CitedRate
    base: Ref
    #: A flag of the year that lifts the cap, and the passage that says so.
    lifted_if: Ref | None = None
    lifted_quote: Text | None = None
    #: Kinds of applicant that the cap binds.
    binds: _seq(Literal["enterprise", "association"], min_length=1) = ("enterprise",)


class SeriesValue(Model):
    """A rate in per cent from its day of publication on."""

    on: Day
    value: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]?)\.[0-9]{2}$")]


class Series(Model):
    """A published reference rate: only the days on which it changed, and the last day it is known for."""

    key: Key
    label: Text
    #: How the rate is called inside a calculation: LPR.
    short: Text
    source: Text
    known_until: Day
    values: _seq(SeriesValue, min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        days = [value.on for value in self.values]
        if days != sorted(set(days)) or days[-1] > self.known_until:
            raise ValueError(f"{self.key}: days must rise and stay within known_until")
        return self


class _Setting(Model):
    """A point the policy leaves open: shown as 「默认值，待确认」 until somebody confirms it."""

    label: Text
    reason: Text
    confirmed: bool = False


class DayCount(_Setting):
    """Days of a year of interest."""

    value: Literal[360, 365] = 360
    default: Literal[360] = 360


class LprPick(_Setting):
    """The rate of each day, or that of the day of drawing for the whole loan."""

    value: Literal["daily", "drawn_on"] = "daily"
    default: Literal["daily"] = "daily"


class LoanCap(_Setting):
    """Whether one loan earns no more than the interest paid on it."""

    value: bool = True
    default: Literal[True] = True


class ExtraCap(_Setting):
    """Whether a cap limits the extra alone, or the extra together with what it adds to."""

    value: Literal["extra", "total"] = "extra"
    default: Literal["extra"] = "extra"


class ExternalAward(_Setting):
    """An award of another measure of the same type: blocks the group, or is made up to the higher one."""

    value: Literal["block", "difference"] = "block"
    default: Literal["block"] = "block"


class CapAllocation(_Setting):
    """How a binding cap is shared out."""

    value: Literal["pro_rata", "clause_order"] = "pro_rata"
    default: Literal["pro_rata"] = "pro_rata"


class GoverningDay(_Setting):
    """The day (MM-DD) of a policy year on which a version must be in force to govern it."""

    value: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] = "12-31"
    default: Literal["12-31"] = "12-31"


class CityShare(_Setting):
    """The share of the city's budget; the remainder of a 分 goes to the city."""

    value: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]?|100)%$")] = "50%"
    default: Literal["50%"] = "50%"


class Settings(Model):
    """Every [S] point that the engine reads."""

    day_count: DayCount
    lpr_pick: LprPick
    loan_cap: LoanCap
    extra_cap: ExtraCap
    external_award: ExternalAward
    cap_allocation: CapAllocation
    governing_day: GoverningDay
    city_share: CityShare


class PolicyDefinition(Model):
    """A policy as it governs a year: clauses in printed order and the rules across them."""

    number: Text
    title: Text
    issuer: Text
    issued_on: Day
    valid_from: Day
    valid_to: Day
    replaces: Text | None = None
    #: SHA-256 of the normalised source text that the quotations stand in, hexadecimal.
    source_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    year_facts: _seq(FactDecl)
    clauses: _seq(ClauseDefinition)
    groups: _seq(Group) = ()
    total_cap: TotalCap | None = None
    series: _seq(Series) = ()
    settings: Settings

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [clause.id for clause in self.clauses]
        if len(set(ids)) != len(ids):
            raise ValueError("two clauses have the same id")
        grouped = [clause for group in self.groups for clause in group.clauses]
        if len(set(grouped)) != len(grouped):
            raise ValueError("groups must be disjoint")
        if missing := set(grouped) - set(ids):
            raise ValueError(f"a group names unknown clauses: {sorted(missing)}")
        exempt = {clause.id for clause in self.clauses if clause.exempt}
        for group in self.groups:
            if 0 < len(exempt & set(group.clauses)) < len(group.clauses):
                raise ValueError(f"group {group.name} mixes clauses inside and outside the total cap")
        if any(fact.scope != "year" or fact.type == "table" for fact in self.year_facts):
            raise ValueError("year_facts are plain facts of scope year")
        if any(fact.scope != "own" for clause in self.clauses for fact in clause.facts):
            raise ValueError("facts of scope year are declared once, in year_facts")
        if self.valid_from > self.valid_to:
            raise ValueError("valid_from is after valid_to")
        return self
