"""The facts of a policy year on disk, part by part, so that a second question about the year reads no facts again.

A part's file is named by the policy, the year, whether refused files are in it, the part and a fingerprint of what it
was built from. Rows of filed applications only come, and their versions only grow, so a fingerprint that stands in the
database again stands for the same facts; a part whose facts changed has another name, and the old file is removed.
Snapshots are a convenience: one that is missing, broken or cannot be written is a part that is read from the database.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.postgres.aggregates import BitXor
from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Func, Max, QuerySet, Sum, Value

from applications.models import Application, Revision
from awards.queries.left_out import LeftOut
from awards.queries.year_facts import PART_KEYS, FiledYear, of_part, read_part
from common.canonical import digest
from nanchang_ei.env import ENV
from policies.errors import PolicyYearError
from policies.models import Document
from policies.rules.columns import YearColumns, load_year, save_year
from reviews.models import Decision

logger = logging.getLogger(__name__)

#: Counts up when the reading of facts changes, so that no snapshot of an older reading is used.
READING = 1


@dataclass(frozen=True)
class Part:
    """One range of enterprise keys, and the fingerprint of its facts as they stand now."""

    number: int
    fingerprint: str


@dataclass(frozen=True)
class PartFacts:
    """The facts of one part; `from_snapshot`: no fact was read from the database."""

    columns: YearColumns
    left_out: LeftOut
    from_snapshot: bool


def root() -> Path:
    """The folder of all snapshots; only this account may enter it."""
    return ENV.var_dir / "snapshots"


def folder(year: FiledYear) -> Path:
    """Where the parts of a year lie."""
    name = f"{year.year}-refused" if year.include_refused else str(year.year)
    return root() / year.document.slug / name


def _by_part(rows: QuerySet[Any], enterprise: str, **figures: Any) -> dict[int, list[Any]]:
    """Figures of the rows of each part, in one query."""
    number = ExpressionWrapper(F(enterprise) / Value(PART_KEYS), output_field=BigIntegerField())
    found = rows.order_by().annotate(part_number=number).values("part_number").annotate(**figures)
    return {row.pop("part_number"): [str(row[name]) for name in figures] for row in found}


def parts_of(year: FiledYear, only: int | None = None) -> list[Part]:
    """The parts of a year that hold any filed application, in order; three queries for all of them, or for `only` one.

    The content of every revision is in the fingerprint through its hash: a database that was restored or made anew
    never finds another one's facts.
    """
    filed = year.filed() if only is None else year.filed().filter(of_part(only))
    content = BitXor(Func(F("sha256"), Value(0), function="hashtextextended", output_field=BigIntegerField()))
    applications = _by_part(
        filed,
        "enterprise_id",
        count=Count("pk"),
        last=Max("pk"),
        versions=Sum("version"),
        enterprises=Sum("enterprise__version"),
    )
    revisions = _by_part(
        Revision.objects.filter(application__in=filed),
        "application__enterprise_id",
        count=Count("pk"),
        last=Max("pk"),
        content=content,
    )
    decisions = _by_part(
        Decision.objects.filter(task__stage__case__application__in=filed),
        "task__stage__case__application__enterprise_id",
        count=Count("pk"),
        last=Max("pk"),
        confirmed=Count("confirmed_at"),
        superseded=Count("superseded_at"),
        amounts=Sum("amount_fen"),
    )
    head = [READING, year.document.number, year.year, year.include_refused, year.definition_sha256, PART_KEYS]
    return [
        Part(number, digest([*head, number, applications[number], revisions.get(number), decisions.get(number)]))
        for number in sorted(applications)
    ]


def part_facts(year: FiledYear, part: Part, *, cache: bool = True) -> PartFacts:
    """The facts of a part: from its snapshot where that stands and is whole, else read and kept for the next time."""
    if not cache:
        columns, left_out = read_part(year, part.number)
        return PartFacts(columns, left_out, from_snapshot=False)
    path = folder(year) / f"part-{part.number:07d}-{part.fingerprint[:32]}.npz"
    kept = _load(year, path)
    if kept is not None:
        return PartFacts(*kept, from_snapshot=True)
    columns, left_out = read_part(year, part.number)
    try:
        _save(columns, left_out, path)
    except OSError as error:
        logger.warning("snapshot %s not written: %r", path.name, error)
    return PartFacts(columns, left_out, from_snapshot=False)


def prepare_snapshots(document: int | None = None) -> int:
    """Read every part of every filed year (of one document) that has no snapshot yet, and forget those of parts that
    changed; answers how many were read. Run at night and after a publication: the past hardly changes, so that a
    question of the day finds all of it on disk."""
    rows = Application.objects.filter(filed_at__isnull=False)
    if document is not None:
        rows = rows.filter(clause__document=document)
    filed = rows.order_by().values_list("clause__document", "policy_year")
    documents = Document.objects.in_bulk({document for document, _ in filed.distinct()})
    read = 0
    for document, policy_year in sorted(filed.distinct()):
        try:
            year = FiledYear.of(documents[document], policy_year)
        except PolicyYearError:  # nothing governs it any more: nobody can ask about it either
            continue
        parts = parts_of(year)
        read += sum(not part_facts(year, part).from_snapshot for part in parts)
        forget_others(year, parts)
    return read


def forget_others(year: FiledYear, parts: Iterable[Part]) -> None:
    """Remove the snapshots of a year that belong to none of its parts as they stand now."""
    known = {f"part-{part.number:07d}-{part.fingerprint[:32]}" for part in parts}
    for path in folder(year).glob("part-*"):
        if path.name.partition(".")[0] not in known:
            _remove(path)


def _notes(path: Path) -> Path:
    """What was left out of a part stands beside its columns."""
    return path.with_suffix(".json")


def _load(year: FiledYear, path: Path) -> tuple[YearColumns, LeftOut] | None:
    """A snapshot that is whole, or None. Its checksums (zip) and its length say whether it is."""
    if not path.exists():
        return None
    try:
        notes = json.loads(_notes(path).read_text("utf-8"))
        if notes["size"] != path.stat().st_size:
            raise ValueError("another size than it was written with")
        columns, left_out = load_year(path), LeftOut.from_json(notes["left_out"])
        if (columns.policy, columns.year) != (year.document.number, year.year):
            raise ValueError("another policy or year")
    except Exception as error:  # whatever a damaged file makes its readers say: it is read anew, never trusted
        logger.warning("snapshot %s is not usable and is made anew: %r", path.name, error)
        return None
    return columns, left_out


def _save(columns: YearColumns, left_out: LeftOut, path: Path) -> None:
    """Write a part and remove what stood for the same part before."""
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    root().chmod(0o700)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    save_year(columns, path)
    notes = {"size": path.stat().st_size, "left_out": left_out.as_json()}
    unfinished = _notes(path).with_suffix(".json.part")
    unfinished.write_text(json.dumps(notes, ensure_ascii=False), "utf-8")
    unfinished.replace(_notes(path))
    head = "-".join(path.name.split("-")[:2])
    for other in path.parent.glob(f"{head}-*"):
        if other.name.partition(".")[0] != path.stem:
            _remove(other)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("old snapshot %s not removed: %r", path.name, error)
