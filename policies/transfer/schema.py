"""What a transferred document consists of. Days and amounts are text; definitions are kept as they are, valid or not:
the lints tell of their faults once they are drafts."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = "nanchang-ei.policy/1"

Day = Annotated[str, Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]
#: 亿元, at most eight decimals: whole 分.
Yi = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,10})?$")]
State = Literal["draft", "published", "retired", "discarded"]


def text(limit: int, least: int = 1) -> Any:
    """Text of at most so many characters."""
    return Field(min_length=least, max_length=limit)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class HeadPart(_Part):
    """The head of a document."""

    number: Annotated[str, text(40)]
    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    title: Annotated[str, text(200)]
    kind: Literal["policy", "reply"]
    issuer: Annotated[str, text(60)]
    issued_on: Day | None
    valid_from: Day | None
    valid_to: Day | None
    replaces: Annotated[str, text(40, 0)]
    source_note: Annotated[str, text(200, 0)]
    emendations: list[dict[str, str]]
    original_sha256: Sha256
    source_sha256: Sha256


class NodePart(_Part):
    """One piece of the text."""

    ref: Annotated[str, Field(pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*$", max_length=20)]
    parent: Annotated[str, text(20, 0)]
    kind: str
    text: Annotated[str, text(20_000, 0)]


class EvidencePart(_Part):
    """One kind of document that applicants attach."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    label: Annotated[str, text(60)]
    help: Annotated[str, text(200, 0)]
    scope: Literal["year", "own"]
    common: bool


class SettingPart(_Part):
    """One row of a point that the policy leaves open."""

    key: Key
    number: Annotated[int, Field(ge=1, le=1000)]
    valid_from: Day
    label: Annotated[str, text(80)]
    value: Any
    default: Any
    reason: Annotated[str, text(4000)]
    confirmed: bool


class RulesPart(_Part):
    """One version of the rules across clauses."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    state: State
    valid_from: Day
    valid_to: Day | None
    definition: dict[str, Any]


class CasePart(_Part):
    """A worked case."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    title: Annotated[str, text(80)]
    document: dict[str, Any]
    expected: dict[str, Any]


class AskedPart(_Part):
    """A document that a version asks for, as it was in the catalogue when it was written."""

    key: Annotated[str, text(60)]
    label: Annotated[str, text(60)]
    help: Annotated[str, text(200, 0)]
    scope: Literal["year", "own"]
    required: bool
    common: bool


class VersionPart(_Part):
    """One version of a clause with its cases."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    state: State
    valid_from: Day
    valid_to: Day | None
    quote: Annotated[str, text(20_000, 0)]
    bracket: Annotated[str, text(300, 0)]
    definition: dict[str, Any]
    evidence: list[AskedPart]
    cases: list[CasePart]


class PredecessorPart(_Part):
    """The clause of an earlier document that a clause goes on with."""

    document: Annotated[str, text(40)]
    clause: Annotated[str, text(20)]


class ClausePart(_Part):
    """A clause with its versions."""

    clause_id: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*[a-z]?$", max_length=20)]
    title: Annotated[str, text(80)]
    node: Annotated[str, text(20)]
    is_monetary: bool
    predecessor: PredecessorPart | None
    versions: list[VersionPart]


class GroupPart(_Part):
    """Clauses of one type, as the shipped corpus keeps them; rules written here carry their groups inside."""

    name: Annotated[str, text(40)]
    quote: Annotated[str, text(20_000)]
    reason: Annotated[str, text(20_000)]
    confirmed: bool
    clauses: list[str]


class TargetPart(_Part):
    """One row of a table of targets; the total has no unit."""

    unit: str | None
    printed: Annotated[str, text(40)]
    focus: Annotated[str, text(100, 0)]
    target: Yi


class TargetTablePart(_Part):
    """A year's table of targets, in 亿元."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    rows: list[TargetPart]


class TransferFile(_Part):
    """The whole file."""

    format: Literal["nanchang-ei.policy/1"]
    document: HeadPart
    text: list[NodePart]
    evidence: list[EvidencePart]
    settings: list[SettingPart]
    rules: list[RulesPart]
    clauses: list[ClausePart]
    groups: list[GroupPart]
    targets: list[TargetTablePart]
