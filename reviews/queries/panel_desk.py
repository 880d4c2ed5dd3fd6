"""What an expert has on the desk: the panels sat on, their files, the state of the own sheets."""

from dataclasses import dataclass, field

from accounts.models import User
from applications.models import Application
from reviews.enums import PanelState, StageState
from reviews.models import PanelMember, Sheet, Stage
from reviews.queries.panels import LIVE, bars, files_of, sits_on


@dataclass(frozen=True)
class DeskFile:
    """One file before the expert. `bar`: why it is not the expert's to judge; nothing else of it is shown then."""

    stage: Stage
    sheet: Sheet | None
    bar: str

    @property
    def application(self) -> Application:
        """The application that the file is about."""
        return self.stage.case.application

    @property
    def submitted(self) -> bool:
        """Whether the own sheet is submitted."""
        return self.sheet is not None and self.sheet.submitted_at is not None

    @property
    def live(self) -> bool:
        """Whether the file is still being judged."""
        return self.stage.state in LIVE


@dataclass(frozen=True)
class DeskPanel:
    """One panel that the expert sits on, with its files."""

    seat: PanelMember
    files: list[DeskFile] = field(default_factory=list)

    @property
    def due(self) -> int:
        """How many sheets the expert still owes."""
        scoring = self.seat.panel.state == PanelState.SCORING
        return sum(scoring and file.live and not file.bar and not file.submitted for file in self.files)


def desk_of(user: User) -> list[DeskPanel]:
    """The panels of an expert, running ones first; as many queries for fifty files as for one."""
    seats = list(sits_on(user).select_related("panel__unit", "panel__clause", "user").order_by("-panel__pk"))
    panels = {seat.panel_id: DeskPanel(seat) for seat in seats}
    stages = list(
        Stage.objects.filter(panel__in=panels)
        .exclude(state=StageState.CANCELLED)
        .select_related("case__application__enterprise__district", "case__application__clause")
        .order_by("case__application__number", "pk")
    )
    barred = bars(stages, {user.pk})
    sheets = {sheet.stage_id: sheet for sheet in Sheet.objects.filter(member__in=seats)}
    for stage in stages:
        assert stage.panel_id is not None  # filtered above
        file = DeskFile(stage, sheets.get(stage.pk), barred.get((stage.pk, user.pk), ""))
        panels[stage.panel_id].files.append(file)
    return sorted(panels.values(), key=lambda one: one.seat.panel.state == PanelState.CONCLUDED)


def seat_and_file(user: User, *, panel_id: int, stage_id: int) -> tuple[PanelMember, Stage] | None:
    """The person's seat and a file that the person may see on that panel; None where there is no such thing.

    A file from which the person stepped back, or which was withdrawn, is gone.
    """
    seat = sits_on(user).filter(panel=panel_id).select_related("panel__unit", "panel__clause", "user").first()
    if seat is None:
        return None
    stage = files_of(seat.panel).exclude(state=StageState.CANCELLED).filter(pk=stage_id).first()
    if stage is None or bars([stage], {user.pk}):
        return None
    return seat, stage
