"""The industry targets of a policy against what enterprises that filed have stated: how far a district has come.

Only enterprises that filed in a year count, each once, with the turnover of the newest version that it filed under the
promise to be true. Whoever files nothing is in no figure, so that a share is a floor and not the state of an industry.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.db.models.fields.json import KeyTextTransform

from accounts.enums import UnitKind
from applications.models import Revision
from policies.models import PolicyTarget
from reviews.queries.overview import Narrowing, Scope

#: The figure of the year (policies: year_facts) that targets of turnover are held against.
FIGURE = "revenue"


@dataclass(frozen=True)
class TargetFigures:
    """One printed target in 分, and the turnover (分) of so many enterprises; `total`: of the whole city."""

    name: str
    focus: str
    target_fen: int
    reached_fen: int
    enterprises: int
    total: bool = False

    @property
    def percent(self) -> Decimal | None:
        """How much of the target that is, in per cent; None for a target of nothing."""
        return Decimal(self.reached_fen) * 100 / self.target_fen if self.target_fen else None


@dataclass(frozen=True)
class Targets:
    """The targets of a year beside the figures of a policy year."""

    number: str
    target_year: int
    policy_year: int
    rows: list[TargetFigures] = field(default_factory=list)


def targets_against_figures(scope: Scope, narrowing: Narrowing) -> Targets | None:
    """The newest printed targets beside the figures of a policy year: the chosen one, or the newest in which anybody
    filed. Leaders of districts see theirs alone, those who oversee the city every one; None where there is nothing.

    Three queries, whatever the number of files.
    """
    targets = list(PolicyTarget.objects.filter(document__published_at__isnull=False).select_related("document", "unit"))
    own = {unit.pk for unit in scope.units if unit.kind == UnitKind.DISTRICT}
    if not targets or not (scope.city or own):
        return None
    newest = max(targets, key=lambda target: (target.year, target.document.order, target.document_id))
    filed = Revision.objects.order_by("-application__policy_year").values_list("application__policy_year", flat=True)
    year = narrowing.policy_year or filed.first()
    if year is None:
        return None
    reached, counted = _turnover(year)
    rows = []
    for target in sorted(targets, key=lambda one: one.order):
        if (target.document_id, target.year) != (newest.document_id, newest.year):
            continue
        if not scope.city and target.unit_id not in own:
            continue
        if target.unit_id is None:
            fen, enterprises = sum(reached.values()), sum(counted.values())
        else:
            fen, enterprises = reached[target.unit_id], counted[target.unit_id]
        rows.append(
            TargetFigures(
                target.printed, target.focus, target.target_fen, fen, enterprises, total=target.unit_id is None
            )
        )
    return Targets(newest.document.number, newest.year, year, rows) if rows else None


def _turnover(policy_year: int) -> tuple[dict[int, int], dict[int, int]]:
    """By district: the turnover in 分 of the enterprises that filed for the year, and how many they are."""
    newest = (
        Revision.objects.filter(application__policy_year=policy_year)
        .order_by("application__enterprise_id", "-filed_at", "-pk")
        .distinct("application__enterprise_id")
        .values_list("application__enterprise__district_id", KeyTextTransform(FIGURE, "figures"))
    )
    reached: dict[int, int] = defaultdict(int)
    counted: dict[int, int] = defaultdict(int)
    for district, text in newest:
        fen = _fen(text)
        if fen is not None:
            reached[district] += fen
            counted[district] += 1
    return reached, counted


def _fen(text: str | None) -> int | None:
    try:
        return int(Decimal(text) * 100) if text else None
    except InvalidOperation:
        return None
