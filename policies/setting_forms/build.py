"""Which form a point has."""

from typing import Any

from policies.models import PolicySetting
from policies.open_points import OPEN_POINTS, Shape
from policies.setting_forms.base import SettingForm
from policies.setting_forms.simple import ChoiceForm, MonthDayForm, NumberForm, PercentForm, UnitForm
from policies.setting_forms.tables import OpinionPointsForm, PanelForm, SamplingForm, StageDaysForm, VisibilityForm

_FORMS: dict[Shape, type[SettingForm]] = {
    "choice": ChoiceForm,
    "number": NumberForm,
    "percent": PercentForm,
    "month_day": MonthDayForm,
    "unit": UnitForm,
    "stage_days": StageDaysForm,
    "sampling": SamplingForm,
    "opinion_points": OpinionPointsForm,
    "visibility": VisibilityForm,
    "panel": PanelForm,
}


def setting_form(setting: PolicySetting, data: Any = None, **kwargs: Any) -> SettingForm | None:
    """The form of a point's newest row; None for a point that nothing reads and that therefore cannot be changed."""
    point = OPEN_POINTS.get(setting.key)
    return _FORMS[point.shape](data, setting=setting, **kwargs) if point else None
