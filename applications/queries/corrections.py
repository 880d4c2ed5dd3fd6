"""How a re-filed version answers the request for correction: what was asked and changed, asked and left, not asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from applications.enums import PointTarget
from applications.models import Application, Correction, CorrectionPoint, Revision
from applications.queries.definitions import definition_of, evidence_of, policy_of
from applications.queries.differences import Change

OTHER = "其他"


@dataclass(frozen=True)
class Answer:
    """One point of a request with its place in words; `changed` is None for a general point, which has no place."""

    text: str
    place: str
    changed: bool | None


@dataclass(frozen=True)
class Answered:
    """The points of a request and, beside each change, whether it was asked for (None: a general point may mean it)."""

    answers: list[Answer]
    changes: list[tuple[Change, bool | None]]


def places_in_words(subject: Application | Revision) -> dict[tuple[str, str], str]:
    """(target, key) of whole facts, figures, columns and documents → words, for `place_of_point`."""
    words = {(str(PointTarget.FIELD), f"Y.{fact.key}"): fact.label for fact in policy_of(subject).year_facts}
    for fact in definition_of(subject).facts:
        words[PointTarget.FIELD, fact.key] = fact.label
        words |= {(str(PointTarget.FIELD), f"{fact.key}.{column.key}"): column.label for column in fact.columns}
    return words | {(str(PointTarget.EVIDENCE), item.key): item.label for item in evidence_of(subject)}


def place_of_point(point: CorrectionPoint, words: dict[tuple[str, str], str]) -> str:
    """The place of a point as people read it: 项目清单第 1 条·投入. Rows count as in the version that was returned."""
    table, _, rest = point.key.partition("-")
    row, _, column = rest.partition("-")
    if point.target == PointTarget.FIELD and column and row.isdigit():
        named = words.get((point.target, table), table), words.get((point.target, f"{table}.{column}"), column)
        return f"{named[0]}第 {int(row) + 1} 条·{named[1]}"
    return words.get((point.target, point.key), OTHER)


def answered(correction: Correction | None, changes: Sequence[Change], subject: Application | Revision) -> Answered:
    """Compare what a request asked for with what was changed; without a request every change stands for itself."""
    points = list(correction.points.all()) if correction else []
    words = places_in_words(subject) if points else {}
    general = any(point.target == PointTarget.GENERAL for point in points)
    answers = [
        Answer(
            point.text,
            place_of_point(point, words),
            None if point.target == PointTarget.GENERAL else any(_meant(point, change) for change in changes),
        )
        for point in points
    ]

    def asked(change: Change) -> bool | None:
        return True if any(_meant(point, change) for point in points) else None if general or not points else False

    return Answered(answers, [(change, asked(change)) for change in changes])


def _meant(point: CorrectionPoint, change: Change) -> bool:
    """Whether a change lies where the point asked for one; a removed row answers what was asked of its cells."""
    if point.target == PointTarget.EVIDENCE:
        return change.place == f"evidence:{point.key}"
    if point.target == PointTarget.GENERAL:
        return False
    table, _, rest = point.key.partition("-")
    row, _, column = rest.partition("-")
    if not column:
        return change.place == point.key or change.place.startswith(f"{point.key}.")
    return change.place in {f"{table}.{column}", table} and change.row is not None and str(change.row) == row
