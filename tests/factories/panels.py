"""Panels for tests: experts on a unit's list, a panel at each state, sheets, the conclusion.

`settle` walks a case through its panel stage with real actions, so that other tests reach the stages behind it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.enums import UnitRole
from accounts.models import Unit, UnitMember, User
from reviews.actions.conclusion import Verdict, conclude_panel
from reviews.actions.panels import convene_panel, start_scoring
from reviews.actions.scoring import submit_sheet
from reviews.enums import StageKind, StageState
from reviews.models import Case, Panel, PanelMember, Sheet, Stage
from tests.factories.accounts import UserFactory
from tests.factories.reviews import LATER, officer

CRITERIA = (("技术先进性", 60), ("产业化前景", 40))
#: Proposed for a file where a test does not care: within 100–200 万元.
PROPOSED = 1_500_000_00


def expert(unit: Unit | str, name: str = "") -> User:
    """A new outside person on the list of a unit."""
    unit = Unit.objects.get(name=unit) if isinstance(unit, str) else unit
    user = UserFactory(**({"name": name} if name else {}))
    UnitMember.objects.create(unit=unit, user=user, role=UnitRole.EXPERT)
    return user


def panel_stage(case: Case) -> Stage:
    """The running panel stage of a case."""
    return (
        Stage.objects.filter(case=case, kind__in=[StageKind.EXPERT, StageKind.AUDIT], state=StageState.OPEN)
        .select_related("case__application__enterprise", "panel")
        .get()
    )


def convene(case: Case, *, size: int = 3, at: datetime = LATER, **values: Any) -> Panel:
    """A panel for the running panel stage of a case (and the others of its competition); the first member chairs."""
    stage = panel_stage(case)
    task = stage.tasks.select_related("unit").get()
    people = values.pop("members", None) or [expert(task.unit) for _ in range(size)]
    defaults = {
        "expected_version": task.version,
        "title": "测试评审组",
        "members": people,
        "chair": people[0],
        "criteria": CRITERIA if stage.kind == StageKind.EXPERT else (),
        "by": officer(task.unit),
        "at": at,
    }
    return convene_panel(task=task, **defaults | values)


def scoring(case: Case, *, at: datetime = LATER, **values: Any) -> Panel:
    """A panel whose members may score."""
    panel = convene(case, at=at, **values)
    return start_scoring(panel=panel, expected_version=panel.version, by=officer(panel.unit), at=at)


def seats(panel: Panel) -> list[PanelMember]:
    """The members of today, the chair first."""
    return list(panel.members.filter(left_at=None).select_related("user").order_by("-is_chair", "pk"))


def submit(member: PanelMember, stage: Stage, *marks: str, at: datetime = LATER, **values: Any) -> Sheet:
    """A submitted sheet with these marks in the order of the criteria (full marks where none are given)."""
    criteria = list(member.panel.criteria.order_by("order"))
    typed = marks or [str(criterion.points) for criterion in criteria]
    scores = {criterion.pk: text for criterion, text in zip(criteria, typed, strict=True)}
    return submit_sheet(
        member=member, stage=stage, **{"seen": None, "scores": scores, "by": member.user, "at": at} | values
    )


def submit_all(panel: Panel, stages: Sequence[Stage] | None = None, *, at: datetime = LATER, **values: Any) -> None:
    """Every member's sheet for every file."""
    for stage in stages if stages is not None else panel.stages.filter(state=StageState.OPEN).order_by("pk"):
        for member in seats(panel):
            submit(member, stage, at=at, **values)


def verdicts(panel: Panel, **values: Any) -> dict[int, Verdict]:
    """The same favourable verdict for every file of the panel."""
    amount = PROPOSED if panel.kind == StageKind.EXPERT else None
    verdict = Verdict(**{"favourable": True, "amount_fen": amount} | values)
    return {stage.pk: verdict for stage in panel.stages.filter(state=StageState.OPEN)}


def conclude(panel: Panel, *, at: datetime = LATER, **values: Any) -> Panel:
    """The chair's conclusion; `said` replaces single verdicts."""
    panel = Panel.objects.get(pk=panel.pk)
    said = verdicts(panel) | values.pop("said", {})
    chair = next(member for member in seats(panel) if member.is_chair)
    defaults = {"expected_version": panel.version, "remarks": "评审组综合意见。", "by": chair.user, "at": at}
    return conclude_panel(panel=panel, verdicts=said, **defaults | values)


def settle(case: Case, *, at: datetime = LATER, said: dict[int, Verdict] | None = None, **sheet: Any) -> Panel:
    """The running panel stage of a case from convening to conclusion."""
    panel = scoring(case, at=at)
    submit_all(panel, at=at, **sheet)
    return conclude(panel, at=at, said=said or {})
