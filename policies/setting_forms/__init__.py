"""The typed forms of open points: one small class per shape of value; nobody writes a stored value by hand."""

from policies.setting_forms.base import SettingForm
from policies.setting_forms.build import setting_form

__all__ = ["SettingForm", "setting_form"]
