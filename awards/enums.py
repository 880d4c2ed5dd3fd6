"""Closed vocabularies of awards; labels are what people read."""

from django.db import models


class AwardState(models.TextChoices):
    """Where an award stands."""

    SETTLED = "settled", "已核定"
    NOTHING = "nothing", "核定为零"
    HELD = "held", "核算有差异，待人工核对"
