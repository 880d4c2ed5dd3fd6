"""What a stage's clock causes: a reminder when two days are left, the unit's head told when it is late."""

from datetime import datetime

from reviews.models import Stage


def watch(stage: Stage, *, at: datetime) -> None:
    """Owe the reminder and the escalation of a stage whose clock has started or started again."""
