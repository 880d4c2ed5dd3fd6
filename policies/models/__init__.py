"""Policy data: what a document says, its clauses in dated versions, and the points it leaves open."""

from policies.models.call import Call
from policies.models.clause import Clause, ClauseUnit, ClauseVersion, UnitGroup
from policies.models.definition import KeptDefinition
from policies.models.document import Document, Node
from policies.models.draft import DraftEdit, Publication, PublicationItem, VersionCase
from policies.models.reference import ReferenceSeries, SeriesValue
from policies.models.rules import ClauseGroup, ClauseGroupMember, PolicyRules, PolicySetting, PolicyTarget
from policies.models.window import CallWindow, LateFiling

__all__ = [
    "Call",
    "CallWindow",
    "Clause",
    "ClauseGroup",
    "ClauseGroupMember",
    "ClauseUnit",
    "ClauseVersion",
    "Document",
    "DraftEdit",
    "KeptDefinition",
    "LateFiling",
    "Node",
    "PolicyRules",
    "PolicySetting",
    "PolicyTarget",
    "Publication",
    "PublicationItem",
    "ReferenceSeries",
    "SeriesValue",
    "UnitGroup",
    "VersionCase",
]
