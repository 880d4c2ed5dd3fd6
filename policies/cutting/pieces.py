"""What a cut consists of."""

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a piece hangs in the tree. By itself it hangs under the article before it, or the section, or nothing."""

    AUTO = ""
    ARTICLE = "article"
    SECTION = "section"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Cut:
    """A run of text with the kind that it has (policies.enums.NodeKind), and where a person hung it."""

    kind: str
    text: str
    place: Place = Place.AUTO


@dataclass(frozen=True)
class Piece:
    """A cut with its number in the document (3.4.1) and the number of what it belongs to; empty: to nothing."""

    ref: str
    parent: str
    kind: str
    text: str
