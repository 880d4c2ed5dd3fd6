"""From the printed bracket of a clause to the stages of one application; values in, values out.

Source: the brackets 牵头单位 / 配合单位 / 责任单位 of 洪府发〔2023〕30号. A stage with nobody named does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from common.errors import Invalid
from reviews.enums import StageKind

#: Members to be picked case by case by the lead (市各有关单位); resolves to nobody by itself.
OPEN_GROUP = "open"


@dataclass(frozen=True)
class Bracket:
    """The units of one clause as printed, in printed order: unit names, or keys of groups."""

    lead: tuple[str, ...]
    cooperating: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()


@dataclass(frozen=True)
class RouteDays:
    """Working days of each stage; defaults after the practice of similar schemes [S]."""

    preliminary: int = 10
    consultation: int = 5
    lead: int = 10
    confirmation: int = 5

    def of(self, kind: StageKind) -> int:
        """Working days of a stage."""
        return int(getattr(self, kind.value))


@dataclass(frozen=True)
class RouteStage:
    """One stage: units act side by side; the first unit of a lead stage keeps the file (主办)."""

    kind: StageKind
    units: tuple[str, ...]
    days: int


@dataclass(frozen=True)
class Route:
    """The stages of one application in order; never empty."""

    stages: tuple[RouteStage, ...] = field(default_factory=tuple)

    def as_data(self) -> list[dict[str, Any]]:
        """The route as JSON, as stored on the case."""
        return [{"kind": stage.kind.value, "units": list(stage.units), "days": stage.days} for stage in self.stages]


def _resolve(names: tuple[str, ...], district: str, groups: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Unit names in printed order; a group of districts becomes the applicant's district, or nobody if left out."""
    resolved: list[str] = []
    for name in names:
        if name == OPEN_GROUP:
            continue
        unit = name if name not in groups else (district if district in groups[name] else "")
        if unit and unit not in resolved:
            resolved.append(unit)
    return tuple(resolved)


def route_for(
    bracket: Bracket,
    *,
    district: str,
    groups: Mapping[str, frozenset[str]],
    days: RouteDays | None = None,
    confirming_unit: str,
) -> Route:
    """The route of an application from `district` under a clause with this bracket.

    `groups` maps a group's key (R-full, R-noWL) to the names of its districts. `confirming_unit` confirms the city's
    share where the district itself is the lead (3.2.1) [S]. Raises Invalid when nobody would lead.
    """
    days = days or RouteDays()
    responsible = _resolve(bracket.responsible, district, groups)
    cooperating = _resolve(bracket.cooperating, district, groups)
    lead = _resolve(bracket.lead, district, groups)
    if not lead:
        raise Invalid("该条款没有能够办理本申报的牵头单位，请联系政策管理员核对条款单位。")
    led_by_district = any(name in groups for name in bracket.lead)
    planned = (
        (StageKind.PRELIMINARY, responsible),
        (StageKind.CONSULTATION, cooperating),
        (StageKind.LEAD, lead),
        (StageKind.CONFIRMATION, (confirming_unit,) if led_by_district else ()),
    )
    return Route(tuple(RouteStage(kind, units, days.of(kind)) for kind, units in planned if units))
