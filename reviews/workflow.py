"""What may be said at which stage, and by whom; plain tables."""

from accounts.enums import UnitRole
from reviews.enums import Outcome, StageKind

#: Outcomes offered at each stage, in the order of the form.
OUTCOMES: dict[StageKind, tuple[Outcome, ...]] = {
    StageKind.PRELIMINARY: (Outcome.ACCEPT, Outcome.REFUSE),
    StageKind.CONSULTATION: (Outcome.AGREE, Outcome.REMARKS, Outcome.DISAGREE),
    StageKind.LEAD: (Outcome.APPROVE, Outcome.REFUSE),
    StageKind.CONFIRMATION: (Outcome.APPROVE, Outcome.REFUSE),
}
#: Outcomes that carry an amount.
WITH_AMOUNT = {(StageKind.LEAD, Outcome.APPROVE)}
#: Outcomes that cannot stand without reasons.
NEEDS_REASONS = {Outcome.REFUSE, Outcome.DISAGREE, Outcome.REMARKS}
#: Outcomes that end the file.
ENDING = {Outcome.REFUSE}
#: Stages that may return the file for correction; consulted units state an opinion instead.
MAY_RETURN = {StageKind.PRELIMINARY, StageKind.LEAD}
#: Stages that two people always handle, whatever the unit's setting (procedure: leads and finance always).
ALWAYS_TWO_PERSON = {StageKind.LEAD}

#: Gesture → roles within the unit that may make it.
ROLES: dict[str, tuple[UnitRole, ...]] = {
    "draft": (UnitRole.HANDLER,),
    "confirm": (UnitRole.APPROVER,),
    "decide_alone": (UnitRole.HANDLER, UnitRole.APPROVER),
    "return_for_correction": (UnitRole.HANDLER, UnitRole.APPROVER),
    "cancel_correction": (UnitRole.HANDLER, UnitRole.APPROVER),
    "recuse": (UnitRole.HANDLER, UnitRole.APPROVER),
}
