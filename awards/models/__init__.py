"""Money: what approved applications are awarded, settled, shown, paid and claimed back; and simulations of a policy."""

from awards.models.account import CapOverride, CheckedFigure, ExternalAward, GroupChoice, YearAccount
from awards.models.award import Award
from awards.models.budget import BudgetRatio, Envelope, EnvelopeEntry
from awards.models.impact import PublicationImpact
from awards.models.imports import ImportFile
from awards.models.payment import Payment, PaymentList, PaymentListCounter, PaymentResult
from awards.models.publicity import Objection, ObjectionFile, PublicityItem, PublicityRound
from awards.models.recovery import Recovery, RecoveryFile, RecoveryReceipt, SetOff, SetOffProposal
from awards.models.settlement import (
    Settlement,
    SettlementBatch,
    SettlementBatchItem,
    SettlementLine,
    SettlementProposal,
)
from awards.models.simulation import Simulation, SimulationPart

__all__ = [
    "Award",
    "BudgetRatio",
    "CapOverride",
    "CheckedFigure",
    "Envelope",
    "EnvelopeEntry",
    "ExternalAward",
    "GroupChoice",
    "ImportFile",
    "Objection",
    "ObjectionFile",
    "Payment",
    "PaymentList",
    "PaymentListCounter",
    "PaymentResult",
    "PublicationImpact",
    "PublicityItem",
    "PublicityRound",
    "Recovery",
    "RecoveryFile",
    "RecoveryReceipt",
    "SetOff",
    "SetOffProposal",
    "Settlement",
    "SettlementBatch",
    "SettlementBatchItem",
    "SettlementLine",
    "SettlementProposal",
    "Simulation",
    "SimulationPart",
    "YearAccount",
]
