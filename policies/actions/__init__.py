"""Gestures on policy data."""

from policies.actions.calls import issue_call
from policies.actions.definitions import keep_definition
from policies.actions.load import LoadReport, load_corpus
from policies.actions.settings import change_setting, confirm_setting
from policies.actions.versions import publish_version, retire_version

__all__ = [
    "LoadReport",
    "change_setting",
    "confirm_setting",
    "issue_call",
    "keep_definition",
    "load_corpus",
    "publish_version",
    "retire_version",
]
