"""The officers' side: a case per application, its stages and tasks, who decided what, and what officers keep."""

from reviews.models.case import Case, Pause, Stage, Task
from reviews.models.decision import Decision, DecisionPoint, Participation, Recusal
from reviews.models.lists import Export, ListColumns, SavedView
from reviews.models.panel import Criterion, Panel, PanelMember, Sheet
from reviews.models.unit import AssignmentRule, Escalation, Note, Presence

__all__ = [
    "AssignmentRule",
    "Case",
    "Criterion",
    "Decision",
    "DecisionPoint",
    "Escalation",
    "Export",
    "ListColumns",
    "Note",
    "Panel",
    "PanelMember",
    "Participation",
    "Pause",
    "Presence",
    "Recusal",
    "SavedView",
    "Sheet",
    "Stage",
    "Task",
]
