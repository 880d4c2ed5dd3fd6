"""The drawing of a route: a box per stage, its units stacked inside, arrows between; values in, coordinates out.

Everything is in units of the drawing, which are pixels where it is shown at its own size. Text is set in lines that fit
their box: a full-width character is as wide as its size, any other a little more than half.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

#: The widest drawing, for a page of 76rem.
WIDTH = 1150
GAP = 34
WIDEST_BOX = 214
PAD = 12
ICON = 16
#: Room above the boxes for the mark of the present stage.
TOP = 26
LABEL, TEXT, SMALL = 16, 14, 13
LINE = 20
UNIT_GAP = 8


@dataclass(frozen=True)
class Unit:
    """One unit at a stage: its name as shown, the state of its task as a key (for colour), a shape and in words."""

    name: str
    state: str
    icon: str
    word: str


@dataclass(frozen=True)
class Stage:
    """One stage: its state as a key, a shape and in words; `detail`: until when, `tone`: ok, soon, over or ""."""

    label: str
    state: str
    icon: str
    word: str
    detail: str = ""
    tone: str = ""
    units: tuple[Unit, ...] = ()
    is_current: bool = False


@dataclass(frozen=True)
class Text:
    """One line; `y` is its base line. `kind`: label, word, detail, unit or state, for the style sheet."""

    x: int
    y: int
    value: str
    kind: str
    tone: str = ""


@dataclass(frozen=True)
class Icon:
    """The shape of a state, an icon of the sprite, by its top left corner."""

    x: int
    y: int
    name: str
    state: str


@dataclass(frozen=True)
class Box:
    """One stage. `rule` is the height of the line between its head and its units, None without units."""

    x: int
    y: int
    width: int
    height: int
    state: str
    is_current: bool
    texts: tuple[Text, ...]
    icons: tuple[Icon, ...]
    rule: int | None


@dataclass(frozen=True)
class Arrow:
    """From the right edge of one box to the left edge of the next."""

    x1: int
    x2: int
    y: int

    @property
    def head(self) -> str:
        """The points of the triangle at its end."""
        return f"{self.x2},{self.y} {self.x2 - 8},{self.y - 5} {self.x2 - 8},{self.y + 5}"


@dataclass(frozen=True)
class Picture:
    """The whole drawing."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def lines(text: str, width: int, size: int) -> list[str]:
    """The text in lines no wider than `width`, each with at least one character."""
    rows, row, taken = [], "", 0.0
    for character in text:
        wide = size if east_asian_width(character) in "WF" else size * 0.56
        if row and taken + wide > width:
            rows.append(row)
            row, taken = "", 0.0
        row, taken = row + character, taken + wide
    return [*rows, row] if row else rows


def draw(stages: Sequence[Stage]) -> Picture:
    """The drawing of these stages in their order, as wide as they need and no wider than the page."""
    number = max(len(stages), 1)
    width = min(WIDEST_BOX, (WIDTH - GAP * (number - 1)) // number)
    boxes = tuple(_box(stage, index * (width + GAP), width) for index, stage in enumerate(stages))
    arrows = tuple(
        Arrow(before.x + width + 3, after.x - 3, TOP + PAD + ICON // 2)
        for before, after in pairwise(boxes)
    )
    return Picture(
        width=number * width + GAP * (number - 1),
        height=max((box.y + box.height for box in boxes), default=TOP) + 2,
        boxes=boxes,
        arrows=arrows,
    )


def _box(stage: Stage, x: int, width: int) -> Box:
    inside = width - 2 * PAD
    left, y = x + PAD, TOP + PAD
    texts: list[Text] = []
    icons = [Icon(left, y, stage.icon, stage.state)]
    beside = ICON + 6
    for row in lines(stage.label, inside - beside, LABEL):
        texts.append(Text(left + beside, y + LABEL - 2, row, "label"))
        y += LINE + 2
    for text, kind, tone in ((stage.word, "word", ""), (stage.detail, "detail", stage.tone)):
        for row in lines(text, inside, SMALL):
            texts.append(Text(left, y + SMALL, row, kind, tone))
            y += LINE
    rule = y + 6 if stage.units else None
    y += 14 if stage.units else 0
    for position, unit in enumerate(stage.units):
        y += UNIT_GAP if position else 0
        icons.append(Icon(left, y, unit.icon, unit.state))
        for row in lines(unit.name, inside - beside, TEXT):
            texts.append(Text(left + beside, y + TEXT - 1, row, "unit"))
            y += LINE
        for row in lines(unit.word, inside - beside, SMALL):
            texts.append(Text(left + beside, y + SMALL - 1, row, "state"))
            y += LINE
    return Box(
        x=x,
        y=TOP,
        width=width,
        height=y + PAD - TOP - (4 if stage.units else 0),
        state=stage.state,
        is_current=stage.is_current,
        texts=tuple(texts),
        icons=tuple(icons),
        rule=rule,
    )
