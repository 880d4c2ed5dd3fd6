"""Closed vocabularies of awards; labels are what people read."""

from django.db import models


class AwardState(models.TextChoices):
    """Where an award stands."""

    SETTLED = "settled", "已核定"
    NOTHING = "nothing", "核定为零"
    HELD = "held", "核算有差异，待人工核对"


class SimulationState(models.TextChoices):
    """How far a simulation is; computed in parts by the worker."""

    QUEUED = "queued", "等待计算"
    RUNNING = "running", "计算中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
