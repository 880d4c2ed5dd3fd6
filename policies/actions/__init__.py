"""Gestures on policy data."""

from policies.actions.calls import issue_call
from policies.actions.definitions import keep_definition
from policies.actions.load import LoadReport, load_corpus
from policies.actions.settings import change_setting, confirm_setting
from policies.actions.versions import (
    end_version,
    end_versions,
    judge_together,
    publish_version,
    publish_versions,
    retire_version,
    retire_versions,
)

__all__ = [
    "LoadReport",
    "change_setting",
    "confirm_setting",
    "end_version",
    "end_versions",
    "issue_call",
    "judge_together",
    "keep_definition",
    "load_corpus",
    "publish_version",
    "publish_versions",
    "retire_version",
    "retire_versions",
]
