"""The sheets of a panel as a board: per file who has said what, the average and the rank."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from applications.models import Application
from reviews.enums import PanelState, StageKind, StageState
from reviews.models import Criterion, Panel, PanelMember, Sheet, Stage
from reviews.queries.panels import LIVE, Quota, bars, files_of, quota_of
from reviews.ranking import Place, average, points_text, ranked, two_decimals


@dataclass(frozen=True)
class Cell:
    """One member's part in one file. `bar`: why the member must not judge it."""

    member: PanelMember
    sheet: Sheet | None
    bar: str

    @property
    def counts(self) -> bool:
        """Whether the sheet is submitted and part of the average; of a member who left it still is."""
        return self.sheet is not None and self.sheet.submitted_at is not None and not self.bar

    @property
    def outstanding(self) -> bool:
        """Whether the conclusion waits for this member."""
        return not self.counts and not self.bar and self.member.left_at is None

    @property
    def total(self) -> Fraction | None:
        """The sum of the marks of a submitted sheet."""
        if self.sheet is None or self.sheet.submitted_at is None:
            return None
        return sum((Fraction(text) for text in self.sheet.scores.values()), Fraction(0))

    @property
    def total_text(self) -> str:
        """The sum as the page shows it; "" before the sheet is submitted."""
        return "" if self.total is None else points_text(self.total)

    @property
    def state(self) -> str:
        """What the table says in this place."""
        if self.bar:
            return self.bar
        if self.sheet is not None and self.sheet.submitted_at is not None:
            return "已提交"
        if self.member.left_at is not None:
            return "已退出"
        return "草稿" if self.sheet is not None else "未评"


@dataclass(frozen=True)
class Row:
    """One file before the panel; `score` with two decimals, "" where nobody has submitted."""

    stage: Stage
    cells: tuple[Cell, ...]
    place: Place
    score: str
    #: As concluded: {recommended, amount_fen, …}; empty before.
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def application(self) -> Application:
        """The application that the file is about."""
        return self.stage.case.application

    @property
    def judges(self) -> int:
        """How many members of today may judge the file."""
        return sum(not cell.bar and cell.member.left_at is None for cell in self.cells)

    @property
    def submitted(self) -> int:
        """How many sheets count."""
        return sum(cell.counts for cell in self.cells)

    @property
    def outstanding(self) -> list[PanelMember]:
        """Members whose sheet the conclusion waits for."""
        return [cell.member for cell in self.cells if cell.outstanding]


@dataclass(frozen=True)
class Board:
    """Everything of a panel at one instant; `rows` best first, files that ended without the panel in `ended`."""

    panel: Panel
    members: tuple[PanelMember, ...]
    criteria: tuple[Criterion, ...]
    rows: tuple[Row, ...]
    ended: tuple[Stage, ...]
    quota: Quota | None

    @property
    def full(self) -> int:
        """Full marks of a sheet."""
        return sum(criterion.points for criterion in self.criteria)

    @property
    def outstanding(self) -> int:
        """How many sheets are still to come."""
        return sum(len(row.outstanding) for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether the chair may conclude: every sheet that is due is in, and every file has one at least."""
        return bool(self.rows) and not self.outstanding and all(row.submitted for row in self.rows)

    @property
    def chair(self) -> PanelMember | None:
        """The 组长 of today."""
        return next((member for member in self.members if member.is_chair and member.left_at is None), None)

    @property
    def active(self) -> tuple[PanelMember, ...]:
        """The members of today."""
        return tuple(member for member in self.members if member.left_at is None)

    def masked(self) -> "Board":
        """The files without averages and in the order of their numbers, which says nothing of the marks."""
        rows = [replace(row, score="") for row in self.rows]
        return replace(self, rows=tuple(sorted(rows, key=lambda row: (row.application.number or "", row.stage.pk))))

    def without(self, stages: Collection[int]) -> "Board":
        """The same with these files left out."""
        return replace(self, rows=tuple(row for row in self.rows if row.stage.pk not in stages))


def board_of(panel: Panel) -> Board:
    """The board as the database holds it now, or as it stood at the conclusion; the queries do not grow with it."""
    members = tuple(panel.members.select_related("user").order_by("-is_chair", "pk"))
    stages = list(files_of(panel))
    concluded = panel.state == PanelState.CONCLUDED
    frozen = {line["stage"]: line for line in panel.result or []}
    live = [s for s in stages if (s.pk in frozen if concluded else s.state in LIVE)]
    barred = bars(live, {member.user_id for member in members})
    sheets = {
        (sheet.stage_id, sheet.member_id): sheet for sheet in Sheet.objects.filter(member__panel=panel, stage__in=live)
    }
    cells = {
        stage.pk: tuple(
            _cell(member, sheets.get((stage.pk, member.pk)), barred.get((stage.pk, member.user_id), ""), frozen, stage)
            for member in members
        )
        for stage in live
    }
    quota = quota_of(live[0].case.application, besides=panel) if live and panel.kind == StageKind.EXPERT else None
    averages = {
        pk: average([cell.total for cell in row if cell.counts and cell.total is not None]) for pk, row in cells.items()
    }
    places = ranked(averages, places=quota.left if quota else None)
    of_stage = {stage.pk: stage for stage in live}
    scored = panel.kind == StageKind.EXPERT
    return Board(
        panel=panel,
        members=members,
        criteria=tuple(panel.criteria.all()),
        rows=tuple(
            Row(
                of_stage[pk],
                cells[pk],
                place,
                two_decimals(place.score) if scored and place.score is not None else "",
                frozen.get(pk, {}),
            )
            for pk, place in places.items()
        ),
        ended=tuple(stage for stage in stages if stage.state == StageState.CANCELLED),
        quota=quota,
    )


def _cell(member: PanelMember, sheet: Sheet | None, bar: str, frozen: dict[int, dict[str, Any]], stage: Stage) -> Cell:
    """The member's part; after the conclusion the sheets that were counted then, whoever is barred today."""
    if stage.pk in frozen and sheet is not None:
        bar = "" if sheet.pk in frozen[stage.pk]["sheets"] else bar or "未计入"
    return Cell(member, sheet, bar)
