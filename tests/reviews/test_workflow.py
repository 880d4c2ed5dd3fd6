"""The state tables in full: every state × every step, and which gesture belongs to whom."""

import pytest
from django.db import transaction

from accounts.enums import UnitRole
from common.transitions import IllegalTransition
from reviews.enums import CaseState, Outcome, PanelState, StageKind, StageState, TaskState
from reviews.models import Case, Panel, Stage, Task
from reviews.workflow import (
    ALWAYS_TWO_PERSON,
    CASES,
    ENDING,
    MAY_RETURN,
    NEEDS_REASONS,
    OUTCOMES,
    PANEL_STAGES,
    PANELS,
    ROLES,
    STAGES,
    TASKS,
    WITH_AMOUNT,
)
from tests.factories.applications import AT
from tests.factories.reviews import make_case

CASE_STEPS = {
    "approve": {"open": "approved"},
    "refuse": {"open": "refused"},
    "withdraw": {"open": "withdrawn"},
    "lapse": {"open": "lapsed"},
    "reopen": {"approved": "open"},
}
STAGE_STEPS = {
    "open": {"waiting": "open"},
    "pause": {"open": "paused"},
    "restart": {"paused": "open"},
    "finish": {"open": "done"},
    "reopen": {"done": "open"},
    "wait_again": {"done": "waiting"},
    "cancel": {"waiting": "cancelled", "open": "cancelled", "paused": "cancelled"},
}
TASK_STEPS = {
    "open": {"waiting": "open"},
    "draft": {"open": "drafted"},
    "return": {"drafted": "open"},
    "confirm": {"drafted": "done"},
    "reopen": {"done": "open"},
    "wait_again": {"done": "waiting"},
    "cancel": {"waiting": "cancelled", "open": "cancelled", "drafted": "cancelled"},
}
PANEL_STEPS = {"start": {"preparing": "scoring"}, "conclude": {"scoring": "concluded"}}
TABLES = [
    (CASES, CASE_STEPS, CaseState, Case),
    (STAGES, STAGE_STEPS, StageState, Stage),
    (TASKS, TASK_STEPS, TaskState, Task),
    (PANELS, PANEL_STEPS, PanelState, Panel),
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
    assert CASES.terminal() == {"refused", "withdrawn", "lapsed"}
    assert STAGES.terminal() == {"cancelled"}
    assert TASKS.terminal() == {"cancelled"}
    assert PANELS.terminal() == {"concluded"}


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
        StageKind.EXPERT: (Outcome.RECOMMEND, Outcome.NOT_RECOMMEND),
        StageKind.AUDIT: (Outcome.VERIFIED, Outcome.QUESTIONED),
        StageKind.LEAD: (Outcome.APPROVE, Outcome.REFUSE),
        StageKind.CONFIRMATION: (Outcome.APPROVE, Outcome.REFUSE),
    }
    assert {Outcome.REFUSE} == ENDING
    against = {Outcome.REFUSE, Outcome.DISAGREE, Outcome.NOT_RECOMMEND, Outcome.QUESTIONED}
    assert against | {Outcome.REMARKS} == NEEDS_REASONS
    assert {(StageKind.LEAD, Outcome.APPROVE)} == WITH_AMOUNT


def test_which_stages_return_files_convene_panels_and_need_two_people():
    assert set(OUTCOMES) == set(StageKind)
    assert {StageKind.EXPERT, StageKind.AUDIT} == PANEL_STAGES
    assert {StageKind.PRELIMINARY, StageKind.LEAD} == MAY_RETURN
    assert {StageKind.LEAD} == ALWAYS_TWO_PERSON


#: Gesture → the roles that may make it, as the procedure has it; whoever is not named may not.
H, V, B = UnitRole.HANDLER, UnitRole.APPROVER, UnitRole.LEADER
BY_ROLE = {
    "draft": {H},
    "confirm": {V},
    "decide_alone": {H, V},
    "return_for_correction": {H, V},
    "cancel_correction": {H, V},
    "recuse": {H, V},
    "claim": {H, V},
    "assign": {V, B},
    "convene": {H, V},
    "pick_units": {H, V},
    "write_note": {H, V, B},
    "write_message": {H, V},
}


@pytest.mark.parametrize("gesture", sorted(ROLES))
def test_each_gesture_belongs_to_its_roles(gesture):
    assert set(ROLES[gesture]) == BY_ROLE[gesture]


def test_whoever_heads_a_unit_shares_out_and_notes_but_decides_nothing():
    assert {name for name, roles in ROLES.items() if UnitRole.LEADER in roles} == {"assign", "write_note"}


def test_payers_and_experts_make_no_gesture_on_a_task():
    for roles in ROLES.values():
        assert not {UnitRole.FINANCE, UnitRole.EXPERT} & set(roles)


@pytest.mark.parametrize(
    "step",
    [step for table, *_ in TABLES for step in table.transitions.values()],
    ids=[f"{model.__name__}-{name}" for table, *_, model in TABLES for name in table.transitions],
)
def test_a_step_open_to_people_names_roles_of_a_gesture(step):
    known = {role for roles in ROLES.values() for role in roles} | {UnitRole.EXPERT}
    assert step.roles <= known
