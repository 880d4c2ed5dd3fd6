"""An objection and the closing at once, with a control that shows what the lock prevents; numbers of many at once."""

import threading
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from awards.actions.objections import file_objection
from awards.actions.publicity_closing import close_round
from awards.enums import AwardState, ItemState
from awards.models import Award, Objection, PublicityItem
from common.errors import Conflict, LateError
from common.workdays import end_of_day
from letters.enums import LetterKind
from letters.models import Letter
from tests.factories.awards import make_award
from tests.factories.publicity import WORDS, at_clock, make_round
from tests.reviews.threads import WAIT, in_threads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def publicity(company):
    """A published round with one award."""
    return make_round(make_award(company, "3.4.5"))


def objecting(item, moment, name="万建国"):
    return lambda: file_objection(
        item=item, name=name, phone="13970812345", text=WORDS, at=moment, clock=at_clock(moment)
    )


def closing(publicity, moment):
    return lambda: close_round(round_id=publicity.pk, at=moment, clock=at_clock(moment))


class Clock:
    """One clock for both: whoever holds the award reads it first, and it only goes forward."""

    def __init__(self, *moments):
        self.moments = iter(moments)
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            return next(self.moments)


@pytest.mark.parametrize("attempt", range(4))
def test_an_objection_in_the_last_instant_is_not_lost(publicity, attempt):
    """One of them is first. Either the objection holds and the closing passes it by, or it is told that it is late."""
    item, end = publicity.items.get(), end_of_day(publicity.last_day)
    clock = Clock(end - timedelta(microseconds=1), end)
    answers, faults = in_threads(
        [
            lambda: file_objection(item=item, name="万建国", phone="13970812345", text=WORDS, at=end, clock=clock),
            lambda: close_round(round_id=publicity.pk, at=end, clock=clock),
        ]
    )
    item, award = PublicityItem.objects.get(), Award.objects.get()
    if Objection.objects.exists():
        # The objection read the clock first, in time; the closing found it.
        assert faults == []
        assert len(answers) == 2
        assert (item.state, award.state) == (ItemState.HELD, AwardState.OBJECTED)
        assert not Letter.objects.filter(kind=LetterKind.APPROVAL).exists()
    else:
        # The closing read it first, too early, and asks again; the objection came after the end and was told so.
        assert sorted(type(fault).__name__ for fault in faults) == ["Conflict", "LateError"]
        assert (item.state, award.state) == (ItemState.LISTED, AwardState.PUBLIC)


def test_control_without_locks_one_of_the_two_is_turned_away(publicity, monkeypatch):
    """Both read before either writes; only the compare-and-set of the state table is left, and it refuses the slower
    one, which may be the objection that came in time."""
    item, end = publicity.items.get(), end_of_day(publicity.last_day)
    together = threading.Barrier(2)

    def clock(moment):
        def read():
            together.wait(timeout=WAIT)
            return moment

        return read

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self._chain())
    in_time = end - timedelta(microseconds=1)
    answers, faults = in_threads(
        [
            lambda: file_objection(
                item=item, name="万建国", phone="13970812345", text=WORDS, at=end, clock=clock(in_time)
            ),
            lambda: close_round(round_id=publicity.pk, at=end, clock=clock(end)),
        ]
    )
    assert len(answers) == 1
    assert [isinstance(fault, Conflict) for fault in faults] == [True]


def test_many_objections_at_once_have_numbers_without_gap(publicity):
    item = publicity.items.get()
    moment = end_of_day(publicity.last_day) - timedelta(hours=1)
    names = ("万建国", "熊志强", "胡晓梅", "涂丽华", "邓海波", "章文斌")
    answers, faults = in_threads([objecting(item, moment, name) for name in names])
    assert faults == []
    assert sorted(one.number for one in answers) == [f"异议2026-{number:04d}" for number in range(1, 7)]
    assert PublicityItem.objects.get().state == ItemState.HELD


def test_the_same_objection_sent_at_once_is_one(publicity):
    item = publicity.items.get()
    moment = end_of_day(publicity.last_day) - timedelta(hours=1)
    answers, faults = in_threads([objecting(item, moment)] * 4)
    assert faults == []
    assert len({one.pk for one in answers}) == 1
    assert Objection.objects.count() == 1


def test_a_closing_delivered_by_many_workers_is_one(publicity):
    end = end_of_day(publicity.last_day)
    answers, faults = in_threads([closing(publicity, end)] * 4)
    assert faults == []
    assert len(answers) == 4
    assert Letter.objects.filter(kind=LetterKind.APPROVAL).count() == 1


def test_after_the_closing_every_objection_is_late(publicity):
    end = end_of_day(publicity.last_day)
    closing(publicity, end)()
    with pytest.raises(LateError):
        objecting(publicity.items.get(), end - timedelta(seconds=1))()
    assert not Objection.objects.exists()
