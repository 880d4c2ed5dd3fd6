"""Schema of what stands across clauses: groups, the total cap, series, settings. Import it through :mod:`.schema`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from policies.rules.schema_clause import ClauseDefinition, ClauseId, FactDecl, Seq, SomeOf
from policies.rules.values import CitedRate, Day, Key, Model, Ref, Text


class Group(Model):
    """Clauses of one type (同类型): an applicant is paid under one of them."""

    name: Text
    clauses: SomeOf[ClauseId]
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
    binds: SomeOf[Literal["enterprise", "association"]] = ("enterprise",)


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
    values: SomeOf[SeriesValue]

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

    @model_validator(mode="after")
    def _exists_every_year(self) -> Self:
        month, day = map(int, self.value.split("-"))
        dt.date(2023, month, day)  # a common year: 29 February is no day to govern by
        return self


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
    year_facts: Seq[FactDecl]
    clauses: Seq[ClauseDefinition]
    groups: Seq[Group] = ()
    total_cap: TotalCap | None = None
    series: Seq[Series] = ()
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
