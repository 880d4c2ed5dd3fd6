"""States change along the table only, one at a time."""

from collections.abc import Iterator

import pytest

from common.errors import Conflict
from common.transitions import IllegalTransition, Transition, TransitionTable
from tests.common.thing import TABLE, State, Thing, thing_table

EXPECTED = {
    ("file", "draft"): "filed",
    ("withdraw", "filed"): "draft",
    ("accept", "filed"): "accepted",
    ("refuse", "filed"): "refused",
    ("refuse", "accepted"): "refused",
}


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("name", ["file", "withdraw", "accept", "refuse"])
def test_the_whole_table(name: str, state: str) -> None:
    if (name, state) in EXPECTED:
        assert TABLE.target(name, state) == EXPECTED[name, state]
    else:
        with pytest.raises(IllegalTransition, match=r"当前状态为“.+”，不能进行“.+”。") as caught:
            TABLE.target(name, state)
        assert caught.value.status == 409


def test_what_is_open_to_whom() -> None:
    assert [step.name for step in TABLE.available("filed")] == ["withdraw", "accept", "refuse"]
    assert [step.name for step in TABLE.available("filed", ["officer"])] == ["accept", "refuse"]
    assert [step.name for step in TABLE.available("filed", [])] == []
    assert TABLE.terminal() == {"refused"}
    assert TABLE.reachable("accepted") == {"accepted", "refused"}


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([Transition("a", ["draft"], "filed"), Transition("a", ["filed"], "draft")], "twice"),
        ([Transition("a", ["draft"], "lost")], "unknown"),
        ([Transition("a", [], "filed")], "nowhere"),
        ([Transition("a", ["draft"], "filed")], "never reached"),
    ],
)
def test_a_wrong_table_is_refused_when_it_is_made(steps: list[Transition], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TransitionTable(State, steps, initial="draft")


@pytest.fixture
def thing(db: None) -> Iterator[Thing]:
    with thing_table():
        yield Thing.objects.create()


def test_apply_moves_row_and_instance(thing: Thing) -> None:
    assert TABLE.apply(thing, "file", changes={"amount_fen": 5}) == "filed"
    assert (thing.state, thing.version, thing.amount_fen) == ("filed", 2, 5)
    thing.refresh_from_db()
    assert (thing.state, thing.version, thing.amount_fen) == ("filed", 2, 5)


def test_of_two_who_saw_the_same_one_wins(thing: Thing) -> None:
    TABLE.apply(thing, "file")
    first, second = Thing.objects.get(), Thing.objects.get()
    TABLE.apply(first, "accept")
    with pytest.raises(Conflict, match="已变为“已受理”") as caught:
        TABLE.apply(second, "refuse")
    assert caught.value.what == "状态变为“已受理”"
    assert (second.state, second.version) == ("filed", 2)
    assert Thing.objects.get().state == "accepted"


def test_a_changed_version_in_the_same_state_is_a_conflict(thing: Thing) -> None:
    stale = Thing.objects.get()
    TABLE.apply(thing, "file")
    TABLE.apply(thing, "withdraw")
    with pytest.raises(Conflict, match="已被他人更新"):
        TABLE.apply(stale, "file")


def test_a_deleted_row_is_a_conflict(thing: Thing) -> None:
    stale = Thing.objects.get()
    Thing.objects.all().delete()
    with pytest.raises(Conflict, match="已被删除"):
        TABLE.apply(stale, "file")


def test_an_illegal_step_touches_nothing(thing: Thing, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0), pytest.raises(IllegalTransition):
        TABLE.apply(thing, "accept")
    assert (thing.state, thing.version) == ("draft", 1)


@pytest.mark.django_db(transaction=True)
def test_only_inside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        TABLE.apply(Thing(pk=1), "file")
