"""Schema of one clause: facts, conditions, award blocks. Import it through :mod:`.schema`, which shows examples."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

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

ClauseId = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*[a-z]?$", max_length=20)]

T = TypeVar("T")
#: An immutable list; a JSON or TOML list is accepted for it.
Seq = Annotated[tuple[T, ...], Field(strict=False)]
SomeOf = Annotated[tuple[T, ...], Field(strict=False, min_length=1)]


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
    choices: Seq[Choice] = ()
    #: null is an answer (a loan not yet repaid, a list the company is not on).
    nullable: bool = False
    #: Not read by the rule: may be missing from an evaluation document. Forms still ask for it when required.
    informational: bool = False
    #: The form insists on an answer.
    required: bool = True
    #: No two rows of the table carry the same value.
    unique: bool = False
    #: Keys of the supporting documents to attach.
    evidence: Seq[Key] = ()

    @model_validator(mode="after")
    def _choices_fit(self) -> Self:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"{self.key}: choices belong to a fact of type choice, and such a fact needs them")
        return self


class FactDecl(Column):
    """One fact that a clause asks for; ``scope`` "year" = a figure shared by all claims of that year."""

    type: Literal["money", "count", "date", "flag", "choice", "text", "table"]  # type: ignore[assignment]
    scope: Literal["year", "own"] = "own"
    columns: Seq[Column] = ()
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
    values: SomeOf[Key]


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
    of: SomeOf[Condition]


class AnyOf(Model):
    """At least one of the conditions holds; unmet, it is told as one condition under ``label``."""

    kind: Literal["any"]
    label: Text
    of: SomeOf[Condition]


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
    #: The measure word of the units: 家, 项.
    unit: Annotated[str, Field(max_length=4)] = ""


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
    tiers: SomeOf[Tier]

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
    parts: SomeOf[SimpleBlock]


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


# -------------------------------------------------------------------------------------------------- clause


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
    facts: Seq[FactDecl] = ()
    conditions: Seq[Condition] = ()
    award: Award
    cap: Cap | None = None
    #: Stands outside the cap on the sum of awards, by this passage.
    exempt: Citation | None = None
    quota: Quota | None = None
    #: Experts score the claims before an amount is decided.
    competitive: bool = False
    #: Terms that the text leaves open and nobody has put in figures yet.
    untranslated: Seq[Text] = ()
