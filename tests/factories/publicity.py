"""Rounds and objections for tests, through real actions of two people."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from awards.actions.objections import decide_objection, draft_answer, file_objection
from awards.actions.publicity import draft_round, publish_round
from awards.actions.publicity_closing import close_round
from awards.models import Award, Objection, PublicityItem, PublicityRound
from common.workdays import end_of_day
from tests.factories.reviews import LATER, approver, officer

CONTACT = "南昌市工业和信息化局电子信息处，0791-83986888"
WORDS = "该企业的设备发票与实际到货时间不符，请核查合同和验收单。"


def at_clock(moment: datetime) -> Callable[[], datetime]:
    """A database clock that stands still."""
    return lambda: moment


def make_draft_round(*awards: Award, at: datetime = LATER, **values: Any) -> PublicityRound:
    """A draft with these awards, by the 经办 of their lead."""
    unit = awards[0].unit
    year = awards[0].application.policy_year
    given = {"title": f"{year}年度电子信息产业奖补资金公示", "contact": CONTACT, "by": officer(unit), "at": at} | values
    return draft_round(unit=unit, policy_year=year, awards=list(awards), **given)


def make_round(*awards: Award, at: datetime = LATER) -> PublicityRound:
    """A published round with these awards."""
    publicity = make_draft_round(*awards, at=at)
    return publish_round(publicity=publicity, expected_version=publicity.version, by=approver(publicity.unit), at=at)


def object_to(item: PublicityItem, *, at: datetime = LATER, **values: Any) -> Objection:
    """An objection in time."""
    given = {"name": "万建国", "phone": "13970812345", "text": WORDS, "clock": at_clock(at)} | values
    return file_objection(item=item, at=at, **given)


def answer(
    objection: Objection, *, upheld: bool, at: datetime = LATER, text: str = "经核对原件，情况如下。"
) -> Objection:
    """The whole answer, by two people of the lead."""
    unit = objection.item.round.unit
    objection = Objection.objects.get(pk=objection.pk)
    drafted = draft_answer(
        objection=objection, upheld=upheld, answer=text, expected_version=objection.version, by=officer(unit), at=at
    )
    return decide_objection(objection=drafted, expected_version=drafted.version, by=approver(unit), at=at)


def close(publicity: PublicityRound, *, at: datetime | None = None) -> PublicityRound:
    """The closing as the outbox calls it, the moment the period is over."""
    assert publicity.last_day is not None
    moment = at or end_of_day(publicity.last_day)
    return close_round(round_id=publicity.pk, at=moment, clock=at_clock(moment))
