"""Panels of experts and auditors: convened by the lead unit, scored by their members, concluded by the chair."""

from datetime import datetime

from reviews.models import Stage


def attach_stage(stage: Stage, *, at: datetime) -> None:
    """Put a stage that has just been opened before the running panel of its clause and year, where there is one."""
