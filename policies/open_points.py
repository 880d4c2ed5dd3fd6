"""The points that a policy leaves open [S] and that the system reads: the form of each value, what reads it, what a
change moves. Pure; which units and clauses exist is told by the caller."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from policies.rules.adjustable import SETTING_WORDS

Shape = Literal[
    "choice",
    "number",
    "percent",
    "month_day",
    "unit",
    "stage_days",
    "sampling",
    "opinion_points",
    "visibility",
    "panel",
]
#: "year": the row that counts on 31 December of a policy year governs the whole year. "day": the row that counts on
#: the day of the gesture.
Reading = Literal["year", "day"]
Faults = dict[str, list[str]]


@dataclass(frozen=True)
class OpenPoint:
    """One point. effect: what a change moves and what it leaves alone; lowest and highest: bounds of a number."""

    key: str
    shape: Shape
    reads: Reading
    effect: str
    options: tuple[Any, ...] = ()
    lowest: int = 0
    highest: int = 0
    unit: str = ""


#: Stages with a period of their own, in order; a value that does not name one keeps the default beside it.
STAGES: dict[str, tuple[str, int]] = {
    "preliminary": ("初审", 10),
    "consultation": ("会审", 5),
    "expert": ("专家评审", 20),
    "audit": ("第三方审计", 20),
    "lead": ("牵头审核", 10),
    "confirmation": ("市级确认", 5),
    "publicity": ("公示", 7),
    "objection": ("异议处理", 10),
    "approval": ("批复", 5),
    "payment": ("拨付", 10),
}
#: The stage whose days are those of the calendar; a last day on a day off moves on.
CALENDAR_DAYS = frozenset({"publicity"})
#: Kinds of points on which units state opinions.
POINTS = {
    "condition": "条款条件",
    "figures": "年度数据",
    "facts": "申报事项",
    "evidence": "附件材料",
    "amount": "金额",
}
OPINIONS = {
    "always": "会审单位始终可见其他单位的意见",
    "after_own": "会审单位提出本单位意见后可见其他单位的意见",
    "lead": "其他单位的意见仅牵头单位可见",
}
LAPSE = {True: "提醒一次后视为撤回申报", False: "继续保留"}

#: Bounds that keep slips out, no rule of a policy: a year and a day, half a century.
_MOST_DAYS, _MOST_YEARS, _MOST_EXPERTS = 366, 50, 99
#: As many lines as a scoring sheet takes (reviews).
MOST_CRITERIA, MOST_POINTS, _CRITERION_LENGTH = 12, 1000, 60

_AMOUNTS = "已经核定、公示、拨付的奖补保存着当时的规则，不会改变；此后核算的按新值。"
_OPENED = "已经立案的件保留立案时确定的流程和时限；此后立案的按新值。"
_AT_ONCE = "在办的件也自该日起按新值办理，已经完成的环节不变。"


def _engine(key: str, effect: str = _AMOUNTS) -> OpenPoint:
    return OpenPoint(key, "choice", "year", effect, tuple(SETTING_WORDS[key]))


_ALL = (
    _engine("day_count"),
    _engine("lpr_pick"),
    _engine("loan_cap"),
    _engine("extra_cap"),
    _engine("external_award"),
    _engine("cap_allocation"),
    OpenPoint(
        "governing_day",
        "month_day",
        "year",
        "决定某一年度适用哪一版条款和规则；已经提交的申报保留提交时的版本。",
    ),
    OpenPoint(
        "city_share",
        "percent",
        "year",
        "只在没有录入分担比例的条款上使用；已经核定的分担金额不变。",
    ),
    OpenPoint(
        "newly_introduced_years",
        "number",
        "year",
        "供县区核实“新引入企业”时对照，并在政策库公开；已经核实的年度数据不变。",
        lowest=1,
        highest=_MOST_YEARS,
        unit="个政策年度",
    ),
    OpenPoint("city_confirms_district_lead", "unit", "day", _OPENED),
    OpenPoint("cap_override_unit", "unit", "day", "已经批准的突破不变；此后由新的单位审批。"),
    OpenPoint(
        "recovery_ban_years",
        "number",
        "day",
        "已经作出的追回决定不变；此后作出的决定按新值。",
        lowest=0,
        highest=_MOST_YEARS,
        unit="年",
    ),
    OpenPoint("correction_lapse", "choice", "day", "期限届满时按当日的取值处理；已经失效的件不恢复。", tuple(LAPSE)),
    OpenPoint(
        "correction_days",
        "number",
        "day",
        "已经发出的补正通知保留原来的期限；此后发出的按新值。",
        lowest=1,
        highest=_MOST_DAYS,
        unit="个工作日",
    ),
    OpenPoint(
        "stage_days",
        "stage_days",
        "day",
        f"审核各环节：{_OPENED}公示、异议处理、批复、拨付在该环节开始时取值，已经开始的不变。",
        lowest=1,
        highest=_MOST_DAYS,
    ),
    OpenPoint("audit_sampling", "sampling", "day", "立案时抽取：已经立案的件不再抽取，也不撤销已抽中的审计。"),
    OpenPoint("opinion_points", "opinion_points", "day", _AT_ONCE),
    OpenPoint("opinion_visibility", "visibility", "day", _AT_ONCE),
    OpenPoint("expert_panel", "panel", "day", "已经开始评分的专家组保留其评分表；此后组建和开始的按新值。"),
)
#: Every point that something reads, by key, in the order of pages.
OPEN_POINTS: dict[str, OpenPoint] = {point.key: point for point in _ALL}


def value_faults(key: str, value: Any, *, units: Collection[str], clauses: Collection[str]) -> Faults:
    """What stands against a value: field of the form → sentences, empty where nothing does.

    units: codes of the units in use; clauses: ids of the document's monetary clauses. Raises KeyError for a key that
    nothing reads.
    """
    point = OPEN_POINTS[key]
    if point.shape == "choice":
        same = [option for option in point.options if option == value and type(option) is type(value)]
        return {} if same else {"value": ["该取值不在可选范围内，请选择所列的一项。"]}
    if point.shape == "number":
        return _number("value", value, point.lowest, point.highest)
    if point.shape == "percent":
        return _percent(value)
    if point.shape == "month_day":
        return _month_day(value)
    if point.shape == "unit":
        return {} if value in units else {"value": ["请选择一个启用中的单位。"]}
    if not isinstance(value, Mapping):
        return {"value": ["取值的格式有误，请重新填写。"]}
    if point.shape == "stage_days":
        return _stage_days(value, point)
    if point.shape == "sampling":
        return _sampling(value, clauses)
    if point.shape == "opinion_points":
        return _opinion_points(value, units)
    return _visibility(value) if point.shape == "visibility" else _panel(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(field: str, value: Any, lowest: int, highest: int) -> Faults:
    if _whole(value) and lowest <= value <= highest:
        return {}
    return {field: [f"请填写 {lowest} 至 {highest} 的整数。"]}


def _percent(value: Any) -> Faults:
    digits = value.removesuffix("%") if isinstance(value, str) and value.endswith("%") else ""
    whole = digits.isascii() and digits.isdigit() and str(int(digits)) == digits and int(digits) <= 100
    return {} if whole else {"value": ["请填写 0 至 100 的整数（百分比）。"]}


def _month_day(value: Any) -> Faults:
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    month, dash, day = value.partition("-") if isinstance(value, str) else ("", "", "")
    if dash and len(month) == len(day) == 2 and (month + day).isascii() and (month + day).isdigit():
        if 1 <= int(month) <= 12 and 1 <= int(day) <= lengths[int(month) - 1]:
            return {}
        if value == "02-29":
            return {"value": ["2月29日不是每年都有，请选择每年都有的日期。"]}
    return {"value": ["没有这一天，请重新选择月和日。"]}


def _stage_days(value: Mapping[str, Any], point: OpenPoint) -> Faults:
    faults: Faults = {}
    for stage, days in value.items():
        if stage not in STAGES:
            faults.setdefault("", []).append(f"没有“{stage}”这一环节。")
        elif wrong := _number(stage, days, point.lowest, point.highest):
            faults[stage] = [f"{STAGES[stage][0]}：{sentence}" for sentence in wrong[stage]]
    return faults


def _sampling(value: Mapping[str, Any], clauses: Collection[str]) -> Faults:
    faults = _number("per_mille", value.get("per_mille"), 0, 1000)
    unknown = [str(one) for one in value.get("clauses", ()) if one not in clauses]
    if unknown:
        faults["clauses"] = [f"本文件没有这些资金条款：{'、'.join(unknown)}，请重新选择。"]
    return faults


def _opinion_points(value: Mapping[str, Any], units: Collection[str]) -> Faults:
    faults: Faults = {}
    for code, keys in value.items():
        if code not in units:
            faults.setdefault("", []).append(f"没有代码为“{code}”的启用中的单位，请重新选择。")
        elif not keys or not isinstance(keys, list) or len(set(keys)) != len(keys) or set(keys) - set(POINTS):
            faults[f"unit_{code}"] = ["请从所列的意见事项中选择；不选表示全部事项。"]
    return faults


def _visibility(value: Mapping[str, Any]) -> Faults:
    faults: Faults = {}
    if value.get("opinions") not in OPINIONS:
        faults["opinions"] = ["请选择所列的一项。"]
    if not isinstance(value.get("amounts"), bool):
        faults["amounts"] = ["请选择金额是否可见。"]
    return faults


def _panel(value: Mapping[str, Any]) -> Faults:
    faults = {
        name: [f"专家人数：{told[0]}"] for name, told in _number("size", value.get("size"), 1, _MOST_EXPERTS).items()
    }
    lines = value.get("criteria") or []
    if not lines:
        faults["name_1"] = ["请至少填写一个评分项。"]
    if len(lines) > MOST_CRITERIA:
        faults[""] = [f"评分项最多 {MOST_CRITERIA} 个，您填写了 {len(lines)} 个。"]
    seen: set[str] = set()
    for number, line in enumerate(lines[:MOST_CRITERIA], start=1):
        name, points = str(line.get("name") or "").strip(), line.get("points")
        if not name:
            faults[f"name_{number}"] = [f"第 {number} 个评分项没有名称，请填写；不需要的，请把满分也清空。"]
        elif len(name) > _CRITERION_LENGTH:
            faults[f"name_{number}"] = [f"第 {number} 个评分项的名称最多 {_CRITERION_LENGTH} 字。"]
        elif name in seen:
            faults[f"name_{number}"] = [f"评分项“{name}”重复，请改为不同的名称。"]
        seen.add(name)
        if not _whole(points) or not 1 <= points <= MOST_POINTS:
            faults[f"points_{number}"] = [f"第 {number} 个评分项的满分须为 1 至 {MOST_POINTS} 的整数。"]
    return faults


__all__ = ["CALENDAR_DAYS", "LAPSE", "OPEN_POINTS", "OPINIONS", "POINTS", "STAGES", "OpenPoint", "value_faults"]
