"""What routing needs from the policy's data: the bracket of a version, its groups, and the procedure's settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from accounts.models import Unit
from common.errors import Invalid
from policies.enums import ClauseRole, GroupResolution
from policies.models import ClauseVersion, Document, PolicySetting
from reviews.routing import OPEN_GROUP, Bracket, RouteDays

#: Working days an enterprise has to correct, where the policy's settings are silent [S].
CORRECTION_DAYS = 5
#: The settings of a document that say something about its procedure.
KEYS = (
    "stage_days",
    "city_confirms_district_lead",
    "correction_days",
    "correction_lapse",
    "audit_sampling",
    "opinion_points",
    "opinion_visibility",
    "expert_panel",
)


@dataclass(frozen=True)
class ProcedureSettings:
    """Settings of the procedure of one policy: working days, who confirms where a district leads, and whether a file
    lapses when a correction is not answered in time."""

    days: RouteDays
    confirming_unit: str
    correction_days: int
    correction_lapses: bool
    #: How many of 1000 files are drawn for third-party audit, and of which clauses (empty: of all).
    audit_per_mille: int = 0
    audit_clauses: tuple[str, ...] = ()
    #: Codes of units → keys of the points that are theirs (reviews/points.py).
    opinion_points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: "always": a consulted unit reads the others at once; "after_own": once it has stated its own; "lead": never.
    opinions_visible: str = "after_own"
    #: Whether consulted units see amounts that others proposed.
    amounts_visible: bool = True
    #: (name, full marks) of the lines of a scoring sheet, as proposed when a panel is convened.
    criteria: tuple[tuple[str, int], ...] = ()
    #: How many experts a panel needs before scoring starts.
    panel_size: int = 3


def bracket_of(version: ClauseVersion) -> tuple[Bracket, Mapping[str, frozenset[str]]]:
    """The units of a clause version in printed order, and the districts of each group that it names."""
    named: dict[str, list[str]] = {role: [] for role in ClauseRole.values}
    groups: dict[str, frozenset[str]] = {}
    for row in version.units.select_related("unit", "group").order_by("role", "order"):
        if row.unit is not None:
            named[row.role].append(row.unit.name)
            continue
        assert row.group is not None  # constraint clauseunit_unit_or_group
        if row.group.resolution == GroupResolution.CHOSEN_BY_LEAD:
            named[row.role].append(OPEN_GROUP)
        else:
            named[row.role].append(row.group.code)
            groups[row.group.code] = frozenset(row.group.members.values_list("name", flat=True))
    bracket = Bracket(
        lead=tuple(named[ClauseRole.LEAD]),
        cooperating=tuple(named[ClauseRole.COOPERATING]),
        responsible=tuple(named[ClauseRole.RESPONSIBLE]),
    )
    return bracket, groups


def procedure_settings(document: Document) -> ProcedureSettings:
    """The newest settings of the document; a stage it does not name keeps the default of RouteDays."""
    values = {
        setting.key: setting.value
        for setting in PolicySetting.objects.filter(
            document=document,
            key__in=[*KEYS],
        ).order_by("number")
    }
    stage_days = values.get("stage_days") or {}
    sampling, visibility = values.get("audit_sampling") or {}, values.get("opinion_visibility") or {}
    panel = values.get("expert_panel") or {}
    known = {item.name for item in fields(RouteDays)}
    code = values.get("city_confirms_district_lead")
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise Invalid("政策设置“县区牵头条款的市级确认单位”没有指向一个单位，请政策管理员更正。")
    return ProcedureSettings(
        days=RouteDays(**{name: int(days) for name, days in stage_days.items() if name in known}),
        confirming_unit=unit.name,
        correction_days=int(values.get("correction_days") or CORRECTION_DAYS),
        correction_lapses=bool(values.get("correction_lapse", True)),
        audit_per_mille=int(sampling.get("per_mille", 0)),
        audit_clauses=tuple(sampling.get("clauses", ())),
        opinion_points={code: tuple(keys) for code, keys in (values.get("opinion_points") or {}).items()},
        opinions_visible=visibility.get("opinions", "after_own"),
        amounts_visible=bool(visibility.get("amounts", True)),
        criteria=tuple((line["name"], int(line["points"])) for line in panel.get("criteria", ())),
        panel_size=int(panel.get("size", 3)),
    )
