"""The state tables of money in full: every state × every step, written out by hand beside the product's."""

import pytest

from awards.enums import (
    FIXED,
    LIVE_PAYMENTS,
    OPEN,
    AwardState,
    BatchState,
    ItemState,
    ListState,
    ObjectionState,
    PaymentState,
    ProposalState,
    RecoveryState,
    RoundState,
)
from awards.models import (
    Award,
    Objection,
    Payment,
    PaymentList,
    PublicityItem,
    PublicityRound,
    Recovery,
    SetOffProposal,
    SettlementBatch,
    SettlementProposal,
)
from awards.workflow import (
    AWARDS,
    BATCHES,
    ITEMS,
    LISTS,
    OBJECTIONS,
    PAYMENTS,
    PROPOSALS,
    RECOVERIES,
    ROUNDS,
    SET_OFFS,
)
from common.transitions import IllegalTransition

#: (table, states, model) → step → {from: to}.
STEPS = {
    "awards": {
        "settle": dict.fromkeys(("candidate", "settled", "nothing", "approved"), "settled"),
        "settle_at_nothing": dict.fromkeys(("candidate", "settled", "nothing", "approved"), "nothing"),
        "hold": {"candidate": "held"},
        "publish": {"settled": "public"},
        "object": {"public": "objected"},
        "answer": {"objected": "public"},
        "approve": {"public": "approved"},
        "send_to_pay": {"approved": "paying", "paying": "paying"},
        "finish_paying": {"approved": "paid", "paying": "paid"},
        "fall_back": {"paying": "approved"},
        "reverse_payment": {"paid": "paying"},
        "return_to_lead": dict.fromkeys(
            ("candidate", "held", "settled", "nothing", "objected", "approved"), "returned"
        ),
    },
    "proposals": {"confirm": {"open": "confirmed"}, "withdraw": {"open": "withdrawn"}},
    "batches": {
        "previewed": {"previewing": "ready"},
        "confirm": {"ready": "running"},
        "finish": {"running": "done"},
        "withdraw": {"previewing": "withdrawn", "ready": "withdrawn"},
    },
    "rounds": {"publish": {"draft": "open"}, "cancel": {"draft": "cancelled"}, "close": {"open": "closed"}},
    "items": {
        "hold": {"listed": "held"},
        "go_on": {"held": "listed"},
        "release": {"listed": "released"},
        "uphold": {"held": "upheld"},
    },
    "objections": {
        "draft": {"open": "drafted"},
        "return": {"drafted": "open"},
        "refute": {"drafted": "unfounded"},
        "uphold": {"drafted": "upheld"},
    },
    "lists": {
        "send": {"draft": "sent"},
        "cancel": {"draft": "cancelled"},
        "close": {"sent": "closed"},
    },
    "payments": {
        "send": {"planned": "sent"},
        "drop": {"planned": "dropped"},
        "pay": {"sent": "paid"},
        "return": {"sent": "returned"},
        "reverse": {"paid": "reversed"},
    },
    "recoveries": {
        "draft": {"found": "drafted"},
        "return": {"drafted": "found"},
        "decide": {"drafted": "decided"},
        "demand": {"decided": "demanded"},
        "close": {"demanded": "closed"},
        "reopen": {"closed": "demanded"},
        "drop": {"found": "dropped", "drafted": "dropped"},
    },
    "set_offs": {"decide": {"open": "confirmed"}, "withdraw": {"open": "withdrawn"}},
}
TABLES = {
    "awards": (AWARDS, AwardState, Award),
    "proposals": (PROPOSALS, ProposalState, SettlementProposal),
    "batches": (BATCHES, BatchState, SettlementBatch),
    "rounds": (ROUNDS, RoundState, PublicityRound),
    "items": (ITEMS, ItemState, PublicityItem),
    "objections": (OBJECTIONS, ObjectionState, Objection),
    "lists": (LISTS, ListState, PaymentList),
    "payments": (PAYMENTS, PaymentState, Payment),
    "recoveries": (RECOVERIES, RecoveryState, Recovery),
    "set_offs": (SET_OFFS, ProposalState, SetOffProposal),
}
CASES = [(name, step, state) for name, steps in STEPS.items() for step in steps for state in TABLES[name][1].values]


@pytest.mark.parametrize("name", TABLES)
def test_these_steps_and_no_others(name):
    assert set(TABLES[name][0].transitions) == set(STEPS[name])


@pytest.mark.parametrize("name", TABLES)
def test_a_row_has_what_a_step_compares(name):
    _, states, model = TABLES[name]
    fields = {field.name for field in model._meta.get_fields()}
    assert {"state", "version"} <= fields
    assert model._meta.get_field("state").choices == states.choices


@pytest.mark.parametrize(("name", "step", "state"), CASES)
def test_every_state_and_step(name, step, state):
    table, states, _ = TABLES[name]
    leads_to = STEPS[name][step].get(state)
    if leads_to is not None:
        assert table.target(step, state) == leads_to
        return
    with pytest.raises(IllegalTransition) as refused:
        table.target(step, state)
    assert states(state).label in refused.value.message


def test_what_is_settled_anew_and_what_stays_are_all_that_a_settlement_meets():
    """Held awards wait for people, returned ones are history; every other state is one or the other."""
    assert set(OPEN) & set(FIXED) == set()
    assert set(OPEN) | set(FIXED) == set(AwardState) - {AwardState.HELD, AwardState.RETURNED}
    for step in ("settle", "settle_at_nothing"):
        assert AWARDS[step].sources == {str(state) for state in OPEN}


def test_nothing_leads_out_of_what_is_final():
    assert AWARDS.terminal() == {"returned"}
    assert ROUNDS.terminal() == {"closed", "cancelled"}
    assert OBJECTIONS.terminal() == {"unfounded", "upheld"}
    assert PAYMENTS.terminal() == {"returned", "reversed", "dropped"}
    assert RECOVERIES.terminal() == {"dropped"}


def test_a_share_is_paid_by_one_standing_row():
    assert set(LIVE_PAYMENTS) == set(PaymentState) - {
        PaymentState.RETURNED,
        PaymentState.REVERSED,
        PaymentState.DROPPED,
    }
