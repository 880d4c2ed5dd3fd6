"""The state tables of case, stage and task, and what may be said at which stage by whom; plain tables."""

from accounts.enums import UnitRole
from common.transitions import Transition, TransitionTable
from reviews.enums import CaseState, Outcome, PanelState, StageKind, StageState, TaskState

CASES = TransitionTable(
    CaseState,
    [
        Transition("approve", CaseState.OPEN, CaseState.APPROVED, label="审核通过"),
        Transition("refuse", CaseState.OPEN, CaseState.REFUSED, label="不予支持"),
        Transition("withdraw", CaseState.OPEN, CaseState.WITHDRAWN, label="企业撤回"),
        Transition("lapse", CaseState.OPEN, CaseState.LAPSED, label="逾期未补正"),
        # An objection was upheld, or the lead takes its approval back before the money is paid.
        Transition("reopen", CaseState.APPROVED, CaseState.OPEN, label="退回牵头审核"),
    ],
    initial=CaseState.OPEN,
)
STAGES = TransitionTable(
    StageState,
    [
        Transition("open", StageState.WAITING, StageState.OPEN, label="开始办理"),
        Transition("pause", StageState.OPEN, StageState.PAUSED, label="暂停计时"),
        Transition("restart", StageState.PAUSED, StageState.OPEN, label="恢复办理"),
        Transition("finish", StageState.OPEN, StageState.DONE, label="办结"),
        # A corrected revision voided opinions: the units are asked again while the lead's clock stands still;
        # or the file came back to its lead.
        Transition("reopen", StageState.DONE, StageState.OPEN, label="重新办理"),
        # What follows the lead waits for its new decision.
        Transition("wait_again", StageState.DONE, StageState.WAITING, label="等待重新办理"),
        Transition(
            "cancel", [StageState.WAITING, StageState.OPEN, StageState.PAUSED], StageState.CANCELLED, label="终止"
        ),
    ],
    initial=StageState.WAITING,
)
TASKS = TransitionTable(
    TaskState,
    [
        Transition("open", TaskState.WAITING, TaskState.OPEN, label="开始办理"),
        Transition("draft", TaskState.OPEN, TaskState.DRAFTED, [UnitRole.HANDLER, UnitRole.APPROVER], "提交意见"),
        Transition("return", TaskState.DRAFTED, TaskState.OPEN, [UnitRole.APPROVER], "退回经办"),
        Transition("confirm", TaskState.DRAFTED, TaskState.DONE, [UnitRole.HANDLER, UnitRole.APPROVER], "审核确认"),
        Transition("reopen", TaskState.DONE, TaskState.OPEN, label="重新办理"),
        Transition("wait_again", TaskState.DONE, TaskState.WAITING, label="等待重新办理"),
        Transition("cancel", [TaskState.WAITING, TaskState.OPEN, TaskState.DRAFTED], TaskState.CANCELLED, label="终止"),
    ],
    initial=TaskState.WAITING,
)
PANELS = TransitionTable(
    PanelState,
    [
        Transition(
            "start", PanelState.PREPARING, PanelState.SCORING, [UnitRole.HANDLER, UnitRole.APPROVER], "开始评审"
        ),
        Transition("conclude", PanelState.SCORING, PanelState.CONCLUDED, [UnitRole.EXPERT], "结束评审"),
    ],
    initial=PanelState.PREPARING,
)

#: Outcomes offered at each stage, in the order of the form.
OUTCOMES: dict[StageKind, tuple[Outcome, ...]] = {
    StageKind.PRELIMINARY: (Outcome.ACCEPT, Outcome.REFUSE),
    StageKind.CONSULTATION: (Outcome.AGREE, Outcome.REMARKS, Outcome.DISAGREE),
    StageKind.EXPERT: (Outcome.RECOMMEND, Outcome.NOT_RECOMMEND),
    StageKind.AUDIT: (Outcome.VERIFIED, Outcome.QUESTIONED),
    StageKind.LEAD: (Outcome.APPROVE, Outcome.REFUSE),
    StageKind.CONFIRMATION: (Outcome.APPROVE, Outcome.REFUSE),
}
#: Outcomes that carry an amount.
WITH_AMOUNT = {(StageKind.LEAD, Outcome.APPROVE)}
#: Stages that a panel of outside people decides (reviews/actions/panels.py); the lead unit only convenes it.
PANEL_STAGES = {StageKind.EXPERT, StageKind.AUDIT}
#: Outcomes that cannot stand without reasons.
NEEDS_REASONS = {
    Outcome.REFUSE,
    Outcome.DISAGREE,
    Outcome.REMARKS,
    Outcome.NOT_RECOMMEND,
    Outcome.QUESTIONED,
}
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
    "claim": (UnitRole.HANDLER, UnitRole.APPROVER),
    "assign": (UnitRole.APPROVER, UnitRole.LEADER),
    "convene": (UnitRole.HANDLER, UnitRole.APPROVER),
    "pick_units": (UnitRole.HANDLER, UnitRole.APPROVER),
    "write_note": (UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER),
    "write_message": (UnitRole.HANDLER, UnitRole.APPROVER),
}
