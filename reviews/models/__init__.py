"""The officers' side: a case per application, its stages and tasks, and who decided what on which version."""

from reviews.models.case import Case, Pause, Stage, Task
from reviews.models.decision import Decision, Participation

__all__ = ["Case", "Decision", "Participation", "Pause", "Stage", "Task"]
