"""The states of an application and the only ways from one to another."""

from enum import StrEnum

from applications.enums import State
from common.transitions import Transition, TransitionTable


class Actor(StrEnum):
    """Who takes a step: the two roles of the enterprise, an officer (reviews and awards check which), the system."""

    AGENT = "agent"
    LEGAL = "legal"
    OFFICER = "officer"
    SYSTEM = "system"


TABLE = TransitionTable(
    State,
    [
        Transition("send_to_confirm", [State.DRAFT], State.CONFIRMING, [Actor.AGENT, Actor.LEGAL], "送法定代表人确认"),
        Transition("return_to_draft", [State.CONFIRMING], State.DRAFT, [Actor.AGENT, Actor.LEGAL], "退回修改"),
        Transition("file", [State.DRAFT, State.CONFIRMING], State.UNDER_REVIEW, [Actor.LEGAL], "提交申报"),
        Transition("refile", [State.CORRECTION], State.UNDER_REVIEW, [Actor.LEGAL], "提交补正"),
        Transition("discard", [State.DRAFT, State.CONFIRMING], State.WITHDRAWN, [Actor.AGENT, Actor.LEGAL], "放弃草稿"),
        Transition("withdraw", [State.UNDER_REVIEW, State.CORRECTION], State.WITHDRAWN, [Actor.LEGAL], "撤回申报"),
        Transition("request_correction", [State.UNDER_REVIEW], State.CORRECTION, [Actor.OFFICER], "要求补正"),
        Transition("cancel_correction", [State.CORRECTION], State.UNDER_REVIEW, [Actor.OFFICER], "取消补正"),
        Transition("lapse", [State.CORRECTION], State.LAPSED, [Actor.SYSTEM], "逾期失效"),
        Transition("approve", [State.UNDER_REVIEW], State.APPROVED, [Actor.OFFICER], "审核通过"),
        Transition("refuse", [State.UNDER_REVIEW], State.REFUSED, [Actor.OFFICER], "不予支持"),
        Transition("award", [State.APPROVED], State.AWARDED, [Actor.OFFICER, Actor.SYSTEM], "核定奖补"),
        Transition("reopen", [State.APPROVED, State.AWARDED], State.UNDER_REVIEW, [Actor.OFFICER], "退回牵头审核"),
    ],
    initial=State.DRAFT,
)
