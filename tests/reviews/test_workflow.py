"""The state tables in full: every state × every step, and which gesture belongs to whom."""

import pytest
from django.db import transaction

from accounts.enums import UnitRole
from common.transitions import IllegalTransition
from reviews.enums import CaseState, Outcome, StageKind, StageState, TaskState
from reviews.models import Case, Stage, Task
from reviews.workflow import CASES, ENDING, NEEDS_REASONS, OUTCOMES, ROLES, STAGES, TASKS, WITH_AMOUNT
from tests.factories.applications import AT
from tests.factories.reviews import make_case

CASE_STEPS = {
    "approve": {"open": "approved"},
    "refuse": {"open": "refused"},
    "withdraw": {"open": "withdrawn"},
    "lapse": {"open": "lapsed"},
}
STAGE_STEPS = {
    "open": {"waiting": "open"},
    "pause": {"open": "paused"},
    "restart": {"paused": "open"},
    "finish": {"open": "done"},
    "cancel": {"waiting": "cancelled", "open": "cancelled", "paused": "cancelled"},
}
TASK_STEPS = {
    "open": {"waiting": "open"},
    "draft": {"open": "drafted"},
    "return": {"drafted": "open"},
    "confirm": {"drafted": "done"},
    "reopen": {"done": "open"},
    "cancel": {"waiting": "cancelled", "open": "cancelled", "drafted": "cancelled"},
}
TABLES = [
    (CASES, CASE_STEPS, CaseState, Case),
    (STAGES, STAGE_STEPS, StageState, Stage),
    (TASKS, TASK_STEPS, TaskState, Task),
]
ALL = [
    (table, model, name, state, steps[name].get(state))
    for table, steps, states, model in TABLES
    for name in steps
    for state in states.values
]


@pytest.mark.parametrize(("table", "steps", "states", "model"), TABLES)
def test_the_tables_hold_these_steps_and_no_other(table, steps, states, model):
    assert set(table.transitions) == set(steps)


@pytest.mark.parametrize(
    ("table", "model", "name", "state", "target"), ALL, ids=[f"{m.__name__}-{n}-{s}" for _, m, n, s, _ in ALL]
)
def test_every_state_times_every_step(table, model, name, state, target):
    if target is None:
        with pytest.raises(IllegalTransition) as caught:
            table.target(name, state)
        assert table.label(state) in caught.value.message
    else:
        assert table.target(name, state) == target


def test_what_ended_never_moves_again():
    assert CASES.terminal() == {"approved", "refused", "withdrawn", "lapsed"}
    assert STAGES.terminal() == {"done", "cancelled"}
    assert TASKS.terminal() == {"cancelled"}


def test_a_step_moves_the_row_and_its_version(company):
    case = make_case(company)
    with transaction.atomic():
        CASES.apply(case, "refuse", changes={"closed_at": AT})
    case.refresh_from_db()
    assert (case.state, case.version) == (CaseState.REFUSED, 2)


def test_each_stage_has_its_outcomes():
    assert OUTCOMES == {
        StageKind.PRELIMINARY: (Outcome.ACCEPT, Outcome.REFUSE),
        StageKind.CONSULTATION: (Outcome.AGREE, Outcome.REMARKS, Outcome.DISAGREE),
        StageKind.LEAD: (Outcome.APPROVE, Outcome.REFUSE),
        StageKind.CONFIRMATION: (Outcome.APPROVE, Outcome.REFUSE),
    }
    assert {Outcome.REFUSE} == ENDING
    assert {Outcome.REFUSE, Outcome.DISAGREE, Outcome.REMARKS} == NEEDS_REASONS
    assert {(StageKind.LEAD, Outcome.APPROVE)} == WITH_AMOUNT


def test_readers_and_payers_make_no_gesture():
    for roles in ROLES.values():
        assert not {UnitRole.FINANCE, UnitRole.LEADER} & set(roles)
    assert ROLES["draft"] == (UnitRole.HANDLER,)
    assert ROLES["confirm"] == (UnitRole.APPROVER,)
