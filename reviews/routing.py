"""From the printed bracket of a clause to the stages of one application; values in, values out.

Source: the brackets 牵头单位 / 配合单位 / 责任单位 of 洪府发〔2023〕30号. A stage with nobody named does not exist.
"""

import hmac
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
    expert: int = 20
    audit: int = 20
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
    #: The lead still has to name the members of an open group (市各有关单位) for this file.
    open_group: bool = False


@dataclass(frozen=True)
class Route:
    """The stages of one application in order; never empty."""

    stages: tuple[RouteStage, ...] = field(default_factory=tuple)

    def as_data(self) -> list[dict[str, Any]]:
        """The route as JSON, as stored on the case."""
        return [
            {"kind": stage.kind.value, "units": list(stage.units), "days": stage.days}
            | ({"open_group": True} if stage.open_group else {})
            for stage in self.stages
        ]


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
    expert: bool = False,
    audit: bool = False,
) -> Route:
    """The route of an application from `district` under a clause with this bracket.

    `groups` maps a group's key (R-full, R-noWL) to the names of its districts. `confirming_unit` confirms the city's
    share where the district itself is the lead (3.2.1) [S]. `expert`: the clause is competitive (3.4.4); `audit`: this
    file was drawn for third-party audit [S]. Both are convened by the unit that keeps the file (主办). Raises Invalid
    when nobody would lead.
    """
    days = days or RouteDays()
    responsible = _resolve(bracket.responsible, district, groups)
    cooperating = _resolve(bracket.cooperating, district, groups)
    lead = _resolve(bracket.lead, district, groups)
    if not lead:
        raise Invalid("该条款没有能够办理本申报的牵头单位，请联系政策管理员核对条款单位。")
    led_by_district = any(name in groups for name in bracket.lead)
    # An open group in any bracket is consulted: whoever it turns out to be states an opinion, none of them decides.
    is_open = OPEN_GROUP in (*bracket.lead, *bracket.cooperating, *bracket.responsible)
    planned = (
        (StageKind.PRELIMINARY, responsible),
        (StageKind.CONSULTATION, cooperating),
        (StageKind.EXPERT, lead[:1] if expert else ()),
        (StageKind.AUDIT, lead[:1] if audit else ()),
        (StageKind.LEAD, lead),
        (StageKind.CONFIRMATION, (confirming_unit,) if led_by_district else ()),
    )
    stages = []
    for kind, units in planned:
        open_group = is_open and kind == StageKind.CONSULTATION
        if units or open_group:
            stages.append(RouteStage(kind, units, days.of(kind), open_group))
    return Route(tuple(stages))


def is_drawn(uscc: str, *, clause_id: str, policy_year: int, secret: str, per_mille: int) -> bool:
    """Whether an enterprise's file is drawn for third-party audit; `per_mille`: how many of 1000 are [S].

    Nobody outside can foresee it, and whoever knows the secret can repeat the draw. It hangs on enterprise, clause and
    year and not on the file's number: whoever withdraws and files again does not draw again.
    """
    drawn = hmac.digest(secret.encode(), f"audit|{uscc}|{clause_id}|{policy_year}".encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") % 1000 < per_mille
