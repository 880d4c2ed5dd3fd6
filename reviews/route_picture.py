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
#: From the left edge of an icon to the text beside it.
BESIDE_ICON = ICON + 6
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
    heads = [_head(stage, index * (width + GAP) + PAD, width - 2 * PAD) for index, stage in enumerate(stages)]
    rule = max((bottom for _, bottom in heads), default=TOP) + 6
    boxes = tuple(
        _box(stage, index * (width + GAP), width, head, rule)
        for index, (stage, (head, _)) in enumerate(zip(stages, heads, strict=True))
    )
    arrows = tuple(Arrow(before.x + width + 3, after.x - 3, TOP + PAD + ICON // 2) for before, after in pairwise(boxes))
    return Picture(
        width=number * width + GAP * (number - 1),
        height=max((box.y + box.height for box in boxes), default=TOP) + 2,
        boxes=boxes,
        arrows=arrows,
    )


def _head(stage: Stage, left: int, inside: int) -> tuple[list[Text], int]:
    """The lines of a stage itself, and where they end."""
    texts: list[Text] = []
    y = TOP + PAD
    for row in lines(stage.label, inside - BESIDE_ICON, LABEL):
        texts.append(Text(left + BESIDE_ICON, y + LABEL - 2, row, "label"))
        y += LINE + 2
    for text, kind, tone in ((stage.word, "word", ""), (stage.detail, "detail", stage.tone)):
        for row in lines(text, inside, SMALL):
            texts.append(Text(left, y + SMALL, row, kind, tone))
            y += LINE
    return texts, y


def _box(stage: Stage, x: int, width: int, head: list[Text], rule: int) -> Box:
    """One stage with its units under the line at `rule`, which all boxes have at the same height."""
    left, inside = x + PAD, width - 2 * PAD - BESIDE_ICON
    texts = list(head)
    icons = [Icon(left, TOP + PAD, stage.icon, stage.state)]
    y = rule + UNIT_GAP
    for unit in stage.units:
        icons.append(Icon(left, y, unit.icon, unit.state))
        for row in lines(unit.name, inside, TEXT):
            texts.append(Text(left + BESIDE_ICON, y + TEXT - 1, row, "unit"))
            y += LINE
        for row in lines(unit.word, inside, SMALL):
            texts.append(Text(left + BESIDE_ICON, y + SMALL - 1, row, "state"))
            y += LINE
        y += UNIT_GAP
    return Box(
        x=x,
        y=TOP,
        width=width,
        height=y - TOP,
        state=stage.state,
        is_current=stage.is_current,
        texts=tuple(texts),
        icons=tuple(icons),
        rule=rule if stage.units else None,
    )
