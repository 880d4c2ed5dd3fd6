"""The values of the points that a policy leaves open, as people read them: whoever confirms one reads what it says."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accounts.models import Unit
from policies.open_points import CALENDAR_DAYS, LAPSE, OPINIONS, POINTS, STAGES
from policies.rules.adjustable import SETTING_WORDS

#: Points that the engine reads, and one that only the procedure does.
_WORDS: dict[str, dict[Any, str]] = {**SETTING_WORDS, "correction_lapse": LAPSE}


def setting_words(key: str, value: Any) -> str:
    """The value of an open point as people read it; a value of another form than expected is shown as it stands."""
    words = _WORDS.get(key, {})
    if isinstance(value, (bool, int, str)) and value in words:
        return words[value]
    if key not in _SAID:
        return str(value)
    try:
        return _SAID[key](value)
    except (TypeError, ValueError, KeyError, AttributeError):
        return str(value)


def _day(value: Any) -> str:
    month, day = str(value).split("-")
    return f"政策年度{int(month)}月{int(day)}日"


def _days(value: Mapping[str, int]) -> str:
    named = {stage: label for stage, (label, _) in STAGES.items()}
    found = {stage: value[stage] for stage in STAGES if stage in value} | dict(value)
    said = "、".join(f"{named.get(stage, stage)}{days}" for stage, days in found.items())
    apart = "、".join(named[stage] for stage in found if stage in CALENDAR_DAYS)
    return f"{said}（{apart}按自然日，其他按工作日）" if apart else f"{said}（工作日）"


def _unit(code: Any) -> str:
    return Unit.objects.filter(code=code).values_list("name", flat=True).first() or str(code)


def _sampling(value: Mapping[str, Any]) -> str:
    if not int(value.get("per_mille", 0)):
        return "不抽查"
    clauses = "、".join(value.get("clauses", ())) or "全部条款"
    return f"每千件抽查{int(value['per_mille'])}件，{clauses}"


def _opinion_points(value: Mapping[str, Iterable[str]]) -> str:
    names = dict(Unit.objects.filter(code__in=value).values_list("code", "name"))
    said = [
        f"{names.get(code, code)}：{'、'.join(POINTS.get(key, key) for key in keys)}" for code, keys in value.items()
    ]
    return "；".join([*said, "其他单位：全部事项" if said else "各单位：全部事项"])


def _visibility(value: Mapping[str, Any]) -> str:
    amounts = "金额可见" if value.get("amounts", True) else "金额不可见"
    return f"{OPINIONS[value.get('opinions', 'after_own')]}，{amounts}"


def _panel(value: Mapping[str, Any]) -> str:
    criteria = "、".join(f"{row['name']}{row['points']}分" for row in value.get("criteria", ()))
    return f"专家不少于{value['size']}人；{criteria}"


_SAID: dict[str, Callable[[Any], str]] = {
    "governing_day": _day,
    "stage_days": _days,
    "city_confirms_district_lead": _unit,
    "newly_introduced_years": lambda value: f"{value}个政策年度",
    "cap_override_unit": _unit,
    "correction_days": lambda value: f"{value}个工作日",
    "recovery_ban_years": lambda value: f"{value}年" if int(value) else "不限制",
    "audit_sampling": _sampling,
    "opinion_points": _opinion_points,
    "opinion_visibility": _visibility,
    "expert_panel": _panel,
}
