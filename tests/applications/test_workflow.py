"""The whole table: every state × step × role, written out by hand beside the product's."""

import pytest

from applications.enums import EDITABLE, ENDED_WITHOUT_DECISION, State
from applications.workflow import TABLE, Actor
from common.transitions import IllegalTransition

AGENT, LEGAL, OFFICER, SYSTEM = Actor

#: step → {from: to}, who.
ALLOWED = {
    "send_to_confirm": ({"draft": "confirming"}, {AGENT, LEGAL}),
    "return_to_draft": ({"confirming": "draft"}, {AGENT, LEGAL}),
    "file": ({"draft": "under_review", "confirming": "under_review"}, {LEGAL}),
    "refile": ({"correction": "under_review"}, {LEGAL}),
    "discard": ({"draft": "withdrawn", "confirming": "withdrawn"}, {AGENT, LEGAL}),
    "withdraw": ({"under_review": "withdrawn", "correction": "withdrawn"}, {LEGAL}),
    "request_correction": ({"under_review": "correction"}, {OFFICER}),
    "cancel_correction": ({"correction": "under_review"}, {OFFICER}),
    "lapse": ({"correction": "lapsed"}, {SYSTEM}),
    "approve": ({"under_review": "approved"}, {OFFICER}),
    "refuse": ({"under_review": "refused"}, {OFFICER}),
    "award": ({"approved": "awarded"}, {OFFICER, SYSTEM}),
    "reopen": ({"approved": "under_review", "awarded": "under_review"}, {OFFICER}),
}


def test_the_table_has_these_steps_and_no_others():
    assert set(TABLE.transitions) == set(ALLOWED)


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("step", ALLOWED)
@pytest.mark.parametrize("actor", list(Actor))
def test_state_step_role(state, step, actor):
    ways, actors = ALLOWED[step]
    offered = step in [transition.name for transition in TABLE.available(state, [actor])]
    assert offered == (state in ways and actor in actors)
    if state in ways:
        assert TABLE.target(step, state) == ways[state]
    else:
        with pytest.raises(IllegalTransition) as refused:
            TABLE.target(step, state)
        assert State(state).label in refused.value.message


def test_ended_states_are_final():
    assert TABLE.terminal() == {"refused", "withdrawn", "lapsed"}
    assert set(ENDED_WITHOUT_DECISION) <= TABLE.terminal()


def test_editing_is_open_to_the_enterprise_only_while_it_has_the_file():
    assert set(EDITABLE) == {State.DRAFT, State.CORRECTION}
