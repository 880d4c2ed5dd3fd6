"""Policy data: what a document says, its clauses in dated versions, and the points it leaves open."""

from policies.models.call import Call
from policies.models.clause import Clause, ClauseUnit, ClauseVersion, UnitGroup
from policies.models.definition import KeptDefinition
from policies.models.document import Document, Node
from policies.models.reference import ReferenceSeries, SeriesValue
from policies.models.rules import ClauseGroup, ClauseGroupMember, PolicyRules, PolicySetting, PolicyTarget

__all__ = [
    "Call",
    "Clause",
    "ClauseGroup",
    "ClauseGroupMember",
    "ClauseUnit",
    "ClauseVersion",
    "Document",
    "KeptDefinition",
    "Node",
    "PolicyRules",
    "PolicySetting",
    "PolicyTarget",
    "ReferenceSeries",
    "SeriesValue",
    "UnitGroup",
]
