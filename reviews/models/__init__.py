"""The officers' side: a case per application, its stages and tasks, and who decided what on which version."""

from reviews.models.case import Case, Pause, Stage, Task
from reviews.models.decision import Decision, Participation, Recusal

__all__ = ["Case", "Decision", "Participation", "Pause", "Recusal", "Stage", "Task"]
