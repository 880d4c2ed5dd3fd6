"""What a letter says, as typed values that survive a round trip through JSON.

Callers build a :class:`LetterContent`; a letter stores its JSON and renders from that alone, so that the
same row always gives the same bytes. Amounts are 分 in Python and strings of 元 in JSON.
"""

import json
import unicodedata
from dataclasses import field
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass

from common.money import MAX_FEN, MoneyError, parse_yuan, yuan
from letters.errors import LetterContentError

CLOSED = ConfigDict(extra="forbid")
SCHEMA = 1

# Direction overrides and zero-width signs can make a name read as another one; separators would break a line that the
# author did not break; lone surrogates are no characters.
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def clean(text: str) -> str:
    """Take away control, direction and zero-width characters; a tab becomes a blank, a line break stays."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        character for character in text if character == "\n" or unicodedata.category(character) not in INVISIBLE
    ).strip()


def _single_line(text: str) -> str:
    return " ".join(clean(text).split("\n"))


def _amount(value: object) -> object:
    """JSON carries 元 as a string; Python carries 分 as an int."""
    if isinstance(value, str):
        try:
            return parse_yuan(value)
        except MoneyError as error:
            raise ValueError(str(error)) from error
    return value


Line = Annotated[str, AfterValidator(_single_line), Field(max_length=1000)]
Text = Annotated[str, AfterValidator(clean), Field(max_length=20_000)]
Fen = Annotated[
    int,
    BeforeValidator(_amount),
    Strict(),
    Field(ge=0, le=MAX_FEN),
    PlainSerializer(lambda fen: yuan(fen), when_used="json"),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, config=CLOSED)
class Paragraph:
    """One paragraph. level 0 is text; 1 to 4 are numbered 一、 （一） 1. （1） by the renderer.

    source: the standing words that it was made from, ``kind.slot``; empty where the words are those of the case.
    """

    text: Text
    level: Annotated[int, Strict(), Field(ge=0, le=4)] = 0
    source: Line = ""


@dataclass(frozen=True, config=CLOSED)
class Column:
    """A column of the table. numeric: aligned to the right and never broken over lines."""

    title: Line
    numeric: Annotated[bool, Strict()] = False


@dataclass(frozen=True, config=CLOSED)
class Table:
    """A small table such as the working of an amount; every row has one cell per column."""

    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=8)]
    rows: Annotated[tuple[tuple[Line, ...], ...], Field(max_length=500)]
    caption: Line = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("表格每一行的单元格数须与表头一致。")


@dataclass(frozen=True, config=CLOSED)
class Citation:
    """The rule a letter rests on: document, its number, the place in it and the quoted sentence."""

    document: Line
    number: Line = ""
    locator: Line = ""
    quote: Text = ""


@dataclass(frozen=True, config=CLOSED)
class FormField:
    """A labelled value of a form-like letter (受理回执)."""

    label: Line
    value: Text


@dataclass(frozen=True, config=CLOSED)
class FiledDocument:
    """A document that was filed: its name, content hash and size in bytes."""

    name: Line
    sha256: Sha256
    size: Annotated[int, Strict(), Field(ge=0)] = 0


@dataclass(frozen=True, config=CLOSED)
class LetterContent:
    """Everything a letter says besides number, date, title and verification code.

    recipient: 主送; paragraphs come first, then amount, table, basis and closing. amount_fen: in 分, printed in
    figures and capitals. attachments: names of 附件. fields, documents and next_steps are printed by form-like
    letters only (receipt). signer: name that signs, the unit's own where empty. dated: 成文日期, the day of issue
    where None. remarks: 附注. contact: 联系人及电话. copies_to: 抄送. template: whose standing words it was made from
    (TextKind) and values: what stood in place of their placeholders, both only for previews of other words.
    """

    recipient: Line
    paragraphs: tuple[Paragraph, ...] = ()
    amount_fen: Fen | None = None
    amount_label: Line = "核定奖励金额"
    table: Table | None = None
    basis: tuple[Citation, ...] = ()
    closing: tuple[Paragraph, ...] = ()
    attachments: tuple[Line, ...] = ()
    fields: tuple[FormField, ...] = ()
    documents: tuple[FiledDocument, ...] = ()
    next_steps: tuple[Text, ...] = ()
    signer: Line = ""
    dated: date | None = None
    remarks: tuple[Line, ...] = ()
    contact: Line = ""
    copies_to: tuple[Line, ...] = ()
    template: Line = ""
    values: tuple[FormField, ...] = ()
    schema_version: Annotated[int, Field(ge=SCHEMA, le=SCHEMA)] = field(default=SCHEMA)


_ADAPTER: TypeAdapter[LetterContent] = TypeAdapter(LetterContent)


def to_json(content: LetterContent) -> dict[str, Any]:
    """The JSON stored with the letter; amounts as strings of 元, dates as ISO 8601."""
    dumped: dict[str, Any] = _ADAPTER.dump_python(content, mode="json")
    return dumped


def from_json(data: dict[str, Any]) -> LetterContent:
    """Read stored JSON strictly: unknown keys, wrong types and floats are refused.

    Raises LetterContentError naming the first place that is wrong.
    """
    try:
        return _ADAPTER.validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "内容"
        raise LetterContentError(f"文书内容格式不正确：{place}（{first['msg']}）。") from error
