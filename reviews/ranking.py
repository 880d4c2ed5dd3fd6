"""Marks, averages and ranks of a competition (专家评审); exact fractions, values in and values out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Marks are given in steps of half a point.
STEP = Fraction(1, 2)

# The twins that an input method produces.
_HALF_WIDTH = str.maketrans({**{chr(0xFF10 + digit): str(digit) for digit in range(10)}, "．": ".", "。": "."})
_POINTS = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,3}))?")


class PointsError(ValueError):
    """A text is no mark of a criterion; the message is a Chinese sentence for the person who wrote it."""


@dataclass(frozen=True)
class Place:
    """Where a file stands: `rank` counts from 1, files with the same average share one; None without a sheet."""

    score: Fraction | None
    rank: int | None
    #: Behind the places that the clause's quota leaves this year; a warning, never a refusal.
    beyond: bool = False


def parse_points(text: str, full: int) -> Fraction:
    """The mark that a person typed for a criterion with full marks `full`: 0 to full, in steps of 0.5."""
    plain = "".join(text.translate(_HALF_WIDTH).split())
    match = _POINTS.fullmatch(plain)
    if match is None:
        raise PointsError(f"请填写 0 到 {full} 之间的分数，例如 {full - 1}.5。")
    points = Fraction(plain)
    if points > full:
        raise PointsError(f"本项满分 {full} 分，不能填 {plain} 分。")
    if points % STEP:
        raise PointsError("分数以 0.5 分为一档，最多一位小数。")
    return points


def points_text(points: Fraction) -> str:
    """A mark as it is stored and shown: as short as possible, `27.5` or `27`."""
    whole, rest = divmod(points, 1)
    return f"{whole}.{rest * 10}" if rest else str(whole)


def two_decimals(score: Fraction) -> str:
    """An average with two decimals, half of the last place upwards."""
    hundredths = int(score * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def average(totals: Sequence[Fraction]) -> Fraction | None:
    """The exact mean of the submitted totals, no highest or lowest left out; None where nobody has submitted."""
    return sum(totals, Fraction(0)) / len(totals) if totals else None


def ranked(averages: Mapping[int, Fraction | None], *, places: int | None = None) -> dict[int, Place]:
    """Each file's place by its average, best first; files without a sheet last.

    Equal averages share a rank and the ranks behind are left out (1, 2, 2, 4). places: how many of the clause's quota
    are left this year, None without a quota; whoever shares the last of them is within it.
    """
    scores = [score for score in averages.values() if score is not None]
    found = {}
    for key, score in averages.items():
        rank = None if score is None else 1 + sum(other > score for other in scores)
        found[key] = Place(score, rank, rank is not None and places is not None and rank > places)
    return dict(sorted(found.items(), key=lambda item: (item[1].rank is None, item[1].rank or 0)))
