"""The states of what happens to money and the only ways from one to another; actions alone call `apply`."""

from enum import StrEnum

from awards.enums import (
    AwardState,
    BatchState,
    ImportState,
    ItemState,
    ListState,
    ObjectionState,
    PaymentState,
    ProposalState,
    RecoveryState,
    RoundState,
)
from common.transitions import Transition, TransitionTable


class Actor(StrEnum):
    """Who takes a step: the two persons of the lead, the two of the paying unit, the system."""

    HANDLER = "handler"
    APPROVER = "approver"
    FINANCE = "finance"
    SYSTEM = "system"


A = AwardState
_SETTLED_ANEW = [A.CANDIDATE, A.SETTLED, A.NOTHING, A.APPROVED]
AWARDS = TransitionTable(
    AwardState,
    [
        Transition("settle", _SETTLED_ANEW, A.SETTLED, [Actor.APPROVER], "核定"),
        Transition("settle_at_nothing", _SETTLED_ANEW, A.NOTHING, [Actor.APPROVER], "核定为零"),
        Transition("hold", [A.CANDIDATE], A.HELD, [Actor.SYSTEM], "暂缓"),
        Transition("publish", [A.SETTLED], A.PUBLIC, [Actor.APPROVER], "公示"),
        Transition("object", [A.PUBLIC], A.OBJECTED, [Actor.SYSTEM], "提出异议"),
        Transition("answer", [A.OBJECTED], A.PUBLIC, [Actor.APPROVER], "答复异议"),
        Transition("approve", [A.PUBLIC], A.APPROVED, [Actor.SYSTEM], "批复"),
        Transition("send_to_pay", [A.APPROVED, A.PAYING], A.PAYING, [Actor.FINANCE], "送拨付"),
        Transition("finish_paying", [A.APPROVED, A.PAYING], A.PAID, [Actor.FINANCE], "拨付完成"),
        Transition("fall_back", [A.PAYING], A.APPROVED, [Actor.FINANCE], "拨付退回"),
        Transition("reverse_payment", [A.PAID], A.PAYING, [Actor.FINANCE], "冲回拨付"),
        Transition(
            "return_to_lead",
            [A.CANDIDATE, A.HELD, A.SETTLED, A.NOTHING, A.OBJECTED, A.APPROVED],
            A.RETURNED,
            [Actor.APPROVER],
            "退回牵头单位",
        ),
    ],
    initial=A.CANDIDATE,
)
PROPOSALS = TransitionTable(
    ProposalState,
    [
        Transition("confirm", ProposalState.OPEN, ProposalState.CONFIRMED, [Actor.APPROVER], "确认核算"),
        Transition("withdraw", ProposalState.OPEN, ProposalState.WITHDRAWN, [Actor.HANDLER, Actor.APPROVER], "撤回"),
    ],
    initial=ProposalState.OPEN,
)
BATCHES = TransitionTable(
    BatchState,
    [
        Transition("previewed", BatchState.PREVIEWING, BatchState.READY, [Actor.SYSTEM], "试算完成"),
        Transition("confirm", BatchState.READY, BatchState.RUNNING, [Actor.APPROVER], "确认批量核算"),
        Transition("finish", BatchState.RUNNING, BatchState.DONE, [Actor.SYSTEM], "完成"),
        Transition(
            "withdraw",
            [BatchState.PREVIEWING, BatchState.READY],
            BatchState.WITHDRAWN,
            [Actor.HANDLER, Actor.APPROVER],
            "撤回",
        ),
    ],
    initial=BatchState.PREVIEWING,
)
ROUNDS = TransitionTable(
    RoundState,
    [
        Transition("publish", RoundState.DRAFT, RoundState.OPEN, [Actor.APPROVER], "发布公示"),
        Transition("cancel", RoundState.DRAFT, RoundState.CANCELLED, [Actor.HANDLER, Actor.APPROVER], "取消"),
        Transition("close", RoundState.OPEN, RoundState.CLOSED, [Actor.SYSTEM], "公示期满"),
    ],
    initial=RoundState.DRAFT,
)
ITEMS = TransitionTable(
    ItemState,
    [
        Transition("hold", ItemState.LISTED, ItemState.HELD, [Actor.SYSTEM], "异议处理"),
        Transition("go_on", ItemState.HELD, ItemState.LISTED, [Actor.APPROVER], "异议不成立"),
        Transition("release", ItemState.LISTED, ItemState.RELEASED, [Actor.SYSTEM], "公示期满"),
        Transition("uphold", ItemState.HELD, ItemState.UPHELD, [Actor.APPROVER], "异议成立"),
    ],
    initial=ItemState.LISTED,
)
OBJECTIONS = TransitionTable(
    ObjectionState,
    [
        Transition("draft", ObjectionState.OPEN, ObjectionState.DRAFTED, [Actor.HANDLER], "拟答复"),
        Transition("return", ObjectionState.DRAFTED, ObjectionState.OPEN, [Actor.APPROVER], "退回"),
        Transition("refute", ObjectionState.DRAFTED, ObjectionState.UNFOUNDED, [Actor.APPROVER], "答复：不成立"),
        Transition("uphold", ObjectionState.DRAFTED, ObjectionState.UPHELD, [Actor.APPROVER], "答复：成立"),
    ],
    initial=ObjectionState.OPEN,
)
LISTS = TransitionTable(
    ListState,
    [
        Transition("send", ListState.DRAFT, ListState.SENT, [Actor.FINANCE], "送拨付"),
        Transition("cancel", ListState.DRAFT, ListState.CANCELLED, [Actor.FINANCE], "取消"),
        Transition("close", ListState.SENT, ListState.CLOSED, [Actor.SYSTEM], "办结"),
    ],
    initial=ListState.DRAFT,
)
PAYMENTS = TransitionTable(
    PaymentState,
    [
        Transition("send", PaymentState.PLANNED, PaymentState.SENT, [Actor.FINANCE], "送拨付"),
        Transition("drop", PaymentState.PLANNED, PaymentState.DROPPED, [Actor.FINANCE], "移出清单"),
        Transition("pay", PaymentState.SENT, PaymentState.PAID, [Actor.FINANCE], "拨付"),
        Transition("return", PaymentState.SENT, PaymentState.RETURNED, [Actor.FINANCE], "退回"),
        Transition("reverse", PaymentState.PAID, PaymentState.REVERSED, [Actor.FINANCE], "冲回"),
    ],
    initial=PaymentState.PLANNED,
)
RECOVERIES = TransitionTable(
    RecoveryState,
    [
        Transition("draft", RecoveryState.FOUND, RecoveryState.DRAFTED, [Actor.HANDLER], "拟定决定"),
        Transition("return", RecoveryState.DRAFTED, RecoveryState.FOUND, [Actor.APPROVER], "退回"),
        Transition("decide", RecoveryState.DRAFTED, RecoveryState.DECIDED, [Actor.APPROVER], "决定追回"),
        Transition("demand", RecoveryState.DECIDED, RecoveryState.DEMANDED, [Actor.SYSTEM], "发出追回通知"),
        Transition("close", RecoveryState.DEMANDED, RecoveryState.CLOSED, [Actor.SYSTEM], "结清"),
        Transition("reopen", RecoveryState.CLOSED, RecoveryState.DEMANDED, [Actor.HANDLER], "冲减退款"),
        Transition(
            "drop", [RecoveryState.FOUND, RecoveryState.DRAFTED], RecoveryState.DROPPED, [Actor.APPROVER], "不予追回"
        ),
    ],
    initial=RecoveryState.FOUND,
)
#: A set-off against a later award: proposed by the 经办, decided by the 审核.
SET_OFFS = TransitionTable(
    ProposalState,
    [
        Transition("decide", ProposalState.OPEN, ProposalState.CONFIRMED, [Actor.APPROVER], "决定抵扣"),
        Transition(
            "withdraw", ProposalState.OPEN, ProposalState.WITHDRAWN, [Actor.HANDLER, Actor.APPROVER], "撤回抵扣"
        ),
    ],
    initial=ProposalState.OPEN,
)
IMPORTS = TransitionTable(
    ImportState,
    [
        Transition("find_faults", [ImportState.READY, ImportState.FAULTY], ImportState.FAULTY, [Actor.SYSTEM], "检查"),
        Transition("find_ready", [ImportState.READY, ImportState.FAULTY], ImportState.READY, [Actor.SYSTEM], "检查"),
        Transition("apply", ImportState.READY, ImportState.APPLIED, [Actor.HANDLER], "导入"),
        Transition("discard", [ImportState.READY, ImportState.FAULTY], ImportState.DISCARDED, [Actor.HANDLER], "放弃"),
    ],
    initial=ImportState.READY,
)
