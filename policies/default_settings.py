"""The points that every policy leaves open, with the value that holds until somebody decides otherwise.

The engine cannot run without them. Words, and the points of the procedure, come from a policy that stands in the
database; these here hold where none does.
"""

from typing import Any

from policies.rules.schema import Settings

_SILENT = "文件没有写明的，先按默认值办理，待确认。"
#: Labels of the engine's points (policies.rules.schema.Settings).
_LABELS = {
    "day_count": "贷款贴息的计息年天数",
    "lpr_pick": "贴息采用的LPR",
    "loan_cap": "每笔贷款贴息不超过实际支付利息",
    "extra_cap": "研发加计补助的上限口径",
    "external_award": "已获其他市级同类型奖补时的处理",
    "cap_allocation": "超过累计上限时的扣减方式",
    "governing_day": "确定适用版本的日期",
    "city_share": "市级财政分担比例",
}


def engine_defaults() -> list[dict[str, Any]]:
    """Every point that the engine reads: key, label, value, default, reason."""
    found = []
    for key, field in Settings.model_fields.items():
        kind: Any = field.annotation
        default = kind.model_fields["default"].default
        found.append({"key": key, "label": _LABELS[key], "value": default, "default": default, "reason": _SILENT})
    return found
